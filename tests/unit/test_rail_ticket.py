"""Bar codes of rail tickets: what is read of them, and that nothing that is broken stops a reader."""

from datetime import UTC, datetime

import pytest

from schemas.segments import RailSegment
from services.ingest.domain.email.rail_ticket import UNDATED, looks_like_rail_ticket, read_rail_ticket
from services.ingest.domain.email.reading import read_mail
from tests.support.email_machine_made import mail, with_file
from tests.support.email_unseen import coded, uic_918_3, uic_record

HEAD = uic_record(b"U_HEAD01", b"0080" + b"512345678903        " + b"040520260915" + b"0" + b"DE" + b"EN")
FIELDS = {
    14: "S2",
    15: "Köln Hbf",
    16: "Hamburg Hbf",
    28: "Anna#Berg",
    31: "12.06.2026",
    32: "13.06.2026",
}


def bahn(fields: dict[int, str], *, version: bytes = b"03") -> bytes:
    order = b"12062026" + b"13062026" + b"1234567890" if version == b"03" else b"0" * 46
    told = b"".join(b"S%03d%04d%b" % (n, len(text.encode()), text.encode()) for n, text in fields.items())
    return uic_record(b"0080BL" + version, b"02" + b"1" + order + b"%02d" % len(fields) + told)


def code(*records: bytes) -> str:
    return uic_918_3(*records).decode("latin-1")


@pytest.mark.parametrize("version", [b"02", b"03"])
def test_a_ticket_says_where_from_and_to_on_which_day_for_whom(version: bytes) -> None:
    ticket = read_rail_ticket(code(HEAD, bahn(FIELDS, version=version)))
    assert ticket is not None
    (found,) = ticket.sight.found
    assert isinstance(found.segment, RailSegment)
    assert found.segment.origin is not None
    assert found.segment.destination is not None
    assert found.segment.start is not None
    assert (found.segment.origin.name, found.segment.destination.name) == ("Köln Hbf", "Hamburg Hbf")
    assert (found.segment.start.local, found.number, found.doubt) == ("2026-06-12", "512345678903", None)
    assert [each.last_name for each in found.passengers] == ["Berg"]


@pytest.mark.parametrize("more", [{32: "15.06.2026"}, {17: "Hamburg Hbf", 18: "Köln Hbf"}, {32: ""}])
def test_a_ticket_that_is_good_for_longer_waits_for_a_person(more: dict[int, str]) -> None:
    ticket = read_rail_ticket(code(HEAD, bahn(FIELDS | more)))
    assert ticket is not None
    (found,) = ticket.sight.found
    assert found.doubt == UNDATED


@pytest.mark.parametrize("missing", [15, 16, 31])
def test_a_ticket_without_an_end_or_a_day_books_nothing(missing: int) -> None:
    fields = {number: text for number, text in FIELDS.items() if number != missing}
    ticket = read_rail_ticket(code(HEAD, bahn(fields)))
    assert ticket is not None
    assert ticket.sight.found == ()


def test_the_printed_page_is_read_line_by_line() -> None:
    cells = ((1, 20, "nach"), (0, 1, "Ticket"), (1, 1, "von"))
    body = b"RCT2" + b"%04d" % len(cells)
    body += b"".join(b"%02d%02d01200%04d%b" % (*at, len(text), text.encode()) for *at, text in cells)
    ticket = read_rail_ticket(code(HEAD, uic_record(b"U_TLAY01", body)))
    assert ticket is not None
    assert ticket.page == "Order number: 512345678903\nTicket\nvon  nach"


@pytest.mark.parametrize("cut", range(15, 150, 9))
def test_a_broken_ticket_is_none_or_says_less(cut: int) -> None:
    whole = code(HEAD, bahn(FIELDS))
    ticket = read_rail_ticket(whole[:cut])
    assert ticket is None or len(ticket.sight.found) <= 1


def test_a_ticket_that_unpacks_to_very_much_is_not_unpacked_whole() -> None:
    ticket = read_rail_ticket(code(HEAD, uic_record(b"0080ID01", b"0" * 2) + b"\0" * 5_000_000))
    assert ticket is not None
    assert ticket.sight.found == ()


def test_other_codes_are_no_tickets() -> None:
    assert not looks_like_rail_ticket("M1BERG/ANNA")
    assert not looks_like_rail_ticket("#UT99" + "0" * 100)


def test_words_that_name_the_train_are_worth_more_than_the_code() -> None:
    told = "Auftragsnummer 512345678903\n12.06.2026\nICE 597\nKöln Hbf ab 08:05\nHamburg Hbf an 12:16\n"
    letter = mail("DB <noreply@deutschebahn.com>", "Buchungsbestätigung", told)
    picture = coded(uic_918_3(HEAD, bahn(FIELDS)))
    raw = with_file(letter, picture, "image/png", "ticket.png").as_bytes()
    (booking,) = read_mail(raw, received=datetime(2026, 5, 4, tzinfo=UTC)).bookings
    (train,) = booking.booking.segments
    assert isinstance(train, RailSegment)
    assert train.train_number == "ICE 597"
