"""Which pairs of segments a person is asked about: the smallest trip that has each, and one that has not."""

from typing import Any

import pytest

from schemas.booking_record import Owner
from schemas.segments import ConfirmationKind, ConfirmationNumber, FieldGroup, Place, SegmentStatus
from schemas.trip import TripCar, TripDining, TripRail, TripSegment, TripStatus
from services.query.domain.alike import pairs_alike
from services.query.domain.between import between
from tests.support.query_trips import an_id, consolidated, flight, hotel, moment, trip

BY_MAIL = dict.fromkeys(FieldGroup, Owner(party="mail", source="email"))
TOKYO = Place(city="Tokyo", country="JP")


def asked(*segments: TripSegment, **said: Any) -> list[set[str]]:
    """The pairs of a trip that are asked about, by the names of their segments."""
    settled = said.pop("settled", ())
    found = pairs_alike(trip("t", segments=segments, **said), settled=settled)
    names = {an_id(name): name for name in "abc"}
    return [{names[pair.left.id], names[pair.right.id]} for pair in found]


def bed(name: str, house: str, days: tuple[str, str] = ("04", "08"), **said: Any) -> TripSegment:
    owners = {} if name == "a" else BY_MAIL
    dates = {"start": moment(f"2026-12-{days[0]}"), "end": moment(f"2026-12-{days[1]}")}
    stay = hotel(name, owners=owners, **({"place": TOKYO, "vendor": None} | dates | said))
    return stay.model_copy(update={"name": house})


def number(value: str) -> dict[str, Any]:
    return {"confirmation_numbers": (ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value=value),)}


AGENCYS, MAILED = bed("a", "Park Hyatt Tokyo"), bed("b", "PARK HYATT TYO", rate=None)


def test_two_beds_in_one_city_for_the_same_nights_may_be_one_booking() -> None:
    assert asked(AGENCYS, MAILED) == [{"a", "b"}]
    assert asked(AGENCYS, bed("b", "PARK HYATT TYO", ("04", "07"))) == []
    assert asked(AGENCYS, bed("b", "PARK HYATT TYO", place=Place(city="Osaka"))) == []


def test_two_beds_in_one_house_may_be_one_booking_though_only_some_nights_are_the_same() -> None:
    assert asked(AGENCYS, bed("b", "Park Hyatt Tokyo", ("05", "08"))) == [{"a", "b"}]
    assert asked(AGENCYS, bed("b", "Park Hyatt Tokyo", ("08", "09"))) == []


@pytest.mark.parametrize(
    "two",
    [
        (bed("a", "Sole", **number("1")), bed("b", "Luna", **number("2"))),
        (bed("a", "Sole", passengers=("Maria Rossi",)), bed("b", "Luna", passengers=("Ada Bianchi",))),
        (bed("a", "Sole", room_index=1), bed("b", "Luna", room_index=2)),
        (AGENCYS, MAILED.model_copy(update={"status": SegmentStatus.CANCELLED})),
        (AGENCYS, MAILED.model_copy(update={"claims": AGENCYS.claims})),
    ],
    ids=["numbers", "guests", "rooms", "one is cancelled", "one booking tells of both"],
)
def test_nothing_is_asked_where_something_says_that_they_are_two(two: tuple[TripSegment, ...]) -> None:
    assert asked(*two) == []


def test_a_booking_that_took_one_of_two_back_does_not_tell_of_both() -> None:
    (told,) = AGENCYS.claims
    taken_back = told.model_copy(update={"segment": an_id("b"), "live": False})
    moved = MAILED.model_copy(update={"claims": (taken_back, *MAILED.claims)})

    assert asked(AGENCYS, moved) == [{"a", "b"}]


def test_two_of_one_booking_that_a_person_kept_though_it_was_taken_back_are_two() -> None:
    (told,) = AGENCYS.claims
    taken_back = {"claims": (told.model_copy(update={"live": False}),)}

    assert asked(AGENCYS.model_copy(update=taken_back), MAILED.model_copy(update=taken_back)) == []


def test_nobody_takes_two_flights_at_a_time_between_the_same_cities() -> None:
    def fly(name: str, leaves: str, **said: Any) -> TripSegment:
        owners = {} if name == "a" else BY_MAIL
        times = {"start": moment(f"2026-05-12T{leaves}:00"), "end": moment("2026-05-12T11:00:00")}
        return flight(name, owners=owners, **(times | said))

    ours = fly("a", "09:00")
    assert asked(ours, fly("b", "09:10", flight_number="9999")) == [{"a", "b"}]
    assert asked(ours, fly("b", "09:10", flight_number="9999", origin=Place(code="CIA", city="Rome"))) == [
        {"a", "b"}
    ]
    assert asked(ours, fly("b", "09:10", flight_number="9", destination=Place(code="VIE"))) == []
    afternoon = {"end": moment("2026-05-12T16:00:00"), "flight_number": "9999"}
    assert asked(ours, fly("b", "14:00", **afternoon)) == []


