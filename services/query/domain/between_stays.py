"""Facts about where the traveller sleeps: nights without a bed, two beds, waits at the door, empty days."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from schemas.times import Moment
from schemas.trip import TripBooking, TripHotel, TripSegment
from services.query.domain.between_facts import (
    AfterCheckOut,
    BeforeCheckIn,
    DstChange,
    Fact,
    FreeDays,
    NightWithoutStay,
    OverlappingStays,
)
from services.query.domain.between_journeys import Journey
from services.query.domain.places import is_same_city, is_same_house, is_same_place
from services.query.domain.timeline import hour_of_house
from services.query.domain.zones import known_zone

NIGHT_FROM, NIGHT_TO = "02:00", "05:00"
"""Whoever is under way or awake between these hours needs no bed for the night."""
LONG_BEFORE_CHECK_IN_MINUTES = 120
LONG_AFTER_CHECK_OUT_MINUTES = 300
_ONE_DAY = timedelta(days=1)


def nights_without_stay(
    journeys: Sequence[Journey], stays: Sequence[TripHotel], *, until: date | None
) -> Iterator[Fact]:
    """Tell of the nights between arrivals and departures, away from home, that nothing covers.

    Home is where the first flight or train leaves from. Nights side by side are one fact.

    Args:
        journeys: flights, trains and rides in the order of time.
        stays: those that are not cancelled.
        until: the last date on which something of the trip is.
    """
    travelled = [j for j in journeys if j.type != "ride"]
    sheltered = _spans([*stays, *(j for j in journeys if j.type == "ride")])
    onward: list[Journey | None] = [*travelled[1:], None]
    for arrived, leaving in zip(travelled, onward, strict=False):
        home = travelled[0].origin
        if arrived.end is None or is_same_place(arrived.destination, home):
            continue
        if is_same_city(arrived.destination, home):
            continue
        nights = _nights(arrived.end, leaving.start if leaving else None, until=until)
        lacking = [night for night in nights if not _covered(night, sheltered)]
        ids = (arrived.id,) if leaving is None else (arrived.id, leaving.id)
        for first, days in _runs(lacking):
            yield NightWithoutStay(
                segments=ids, first=first.isoformat(), days=days, place=arrived.destination
            )


def _nights(arrival: Moment, departure: Moment | None, *, until: date | None) -> Iterator[date]:
    """Return by the date of its evening each night that lies whole between two local times."""
    night = _day(arrival)
    if arrival.has_time and arrival.local[11:16] <= NIGHT_FROM:
        night -= _ONE_DAY
    if departure is None:
        end = until
    else:
        end = _day(departure)
        if departure.has_time and departure.local[11:16] < NIGHT_TO:
            end -= _ONE_DAY
    while end is not None and night < end:
        yield night
        night += _ONE_DAY


_Span = tuple[date, date]
"""From the evening of the first night to the morning after the last."""


def _span(segment: TripSegment) -> _Span | None:
    if segment.start is None:
        return None
    first = _day(segment.start)
    return (first, _day(segment.end) if segment.end else first + _ONE_DAY)


def _spans(segments: Iterable[TripSegment]) -> list[_Span]:
    return [span for segment in segments if (span := _span(segment)) is not None]


def _covered(night: date, spans: Iterable[_Span]) -> bool:
    return any(first <= night < last for first, last in spans)


def _runs(days: Sequence[date]) -> Iterator[tuple[date, int]]:
    for _, run in groupby(enumerate(days), key=lambda pair: pair[1] - timedelta(days=pair[0])):
        together = [day for _, day in run]
        yield together[0], len(together)


def overlapping_stays(stays: Sequence[TripHotel], *, bookings: Iterable[TripBooking]) -> Iterator[Fact]:
    """Tell of two stays for one night; rooms of one booking, or of different guests, are no conflict."""
    together = [frozenset(booking.segments) for booking in bookings]
    dated = [stay for stay in stays if stay.start is not None and stay.end is not None]
    for at, stay in enumerate(dated):
        for other in dated[at + 1 :]:
            first = max(_first(stay), _first(other))
            nights = (min(_last(stay), _last(other)) - first).days
            if nights <= 0 or any(stay.id in held and other.id in held for held in together):
                continue
            if stay.passengers and other.passengers and set(stay.passengers).isdisjoint(other.passengers):
                continue
            yield OverlappingStays(
                segments=(stay.id, other.id),
                first=first.isoformat(),
                nights=nights,
                same_house=is_same_house(stay.place, other.place, names=(stay.name, other.name)),
            )


def waits(journeys: Sequence[Journey], stays: Sequence[TripHotel]) -> Iterator[Fact]:
    """Tell of hours between arrival and check-in, and between check-out and departure."""
    for stay in stays:
        opens = hour_of_house(stay.start, stay.check_in_time)
        closes = hour_of_house(stay.end, stay.check_out_time)
        arrivals = [j for j in journeys if opens and j.end and j.end.has_time and j.end.date == opens[:10]]
        if opens and arrivals and arrivals[-1].end:
            minutes = _apart(arrivals[-1].end.local, opens)
            if minutes > LONG_BEFORE_CHECK_IN_MINUTES:
                yield BeforeCheckIn(segments=(arrivals[-1].id, stay.id), minutes=minutes)
        leaving = [
            j for j in journeys if closes and j.start and j.start.has_time and j.start.date == closes[:10]
        ]
        if closes and leaving and leaving[0].start:
            minutes = _apart(closes, leaving[0].start.local)
            if minutes > LONG_AFTER_CHECK_OUT_MINUTES:
                yield AfterCheckOut(segments=(stay.id, leaving[0].id), minutes=minutes)


def _apart(before: str, after: str) -> int:
    return int((datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds()) // 60


def free_days(
    dates: Sequence[str], stays: Sequence[TripHotel], *, busy: Sequence[TripSegment]
) -> Iterator[Fact]:
    """Tell of whole days on which nothing begins or ends, with a bed for every night around them.

    Args:
        dates: on which something begins or ends, in order.
        stays: those that are not cancelled.
        busy: what keeps the traveller busy from its start to its end, such as a conference.
    """
    taken, beds_of = _spans(busy), [(stay, _spans([stay])) for stay in stays]
    for before, after in pairwise(date.fromisoformat(one) for one in dates):
        nights = [before + _ONE_DAY * at for at in range((after - before).days)]
        if len(nights) < 2 or any(_covered(night, taken) for night in nights):  # noqa: PLR2004 - a whole day
            continue
        beds = [next((stay for stay, of in beds_of if _covered(night, of)), None) for night in nights]
        found = {stay.id: stay for stay in beds if stay is not None}
        if all(beds):
            first = before + _ONE_DAY
            place = next(iter(found.values())).place
            yield FreeDays(segments=tuple(found), first=first.isoformat(), days=len(nights) - 1, place=place)


def dst_changes(stays: Sequence[TripHotel]) -> Iterator[Fact]:
    """Tell on which day the clocks of a place change during a stay there."""
    for stay in stays:
        zone = stay.start and known_zone(stay.start.zone)
        if not zone or stay.start is None or stay.end is None:
            continue
        day, last = _day(stay.start), _day(stay.end)
        if _noon(day, zone) == _noon(last, zone):
            continue
        while day < last:
            minutes = _noon(day + _ONE_DAY, zone) - _noon(day, zone)
            day += _ONE_DAY
            if minutes:
                yield DstChange(segments=(stay.id,), first=day.isoformat(), place=stay.place, minutes=minutes)


def _noon(day: date, zone: ZoneInfo) -> int:
    """Return by how many minutes a zone's noon is ahead of UTC's."""
    ahead = datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset() or timedelta()
    return int(ahead.total_seconds()) // 60


def _day(moment: Moment) -> date:
    return date.fromisoformat(moment.date)


def _first(stay: TripHotel) -> date:
    assert stay.start is not None  # noqa: S101 - asked of dated stays only
    return _day(stay.start)


def _last(stay: TripHotel) -> date:
    assert stay.end is not None  # noqa: S101 - asked of dated stays only
    return _day(stay.end)
