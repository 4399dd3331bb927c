"""XML of any shape that uses the names of Concur's elements, and XML that is made to hurt."""

from hypothesis import strategies as st

from schemas.concur.elements import ELEMENTS
from services.ingest.domain.concur.xml import MAX_ALIKE, MAX_BYTES

NAMES = st.sampled_from(sorted(ELEMENTS)) | st.sampled_from(
    sorted({text for inside in ELEMENTS.values() for text in inside.texts})
)
PREFIXES = st.sampled_from(["", "c:", "xsi:", "xml:", "unbound:"])
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' xsi:nil="true"',
        ' xmlns="http://www.concursolutions.com/api/travel/trip/2010/06"',
        ' xmlns="https://www.concursolutions.com/api/travel/trip/2010/06"',
        ' xmlns:c="urn:x"',
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
        ' a="1" a="2"',
        ' a="&lt;&amp;"',
    ]
)
TEXTS = st.sampled_from(
    [
        "", " ", "HK", "2026-02-30T10:00:00", "9999-99-99", "NaN", "-1", "1e999", "true", "&amp;", "&#0;",
        "&#xFFFE;", "&undefined;", "<![CDATA[<Air/>]]>", "]]>", "<!-- - -->", "<?pi x?>", "\x00", "é",
        "\ud7ff", "0" * 5000, "Europe/Vienna", "../../etc/passwd", "FRA",
    ]
)  # fmt: skip
PROLOGUES = st.sampled_from(
    [
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.1"?>',
        '<?xml version="1.0" encoding="utf-7"?>',
        '<?xml version="1.0" encoding="UTF-16"?>',
        '<?xml version="1.0" encoding="nonsense"?>',
        '<!DOCTYPE Booking SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE Booking [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Booking [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        "\ufeff",
        "  ",
    ]
)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037"])


def element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, prefix, attributes, children: (
            f"<{prefix}{name}{attributes}>{''.join(children)}</{prefix}{name}>"
        ),
        NAMES, PREFIXES, ATTRIBUTES, st.lists(inside, max_size=4),
    )  # fmt: skip


TREES = st.recursive(TEXTS, element, max_leaves=12)
DOCUMENTS = st.builds(
    lambda prologue, root, attributes, children: (
        f"{prologue}<{root}{attributes}>{''.join(children)}</{root}>"
    ),
    PROLOGUES, st.sampled_from(["Booking", "Itinerary", "Error"]), ATTRIBUTES, st.lists(TREES, max_size=5),
)  # fmt: skip


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
TOO_MUCH = {
    "nested a hundred thousand deep": b"<Booking>" + b"<Segments>" * 100_000,
    "nested and closed": b"<Booking>" + b"<Air>" * 65 + b"</Air>" * 65 + b"</Booking>",
    "entities in entities": f'<!DOCTYPE b [<!ENTITY e0 "x">{BOMB}]><Booking>&e9;</Booking>'.encode(),
    "an entity in UTF-16": '<!DOCTYPE b [<!ENTITY e "x">]><Booking>&e;</Booking>'.encode("utf-16"),
    "a file from here": b'<!DOCTYPE b [<!ENTITY e SYSTEM "file:///etc/passwd">]><Booking>&e;</Booking>',
    "a parameter entity": b'<!DOCTYPE b [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><Booking/>',
    "a NUL": b"<Booking>\x00</Booking>",
    "a NUL by number": b"<Booking><RecordLocator>&#0;</RecordLocator></Booking>",
    "another encoding than it says": b'<?xml version="1.0" encoding="utf-16"?><Booking/>',
    "EBCDIC": '<?xml version="1.0" encoding="cp037"?><Booking/>'.encode("cp037"),
    "too many elements": b"<Booking>" + b"<A/>" * 60_000 + b"</Booking>",
    "many attributes": b"<Booking "
    + b" ".join(b'a%d="1"' % n for n in range(50_000))
    + b"/>"
    + b" " * MAX_BYTES,
    "a hundred megabytes": b"<Booking>" + b"a" * (100 * 1024 * 1024),
}


def _booking(before: str, entry: str, after: str) -> bytes:
    """A booking with as many entries of one list as are read at all."""
    ends = "<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator>", "</Booking>"
    inside = "".join(entry.format(f"{n:05}") for n in range(MAX_ALIKE - 1))
    return f"{ends[0]}{before}{inside}{after}{ends[1]}".encode()


_UNREADABLE = f"<AirSeat><PassengerRph>{'x' * 3000}</PassengerRph></AirSeat>"
MUCH = {
    "seats": _booking(
        "<Segments><Air><Seats>",
        "<AirSeat><SeatNumber>{}</SeatNumber></AirSeat>",
        f"{_UNREADABLE}</Seats></Air></Segments>",
    ),
    "seats that only their end tells apart from what stands beside them": _booking(
        f"<Segments><Air><Seats>{_UNREADABLE}",
        "<AirSeat><SeatNumber>{}</SeatNumber></AirSeat>",
        "</Seats></Air></Segments>",
    ),
    "rail programs": _booking(
        "<Passengers><Passenger><FrequentTravelerPrograms>",
        "<RailProgram><ProgramNumber>{}</ProgramNumber></RailProgram>",
        "</FrequentTravelerPrograms></Passenger></Passengers>",
    ),
    "charges of which nothing can be made": _booking(
        "<Segments><Car><Charges>",
        "<Rate><IsPaid>{}</IsPaid></Rate>",
        "</Charges></Car></Segments>",
    ),
    "coupons": _booking(
        "<AirlineTickets><AirlineTicket><AirlineTicketCoupons>",
        "<AirlineTicketCoupon><CouponNumber>x{}</CouponNumber></AirlineTicketCoupon>",
        "</AirlineTicketCoupons></AirlineTicket></AirlineTickets>",
    ),
    "passengers": _booking("<Passengers>", "<Passenger><NameLast>{}</NameLast></Passenger>", "</Passengers>"),
}
"""As much of one thing as a message may hold; whoever reads it must not compare each with each."""
