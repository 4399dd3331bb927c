"""What lies between segments: each kind of fact by the smallest trip that has it, and one that has not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.segments import Place, SegmentStatus
from schemas.trip import Claim, ShownRevision, TripHotel, TripRail, TripRide, TripSegment, TripStatus
from services.query.domain.between import MOST_DAYS, MOST_SEGMENTS, between, timely, told_after
from services.query.domain.timeline import Edge, days_of
from tests.support.query_trips import an_id, booking, consolidated, flight, hotel, moment, trip

FRA, HND, NRT, MUC = (
    Place(code="FRA", city="Frankfurt"),
    Place(code="HND", city="Tokyo"),
    Place(code="NRT", city="Tokyo"),
    Place(code="MUC", city="Munich"),
)


def fly(name: str, start: str, end: str, *, route: tuple[Place, Place] = (FRA, HND), **said: Any) -> Any:
    """A flight; times are `dd hh:mm` of December 2026, with offsets of +1 and +9 unless said otherwise."""
    offsets = said.pop("offsets", tuple(540 if place.city == "Tokyo" else 60 for place in route))
    return flight(
        name,
        origin=route[0],
        destination=route[1],
        start=moment(_local(start), offset_minutes=offsets[0], zone=None),
        end=moment(_local(end), offset_minutes=offsets[1], zone=None),
        **said,
    )


def sleep(name: str, start: str, end: str, *, house: str = "Park", **said: Any) -> TripHotel:
    place = said.pop("place", Place(name=house, city="Tokyo"))
    zone = said.pop("zone", None)
    begin, finish = (moment(_local(day), offset_minutes=None, zone=zone) for day in (start, end))
    return _named(hotel(name, start=begin, end=finish, place=place, **said), house)


def _named(stay: TripHotel, house: str) -> TripHotel:
    return stay.model_copy(update={"name": house})


def _local(short: str) -> str:
    day, _, clock = short.partition(" ")
    return f"2026-12-{day}T{clock}:00" if clock else f"2026-12-{day}"


def told(*segments: TripSegment, **said: Any) -> list[tuple[str, dict[str, Any]]]:
    """The facts of a trip: code, and what it says but for the segments' ids and places."""
    facts = [fact.model_dump(mode="json") for fact in between(trip("t", segments=segments, **said))]
    hidden = {"id", "code", "severity", "segments", "place", "onward", "dismissed"}
    return [
        (fact["code"], {k: v for k, v in fact.items() if k not in hidden})
        for fact in facts
        if fact["code"] != "check_in_opens"  # of every flight, which would stand in each test
    ]


def codes(*segments: TripSegment, **said: Any) -> list[str]:
    return [code for code, _ in told(*segments, **said)]


OUT = fly("out", "03 13:05", "04 09:10")
HOME = fly("home", "08 10:00", "08 15:00", route=(HND, FRA))


def test_a_night_away_without_a_bed_is_told_and_nights_side_by_side_are_one_fact() -> None:
    assert ("night_without_stay", {"first": "2026-12-04", "days": 4}) in told(OUT, HOME)

    partly = told(OUT, sleep("a", "04", "06"), HOME)
    assert [said for code, said in partly if code == "night_without_stay"] == [
        {"first": "2026-12-06", "days": 2}
    ]
    assert "night_without_stay" not in codes(OUT, sleep("a", "04", "08"), HOME)


def test_a_night_in_the_air_or_at_home_needs_no_bed() -> None:
    overnight = fly("out", "03 22:00", "04 06:00", route=(FRA, MUC))

    assert "night_without_stay" not in codes(overnight, fly("home", "04 20:00", "04 22:00", route=(MUC, FRA)))
    there_and_back = (
        fly("a", "03 08:00", "03 10:00", route=(FRA, MUC)),
        fly("b", "03 18:00", "03 20:00", route=(MUC, FRA)),
    )
    again = (
        fly("c", "06 08:00", "06 10:00", route=(FRA, MUC)),
        fly("d", "06 18:00", "06 20:00", route=(MUC, FRA)),
    )
    assert "night_without_stay" not in codes(*there_and_back, *again)


