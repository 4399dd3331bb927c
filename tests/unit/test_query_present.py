"""What goes on and what comes next of a trip, and which of several trips that is told of."""

from datetime import UTC, datetime
from typing import Any

import pytest
from babel import Locale
from fastapi import Request

from schemas.segments import Place, SegmentStatus
from schemas.trip import Trip, TripCar
from services.platform.principals import Principal
from services.query.domain.between import between
from services.query.domain.present import going_on, next_in
from services.query.domain.timeline import days_of
from services.query.handlers import TripQueries
from services.query.looks import Looks, News
from services.query.page.difference_words import Told
from services.query.page.languages import LANGUAGES
from services.query.page.present import Present, nearest, present_of
from services.query.page.presentation import rendered
from tests.support.one_trip import OneTrip
from tests.support.query_trips import an_id, consolidated, flight, hotel, moment, trip

FLIGHT = flight(
    "f",
    start=moment("2026-05-12T20:00:00", offset_minutes=120, zone=None),
    end=moment("2026-05-13T08:10:00", offset_minutes=540, zone=None),
)
STAY = hotel(
    "h",
    start=moment("2026-05-13", offset_minutes=540, zone="Asia/Tokyo"),
    end=moment("2026-05-15", offset_minutes=540, zone="Asia/Tokyo"),
    place=Place(city="Tokyo"),
)
CAR = {"start": moment("2026-05-13T09:00:00"), "end": moment("2026-05-15T09:00:00")}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "on", "coming", "minutes"),
    [
        (at(12, 16, 40), None, ("f", "start"), 80),
        (at(12, 20), "f", ("f", "end"), 190),
        (at(13, 2), None, ("h", "start"), None),
        (at(13, 12), "h", ("h", "end"), None),
        (at(16, 0), None, None, None),
    ],
)
def test_what_goes_on_and_comes_next_with_the_time_until_then_where_somebody_says_the_hour(
    now: datetime, on: str | None, coming: tuple[str, str] | None, minutes: int | None
) -> None:
    days = days_of(
        trip("t", segments=(FLIGHT, STAY, TripCar(**CAR, **consolidated("c", fields=CAR, owners={}))))
    )

    goes_on = going_on(days, now=now)
    days = days_of(trip("t", segments=(FLIGHT, STAY)))
    found = next_in(days, now=now)

    assert (goes_on and goes_on.id) == (on and an_id(on))
    assert (found and (found.row.segment.id, found.row.edge.value)) == (
        coming and (an_id(coming[0]), coming[1])
    )
    assert (found and found.minutes) == minutes


def test_the_hour_from_which_a_house_receives_is_by_the_clock_of_its_place() -> None:
    stay = STAY.model_copy(update={"check_in_time": "15:00"})

    found = next_in(days_of(trip("t", segments=(stay,))), now=at(13, 2))

    assert found is not None
    assert found.minutes == 4 * 60


def test_what_is_cancelled_neither_goes_on_nor_comes() -> None:
    days = days_of(trip("t", segments=(FLIGHT.model_copy(update={"status": SegmentStatus.CANCELLED}), STAY)))

    assert going_on(days, now=at(12, 20)) is None
    found = next_in(days, now=at(12, 16))
    assert found is not None
    assert found.row.segment.id == STAY.id


def dated(name: str, *segments: Any, dates: tuple[str, str]) -> Trip:
    return trip(name, segments=segments, dates=dates)


def test_the_trip_that_goes_on_is_told_of_before_what_comes_sooner() -> None:
    tokyo = dated("tokyo", FLIGHT, STAY, dates=("2026-05-12", "2026-05-15"))
    soon = flight("soon", start=moment("2026-05-14T09:00:00"), end=moment("2026-05-14T11:00:00"))
    rome = dated("rome", soon, dates=("2026-05-14", "2026-05-14"))
    empty = dated("empty", dates=("2026-05-12", "2026-05-15"))

    for now, chosen in ((at(11, 0), tokyo), (at(13, 12), tokyo), (at(16, 0), None)):
        assert nearest([rome, tokyo, empty], now=now) == chosen
    assert nearest([rome, dated("later", STAY, dates=("2026-05-15", "2026-05-15"))], now=at(11, 0)) != rome


MARIA = Principal(tenant="acme", kind="traveller", subject="maria@acme.example", client="page")
ASKING = Request({"type": "http", "headers": []})


async def told_of(listed: Trip, *, now: datetime, held: Trip | None = None) -> Present:
    """The card above a list of one trip, which the read model holds, or holds no more."""
    store: Any = OneTrip(held or listed, parties={})
    unawaited: Any = None
    queries = TripQueries(store=store, catching_up=unawaited, now=lambda: now)
    looks = Looks(store=store, now=lambda: now)
    found = await present_of(ASKING, queries, looks, MARIA, trips=[listed])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("offset_minutes", "zone", "now", "day"),
    [
        (-240, None, at(12, 1), 0),
        (-240, None, at(12, 4), 1),
        (-300, "America/New_York", at(12, 4, 30), 1),
        (720, None, at(11, 11, 59), 0),
        (720, None, at(11, 12), 1),
    ],
)
async def test_before_a_trip_it_is_the_day_of_the_place_where_it_begins(
    offset_minutes: int, zone: str | None, now: datetime, day: int
) -> None:
    leaves = moment("2026-05-12T18:00:00", offset_minutes=offset_minutes, zone=zone)
    lands = moment("2026-05-13T09:00:00", offset_minutes=0, zone=None)
    shown = trip("t", segments=(flight("f", start=leaves, end=lands),), dates=("2026-05-12", "2026-05-13"))

    assert (await told_of(shown, now=now)).day == day


async def test_a_trip_that_vanishes_while_the_page_is_made_is_told_of_as_it_was_listed() -> None:
    listed = trip("gone", segments=(FLIGHT, STAY, hotel("two", start=STAY.start, end=STAY.end)))

    found = await told_of(listed, now=at(12, 16), held=trip("another"))

    assert found.trip == listed
    assert found.to_settle == [fact for fact in between(listed) if fact.severity != "note"] != []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", [-3, 0, 2])
def test_the_card_is_shown_in_every_language_before_and_while_the_trip_goes_on(
    language: str, day: int
) -> None:
    beds = STAY, hotel("other", start=STAY.start, end=STAY.end, place=Place(city="Osaka"))
    shown = trip("t", segments=(FLIGHT, *beds))
    days, facts = days_of(shown), between(shown)
    now = at(12, 20)
    settle = [fact for fact in facts if fact.severity != "note"]
    lines = [Told("LH 716", "gate", "A1", "A2")] * 5
    present = Present(
        shown, day, 4, going_on(days, now=now), next_in(days, now=now), settle * 5, News(now, ()), lines
    )

    card = rendered("present.html", locale=Locale.parse(language), context={"present": present})

    assert "None" not in card
    assert (f'<h2 id="present">{"Now" if day > 0 else "Next"}</h2>' in card) == (language == "en")
    assert shown.id in card
    assert card.count("<li>") == 3 + 1 + 3
