"""The tables of cities: what stands in them is known elsewhere, and people's names lead to it."""

from zoneinfo import available_timezones

import airportsdata
import pytest

from schemas.cities import (
    _airports,
    _inhabitants,
    _zones,
    airports_by_another_name,
    city_key,
    inhabitants,
    known_city,
    main_airports,
    zone_meant,
    zones_possible,
)

AIRPORTS = airportsdata.load("IATA")


def test_every_zone_and_every_airport_of_the_tables_exists() -> None:
    zones = {zone for towns in _inhabitants().values() for zone in towns} | set(_zones().values())
    codes = {code for some in _airports().values() for code in some} | set(main_airports().values())

    assert zones <= available_timezones()
    assert codes <= set(AIRPORTS)


@pytest.mark.parametrize(
    ("name", "known"),
    [("Muenchen", "Munich"), ("GENÈVE", "Geneva"), ("Mailand", "Milan"), ("東京", "Tokyo"), ("Oslo", "Oslo")],
)
def test_a_city_is_known_by_its_names_in_other_languages(name: str, known: str) -> None:
    assert known_city(name) == known


def test_a_name_means_the_city_that_is_larger_by_far_than_its_namesakes() -> None:
    assert zone_meant("Leeds") == "Europe/London"
    assert zone_meant("Halifax") is None
    assert zones_possible("Halifax") == {"America/Halifax", "Europe/London"}


def test_what_people_mean_outweighs_who_lives_there() -> None:
    assert inhabitants("Barcelona")["America/Caracas"] > 500_000
    assert zone_meant("Barcelona") == "Europe/Madrid"
    assert (zone_meant("Naples"), zone_meant("Napoli")) == (None, "Europe/Rome")


@pytest.mark.parametrize("name", ["Canton", "Florencia", "Colonia", "Vienne"])
def test_another_name_of_one_city_that_another_bears_means_neither(name: str) -> None:
    assert known_city(name) != name
    assert zone_meant(name) is None


def test_an_unknown_name_means_nothing() -> None:
    assert (zone_meant("Nowhere"), zones_possible("Nowhere"), airports_by_another_name("Nowhere")) == (
        None,
        frozenset(),
        (),
    )
    assert city_key("Nowhere") not in main_airports()