def test_a_night_ferry_is_a_bed_and_a_cancelled_stay_is_none() -> None:
    lost = sleep("a", "04", "08", status=SegmentStatus.CANCELLED)
    times = {"start": moment("2026-12-04T22:00:00"), "end": moment("2026-12-05T07:00:00")}
    ferry = TripRide(**times, **consolidated("ferry", fields=times, owners={}))

    assert ("night_without_stay", {"first": "2026-12-04", "days": 4}) in told(OUT, lost, HOME)
    assert ("night_without_stay", {"first": "2026-12-05", "days": 3}) in told(OUT, ferry, HOME)


def test_whoever_arrives_after_midnight_needs_the_bed_of_the_evening_before() -> None:
    late = fly("out", "03 20:00", "04 00:30", route=(FRA, MUC))
    back = fly("home", "04 12:00", "04 13:00", route=(MUC, FRA))

    assert ("night_without_stay", {"first": "2026-12-03", "days": 1}) in told(late, back)


def test_the_time_between_two_flights_at_one_airport_is_a_layover() -> None:
    on = fly("on", "04 11:00", "04 12:00", route=(HND, Place(code="ITM", city="Osaka")))

    assert ("layover", {"minutes": 110}) in told(OUT, on)


@pytest.mark.parametrize(
    ("minutes", "one_booking", "code"),
    [(50, True, "layover"), (50, False, "short_connection"), (40, True, "short_connection")],
)
def test_how_short_is_short_depends_on_who_sold_both_legs(minutes: int, one_booking: bool, code: str) -> None:
    on = fly(
        "on",
        f"04 {9 + (10 + minutes) // 60:02}:{(10 + minutes) % 60:02}",
        "04 13:00",
        route=(HND, Place(code="ITM")),
        offsets=(540, 540),
    )
    held = (OUT.id, on.id) if one_booking else (OUT.id,)

    assert codes(OUT, on, bookings=(booking(segments=held),))[-1] == code


def test_changing_to_another_airport_of_the_city_takes_three_hours() -> None:
    on = fly("on", "04 11:30", "04 13:00", route=(NRT, Place(code="ITM", city="Osaka")))

    assert "short_connection" in codes(OUT, on)


def test_two_flights_at_once_are_impossible_unless_one_may_be_cancelled() -> None:
    other = fly("other", "03 20:00", "03 22:00", route=(FRA, MUC))

    assert ("impossible", {"minutes": 120}) in told(OUT, other)
    assert "impossible" not in codes(OUT, other.model_copy(update={"suspected_cancelled": True}))
    assert "impossible" not in codes(OUT, other.model_copy(update={"status": SegmentStatus.CANCELLED}))


def test_two_beds_for_one_night_are_a_conflict_and_two_rooms_of_one_booking_are_none() -> None:
    first, second = sleep("a", "04", "06"), sleep("b", "05", "08", house="Imperial")

    assert ("overlap_stay", {"first": "2026-12-05", "nights": 1, "same_house": False}) in told(first, second)
    assert "overlap_stay" not in codes(first, sleep("b", "06", "08"))
    rooms = booking(segments=(first.id, second.id))
    assert "overlap_stay" not in codes(first, second, bookings=(rooms,))


def test_one_house_booked_twice_is_said_to_be_that() -> None:
    twice = told(sleep("a", "04", "06"), sleep("b", "04", "06", house="PARK"))

    assert ("overlap_stay", {"first": "2026-12-04", "nights": 2, "same_house": True}) in twice


def test_clocks_that_differ_at_the_end_are_told_by_how_much() -> None:
    assert ("zone_change", {"minutes": 480}) in told(OUT)
    assert ("zone_change", {"minutes": -480}) in told(HOME)
    assert codes(fly("f", "03 08:00", "03 09:00", route=(FRA, MUC))) == []


