"""Which airports a person means, by three letters or by what they call a city."""

import pytest

from services.query.domain.airports import airports_called


def codes(said: str) -> list[str]:
    return [one.code for one in airports_called(said)]


@pytest.mark.parametrize("code", ["GOA", "HUE", "PAU", "BAR", "NIS", "ULM", "FRA"])
def test_three_capitals_are_a_code(code: str) -> None:
    assert codes(f" {code} ") == [code]


@pytest.mark.parametrize("said", ["fra", "Fra", "lhr", "san", "Man", "waw", "Dar"])
def test_three_letters_that_name_no_city_with_an_airport_are_a_code_however_they_are_written(
    said: str,
) -> None:
    assert codes(said) == [said.upper()]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Goa", ["GOI", "GOX", "GOA"]),
        ("hue", ["HUI", "HUE"]),
        ("Pau", ["PUF", "PAU"]),
        ("Niš", ["INI"]),
        ("Nis", ["INI", "NIS"]),
    ],
)
def test_what_is_a_city_and_a_code_may_be_either(said: str, found: list[str]) -> None:
    assert codes(said) == found


@pytest.mark.parametrize("said", ["Ulm", "ulm", "Bar", "Atlantis", "", " ", "?"])
def test_a_city_without_an_airport_is_not_what_has_its_name_for_a_code(said: str) -> None:
    assert codes(said) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Muenchen", "MUC"), ("münchen", "MUC"), ("Köln", "CGN"), ("Koeln", "CGN"), ("Wien", "VIE"),
        ("Zürich", "ZRH"), ("Genf", "GVA"), ("Genève", "GVA"), ("Düsseldorf", "DUS"), ("Rom", "FCO"),
        ("Mailand", "MXP"), ("Nizza", "NCE"), ("Tokio", "NRT"), ("東京", "NRT"), ("São Paulo", "GRU"),
        ("sao paulo", "GRU"), ("Bali", "DPS"), ("Basel", "BSL"), ("Neapel", "NAP"), ("Kopenhagen", "CPH"),
        ("Frankfurt", "FRA"), ("London", "LHR"), ("St. Petersburg", "LED"), ("Haneda", "HND"),
    ],
)  # fmt: skip
def test_a_city_is_found_by_its_names_in_other_languages_and_without_accents(said: str, code: str) -> None:
    assert codes(said)[0] == code


@pytest.mark.parametrize("said", ["München", "Wien", "Oslo", "Zürich", "Köln"])
def test_a_city_of_one_airport_is_that(said: str) -> None:
    assert len(codes(said)) == 1


def test_the_larger_airports_stand_first() -> None:
    assert codes("London")[:3] == ["LHR", "LGW", "LCY"]
    assert codes("London").index("STN") < codes("London").index("YXU")


def test_a_city_whose_name_goes_on_is_found_by_its_beginning() -> None:
    assert codes("Las V") == []
    assert codes("Salt Lake") == ["SLC"]
