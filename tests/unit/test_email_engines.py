"""The engines, each at what is peculiar to it."""

import io
import json
import struct
import zipfile
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
import zxingcpp
from extruct import extract
from lxml import html as lxml_html
from PIL import Image

from services.ingest.domain.email.boarding_pass import flight_day, read_pass
from services.ingest.domain.email.microdata import marked_items
from services.ingest.domain.email.outside import Extractors
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.results import Engine, MailReading
from tests.support.email_machine_made import calendar, leg, mail, pass_text, picture, pkpass, with_file

RECEIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _raw(message: EmailMessage) -> bytes:
    if message["Date"] is None:
        message["Date"] = RECEIVED
    return message.as_bytes()


def test_a_pass_of_several_legs_says_each_and_who_flies() -> None:
    read = read_pass(
        pass_text(
            "BERG/ANNAMS",
            leg("K7QW2P", "FRA", "LHR", "LH", "902", 154, "12C"),
            leg("K7QW2P", "LHR", "JFK", "BA", "117", 155, "31A"),
        )
    )
    assert read is not None
    assert [(each.origin, each.destination, each.carrier, each.number, each.seat) for each in read.legs] == [
        ("FRA", "LHR", "LH", "902", "12C"),
        ("LHR", "JFK", "BA", "117", "31A"),
    ]
    assert read.name == "BERG/ANNAMS"


@pytest.mark.parametrize(
    ("day_of_year", "issued", "written", "expected"),
    [
        (132, None, date(2026, 5, 4), date(2026, 5, 12)),
        (5, None, date(2026, 12, 29), date(2027, 1, 5)),
        (360, None, date(2026, 12, 29), date(2026, 12, 26)),
        (5, (6, 350), date(2026, 12, 20), date(2027, 1, 5)),
        (100, (5, 330), date(2026, 3, 1), date(2026, 4, 10)),
    ],
)
def test_the_year_of_a_pass_follows_from_its_issue_or_its_mail(
    day_of_year: int, issued: tuple[int, int] | None, written: date, expected: date
) -> None:
    assert flight_day(day_of_year, issued=issued, written=written) == expected


def test_a_pass_that_ends_before_its_last_leg_waits_for_a_person() -> None:
    text = "M2" + pass_text("BERG/ANNAMS", leg("K7QW2P", "FRA", "LHR", "LH", "902", 154, "12C"))[2:]
    held = mail("checkin@airline.example", "Boarding passes", "Have a good flight.")
    code = picture(text, zxingcpp.BarcodeFormat.Aztec)
    read = read_mail(_raw(with_file(held, code, "image/png", "bp.png")), received=RECEIVED)
    assert read.outcome.kind == "needs_review"
    assert [each.booking.record_locator for each in read.bookings] == ["K7QW2P"]


def test_a_pass_to_a_place_that_is_no_airport_waits_for_a_person() -> None:
    text = pass_text("BERG/ANNAMS", leg("QX7RT2", "FRA", "XQZ", "LH", "3612", 154, "61"))
    held = mail("checkin@airline.example", "Boarding pass", "Have a good journey.")
    code = picture(text, zxingcpp.BarcodeFormat.Aztec)
    read = read_mail(_raw(with_file(held, code, "image/png", "bp.png")), received=RECEIVED)
    assert read.outcome.kind == "needs_review"
    assert [each.type for found in read.bookings for each in found.booking.segments] == ["rail"]


def test_microdata_reads_as_extruct_reads_it() -> None:
    page = """<div itemscope itemtype="http://schema.org/LodgingReservation"><meta itemprop="reservationNumber" content="A1"/>
    <link itemprop="reservationStatus" href="http://schema.org/Confirmed"/><time itemprop="checkinDate" datetime="2026-05-12">x</time>
    <div itemprop="reservationFor" itemscope itemtype="http://schema.org/LodgingBusiness"><b itemprop="name">Sonne <i>am Markt</i></b></div></div>"""
    (theirs,) = extract(page, syntaxes=["microdata"])["microdata"]
    (ours,) = marked_items(lxml_html.document_fromstring(page))
    expected = dict(theirs["properties"])
    inner = expected.pop("reservationFor")
    assert {
        name: value for name, (value,) in ours.items() if name not in {"@type", "reservationFor"}
    } == expected
    assert ours["reservationFor"][0]["name"] == [inner["properties"]["name"]]