def kept(kind: type[Any], name: str, **said: Any) -> Any:
    return kind(**said, **consolidated(name, fields=said, owners={} if name == "a" else BY_MAIL))


def test_a_train_is_told_by_its_stations_and_its_hours() -> None:
    def ride(name: str, **said: Any) -> Any:
        ends = {"origin": Place(name="Roma Termini"), "destination": Place(name="Milano Centrale")}
        return kept(TripRail, name, start=moment("2026-05-12T09:00:00"), **(ends | said))

    assert asked(ride("a", train_number="9612"), ride("b", train_number="612")) == [{"a", "b"}]
    assert asked(ride("a"), ride("b", destination=Place(name="Torino"))) == []


def test_a_car_is_told_by_its_day_and_a_table_by_its_hour() -> None:
    def car(name: str, at: str, **said: Any) -> Any:
        return kept(TripCar, name, **({"start": moment(at), "vendor_name": "Wheels"} | said))

    def table(name: str, at: str, house: str) -> Any:
        return kept(TripDining, name, start=moment(at)).model_copy(update={"name": house})

    morning, noon, evening = (f"2026-05-12T{hour}:00:00" for hour in ("09", "12", "20"))
    assert asked(car("a", morning), car("b", noon)) == [{"a", "b"}]
    assert asked(car("a", morning), car("b", noon, vendor_name="Roads")) == []
    assert asked(table("a", noon, "Chez Max"), table("b", noon, "Max")) == []
    assert asked(table("a", noon, "Chez Max"), table("b", noon[:-5] + "30:00", "Chez Max")) == [{"a", "b"}]
    assert asked(table("a", noon, "Chez Max"), table("b", evening, "Chez Max")) == []


@pytest.mark.parametrize("known", ["b", "older id", "id by its booking"])
def test_what_a_person_has_answered_is_not_asked_again_by_whatever_id_they_knew_it(known: str) -> None:
    claim = MAILED.claims[0].model_copy(update={"segment": an_id("id by its booking")})
    there = MAILED.model_copy(update={"also_known_as": (an_id("older id"),), "claims": (claim,)})

    assert asked(AGENCYS, there, settled=[frozenset({an_id("a"), an_id(known)})]) == []
    assert asked(AGENCYS, there, settled=[frozenset({an_id("a"), an_id("c")})]) == [{"a", "b"}]


def test_who_says_that_two_beds_are_fine_has_said_that_they_are_two() -> None:
    shown = trip("t", segments=(AGENCYS, MAILED))
    (fact,) = (fact for fact in between(shown) if fact.code == "overlap_stay")
    fine = shown.model_copy(update={"content": shown.content.model_copy(update={"dismissed": (fact.id,)})})

    assert (len(pairs_alike(shown)), len(pairs_alike(fine))) == (1, 0)


def test_a_pair_says_what_agrees_and_what_differs_with_what_is_not_said() -> None:
    (pair,) = pairs_alike(trip("t", segments=(bed("b", "PARK HYATT TYO", room_type=None), AGENCYS)))

    assert set(pair.agree) == {"place", "start", "end"}
    assert {one.field: {one.left, one.right} for one in pair.differ} == {
        "name": {"PARK HYATT TYO", "Park Hyatt Tokyo"},
        "room_type": {"double", ""},
    }


def test_a_trip_that_is_cancelled_or_of_any_size_asks_in_no_time() -> None:
    many = [bed(f"bed {n}", f"House {n}") for n in range(400)]

    assert asked(AGENCYS, MAILED, status=TripStatus.CANCELLED) == []
    assert pairs_alike(trip("t", segments=tuple(many))) == ()


def test_no_more_pairs_are_told_than_are_wanted_and_those_are_the_first() -> None:
    owners = dict.fromkeys(FieldGroup, Owner(party="another mail", source="email"))
    third = MAILED.model_copy(update={"id": an_id("c"), "claims": hotel("c", owners=owners).claims})
    shown = trip("t", segments=(AGENCYS, MAILED, third))

    every = pairs_alike(shown)

    assert len(every) == 3
    assert [pairs_alike(shown, most=most) for most in (0, 1, 2, 3, 9)] == [
        every[:most] for most in (0, 1, 2, 3, 9)
    ]
