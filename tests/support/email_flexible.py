"""Mails of railways whose tickets' bar codes hold flexible content, each with what it should come to.

The contents are given as bytes, which `tests/unit/test_flexible_ticket.py` packs anew by another's hand: to make
them takes seconds.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.support.email_machine_made import Made, mail, pdf, with_file
from tests.support.email_unseen import coded, uic_918_3, uic_record


class Content(NamedTuple):
    """The flexible content of a ticket: by which edition it is packed, what it says, and its bytes."""

    version: int
    told: dict[str, Any]
    packed: str


_ISSUED = {"year": 2026, "day": 124}  # on the fourth of May


def _tickets(*tickets: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"ticket": each} for each in tickets]


CONTENTS = {
    "seats_of_two": Content(
        1,
        {
            "issued": _ISSUED | {"pnr": "QX7K2P", "currency": "CZK"},
            "travellers": {"travellers": [{"first": "Anna", "last": "Berg"}, {"first": "Tom", "last": "Berg"}]},
            "documents": _tickets(
                {
                    "reservation": {
                        "train_number": 172, "brand": "EC", "day": 39, "minute": 506, "arrival_minute": 771,
                        "from_name": "Praha hl.n.", "to_name": "Berlin Hbf", "class": 1, "price": 259800,
                        "places": {"coach": "261", "numbers": [35, 36]},
                    }
                }
            ),
        },
        "600a00a3d8876a58351b0de5b2a0804a0000220b73730822132b933940000354"
        "6f6d04426572670080501019140400200ac140122a185a83930b430903436173"
        "717052132b93634b7102431331fa606310364d988111118181fb6c00",
    ),
    "bed_over_night": Content(
        2,
        {
            "issued": _ISSUED | {"pnr": "8830120199"},
            "travellers": {"travellers": [{"first": "Anna", "last": "Berg"}]},
            "documents": _tickets(
                {
                    "reservation": {
                        "train_code": "NJ421", "day": 65, "service": 2, "minute": 1198,
                        "arrival_day": 1, "arrival_minute": 582, "places": {"coach": "302", "codes": ["61"]},
                        "from_name": "Wien Hbf", "to_name": "Bruxelles-Midi",
                    }
                }
            ),
        },
        "600200a3d80a70e19b062c983172e500540000220b73730822132b9338040180"
        "20d8200002ce94d193121410aed2cadc4090c4cc1c84e4eaf0cad8d8cae65a9a"
        "d2c8d32b8491a406cd83201026cc40",
    ),
    "for_a_day": Content(
        3,
        {
            "issued": _ISSUED | {"pnr": "BXK4410Z"},
            "documents": _tickets(
                {"open_ticket": {"first_day": 2, "from_name": "Brugge", "to_name": "Gent-Sint-Pieters"}}
            ),
        },
        "20040147b00002215896d1a316168041000188000000c84e4eacececa228ecad"
        "ce85aa6d2dce85aa0d2cae8cae4e65c4",
    ),
    "bound_both_ways": Content(
        3,
        {
            "issued": _ISSUED | {"pnr": "LXC90177"},
            "travellers": {"travellers": [{"first": "Anna", "last": "Berg"}]},
            "documents": _tickets(
                {
                    "open_ticket": {
                        "is_return": True, "from_name": "Luxembourg", "to_name": "Paris Est", "days": 8,
                        "regions": [{"train": {
                            "train_number": 2810, "day": 12, "minute": 430,
                            "from_name": "Luxembourg", "to_name": "Paris Est",
                        }}],
                        "way_back": {"regions": [{"train": {
                            "train_number": 2889, "day": 14, "minute": 1120,
                            "from_name": "Paris Est", "to_name": "Luxembourg",
                        }}]},
                    }
                }
            ),
        },
        "60040147b00002265886e58316edd00540000220b73730822132b93380410001"
        "b1000021498eaf0cadac4deeae4ce12a0c2e4d2e6408ae6e802103020afa069a"
        "e0a4c7578656d626f757267095061726973204573740080840c082d241f18025"
        "4185c9a5cc8115cdd02931d5e195b589bdd5c99c12",
    ),
    "pass": Content(3, {"issued": _ISSUED, "documents": _tickets({"pass": {}})}, "20000147b00000418000000000"),
}  # fmt: skip


FRAMES = {
    "for_a_day": bytes.fromhex(
        "015562000082468709998100200a3d8000110ac4b68d18b0b40208000c4000000642727567676511"
        "47656e742d53696e742d506965746572732e20"
    ),
    "bound_both_ways": bytes.fromhex(
        "01556400000824687099bab00200a3d80001132c4372c18b76e802a00001105b9b984110995c99c0"
        "208000d8800010a4c7578656d626f757267095061726973204573740108181057d034d705263abc3"
        "2b6b137bab93384a830b934b99022b9ba004042060416920f8c012a0c2e4d2e6408ae6e81498eaf0"
        "cadac4deeae4ce0900"
    ),
    "pass": bytes.fromhex("0155640000082468709986900000a3d8000020c00000000000"),
}
"""Frames of ASN.1, the first edition and the second."""


def content(name: str) -> bytes:
    """Return the bytes of a content."""
    return bytes.fromhex(CONTENTS[name].packed)


def flexible() -> Iterator[Made]:
    """Return the mails, each with what it should come to."""
    yield (
        "fl-seats-of-two",
        _with_code(
            "České dráhy <eshop@cd.cz>", uic_918_3(uic_record(b"U_FLEX13", content("seats_of_two"))), "PNG"
        ),
        [
            'rail QX7K2P train_number="EC 172" origin.name="Praha hl.n." destination.name="Berlin Hbf" start=2026-06-12T08:26 end=2026-06-12T12:51 wagon=261 seats=35+36',
            'booking passengers="Anna Berg + Tom Berg"',
        ],
    )
    head = uic_record(b"U_HEAD01", b"1181" + b"8830120199          " + b"040520260915" + b"0" + b"DE" + b"EN")
    record = uic_record(b"U_FLEX02", content("bed_over_night"))
    yield (
        "fl-bed-over-night",
        _with_code("ÖBB <tickets@oebb.at>", uic_918_3(head, record, version=b"02"), "PDF"),
        [
            'rail 8830120199 train_number="NJ 421" origin.name="Wien Hbf" destination.name=Bruxelles-Midi start=2026-07-08T19:58 end=2026-07-09T09:42 wagon=302 seats=61',
        ],
    )
    yield (
        "fl-for-a-day",
        _with_code("SNCB <tickets@belgiantrain.be>", FRAMES["for_a_day"], "PNG"),
        ["rail BXK4410Z origin.name=Brugge destination.name=Gent-Sint-Pieters start=2026-05-06"],
    )
    yield (
        "fl-bound-both-ways",
        _with_code("CFL <tickets@cfl.lu>", FRAMES["bound_both_ways"], "PNG"),
        [
            'rail LXC90177 train_number=2810 origin.name=Luxembourg destination.name="Paris Est" start=2026-05-16T07:10',
            'rail LXC90177 train_number=2889 origin.name="Paris Est" destination.name=Luxembourg start=2026-05-18T18:40',
        ],
    )
    yield ("fl-pass", _with_code("CFL <tickets@cfl.lu>", FRAMES["pass"], "PNG"), ["none"])
    told = (
        "Booking reference RQ81XZ",
        "12.06.2026",
        "EC 172",
        "Praha hl.n.       dep 08:26",
        "Berlin Hbf        arr 12:51",
    )
    yield (
        "fl-beside-words",
        with_file(
            _with_code(
                "České dráhy <eshop@cd.cz>",
                uic_918_3(uic_record(b"U_FLEX13", content("seats_of_two"))),
                "PNG",
            ),
            pdf("\n".join(told)),
            "application/pdf",
            "confirmation.pdf",
        ),
        [
            'rail RQ81XZ train_number="EC 172" origin.name="Praha hl.n." destination.name="Berlin Hbf" start=2026-06-12T08:26 end=2026-06-12T12:51 wagon=261 seats=35+36',
        ],
    )


def _with_code(sender: str, code: bytes, kind: str) -> Any:
    letter = mail(sender, "Your ticket", "Your ticket is attached.")
    types = {"PNG": "image/png", "PDF": "application/pdf"}
    return with_file(letter, coded(code, kind), types[kind], f"ticket.{kind.lower()}")
