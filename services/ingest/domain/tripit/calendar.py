"""TripIt's private calendar feed: its events, and which of them together are one plan.

The feed says little: a summary, instants in UTC, and the rest as text for people. What stands here is what
can be told from it beyond doubt. DTSTAMP changes with every fetch and is not read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from services.ingest.domain.fresh_calendars import calendar_of
from services.ingest.domain.tripit.answers import MAX_BYTES, Unreadable, storable
from services.ingest.domain.tripit.leftovers import short

_MAX_EVENTS = 5_000
_ITEM = re.compile(r"item-(?P<name>.+?)@")
_TRIP_LINK = re.compile(r"/trip/show/id/(\d{1,20})")
_TAG = re.compile(r"^[ \t]*\[(?P<tag>[A-Za-z ]{1,40})\]", re.MULTILINE)
_HALVES = re.compile(
    r"(?P<half>check-?in|check-?out|pick[ -]?up|drop[ -]?off)\b[^:]{0,20}:\s*(?P<name>.+)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"Confirmation\s*(?:#|Number:?|No\.?:?)\s*(?P<number>[A-Z0-9][A-Z0-9-]{2,40})", re.IGNORECASE
)
_BEGINS = frozenset({"checkin", "pickup"})
_KIND_OF_HALF = {"checkin": "lodging", "checkout": "lodging", "pickup": "car", "dropoff": "car"}
_KIND_OF_TAG: Mapping[str, str] = {
    "flight": "air", "lodging": "lodging", "car": "car", "car rental": "car", "rental car": "car",
    "rail": "rail", "train": "rail", "parking": "parking", "restaurant": "restaurant", "meal": "restaurant",
    "cruise": "cruise", "ferry": "transport", "transportation": "transport",
    "ground transportation": "transport",
}  # fmt: skip
_NOT_BOOKED = frozenset({"note", "map", "directions", "weather"})
_OTHERWISE = "activity"
_BAD_VALUES = (ValueError, KeyError, IndexError, AttributeError, TypeError, ArithmeticError)
"""What the parser of calendars raises where it meets some."""


class Event(NamedTuple):
    """An event of the feed that is a plan, or half of one."""

    key: str
    kind: str
    half: str | None
    """`begins` or `ends` where a stay or rental is told as two events."""
    name: str
    number: str | None
    """The confirmation number, where the traveller's settings show it."""
    summary: str
    description: str
    location: str | None
    coordinates: tuple[str, str] | None
    start: datetime | date
    end: datetime | date | None
    trip: str | None


class FeedPlan(NamedTuple):
    """One plan: the event that names it, and the one that ends it where there are two."""

    event: Event
    closing: Event | None = None


class Feed(NamedTuple):
    """What one fetch of the feed holds."""

    trips: Mapping[str, str]
    """Trips, with their last day."""
    plans: Mapping[str, FeedPlan]
    unread: frozenset[str] = frozenset()
    """Plans that are there and cannot be read; they must not count as deleted."""


def read_feed(body: bytes) -> Feed:
    """Read a calendar.

    Raises:
        Unreadable: where it is none, or was cut off: what is missing then must not count as deleted.
    """
    if len(body) > MAX_BYTES:
        raise Unreadable(f"larger than {MAX_BYTES} bytes")
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not text.startswith(b"BEGIN:VCALENDAR") or not text.endswith(b"END:VCALENDAR"):
        raise Unreadable("no calendar, or cut off")
    if text.upper().count(b"BEGIN:VEVENT") > _MAX_EVENTS:  # before the parser takes its time for them
        raise Unreadable(f"more than {_MAX_EVENTS} events")
    try:
        walked = calendar_of(body).walk("VEVENT")
        events = [found for event in walked if (found := _read(event)) is not None]
    except _BAD_VALUES:
        raise Unreadable("not a calendar that can be read") from None
    trips = {trip.trip: trip.last_day for trip in events if isinstance(trip, _TripEvent)}
    items = [event for event in events if isinstance(event, Event)]
    unread = frozenset(event.key for event in events if isinstance(event, _Unread))
    return Feed(trips, {plan.event.key: plan for plan in _paired(items)}, unread)


class _TripEvent(NamedTuple):
    trip: str
    last_day: str


class _Unread(NamedTuple):
    key: str