def test_over_the_date_line_the_clock_goes_back_or_the_date_jumps() -> None:
    east = fly("f", "03 20:25", "03 19:15", route=(HND, MUC), offsets=(540, -480))
    west = fly("f", "03 22:00", "05 08:00", route=(MUC, HND), offsets=(-480, 660))

    assert told(east) == [("date_line", {"minutes": -70, "days": 0})]
    assert told(west) == [("date_line", {"minutes": 34 * 60, "days": 2})]


def test_an_arrival_before_the_departure_in_one_zone_is_a_mistake_and_no_date_line() -> None:
    assert codes(fly("f", "03 20:00", "03 19:00", route=(FRA, MUC))) == []


def test_clocks_that_change_during_a_stay_are_told_with_the_day() -> None:
    stay = hotel(
        "a", start=moment("2026-10-23", zone="Europe/Berlin"), end=moment("2026-10-27", zone="Europe/Berlin")
    )

    assert ("dst_change", {"first": "2026-10-25", "days": 1, "minutes": -60}) in told(stay)
    nowhere = hotel("a", start=moment("2026-10-23", zone="Mars/Olympus"), end=moment("2026-10-27"))
    assert "dst_change" not in codes(nowhere)


def test_hours_before_check_in_and_after_check_out_are_told() -> None:
    stay = sleep("a", "04", "08", check_in_time="15:00", check_out_time="10:00")
    late = fly("home", "08 20:00", "08 23:00", route=(HND, FRA))

    assert ("before_check_in", {"minutes": 350}) in told(OUT, stay)
    assert ("after_check_out", {"minutes": 600}) in told(stay, late)
    assert "before_check_in" not in codes(OUT, sleep("a", "04", "08", check_in_time="noon"))


def test_empty_days_with_a_bed_are_one_quiet_line() -> None:
    assert ("free_days", {"first": "2026-12-05", "days": 3}) in told(OUT, sleep("a", "04", "08"), HOME)
    assert "free_days" not in codes(OUT, HOME)


def test_places_far_apart_with_nothing_between_are_told_unless_a_car_is_in_hand() -> None:
    away = fly("on", "05 12:00", "05 13:00", route=(Place(code="KIX", city="Osaka"), MUC), offsets=(540, 60))
    near = Place(name="Park", city="Tokyo", latitude="35.685", longitude="139.690")
    airport = Place(code="HND", city="Tokyo", latitude="35.553", longitude="139.781")

    assert ("transfer_unbooked", {"kilometres": None}) in told(OUT, away)
    landed = fly("out", "03 13:05", "04 09:10", route=(FRA, airport))
    assert ("transfer_unbooked", {"kilometres": 17}) in told(landed, sleep("a", "04", "05", place=near))
    assert "transfer_unbooked" not in codes(landed, sleep("a", "04", "05"))


def test_a_suspected_cancellation_names_who_says_so() -> None:
    shown = OUT.model_copy(
        update={
            "suspected_cancelled": True,
            "claims": (
                *OUT.claims,
                Claim(
                    record=an_id("r"),
                    owner={"party": "mail", "source": "email"},
                    segment=an_id("s"),
                    position=0,
                    revision=ShownRevision(content_hash="c"),
                    live=False,
                ),
            ),
        }
    )

    assert ("suspected_cancelled", {"said_by": ["email"]}) in told(shown)


def test_a_cancelled_trip_has_no_facts() -> None:
    assert codes(OUT, HOME, status=TripStatus.CANCELLED) == []


def test_a_train_connects_like_a_flight() -> None:
    station = Place(name="Köln Hbf", city="Köln")

    def ride(name: str, start: str, end: str, route: tuple[Place, Place]) -> TripRail:
        said = {
            "start": moment(_local(start)),
            "end": moment(_local(end)),
            "origin": route[0],
            "destination": route[1],
        }
        return TripRail(**said, **consolidated(name, fields=said, owners={}))

    first = ride("r1", "03 08:00", "03 10:00", (Place(name="Hamburg Hbf"), station))
    assert ("layover", {"minutes": 80}) in told(
        first, ride("r2", "03 11:20", "03 13:00", (station, Place(name="Basel SBB")))
    )