def test_engines_that_see_one_flight_make_one_segment() -> None:
    code = pass_text("BERG/ANNAMS", leg("K7QW2P", "FRA", "LAX", "LH", "456", 132, "12C"))
    message = mail(
        "a@lufthansa.com",
        "Booking confirmation",
        "Booking code: K7QW2P\nLH456 12 May 2026 FRA 10:05 - LAX 12:35\n",
    )
    with_file(message, picture(code, zxingcpp.BarcodeFormat.Aztec), "image/png", "bp.png")
    (found,) = read_mail(_raw(message), received=RECEIVED).bookings
    (segment,) = found.booking.segments
    assert segment.type == "air"
    assert segment.start is not None
    assert segment.start.local == "2026-05-12T10:05:00"
    assert [seat.number for seat in segment.seats] == ["12C"]
    assert found.engines == (Engine.BOARDING_PASS, Engine.RULES)
    assert found.confidence > 90


def test_kitinerary_is_asked_with_the_original_sender_and_lf_alone() -> None:
    asked: list[bytes] = []

    def answer(question: bytes) -> bytes:
        asked.append(question)
        node = {"@type": "LodgingReservation", "reservationNumber": "H1", "checkinTime": {"@type": "QDateTime", "@value": "2026-05-12T15:00:00+02:00", "timezone": "Europe/Berlin"},
                "checkoutTime": "2026-05-14T11:00:00+02:00", "reservationFor": {"@type": "LodgingBusiness", "name": "Sonne"}}  # fmt: skip
        return json.dumps([node]).encode()

    message = mail(
        "anna@example.com",
        "Fwd: x",
        "---------- Forwarded message ---------\nFrom: Hotel <desk@hotel.example>\nDate: Mon, May 4, 2026 at 9:00 AM\nSubject: x\nTo: <a@b.c>\n\nYour stay\n",
    )
    reading = read_mail(_raw(message), received=RECEIVED, extractors=Extractors(kitinerary=answer))
    assert b"From: desk@hotel.example" in asked[0]
    assert b"\r" not in asked[0]
    (found,) = reading.bookings
    assert found.engines == (Engine.KITINERARY,)
    assert found.booking.segments[0].start is not None
    assert found.booking.segments[0].start.zone == "Europe/Berlin"


_ANSWER = '[{"@type": "LodgingReservation", "reservationNumber": "H1", "checkinTime": "2026-05-12", "checkoutTime": "2026-05-14", "reservationFor": {"@type": "Hotel", "name": "Sonne"}}]'


def _asking(subject: str = "Hello", **answers: str | None) -> MailReading:
    message = mail("desk@hotel.example", subject, "See you on the twelfth.")
    first = read_mail(_raw(message), received=RECEIVED, extractors=Extractors(language_model={}))
    if "answer" not in answers:
        return first
    told = dict.fromkeys(first.questions, answers["answer"])
    return read_mail(_raw(message), received=RECEIVED, extractors=Extractors(language_model=told))


def test_a_language_model_is_asked_about_what_nothing_else_could_read() -> None:
    reading = _asking()
    assert reading.outcome.kind == "nothing_found"
    (question,) = reading.questions
    assert "See you on the twelfth." in question


def test_what_a_language_model_says_waits_for_a_person() -> None:
    reading = _asking(answer=_ANSWER)
    assert reading.outcome.kind == "needs_review"
    assert reading.bookings[0].engines == (Engine.LANGUAGE_MODEL,)
    assert reading.questions == ()


def test_a_language_model_that_does_not_answer_leaves_a_note() -> None:
    reading = _asking(answer=None)
    assert reading.outcome.kind == "nothing_found"
    assert reading.notes == ("the language model did not answer",)