def _read(event: Any) -> Event | _TripEvent | _Unread | None:  # noqa: ANN401 - icalendar's components carry no types
    uid = storable(str(event.get("UID", "")))
    item = _ITEM.match(uid)
    try:
        return _understood(event, uid=uid, item=item)
    except _BAD_VALUES:
        key = None if item is None else short(item["name"])
        return None if key is None else _Unread(key)


def _understood(event: Any, *, uid: str, item: re.Match[str] | None) -> Event | _TripEvent | None:  # noqa: ANN401 - as `_read`
    description = storable(str(event.get("DESCRIPTION", "")))
    start, end = event.decoded("DTSTART", None), event.decoded("DTEND", None)
    if not isinstance(start, date):
        raise TypeError("it does not say when")
    trip = _TRIP_LINK.search(description)
    if item is None:
        last = end - timedelta(days=1) if isinstance(end, date) else start
        return _TripEvent(trip[1] if trip else uid.partition("@")[0], last.isoformat()[:10])
    summary = storable(str(event.get("SUMMARY", ""))).strip()
    half = _HALVES.match(summary)
    kind = _kind(description, half=half)
    key = short(item["name"])
    if kind is None or key is None:
        return None
    return Event(
        key=key,
        kind=kind,
        half=None if half is None else ("begins" if _word(half) in _BEGINS else "ends"),
        name=(half["name"] if half else summary).strip(),
        number=number["number"] if (number := _NUMBER.search(description)) else None,
        summary=summary,
        description=description,
        location=str(event.get("LOCATION", "")).strip() or None,
        coordinates=_coordinates(event),
        start=_utc(start),
        end=_utc(end) if isinstance(end, date) else None,
        trip=trip[1] if trip else None,
    )


def _kind(description: str, *, half: re.Match[str] | None) -> str | None:
    if half is not None:
        return _KIND_OF_HALF[_word(half)]
    found = _TAG.search(description)
    tag = "" if found is None else found["tag"].strip().lower()
    return None if tag in _NOT_BOOKED else _KIND_OF_TAG.get(tag, _OTHERWISE)


def _word(half: re.Match[str]) -> str:
    return re.sub(r"[ -]", "", half["half"].lower())


def _utc(value: datetime | date) -> datetime | date:
    """Return instants in UTC, and what has no zone as it is: a wall clock, or a day."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value


def _coordinates(event: Any) -> tuple[str, str] | None:  # noqa: ANN401 - as `_read`
    geo = event.get("GEO")
    parts = () if geo is None else tuple(str(geo.to_ical()).split(";"))
    return (parts[0], parts[1]) if len(parts) == 2 else None  # noqa: PLR2004 - latitude and longitude


def _paired(events: list[Event]) -> Iterator[FeedPlan]:
    """Join the halves of stays and rentals, also where there are several of one name in a trip.

    Halves with the same confirmation number are one. Of the others, from the last back, a beginning takes the
    latest ending behind it that is left: so one without an ending leaves those of the others alone.
    """
    ordered = sorted(events, key=lambda e: (_order(e.start), e.half != "ends", e.key))
    closings = _closings(ordered, fits=lambda begun, ended: begun.number == ended.number is not None)
    paired = {*closings, *(ended.key for ended in closings.values())}
    rest = [event for event in ordered if event.key not in paired]
    closings |= _closings(rest, fits=lambda begun, ended: begun.number is None or ended.number is None)
    closed = {ended.key for ended in closings.values()}
    for event in ordered:
        if event.key not in closed:
            yield FeedPlan(event, closing=closings.get(event.key))


def _closings(ordered: list[Event], *, fits: Callable[[Event, Event], bool]) -> dict[str, Event]:
    """Return the endings that belong to beginnings, by the key of the beginning."""
    found: dict[str, Event] = {}
    left: dict[tuple[str, str | None, str], list[Event]] = {}
    for event in reversed(ordered):
        behind = left.setdefault((event.kind, event.trip, event.name.casefold()), [])
        if event.half == "ends":
            behind.append(event)
        elif event.half == "begins" and (ended := next((e for e in behind if fits(event, e)), None)):
            found[event.key] = ended
            behind.remove(ended)
    return found


def _order(value: datetime | date) -> str:
    return value.isoformat()[:19]
