"""Trips as an iCalendar feed (RFC 5545): one event for each segment, two for what lasts, one for the trip.

Byte-stable: the same trips give the same bytes, for DTSTAMP and SEQUENCE are those of the trip's version.
Who subscribes shows it to others without thinking: no locator, ticket or amount stands in it.
"""

# icalendar takes anything as the value of a property, and types it so.
# pyright: reportUnknownMemberType=false

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vText

from schemas.segments import Place, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripAir, TripRail, TripSegment, TripStatus
from services.query.domain.calendar_zones import is_near_change, zone_definition
from services.query.domain.timeline import LASTING, Edge
from services.query.domain.wording import ON_CALENDARS, headline
from services.query.domain.zones import known_zone

PAST_DAYS = 90
CANCELLED_DAYS = 14
"""How long what was cancelled is still shown, as cancelled: some calendars keep what just vanishes."""
_LARGEST_SEQUENCE = 2**31 - 1
_UNSURE = frozenset({SegmentStatus.WAITLISTED, SegmentStatus.REQUESTED})
_PROPOSED = frozenset({TripStatus.PROPOSAL, TripStatus.BOOKED_PROPOSAL})
_ONE_DAY = timedelta(days=1)
_UTC = ZoneInfo("UTC")


class FeedFace(NamedTuple):
    """What a feed is besides its trips."""

    name: str
    trips_url: str
    """Where a trip's page is, without the id."""
    zoned: bool = False
    """Local times with their zones, each defined in the feed; otherwise instants in UTC."""


class _Marked(NamedTuple):
    """One event to be."""

    uid: str
    summary: str
    start: Moment
    end: Moment | None
    place: Place | None
    transparent: bool


