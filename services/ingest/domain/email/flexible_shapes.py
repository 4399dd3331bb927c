"""How rail tickets pack their flexible content: the element lists of ERA TAP TSI B.12 and UIC IRS 90918-9.

Restated in the notation of `packed_shapes.py`, with names for what is of use alone; what is stepped over is
needed for its width. Editions of one major version differ in words and not in bits. Compare what UIC
publishes as `uicRailTicketData` 1.3, 2.0 and 3.0 and `uicBarcodeHeader` 1.0 and 2.0.
"""

from functools import cache

from services.ingest.domain.email.packed_shapes import Shapes, shapes_of

_TICKET = """
ticket...: issued:issued travellers:travellers? documents:[document]? control? [extension]?
issued...: 1..32000? ia5? 1..32000? ia5? year:2016..2269 day:1..366 {issued_at} issuer:utf8? specimen:bool bool bool currency:ia5(3)? fraction:1..3? pnr:ia5? extension? int? ia5? int? spot?
travellers...: travellers:[traveller]? ia5(2)? utf8?
traveller...: first:utf8? second:utf8? last:utf8? ia5? ia5? ia5(1..3)? of4+? ia5? int? 1901..2155? {born} bool kind:of8+? bool? 1..999? 1..999? 1..999? [status]?
status: 1..32000? ia5? int? ia5?
document...: token? ticket:kind_of_document
token: int? ia5? ia5? octets
kind_of_document... = reservation car_carriage open_ticket pass voucher customer_card counter_mark parking fip station_passage extension delay

&product: 1..32000? ia5? {product}? ia5?
&ends: from_number:1..9999999? from_code:ia5? to_number:1..9999999? to_code:ia5? from_name:utf8? to_name:utf8?
&valid: {from_day}? {minute}? -60..60? {until_day}? {minute}? -60..60?
&carriers: [1..32000]? [ia5]?
&brands: [1..32000]? [1..32000]?

reservation...: train_number:int? train_code:ia5? day:-1..{days}? reference_code:ia5? reference_number:int? &product 0..32000? brand:utf8? utf8? service:of4? table:of5? &ends minute:{minute} offset:-60..60? arrival_day:{arrival_day}? arrival_minute:{minute}? arrival_offset:-60..60? &carriers class:of{classes}+? ia5(1..2)? places:places? places? places? compartment? 0..200? [berth]? [tariff]? price_kind:of4? price:int? [vat]? 0..9? 0..200? luggage? utf8? extension?
car_carriage...: int? ia5? -1..{days}? {minute}? {minute}? -60..60? ia5? int? &product 1..32000? utf8? utf8? of5? &ends ia5? ia5? compartment? ia5 ia5? 0..9 0..6? bool of9+? 0..99? 0..2? 0..4? 0..5? 0..999? of3? &carriers tariff of4? int? [vat]? utf8? extension?
open_ticket...: reference_number:int? reference_code:ia5? &product int? int? is_return:bool table:of5? &ends utf8? regions:[region]? way_back:way_back? first_day:{from_day}? {minute}? -60..60? days:{until_day}? {minute}? -60..60? [0..{days}]? class:of{classes}+? ia5(1..2)? &carriers &brands [tariff]? price:int? [vat]? utf8? [included]? luggage? {transports} extension?
pass...: int? ia5? &product 1..250? utf8? of{classes}+? &valid periods? 0..{days}? {trains} 1..250? 1..250? [0..{days}]? [1..250]? &carriers &carriers &brands [region]? [tariff]? int? [vat]? utf8? extension?
trains...: &valid &carriers &carriers &brands of2+?
periods: [period]? [hours]?
period: &valid
hours: {minute} {minute}
voucher...: ia5? int? &product 2016..2269 0..{days} 2016..2269 0..{days} int? 1..32000? utf8? extension?
customer_card...: traveller? ia5? int? 2016..2269 0..{days}? 0..250? 0..{days}? of{classes}+? 1..1000? utf8? int? ia5? [int]? extension?
counter_mark...: ia5? int? &product ia5? int? 1..200 1..200 utf8 of5? &ends utf8? [region]? bool way_back? &valid of{classes}+? &carriers &brands utf8? extension?
parking...: ia5? int? ia5 {parking_day} 0..{days}? &product ia5? utf8 of5? int? utf8? utf8? utf8? ia5? int? [vat]? extension?
fip...: ia5? int? &product {from_day}? {until_day}? [0..{days}]? &carriers 1..200 bool of{classes}+? extension?
station_passage...: ia5? int? &product utf8? of5? [int]? [ia5]? [utf8]? [int]? [ia5]? [utf8]? {from_day} {minute}? -60..60? {until_day}? {minute}? -60..60? int? extension?
delay...: ia5? int? int? ia5? 2016..2269? 1..366? {minute}? -60..60? of5? 1..9999999? ia5? 1..999 bool of3+? [link]? utf8? extension?

included...: &product int? int? of5? [region]? &valid of{classes}+? ia5(1..2)? &carriers &brands [tariff]? utf8? {transports} extension?
region... = train via zone line area
train: train_number:int? train_code:ia5? day:-1..{days} minute:{minute} offset:-60..60? &ends
via...: of5? from_number:1..9999999? from_code:ia5? [via]? route:[via]? bool &carriers int? int? {via_brands}
zone...: 1..32000? ia5? of5? 1..9999999? ia5? 1..9999999? ia5? int? [int]? octets? ia5?
line...: 1..32000? ia5? [int]? of5? 1..9999999? ia5? 1..9999999? ia5? {city}
area: spot [step]
spot: of5? of2? of2? of2? int int of5?
step: int int
way_back...: &ends utf8? regions:[region]?
places: coach:ia5? places:ia5? utf8? codes:[ia5]? numbers:[1..254]?
compartment...: 1..99? 1..99? 1..99? utf8? utf8? utf8? of3?
berth...: of6 1..999 of5+?
tariff...: 1..200? of8+? 1..64? 1..128? [{traveller}]? bool section? series? int? ia5? utf8? [card]?
section: of5? &ends
series: 1..32000? 1..99? int?
card...: 1..32000? ia5? int? ia5? utf8? int? int? ia5? int? ia5?
luggage...: 0..99? 0..99? [registered]?
registered...: ia5? 1..99? 1..300?
vat: 1..999 0..999 int? ia5?
control...: [card]? bool bool int? bool bool 0..99? bool bool utf8? [link]? extension?
link...: ia5? int? utf8? ia5? 1..32000? ia5? of4+? of2+?
extension: ia5 octets
"""  # noqa: E501 - a line is a sequence
_SINCE_2 = {
    "minute": "0..1439", "product": "0..65535", "classes": "12", "arrival_day": "-1..20",
    "born": "1..12? 1..31?", "transports": "[0..31]? [0..31]?", "traveller": "1..254", "city": "int?",
}  # fmt: skip
_DIFFERENCES = {
    1: {
        "minute": "0..1440", "product": "0..32000", "classes": "8", "arrival_day": "0..20",
        "born": "0..370?", "transports": "", "traveller": "0..254", "city": "1..9999999? octets?",
        "issued_at": "0..1440?", "days": "370", "from_day": "-1..700", "until_day": "0..370",
        "parking_day": "-1..370", "trains": "", "via_brands": "",
    },
    2: _SINCE_2 | {
        "issued_at": "0..1439?", "days": "370", "from_day": "-1..700", "until_day": "-1..370",
        "parking_day": "-1..370", "trains": "", "via_brands": "",
    },
    3: _SINCE_2 | {
        "issued_at": "0..1439", "days": "500", "from_day": "-367..700", "until_day": "-1..500",
        "parking_day": "-367..370", "trains": "trains?", "via_brands": "&brands",
    },
}  # fmt: skip
"""What major versions say otherwise."""
_FRAME = """
frame: format:ia5 signed:signed octets?
signed: content:content octets? part?
content: 1..32000? ia5? 0..99999? parts:[part] octets? octets? octets? octets? octets? {ends}
part: format:ia5 body:octets
"""
_ENDS = {1: "", 2: "2016..2269? 1..366? 0..1439? 1..3600?"}


@cache
def ticket_shapes(version: int) -> Shapes:
    """Return the shapes of a ticket in a major version, 1 to 3; `ticket` is the whole."""
    return shapes_of(_TICKET.format_map(_DIFFERENCES[version]))


@cache
def frame_shapes(version: int) -> Shapes:
    """Return the shapes of the frame that holds tickets and what signs them, 1 or 2; `frame` is the whole."""
    return shapes_of(_FRAME.format(ends=_ENDS[version]))