def test_nobody_is_asked_about_an_advertisement_or_without_a_model() -> None:
    assert _asking("How was your stay?").questions == ()
    message = mail("desk@hotel.example", "Hello", "See you on the twelfth.")
    assert read_mail(_raw(message), received=RECEIVED).questions == ()


def _zip_bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pass.json", b" " * 50_000_000)
    return held.getvalue()


def _picture_bomb() -> bytes:
    held = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(held, "PNG")
    return held.getvalue()


@pytest.mark.parametrize(
    ("body", "kind", "name"),
    [
        (_zip_bomb(), "application/vnd.apple.pkpass", "p.pkpass"),
        (b"PK\x03\x04 no zip", "application/vnd.apple.pkpass", "p.pkpass"),
        (b"%PDF-1.7\n" + b"1 0 obj << /Kids [1 0 R] >> endobj\n" * 2_000, "application/pdf", "x.pdf"),
        (_picture_bomb(), "image/png", "x.png"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2**31) + b"IHDR", "image/png", "x.png"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" * 5_000, "text/calendar", "x.ics"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * 900_000, "text/calendar", "x.ics"),
        (b"\x78\x9f\x3e\x22\x00\x00" + b"\x01\xff\xff\xff\x7f" * 100, "application/ms-tnef", "winmail.dat"),
    ],
)
def test_bombs_and_broken_files_find_nothing_and_break_nothing(body: bytes, kind: str, name: str) -> None:
    message = with_file(mail("a@example.org", "Your booking confirmation", "See attached."), body, kind, name)
    reading = read_mail(_raw(message), received=RECEIVED)
    assert reading.bookings == ()


def test_html_nested_without_end_is_read_as_far_as_it_is_sane() -> None:
    nested = "<div itemscope itemprop='reservation'>" * 30_000
    assert read_mail(_raw(mail("a@example.org", "Booking", None, nested)), received=RECEIVED).bookings == ()


def test_a_recurring_event_and_one_without_a_place_are_no_bookings() -> None:
    event = "SUMMARY:Stand-up\r\nDTSTART:20260512T080000Z\r\nDTEND:20260512T081500Z"
    message = with_file(mail("a@example.org", "Invitation", "x"), calendar(event), "text/calendar", "x.ics")
    reading = read_mail(_raw(message), received=RECEIVED)
    assert reading.bookings == ()
    assert reading.notes


def test_a_voided_pass_is_cancelled() -> None:
    content = {
        "voided": True,
        "organizationName": "Hall",
        "relevantDate": "2026-06-20T19:00:00+02:00",
        "eventTicket": {"primaryFields": [{"key": "event", "label": "EVENT", "value": "Concert"}]},
    }
    message = with_file(
        mail("a@example.org", "Ticket", "x"), pkpass(content), "application/vnd.apple.pkpass", "x.pkpass"
    )
    (found,) = read_mail(_raw(message), received=RECEIVED).bookings
    assert found.booking.status == "cancelled"


def test_a_zone_that_a_calendar_defines_tells_no_other_ones_times() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "TZOFFSETFROM:-1000\r\nTZOFFSETTO:-1000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    event = (
        "BEGIN:VEVENT\r\nUID:a@v.example\r\nSUMMARY:Italo 9919 Milano Centrale - Roma Termini\r\n"
        "DTSTART;TZID=W. Europe Standard Time:20260909T081500\r\nDTEND;TZID=W. Europe Standard Time:20260909T112900\r\n"
        "DESCRIPTION:Codice biglietto: QK7TWX\r\nEND:VEVENT\r\n"
    )

    def read(inner: str) -> MailReading:
        body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//V//EN\r\n{inner}END:VCALENDAR\r\n".encode()
        held = with_file(mail("a@italotreno.it", "Calendar", "x"), body, "text/calendar", "x.ics")
        return read_mail(_raw(held), received=RECEIVED)

    before = read(event)
    read(zone + event)
    assert read(event) == before
