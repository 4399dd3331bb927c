"""Calendar parts: an event may be a flight, a train, a stay, or many legs that stand in its text alone."""

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from icalendar import Calendar

from schemas.segments import (
    AirSegment,
    EventSegment,
    HotelSegment,
    Place,
    RailSegment,
    Segment,
    SegmentStatus,
)
from services.ingest.domain.email.bounds import MAX_CALENDAR_BYTES, MAX_EVENTS, UNREADABLE
from services.ingest.domain.email.charsets import normal_text
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.flights import flights_in
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.labels import entries_of
from services.ingest.domain.email.numbers import booking_number
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.trains import trains_in
from services.ingest.domain.email.values import code, kind_of_number, passenger_of, prose
from services.ingest.domain.email.when import Stamp, moment_of, stamp_of

_STAY = re.compile(
    r"\b(?:hotel|hôtel|übernachtung|unterkunft|accommodation|airbnb|hostel|resort|inn|suites|lodging)\b",
    re.IGNORECASE,
)
_MAY_STAY = re.compile(
    r"\b(?:(?:your |my )?stay (?:at|in)|check-?in (?:at|:)|reservation at)\b", re.IGNORECASE
)
"""Words that name a stay where a number is beside them; people stay at home, too."""
_ANSWERS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
"""What attendees write to each other about a meeting."""
_STAY_PREFIX = re.compile(
    r"^(?:hotel(?:\sreservation|\sbooking)?|stay|booking|reservation|check-?in|your stay|übernachtung|séjour|lodging|accommodation)"
    r"\s?(?:at|in|im|bei|à|:|-|–|for)?\s+", re.IGNORECASE)  # fmt: skip
_ONLINE = re.compile(
    r"https?://|zoom|teams|webex|meet\.google|online|virtual|telefon|phone|dial", re.IGNORECASE
)


class Event(NamedTuple):
    """What an event says, as texts."""

    summary: str
    description: str
    location: str
    start: Stamp | None
    end: Stamp | None
    is_cancelled: bool
    latitude: str | None = None
    longitude: str | None = None
    organiser: str | None = None
    is_invitation: bool = False
    """People are asked to come: a meeting, unless a number says that it was booked."""
    is_once: bool = True
    """Nobody books what comes every week."""

    @property
    def text(self) -> str:
        """All that a person would read."""
        return "\n".join(filter(None, (self.summary, self.location, self.description)))


def read_calendar(body: bytes, *, written: datetime) -> Sight:
    """Return the reservations in a calendar part."""
    if len(body) > MAX_CALENDAR_BYTES:
        return Sight(notes=("a calendar part is larger than is read",))
    events = _events(body)
    if events is None:
        return Sight(notes=("a calendar part could not be read",))
    found: list[Found] = []
    skipped = 0
    for event in events[:MAX_EVENTS]:
        read = _reservations(event, written=written)
        found.extend(read)
        skipped += not read
    notes = (f"{skipped} calendar events name nothing that was booked",) if skipped else ()
    return NOTHING._replace(found=tuple(found), notes=notes)


def _events(body: bytes) -> list[Event] | None:
    try:
        calendars: list[Any] = list(Calendar.from_ical(body, multiple=True))
    except UNREADABLE:
        return None
    events: list[Event] = []
    for calendar in calendars:
        method = str(calendar.get("METHOD", "")).upper()
        for component in calendar.walk("VEVENT"):
            try:
                event = _event(component, method=method)
            except UNREADABLE:
                continue
            events.append(event if event.is_once and method not in _ANSWERS else event._replace(start=None))
    return events


def _event(component: Any, *, method: str) -> Event:  # noqa: ANN401 - the library's component
    def text(name: str) -> str:
        value: Any = component.get(name)
        first: Any = cast("Any", value[0] if isinstance(value, list) and value else value)
        return normal_text(str(first)) if first is not None else ""

    geo: Any = component.get("GEO")
    organiser: Any = component.get("ORGANIZER")
    name = organiser.params.get("CN") if organiser is not None and hasattr(organiser, "params") else None
    return Event(
        summary=text("SUMMARY"),
        description=_plain_text(text("DESCRIPTION")),
        location=text("LOCATION"),
        start=_stamp(component.get("DTSTART")),
        end=_stamp(component.get("DTEND")) or _after(component),
        is_cancelled=method == "CANCEL" or text("STATUS").upper() == "CANCELLED",
        latitude=None if geo is None else _degrees(geo.latitude),
        longitude=None if geo is None else _degrees(geo.longitude),
        organiser=str(name) if name else None,
        is_invitation=method == "REQUEST",
        is_once=component.get("RRULE") is None,
    )


def _degrees(value: Any) -> str | None:  # noqa: ANN401 - the library's number
    text = format(float(value), ".6f").rstrip("0").rstrip(".")
    return text if text not in {"0", "-0", "nan", "inf"} else None


def _plain_text(text: str) -> str:
    """Some write HTML where text is due."""
    if "<br" in text.lower() or "</" in text:
        return re.sub(
            r"<[^<>]{0,500}>",
            " ",
            re.sub(r"<(?:br|/p|/div|/tr|/li)[^<>]{0,100}>", "\n", text, flags=re.IGNORECASE),
        )
    return text