def test_facts_stand_where_they_matter_in_the_timeline() -> None:
    shown = trip("t", segments=(OUT, sleep("a", "04", "06"), HOME))
    days = days_of(shown)
    placed = {key: [fact.code for fact in facts] for key, facts in told_after(between(shown), days).items()}

    assert placed[OUT.id, Edge.START] == ["check_in_opens", "zone_change"]
    assert placed[an_id("a"), Edge.END] == ["night_without_stay"]
    assert placed[an_id("a"), Edge.START] == ["free_days"]


def test_of_more_segments_or_days_than_a_journey_has_nothing_is_told() -> None:
    full = [sleep(f"stay {number}", "05", "06") for number in range(MOST_SEGMENTS)]
    dropped = sleep("dropped", "05", "06").model_copy(update={"status": SegmentStatus.CANCELLED})

    assert len(codes(*full, dropped)) == MOST_SEGMENTS * (MOST_SEGMENTS - 1) // 2
    assert codes(*full, sleep("one more", "20", "21")) == []

    first = date(2026, 12, 8)
    for days, is_told in ((MOST_DAYS, True), (MOST_DAYS + 1, False)):
        stays = [
            hotel(
                f"{at}", start=moment(f"{at}", zone=None), end=moment(f"{at + timedelta(days=1)}", zone=None)
            )
            for at in (first, first, first + timedelta(days=days - 1))
        ]
        assert ("overlap_stay" in codes(*stays)) is is_told


@pytest.mark.parametrize("zone", ["America", "x" * 300, "Nowhere/Atlantis", "../secret"])
def test_a_zone_that_is_none_tells_nothing_of_clocks(zone: str) -> None:
    stay = sleep("a", "05", "06", zone=zone)

    assert codes(stay) == []


def test_check_in_usually_opens_a_day_before_a_flight_and_is_shown_from_two_days_before_until_it_leaves() -> (
    None
):
    dated = flight("dated", start=moment("2026-12-10"), end=None)
    lost = fly("lost", "11 10:00", "11 12:00", status=SegmentStatus.CANCELLED)
    facts = [one for one in between(trip("t", segments=(OUT, dated, lost))) if one.code == "check_in_opens"]
    departure = datetime(2026, 12, 3, 12, 5, tzinfo=UTC)

    assert [(one.segments, one.local, one.utc) for one in facts] == [
        ((OUT.id,), "2026-12-02T13:05:00", "2026-12-02T12:05:00Z")
    ]
    shown = [hours for hours in (49, 48, 25, 1, 0) if timely(facts, now=departure - timedelta(hours=hours))]
    assert shown == [48, 25, 1]


def test_what_was_dismissed_is_told_as_such_until_it_says_something_else() -> None:
    def nights(*segments: TripSegment, dismissed: tuple[str, ...] = ()) -> Any:
        away = trip("t", segments=segments)
        said = away.content.model_copy(update={"dismissed": dismissed})
        found = between(away.model_copy(update={"content": said}))
        return next(fact for fact in found if fact.code == "night_without_stay")

    known = nights(OUT, HOME)
    later = fly("home", "09 10:00", "09 15:00", route=(HND, FRA))

    assert not known.dismissed
    assert nights(OUT, HOME, dismissed=(known.id,)).dismissed
    assert nights(OUT, HOME, dismissed=(known.id,)).id == known.id
    assert not nights(OUT, later, dismissed=(known.id,)).dismissed


def test_a_fact_goes_by_the_same_name_when_more_is_known_of_its_place() -> None:
    said = OUT.destination
    more = OUT.model_copy(update={"destination": said and said.model_copy(update={"name": "Haneda"})})

    assert {fact.id for fact in between(trip("t", segments=(OUT, HOME)))} == {
        fact.id for fact in between(trip("t", segments=(more, HOME)))
    }
