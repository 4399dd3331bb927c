"""Layouts in which a reader must know what belongs together: columns, blocks, days of other scripts, unknown sellers."""

from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest

from services.ingest.domain.email.airport_names import airports_in_signs
from services.ingest.domain.email.blocks import blocks_of
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.entries import entries_of
from services.ingest.domain.email.pdf import read_pdf
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.superseded import without_superseded
from services.ingest.domain.email.trades import vendor_called
from services.ingest.domain.email.train_names import train_named
from tests.support.email_machine_made import pdf


@pytest.mark.parametrize(
    ("name", "address", "trade"),
    [
        ("WESTbahn", "ticket@w.example", "rail"),
        (None, "no-reply@bay-city-limo.example", "ride"),
        ("Irish Ferries", None, "bus"),
        ("Columbus Travel", "desk@columbus.example", None),
        ("CityBus Express", None, "bus"),
        ("Trattoria Da Luca", None, "dining"),
        ("Anna Berg", "anna@example.com", None),
        ("Software Developer", "jobs@trailhead.example", None),
    ],
)
def test_a_seller_whom_nobody_listed_is_known_by_what_it_calls_itself(
    name: str | None, address: str | None, trade: str | None
) -> None:
    vendor = vendor_called(name, address)
    assert (vendor.trade if vendor is not None else None) == trade


def test_columns_of_a_document_are_parted_where_a_gap_is_and_where_they_were_joined() -> None:
    document = read_pdf(
        pdf("Wien Hbf        Salzburg Hbf\nSN 2093Brussels (BRU)London (LHR)13 Oct 202609:4510:00\nab 08:30")
    )
    assert document is not None
    assert document.text.split("\n") == [
        "Wien Hbf\tSalzburg Hbf",
        "SN 2093 Brussels (BRU) London (LHR) 13 Oct 2026 09:45 10:00",
        "ab 08:30",
    ]


def test_what_is_said_again_right_above_the_next_block_belongs_to_it() -> None:
    room = "Hotel: Sonne\nConfirmation: {}\nCheck-in: 13 Oct 2026\n\n"
    first, second = blocks_of(entries_of(room.format(55120077) + room.format(55120078)))
    assert first.text("number", "hotel") == "55120077"
    assert second.text("number") == "55120078"
    assert first.all("hotel") == second.all("hotel") == ["Sonne"]


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("【予約番号】6G7Q2K1X", "number", "6G7Q2K1X"),
        ("HF FENIX PORTO      CHECK-IN:      13 OCT", "check_in", "13 OCT"),
        ("Arrive Oct 13, 2026 after 4 PM", "check_in", "Oct 13, 2026 after 4 PM"),
        ("Booking reference\tDate of order\tNothing known\nM7QX2K\t04May2026\t706", "number", "M7QX2K"),
    ],
)
def test_labels_are_found_in_brackets_in_columns_before_days_and_above_unknown_ones(
    line: str, field: str, value: str
) -> None:
    assert [entry.value for entry in entries_of(line) if field in entry.fields] == [value]


@pytest.mark.parametrize(
    "written", ["13 ตุลาคม 2026", "13 ต.ค. 2569", "13 tháng 10, 2026", "13 أكتوبر 2026", "13 באוקטובר 2026"]
)
def test_days_are_read_in_scripts_whose_letters_bear_marks(written: str) -> None:
    assert Reader(near=date(2026, 5, 4)).day(written) == date(2026, 10, 13)


def test_an_airport_in_brackets_behind_its_city_is_one_place() -> None:
    named = airports_in_signs("東京（羽田） 10:00発 - 札幌(新千歳) 11:35着、서울/김포 → 제주")
    assert [mark.value.code for mark in named] == ["HND", "CTS", "GMP", "CJU"]


def test_the_column_of_old_values_is_taken_out() -> None:
    told = without_superseded("Flug: ja\nAntes\tAhora\nVuelo\tY4 770\tY4 772\nSale\t17:25\t19:10")
    assert told == "Flug: ja\nAntes\tAhora\nVuelo\tY4 772\nSale\t19:10"


@pytest.mark.parametrize(
    ("text", "train"),
    [
        ("→のぞみ25号→", "のぞみ25号"),
        ("，G5次列车，", "G5"),
        ("RE 26123", "RE 26123"),
        ("Reference: RE77120", None),
    ],
)
def test_trains_are_named_with_their_signs_and_no_reference_is_one(text: str, train: str | None) -> None:
    assert train_named(text) == train


def _words(sender: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "anna.berg@example.com", "Booking confirmed: QX771203"
    mail["Date"] = "Mon, 04 May 2026 09:00:00 +0200"
    mail.set_content(text)
    return mail


@pytest.mark.parametrize(
    ("sender", "text", "found"),
    [
        (
            "Hotel Sonne <h@h.example>",
            "Double room\nZzz: 13 Oct 2026\nYyy: 15 Oct 2026\n",
            ["hotel 2026-10-13 2026-10-15"],
        ),
        (
            "Hotel Sonne <h@h.example>",
            "3 nights\n13 Oct 2026\n16 Oct 2026\n18 Oct 2026\n",
            ["hotel 2026-10-13 2026-10-16"],
        ),
        (
            "Hotel Sonne <h@h.example>",
            "Double room\nZzz: 13 Oct 2026\nYyy: 15 Oct 2026\nXxx: 18 Oct 2026\n",
            [],
        ),
        ("Hotel Sonne <h@h.example>", "4 nights\nZzz: 13 Oct 2026\nYyy: 15 Oct 2026\n", []),
        (
            "Sun Rent a Car <c@c.example>",
            "Zzz 13 Oct 2026 10:00\nYyy 15 Oct 2026 18:00\n",
            ["car 2026-10-13T10:00:00 2026-10-15T18:00:00"],
        ),
        ("Sun Rent a Car <c@c.example>", "13 Oct 2026 10:00\n14 Oct 2026 10:00\n15 Oct 2026 18:00\n", []),
        ("Sun Rent a Car <c@c.example>", "13 Apr 2026 10:00\n15 Apr 2026 18:00\n", []),
        (
            "Coast Railway <r@r.example>",
            "Aaa Central - Bbb Harbour\n13 Oct 2026\nzzz 10:00 yyy 11:30\n",
            ["rail 2026-10-13T10:00:00 2026-10-13T11:30:00"],
        ),
        ("Coast Railway <r@r.example>", "13 Oct 2026\nzzz 10:00 yyy 11:30\n", []),
        ("City Taxi <t@t.example>", "Zzz 13 Oct 2026, 05:15\n", ["ride 2026-10-13T05:15:00 None"]),
    ],
)
def test_where_no_label_is_known_the_only_ends_that_fit_the_seller_are_taken(
    sender: str, text: str, found: list[str]
) -> None:
    reading = read_mail(
        _words(sender, f"Booking QX771203\n{text}").as_bytes(), received=datetime(2026, 5, 5, tzinfo=UTC)
    )
    segments = [segment for each in reading.bookings for segment in each.booking.segments]
    assert [
        f"{each.type} {each.start and each.start.local} {each.end and each.end.local}" for each in segments
    ] == found
