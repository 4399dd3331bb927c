"""Facts about getting from place to place: clocks that change, connections, clashes, transfers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from schemas.times import instant_text
from schemas.trip import TripAir, TripBooking, TripRail, TripRide, TripSegment
from services.query.domain.between_facts import (
    CheckInOpens,
    DateLine,
    Fact,
    Impossible,
    Layover,
    ShortConnection,
    TransferUnbooked,
    ZoneChange,
)
from services.query.domain.places import is_same_city, is_same_place, kilometres
from services.query.domain.timeline import places_of

Journey = TripAir | TripRail | TripRide

LAYOVER_HOURS = 24
SHORT_MINUTES_ONE_BOOKING = 45
SHORT_MINUTES = 75
SHORT_MINUTES_OTHER_AIRPORT = 180
TRANSFER_KILOMETRES = 2
CHECK_IN_BEFORE = timedelta(hours=24)
_JUMP_MINUTES = 16 * 60
"""No zones on one side of the date line differ by so much."""
_MINUTES_A_DAY = 24 * 60


def clock_changes(journeys: Iterable[Journey]) -> Iterator[Fact]:
    """Tell where clocks or dates at the end are not what they would be at the start."""
    for journey in journeys:
        start, end = journey.start, journey.end
        if start is None or end is None or start.offset_minutes is None or end.offset_minutes is None:
            continue
        ahead = end.offset_minutes - start.offset_minutes
        named = (journey.id,)
        if start.has_time and end.has_time:
            by_clock = datetime.fromisoformat(end.local) - datetime.fromisoformat(start.local)
            minutes = int(by_clock.total_seconds()) // 60
            lasts = minutes - ahead
            if lasts >= 0 and (minutes < 0 or abs(ahead) >= _JUMP_MINUTES):
                days = (_day(end.local) - _day(start.local)).days
                yield DateLine(segments=named, minutes=minutes, days=days)
                continue
        if ahead:
            yield ZoneChange(segments=named, minutes=ahead)


def check_ins(journeys: Iterable[Journey]) -> Iterator[Fact]:
    """Tell of each flight when its online check-in usually opens."""
    for journey in journeys:
        leaves = journey.start and journey.start.instant()
        if journey.type == "air" and journey.start is not None and leaves is not None:
            local = datetime.fromisoformat(journey.start.local) - CHECK_IN_BEFORE
            yield CheckInOpens(
                segments=(journey.id,), local=local.isoformat(), utc=instant_text(leaves - CHECK_IN_BEFORE)
            )


def connections(journeys: Sequence[Journey], *, bookings: Iterable[TripBooking]) -> Iterator[Fact]:
    """Tell how much time there is between one journey and the next from the same place or city."""
    together = [frozenset(booking.segments) for booking in bookings if booking.status == "confirmed"]
    for before, after in pairwise(journeys):
        minutes = minutes_between(before, after)
        if "ride" in {before.type, after.type}:
            continue
        if minutes is None or not 0 <= minutes <= LAYOVER_HOURS * 60:
            continue
        same = is_same_place(before.destination, after.origin)
        if not same and not is_same_city(before.destination, after.origin):
            continue
        one_booking = any(before.id in held and after.id in held for held in together)
        ids = (before.id, after.id)
        if minutes < _shortest(same=same is not False, one_booking=one_booking):
            yield ShortConnection(
                segments=ids,
                minutes=minutes,
                place=before.destination,
                onward=after.origin,
                one_booking=one_booking,
            )
        elif same:
            yield Layover(segments=ids, minutes=minutes, place=before.destination)


def _shortest(*, same: bool, one_booking: bool) -> int:
    if not same:
        return SHORT_MINUTES_OTHER_AIRPORT
    return SHORT_MINUTES_ONE_BOOKING if one_booking else SHORT_MINUTES


def clashes(journeys: Sequence[Journey]) -> Iterator[Fact]:
    """Tell which journeys take place at the same time; what may be cancelled clashes with nothing."""
    under_way: list[tuple[datetime, Journey]] = []
    for journey in journeys:
        start, end = (journey.start and journey.start.instant()), (journey.end and journey.end.instant())
        if start is None or end is None or end <= start or journey.suspected_cancelled:
            continue
        under_way = [(until, other) for until, other in under_way if until > start]
        for until, other in under_way:
            overlap = int((min(until, end) - start).total_seconds()) // 60
            yield Impossible(segments=(other.id, journey.id), minutes=overlap)
        under_way.append((end, journey))


def transfers(line: Sequence[TripSegment], *, car_days: Sequence[tuple[str, str]]) -> Iterator[Fact]:
    """Tell where nothing is booked from the end of one thing to the start of the next.

    Args:
        line: flights, trains, rides and stays in the order of their start.
        car_days: from which to which date a rental car is in hand.
    """
    for before, after in pairwise(line):
        here, there = places_of(before)[1], places_of(after)[0]
        day = after.start or before.end or before.start
        if day is not None and any(first <= day.date <= last for first, last in car_days):
            continue
        apart = kilometres(here, there)
        if apart is None and not _two_airports(before, after):
            continue
        if apart is not None and apart <= TRANSFER_KILOMETRES:
            continue
        rounded = None if apart is None else round(apart)
        yield TransferUnbooked(segments=(before.id, after.id), place=here, onward=there, kilometres=rounded)


def _two_airports(before: TripSegment, after: TripSegment) -> bool:
    if before.type != "air" or after.type != "air":
        return False
    return is_same_place(before.destination, after.origin) is False


def minutes_between(before: TripSegment, after: TripSegment) -> int | None:
    """Return the time from the end of one to the start of the next, None where an instant is not known."""
    end, start = before.end and before.end.instant(), after.start and after.start.instant()
    return None if end is None or start is None else int((start - end).total_seconds()) // 60


def _day(local: str) -> datetime:
    return datetime.fromisoformat(local[:10])