def calendar_ics(
    trips: Iterable[Trip], *, face: FeedFace, today: date, off_since: Mapping[str, datetime] | None = None
) -> bytes:
    """Return the feed.

    Args:
        trips: in the order in which they shall stand.
        face: what the feed is besides.
        today: decides how long what was cancelled stays in it.
        off_since: by the id of a trip or segment, since when it is cancelled; for those that are not named
            the last change of the trip is taken for that.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Itinerary//Trips//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, vText(face.name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    events = [
        event for trip in trips for event in _events(trip, face=face, today=today, off_since=off_since or {})
    ]
    for component in (*_definitions(events), *events):
        calendar.add_component(component)
    return calendar.to_ical()


def _definitions(events: Iterable[Event]) -> Iterator[Timezone]:
    """Yield the definitions of the zones that events name."""
    used = defaultdict[str, list[datetime]](list)
    for event in events:
        for name in ("dtstart", "dtend"):
            time = event.decoded(name, None)
            if isinstance(time, datetime) and isinstance(time.tzinfo, ZoneInfo) and time.tzinfo != _UTC:
                used[time.tzinfo.key].append(time)
    for name, times in sorted(used.items()):
        yield zone_definition(ZoneInfo(name), times)


def may_have_changed_since_off(trip: Trip, *, today: date) -> bool:
    """Whether it takes a look at what the trip was to know how long something in it has been cancelled."""
    is_off = trip.content.status is TripStatus.CANCELLED
    return _is_recent(trip.modified, today=today) and (
        is_off or any(segment.status is SegmentStatus.CANCELLED for segment in trip.content.segments)
    )


def _is_recent(instant: str | datetime, *, today: date) -> bool:
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return at.date() >= today - timedelta(days=CANCELLED_DAYS)


def _events(trip: Trip, *, face: FeedFace, today: date, off_since: Mapping[str, datetime]) -> Iterator[Event]:
    def is_shown_as_off(named: str) -> bool:
        return _is_recent(off_since.get(named, trip.modified), today=today)

    trip_is_off = trip.content.status is TripStatus.CANCELLED
    if trip_is_off and not is_shown_as_off(trip.id):
        return
    if (band := _band(trip, face=face, off=trip_is_off)) is not None:
        yield band
    for segment in trip.content.segments:
        off = trip_is_off or segment.status is SegmentStatus.CANCELLED
        if off and not is_shown_as_off(segment.id):
            continue
        for marked in _marked(segment):
            yield _event(marked, segment=segment, trip=trip, face=face, off=off)


def _band(trip: Trip, *, face: FeedFace, off: bool) -> Event | None:
    content = trip.content
    if content.start_date is None or content.end_date is None:
        return None
    event = _dated(trip, uid=trip.id, summary=content.name, face=face, off=off)
    event.add("dtstart", date.fromisoformat(content.start_date[:10]))
    event.add("dtend", date.fromisoformat(content.end_date[:10]) + _ONE_DAY)
    if content.status in _PROPOSED:
        event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    event.add("categories", ["Trip"])
    return event


def _marked(segment: TripSegment) -> Iterator[_Marked]:
    origin, destination = _places(segment)
    if segment.type not in LASTING:
        if segment.start is not None:
            summary = headline(segment, manner=ON_CALENDARS)
            yield _Marked(segment.id, summary, segment.start, segment.end, origin, transparent=False)
        return
    for edge, moment, place in (
        (Edge.START, segment.start, origin),
        (Edge.END, segment.end, destination),
    ):
        if moment is not None:
            summary = headline(segment, edge=edge, manner=ON_CALENDARS)
            yield _Marked(f"{segment.id}-{edge}", summary, moment, None, place, transparent=True)


def _places(segment: TripSegment) -> tuple[Place | None, Place | None]:
    origin = getattr(segment, "origin", None) or getattr(segment, "place", None)
    return origin, getattr(segment, "destination", None) or origin


def _event(marked: _Marked, *, segment: TripSegment, trip: Trip, face: FeedFace, off: bool) -> Event:
    suspected = segment.suspected_cancelled and not off
    summary = f"Suspected cancelled: {marked.summary}" if suspected else marked.summary
    event = _dated(trip, uid=marked.uid, summary=summary, face=face, off=off)
    if not off:
        is_sure = not suspected and segment.status not in _UNSURE and trip.content.status not in _PROPOSED
        event.add("status", "CONFIRMED" if is_sure else "TENTATIVE")
    _add_times(event, marked, zoned=face.zoned)
    event.add("transp", "TRANSPARENT" if off or marked.transparent else "OPAQUE")
    event.add("categories", [segment.type.title()])
    if (location := _location(marked.place)) is not None:
        event.add("location", location)
    if marked.place is not None and marked.place.latitude and marked.place.longitude:
        event.add("geo", (float(marked.place.latitude), float(marked.place.longitude)))
    if (description := _description(segment)) is not None:
        event.add("description", description)
    return event


def _dated(trip: Trip, *, uid: str, summary: str, face: FeedFace, off: bool) -> Event:
    modified = datetime.fromisoformat(trip.modified)
    event = Event()
    event.add("uid", f"{uid}@itinerary")
    event.add("dtstamp", modified)
    event.add("last-modified", modified)
    event.add("sequence", trip.version.offset % _LARGEST_SEQUENCE)
    event.add("summary", f"Cancelled: {summary}" if off else summary)
    event.add("url", f"{face.trips_url}{trip.id}")
    if off:
        event.add("status", "CANCELLED")
    return event


def _add_times(event: Event, marked: _Marked, *, zoned: bool) -> None:
    """Add start and end. Where the instant is not known it is the day: a day is the same for every viewer."""
    start, end = (
        _time(marked.start, zoned=zoned),
        None if marked.end is None else _time(marked.end, zoned=zoned),
    )
    if not isinstance(start, datetime):
        last = start if end is None else max(start, _local_day(marked.end, otherwise=start))
        event.add("dtstart", start)
        event.add("dtend", last + _ONE_DAY)
        return
    event.add("dtstart", start)
    # As instants: Python compares times of one zone by their clocks, which go back.
    if isinstance(end, datetime) and end.astimezone(UTC) > start.astimezone(UTC):
        event.add("dtend", end)


def _time(moment: Moment, *, zoned: bool) -> datetime | date:
    instant = moment.instant()
    if instant is None:
        return date.fromisoformat(moment.date)
    zone = known_zone(moment.zone) if zoned else None
    return instant.astimezone(_UTC if zone is None or is_near_change(instant, zone) else zone)


def _local_day(moment: Moment | None, *, otherwise: date) -> date:
    return otherwise if moment is None else date.fromisoformat(moment.date)


def _location(place: Place | None) -> str | None:
    if place is None:
        return None
    parts = [place.name, place.address, place.city, place.country] if place.name else [place.code, place.city]
    return ", ".join(part for part in parts if part) or None


def _description(segment: TripSegment) -> str | None:
    """Return where and when, by the clocks of the places."""
    lines: list[str] = []
    for word, moment in (("Starts", segment.start), ("Ends", segment.end)):
        if moment is not None and moment.has_time:
            lines.append(f"{word} {moment.local.replace('T', ' ')[:16]} {moment.zone or 'local time'}")
    if isinstance(segment, TripAir) and segment.origin_terminal:
        lines.append(f"Terminal {segment.origin_terminal}")
    if isinstance(segment, TripRail) and segment.origin_platform:
        lines.append(f"Platform {segment.origin_platform}")
    return "\n".join(lines) or None