def _stamp(prop: Any) -> Stamp | None:  # noqa: ANN401 - the library's property
    value: Any = getattr(prop, "dt", None)
    if isinstance(value, datetime):
        stamp = stamp_of(value)
        zone = getattr(value.tzinfo, "key", None)
        if stamp.offset_minutes == 0 and str(value.tzinfo) in {"UTC", "UTC+00:00"}:
            return stamp
        return stamp._replace(zone=zone)
    return Stamp(value.isoformat()) if isinstance(value, date) else None


def _after(component: Any) -> Stamp | None:  # noqa: ANN401 - the library's component
    start, lasts = (
        getattr(component.get("DTSTART"), "dt", None),
        getattr(component.get("DURATION"), "dt", None),
    )
    if isinstance(start, datetime) and isinstance(lasts, timedelta):
        return _stamp(_Wrapped(start + lasts))
    return None


class _Wrapped(NamedTuple):
    dt: datetime


# --- what an event is ----------------------------------------------------------------------------


def _reservations(event: Event, *, written: datetime) -> list[Found]:
    if event.start is None or abs(event.start.day.year - written.year) > 3:
        return []
    entries = entries_of(event.text)
    number = booking_number(entries, event.text, subject=event.summary)
    people = [passenger_of(entry.value) for entry in entries if "guest" in entry.fields]
    segments = _segments(event, is_numbered=number is not None)
    status = SegmentStatus.CANCELLED if event.is_cancelled else SegmentStatus.CONFIRMED
    return [
        Found(
            engine=Engine.CALENDAR,
            confidence=_confidence(segment, is_numbered=number is not None),
            segment=segment.model_copy(update={"status": status}),
            number=number,
            number_kind=kind_of_number(segment, by_agent=False),
            passengers=tuple(
                person for person in people if person is not None and person.first_name is not None
            ),
            provider=prose(event.organiser),
            is_cancelled=event.is_cancelled,
            is_part=not isinstance(segment, EventSegment | HotelSegment),
        )
        for segment in segments
    ]


def _confidence(segment: Segment, *, is_numbered: bool) -> int:
    """Whatever has no number may be somebody's own note, but for legs, which name their flight or train."""
    if isinstance(segment, EventSegment | HotelSegment) and not is_numbered:
        return 45
    return 70 if isinstance(segment, EventSegment) else 88


def _segments(event: Event, *, is_numbered: bool) -> list[Segment]:
    start = event.start
    if start is None:
        return []
    reader = Reader(near=start.day)
    legs = flights_in(event.text, reader=reader, day=start.day)
    if legs:
        flights = [leg.segment for leg in legs]
        return [_timed(flights[0], event)] if len(flights) == 1 else list(flights)
    trains = trains_in(event.text, reader=reader)
    if trains:
        return [_timed_train(trains[0], event)] if len(trains) == 1 else list(trains)
    return _other(event, start.day, is_numbered=is_numbered)


def _other(event: Event, first: date, *, is_numbered: bool) -> list[Segment]:
    """Return the stay that an event is, or what is to be attended; nothing of a meeting."""
    nights = (event.end.day - first).days if event.end is not None else 0
    names_stay = _STAY.search(event.summary) or (is_numbered and _MAY_STAY.search(event.summary))
    if 0 < nights <= 60 and names_stay and "parking" not in event.summary.lower():
        return [_stay(event)]
    if event.is_invitation and not is_numbered:
        return []
    if event.location and not _ONLINE.search(event.location):
        return [_plain_event(event)]
    return []


def _timed(flight: AirSegment, event: Event) -> AirSegment:
    """The event's own times are those of the flight, where the text has none or others."""
    start = moment_of(event.start, place=flight.origin, is_instant=True)
    end = moment_of(event.end, place=flight.destination, is_instant=True)
    if (
        start is None
        or not start.has_time
        or (flight.start is not None and flight.start.has_time and flight.end is not None)
    ):
        return flight
    return flight.model_copy(update={"start": start, "end": end or flight.end})


def _timed_train(train: RailSegment, event: Event) -> RailSegment:
    start, end = moment_of(event.start, place=None), moment_of(event.end, place=None)
    if start is None or train.start is None or start.zone is None or start.local != train.start.local:
        return train
    return train.model_copy(update={"start": start, "end": end})


def _place(event: Event, name: str | None) -> Place | None:
    address = prose(event.location)
    place = Place(
        name=name or address,
        address=address if name is not None and address != name else None,
        latitude=event.latitude,
        longitude=event.longitude,
    )
    return place if place != Place() else None


def _stay(event: Event) -> Segment:
    name = prose(_STAY_PREFIX.sub("", event.summary)) or prose(event.location)
    place = _place(event, name)
    return HotelSegment(
        start=moment_of(event.start, place=place),
        end=moment_of(event.end, place=place),
        place=place,
        name=name,
    )


def _plain_event(event: Event) -> Segment:
    place = _place(event, None)
    return EventSegment(
        start=moment_of(event.start, place=place),
        end=moment_of(event.end, place=place),
        place=place,
        name=prose(event.summary),
        vendor_name=code(event.organiser),
    )
