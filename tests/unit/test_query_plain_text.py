"""A trip as plain text and lists as CSV: short lines, cells that no spreadsheet computes."""

import csv
import io

import pytest
from babel import Locale

from schemas.segments import Place
from services.query.domain.between import between
from services.query.page.plain_text import plain_text
from services.query.page.presentation import Words
from services.query.page.tables import _harmless, _written
from tests.support.query_trips import flight, hotel, moment, trip

FRA, HND = Place(code="FRA", city="Frankfurt"), Place(code="HND", city="Tokyo")


def told(*segments: object) -> str:
    shown = trip("t", segments=segments, dates=("2026-12-03", "2026-12-09"), title="Tokyo")  # pyright: ignore[reportArgumentType] - they are segments
    return plain_text(shown, facts=between(shown), words=Words(Locale("en", "GB")))


def test_a_trip_is_told_day_by_day_with_what_lies_between_and_what_is_to_settle() -> None:
    out = flight(
        "out",
        origin=FRA,
        destination=HND,
        start=moment("2026-12-03T13:05:00", offset_minutes=60),
        end=moment("2026-12-04T09:10:00", offset_minutes=540),
    )
    stay = hotel("a", start=moment("2026-12-05"), end=moment("2026-12-09"), check_in_time="15:00")
    text = told(out, stay)

    lines = text.splitlines()
    assert lines[0] == "Tokyo"
    assert "13:05   AZ 436 Frankfurt FRA → Tokyo HND" in lines
    assert "        arrives Fri 4 Dec 09:10 · 12 h 5 min" in lines
    assert "        Check in: Albergo Sole" in lines
    assert text.index("To settle") < text.index("No hotel for the night of Fri 4 Dec") < text.index("13:05")
    assert any(line.startswith("        (Clocks forward 8 h") for line in lines)


def test_no_line_is_longer_than_a_mail_has_columns() -> None:
    stay = hotel("a", start=moment("2026-12-05"), end=moment("2026-12-09"))
    long = stay.model_copy(update={"name": "Grand Hotel " * 20})

    assert max(map(len, told(long).splitlines())) <= 72


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 30", "-2 nights", "-2.5.1", "@here", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20a"]
)
def test_what_a_spreadsheet_would_compute_stays_text(cell: str) -> None:
    assert _harmless(cell) == f"'{cell}"
    assert _harmless(f"Hotel {cell}") == f"Hotel {cell}"
    for before in (" ", "\n", "\t", "\r", "\u00a0", "Hotel;", "Hotel; ", 'Hotel;"', "two\nlines\n ", "a\t"):
        assert _harmless(before + cell) == f"{before}'{cell}"


def test_each_cell_that_semicolons_make_of_one_stays_text() -> None:
    assert _harmless("Hotel;=1+cmd|' /C calc'!A0;@x") == "Hotel;'=1+cmd|' /C calc'!A0;'@x"


@pytest.mark.parametrize("cell", ["-12.50", "+3", "-7", "120.00", "", "a-b", "Sun; Moon"])
def test_amounts_stay_numbers_and_harmless_texts_as_they_are(cell: str) -> None:
    assert _harmless(cell) == cell


def test_a_cell_with_commas_quotes_and_lines_is_read_back_as_it_was() -> None:
    cells = ["Rome, Italy", 'The "Sun"', "two\nlines"]

    assert list(csv.reader(io.StringIO(_written([cells]).decode(), newline=""))) == [cells]
