"""Flexible content of rail tickets' bar codes: what of it is booked, what waits, and what books nothing."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest

from schemas.segments import RailSegment
from services.command_line.bench_email import judge
from services.ingest.domain.email.flexible_shapes import ticket_shapes
from services.ingest.domain.email.flexible_ticket import FALLS_SHORT, UNDATED, read_flexible
from services.ingest.domain.email.flexible_trains import BY_ROUTE, HOW_FAR, OWN_CODES
from services.ingest.domain.email.found import Found
from services.ingest.domain.email.rail_ticket import looks_like_rail_ticket, read_rail_ticket
from services.ingest.domain.email.reading import read_mail
from tests.support.email_flexible import CONTENTS, FRAMES, content, flexible
from tests.support.email_machine_made import mail, with_file
from tests.support.email_samples import expected_of
from tests.support.email_unseen import coded, uic_918_3, uic_record
from tests.support.flexible_tickets import ISSUED, frame, fullest_ticket, ticket, u_flex

VERSIONS = pytest.mark.parametrize("version", [1, 2, 3])
ENDS = {"from_name": "Köln Hbf", "to_name": "Berlin Hbf"}
ICE = {"train_number": 597, "brand": "ICE", "day": 30, "minute": 545, "arrival_minute": 816} | ENDS
LINK = {"train_code": "ICE597", "day": 30, "minute": 545}


def found(*documents: dict[str, Any], version: int = 3, **told: Any) -> list[Found]:
    body = ticket(version, documents=[{"ticket": each} for each in documents], **told)
    sight = read_flexible(body, version=version, order=None)
    assert sight is not None
    return list(sight.found)


def train(each: Found) -> RailSegment:
    assert isinstance(each.segment, RailSegment)
    return each.segment


def times(segment: RailSegment) -> list[str | None]:
    return [None if moment is None else moment.local for moment in (segment.start, segment.end)]


def places(segment: RailSegment) -> list[str | None]:
    return [None if end is None else end.name or end.code for end in (segment.origin, segment.destination)]


# --- how it is packed ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTENTS)
def test_the_bytes_of_the_samples_are_those_that_another_packs(name: str) -> None:
    version, told, _ = CONTENTS[name]
    assert ticket(version, **told) == content(name)


def test_the_frames_of_the_samples_are_those_that_another_packs() -> None:
    assert {name: frame(1 if name == "for_a_day" else 2, FCB3=content(name)) for name in FRAMES} == FRAMES


@VERSIONS
def test_documents_that_book_nothing_are_stepped_over(version: int) -> None:
    kinds = [str(field.kind) for field in ticket_shapes(version)["kind_of_document"].fields]
    others = [{kind: {}} for kind in kinds if kind not in {"reservation", "open_ticket"}]
    assert len(others) == 10
    (each,) = found(*others, {"reservation": ICE}, version=version)
    assert train(each).train_number == "ICE 597"


@VERSIONS
def test_every_field_of_every_document_is_stepped_over(version: int) -> None:
    body = fullest_ticket(version, documents=[{"ticket": {"reservation": ICE}}])
    sight = read_flexible(body, version=version, order=None)
    assert sight is not None
    assert [train(each).train_number for each in sight.found][-1:] == ["ICE 597"]


# --- reservations --------------------------------------------------------------------------------


@VERSIONS
def test_a_reservation_is_a_train_to_the_minute(version: int) -> None:
    seat = {"places": {"coach": "7", "numbers": [55, 56]}, "class": 1}
    people = {"travellers": [{"first": "Anna", "last": "Berg"}, {"first": "Tom", "second": "Berg"}]}
    (each,) = found({"reservation": ICE | seat | {"price": 4990}}, version=version, travellers=people)
    segment = train(each)
    assert (places(segment), segment.train_number) == (["Köln Hbf", "Berlin Hbf"], "ICE 597")
    assert times(segment) == ["2026-06-03T09:05:00", "2026-06-03T13:36:00"]
    assert (segment.wagon, segment.class_of_service) == ("7", "1")
    assert [seat.number for seat in segment.seats] == ["55", "56"]
    assert [(each.first_name, each.last_name) for each in each.passengers] == [
        ("Anna", "Berg"),
        ("Tom", "Berg"),
    ]
    assert (each.number, each.provider, each.doubt) == ("QX7K2P", "Fjordbahn", None)
    assert each.total is not None
    assert (each.total.amount, each.total.currency) == ("49.90", "EUR")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"day": 0, "minute": 0}, ["2026-05-04T00:00:00", None]),
        ({"minute": 1}, ["2026-05-04T00:01:00", None]),
        (
            {"day": -1, "minute": 1435, "arrival_day": 1, "arrival_minute": 5},
            ["2026-05-03T23:55:00", "2026-05-04T00:05:00"],
        ),
        (
            {"day": 242, "minute": 1380, "arrival_day": 2, "arrival_minute": 60},
            ["2027-01-01T23:00:00", "2027-01-03T01:00:00"],
        ),
    ],
)
def test_days_are_counted_from_the_day_of_issue_and_of_departure(
    told: dict[str, int], expected: list[str]
) -> None:
    (each,) = found({"reservation": ENDS | told})
    assert times(train(each)) == expected


def test_midnight_at_the_end_of_a_day_begins_the_next() -> None:
    (each,) = found({"reservation": ENDS | {"minute": 1440, "arrival_minute": 1440}}, version=1)
    assert times(train(each)) == ["2026-05-05T00:00:00", "2026-05-05T00:00:00"]


def test_stated_offsets_tell_the_clock_where_the_stations_do_not() -> None:
    nowhere = {"from_name": "Xyzzy", "to_name": "Plugh", "minute": 600, "arrival_minute": 700}
    for told, expected in (
        ({"offset": -8}, [120, 120]),
        ({"offset": -4, "arrival_offset": -8}, [60, 120]),
        ({"offset": 8}, [None, None]),  # meant the other way round
        ({}, [None, None]),
    ):
        segment = train(*found({"reservation": nowhere | told}))
        assert segment.start is not None
        assert segment.end is not None
        assert [segment.start.offset_minutes, segment.end.offset_minutes] == expected
    segment = train(*found({"reservation": ICE | {"offset": -4}}))
    assert segment.start is not None
    assert (segment.start.offset_minutes, segment.start.inferred) == (120, True)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"train_number": 597, "brand": "ICE"}, "ICE 597"),
        ({"train_number": 597}, "597"),
        ({"train_code": "ICE597"}, "ICE 597"),
        ({"train_code": "RJX 66", "brand": "RJX"}, "RJX 66"),
        ({"train_code": "8106", "brand": "TGV INOUI"}, "TGV INOUI 8106"),
        ({}, None),
    ],
)
def test_a_train_is_called_by_its_brand_and_number(told: dict[str, Any], expected: str | None) -> None:
    assert train(*found({"reservation": ENDS | {"minute": 1} | told})).train_number == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"codes": ["61", "62A"]}, ["61", "62A"]),
        ({"places": "15-18, 21"}, ["15-18", "21"]),
        ({"places": "window"}, []),
    ],
)
def test_seats_are_told_one_by_one_or_as_they_are_printed(told: dict[str, Any], expected: list[str]) -> None:
    segment = train(*found({"reservation": ICE | {"places": told}}))
    assert [seat.number for seat in segment.seats] == expected


def test_a_bed_is_a_cabin_and_a_place_for_a_car_no_journey() -> None:
    cabins = [
        train(each).cabin
        for service in (0, 1, 2)
        for each in found({"reservation": ICE | {"service": service}})
    ]
    assert cabins == [None, "couchette", "sleeper"]
    assert found({"reservation": ICE | {"service": 3}}) == []


def test_stations_without_names_are_known_by_the_codes_that_railways_share() -> None:
    (each,) = found(
        {"reservation": {"minute": 545, "from_number": 8503000, "to_code": "8100108", "train_number": 163}}
    )
    segment = train(each)
    assert (places(segment), each.doubt) == (["8503000", "8100108"], None)
    assert segment.start is not None
    assert segment.start.zone == "Europe/Zurich"


def test_stations_that_only_their_railway_knows_wait_for_a_person() -> None:
    own = {"minute": 545, "table": 4, "from_number": 31, "to_number": 57}
    assert [each.doubt for each in found({"reservation": own})] == [OWN_CODES]
    assert [each.doubt for each in found({"reservation": own | ENDS})] == [None]


def test_animals_and_bicycles_are_no_passengers() -> None:
    people = {"travellers": [{"first": "Rex", "kind": 4}, {"last": "Berg", "first": "Anna", "kind": 1}]}
    (each,) = found({"reservation": ICE}, travellers=people)
    assert [person.first_name for person in each.passengers] == ["Anna"]


@pytest.mark.parametrize("missing", ["from_name", "to_name"])
def test_a_train_that_lacks_an_end_books_nothing(missing: str) -> None:
    assert found({"reservation": {name: value for name, value in ICE.items() if name != missing}}) == []


def test_a_specimen_books_nothing() -> None:
    assert found({"reservation": ICE}, issued=ISSUED | {"specimen": True}) == []


def test_the_number_is_that_of_the_frame_or_the_issuer_or_the_reservation() -> None:
    nameless = {name: value for name, value in ISSUED.items() if name != "pnr"}
    body = ticket(3, documents=[{"ticket": {"reservation": ICE}}])
    sight = read_flexible(body, version=3, order="8830120199")
    assert sight is not None
    assert [each.number for each in sight.found] == ["8830120199"]
    for told, expected in (
        ({"reference_number": 81012345}, "81012345"),
        ({"reference_code": "R-7"}, "R-7"),
        ({}, None),
    ):
        (each,) = found({"reservation": ICE | told}, issued=nameless)
        assert each.number == expected


@pytest.mark.parametrize(
    ("issued", "price", "expected"),
    [
        ({"currency": "HUF", "fraction": 1}, 12345, "1234.5 HUF"),
        ({"currency": "CHF"}, 100, "1.00 CHF"),
        ({}, 0, None),
        ({}, -5, None),
        ({"currency": "XXX"}, 100, None),
    ],
)
def test_prices_have_the_currency_and_the_digits_that_are_said(
    issued: dict[str, Any], price: int, expected: str | None
) -> None:
    (each,) = found({"reservation": ICE | {"price": price}}, issued=ISSUED | issued)
    assert (None if each.total is None else f"{each.total.amount} {each.total.currency}") == expected


# --- open tickets --------------------------------------------------------------------------------


@VERSIONS
@pytest.mark.parametrize(
    ("told", "doubt"),
    [({}, None), ({"days": 1}, None), ({"days": 2}, UNDATED), ({"is_return": True}, UNDATED)],
)
def test_an_open_ticket_is_good_for_a_day_or_waits(
    told: dict[str, Any], doubt: str | None, version: int
) -> None:
    (each,) = found({"open_ticket": ENDS | {"first_day": 30} | told}, version=version)
    assert (times(train(each)), places(train(each))) == (["2026-06-03", None], ["Köln Hbf", "Berlin Hbf"])
    assert each.doubt == doubt


def test_an_open_ticket_without_ends_books_nothing() -> None:
    assert found({"open_ticket": {"regions": [{"zone": {}}]}}) == []


@VERSIONS
def test_an_open_ticket_that_is_bound_to_a_train_books_it(version: int) -> None:
    (each,) = found(
        {"open_ticket": ENDS | {"regions": [{"train": LINK | ENDS}], "class": 1}}, version=version
    )
    segment = train(each)
    assert (segment.train_number, times(segment)) == ("ICE 597", ["2026-06-03T09:05:00", None])
    assert (segment.class_of_service, each.doubt) == ("1", None)


def test_a_train_whose_ends_the_ticket_does_not_say_waits() -> None:
    (each,) = found({"open_ticket": ENDS | {"regions": [{"train": LINK}]}})
    assert (places(train(each)), each.doubt) == (["Köln Hbf", "Berlin Hbf"], HOW_FAR)


def test_a_ticket_for_both_ways_is_bound_on_both_or_waits() -> None:
    home = {"from_name": "Berlin Hbf", "to_name": "Köln Hbf"}
    out = ENDS | {"is_return": True, "days": 9, "regions": [{"train": LINK | ENDS}]}
    back = {"regions": [{"train": LINK | home | {"day": 33}}]}
    both = found({"open_ticket": out | {"way_back": back}})
    assert [places(train(each)) for each in both] == [["Köln Hbf", "Berlin Hbf"], ["Berlin Hbf", "Köln Hbf"]]
    assert [each.doubt for each in both] == [None, None]
    assert [each.doubt for each in found({"open_ticket": out})] == [UNDATED]


def test_a_ticket_that_goes_further_than_its_trains_waits() -> None:
    further = {"open_ticket": {"from_name": "Köln Hbf", "to_name": "Potsdam"}}
    assert [each.doubt for each in found(further, {"reservation": ICE})] == [FALLS_SHORT]
    assert [each.doubt for each in found({"open_ticket": ENDS}, {"reservation": ICE})] == [None]
    back = {"open_ticket": ENDS | {"is_return": True}}
    assert [each.doubt for each in found(back, {"reservation": ICE})] == [FALLS_SHORT]


def test_a_ticket_that_names_the_stations_of_its_route_alone_waits() -> None:
    route = {"via": {"route": [{"from_number": 8721202}, {"from_number": 8721219}]}}
    (each,) = found({"open_ticket": {"regions": [route, {"train": LINK}]}})
    assert (places(train(each)), each.doubt) == (["8721202", "8721219"], BY_ROUTE)


# --- in its frames -------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "version"), [(b"13", 1), (b"02", 2), (b"20", 2), (b"03", 3), (b"30", 3)])
def test_records_are_read_by_their_version(number: bytes, version: int) -> None:
    body = ticket(version, documents=[{"ticket": {"reservation": ICE}}])
    code = uic_918_3(u_flex(number, body), version=b"02").decode("latin-1")
    read = read_rail_ticket(code)
    assert read is not None
    assert [train(each).train_number for each in read.sight.found] == ["ICE 597"]


@pytest.mark.parametrize("version", [1, 2])
def test_frames_of_asn_1_are_read_with_all_their_tickets(version: int) -> None:
    body = ticket(3, documents=[{"ticket": {"reservation": ICE}}])
    older = ticket(2, documents=[{"ticket": {"reservation": ICE | {"day": 33}}}])
    code = frame(version, FCB3=body, FCB2=older, _1187=b"\x00").decode("latin-1")
    assert looks_like_rail_ticket(code)
    read = read_rail_ticket(code)
    assert read is not None
    assert [times(train(each))[0] for each in read.sight.found] == [
        "2026-06-03T09:05:00",
        "2026-06-06T09:05:00",
    ]


def test_a_frame_without_a_ticket_that_can_be_read_is_none() -> None:
    assert read_rail_ticket(frame(2, FDC1=b"\x00").decode("latin-1")) is None
    assert read_rail_ticket(frame(2, FCB3=b"\x00").decode("latin-1")) is None
    assert read_rail_ticket("\x81Ud" + "\xff" * 40) is None


def test_the_printed_page_is_read_where_the_ticket_does_not_name_the_hour() -> None:
    page = uic_record(b"U_TLAY01", b"RCT2" + b"0001" + b"000001200" + b"0014" + b"Any train will")
    for document, expected in (({"open_ticket": ENDS}, "Any train will"), ({"reservation": ICE}, "")):
        body = ticket(3, documents=[{"ticket": document}])
        read = read_rail_ticket(uic_918_3(u_flex(b"03", body), page).decode("latin-1"))
        assert read is not None
        assert read.page == expected


@VERSIONS
def test_a_broken_ticket_is_none_or_a_ticket(version: int) -> None:
    whole = ticket(version, documents=[{"ticket": {"reservation": ICE}}])
    for cut in range(len(whole)):
        assert read_flexible(whole[:cut], version=version, order=None) is None
    for at in range(len(whole) * 8):
        body = int.from_bytes(whole) ^ 1 << at
        sight = read_flexible(body.to_bytes(len(whole)), version=version, order=None)
        assert sight is None or len(sight.found) <= 1


def test_tickets_of_two_people_have_no_price_together() -> None:
    letter = mail("DB <noreply@deutschebahn.com>", "Ihr Ticket", "Anbei Ihr Ticket.")
    documents = [{"ticket": {"reservation": ICE | {"price": 4990}}}]
    for name in ("Anna", "Tom"):
        body = ticket(3, documents=documents, travellers={"travellers": [{"first": name}]})
        with_file(letter, coded(uic_918_3(u_flex(b"03", body))), "image/png", f"{name}.png")
    (booking,) = read_mail(letter.as_bytes(), received=datetime(2026, 5, 4, tzinfo=UTC)).bookings
    (segment,) = booking.booking.segments
    assert (segment.total, booking.booking.charges, segment.passengers) == (None, (), ("Anna", "Tom"))


@pytest.mark.parametrize(
    ("name", "letter", "lines"), [*flexible()], ids=lambda told: told if isinstance(told, str) else ""
)
def test_mails_with_such_codes_are_read_as_they_should_be(
    name: str, letter: EmailMessage, lines: list[str]
) -> None:
    letter["Date"] = "Mon, 04 May 2026 09:00:00 +0200"
    reading = read_mail(letter.as_bytes(), received=datetime(2026, 5, 5, tzinfo=UTC))
    read = [each.booking.model_dump(mode="json", exclude_none=True) for each in reading.bookings]
    judged = judge(expected_of(lines), read)
    assert (name, [*judged.misses]) == (name, [])


def test_a_cancellation_with_a_ticket_books_no_train() -> None:
    code = uic_918_3(u_flex(b"03", ticket(3, documents=[{"ticket": {"reservation": ICE}}])))
    letter = mail(
        "DB <noreply@deutschebahn.com>",
        "Stornierung Ihrer Buchung QX7K2P",
        "Ihre Buchung mit der Buchungsnummer QX7K2P wurde storniert.",
    )
    raw = with_file(letter, coded(code), "image/png", "old.png").as_bytes()
    reading = read_mail(raw, received=datetime(2026, 5, 4, tzinfo=UTC))
    assert [each.booking.status for each in reading.bookings] == ["cancelled"]
