"""Codes of airports: where they stand alone or beside an hour, in lines of any length."""

import time

import pytest

from services.ingest.domain.email.airport_marks import airport_marks
from services.ingest.domain.places import airport


def test_codes_in_one_line_take_linear_time() -> None:
    def seconds_of(times: int) -> float:
        begun = time.process_time()
        airport_marks("ICE " * times)
        return time.process_time() - begun

    assert seconds_of(24_000) < 30 * seconds_of(3_000)


def test_codes_stand_alone_in_a_line_or_beside_an_hour() -> None:
    text = "FRA\nfrom MUC at 10:35\nand then on:\nDEN\nas DEN is a word, 10:35\nLAS, 10:35\n10:35 DEL\nPNR 10:35\nVIE without"
    assert [mark.value.code for mark in airport_marks(text)] == ["FRA", "MUC", "DEN", "LAS", "DEL"]


@pytest.mark.parametrize(
    ("code", "city", "zone"),
    [
        ("SXF", "Berlin", "Europe/Berlin"),
        ("KIV", "Chișinău", "Europe/Chisinau"),
        ("PNH", "Phnom Penh", "Asia/Phnom_Penh"),
        ("REP", "Siem Reap", "Asia/Phnom_Penh"),
        ("FRU", "Bishkek", "Asia/Bishkek"),
        ("TSE", "Astana", "Asia/Almaty"),
        ("PFN", "Panama City", "America/Chicago"),
    ],
)
def test_a_code_that_was_given_up_is_still_its_citys(code: str, city: str, zone: str) -> None:
    found = airport(code)
    assert found is not None
    assert (found.code, found.city, found.zone) == (code, city, zone)
