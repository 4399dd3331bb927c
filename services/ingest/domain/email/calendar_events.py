"""Events of calendar parts as texts, whatever their writers make of the standard."""

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from services.ingest.domain.email.bounds import UNREADABLE
from services.ingest.domain.email.charsets import normal_text
from services.ingest.domain.email.when import Stamp, stamp_of
from services.ingest.domain.fresh_calendars import calendars_of

_ANSWERS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
"""What attendees write to each other about a meeting."""


_CANCELLED = re.compile(
    r"\s*(?:cancell?ed|abgesagt|storniert|annulée?|cancelad[oa]|annullat[oa]|geannuleerd|inställd|avlyst|aflyst|peruttu|odwołane|zrušeno)\s?:",
    re.IGNORECASE)  # fmt: skip
"""Before the summary of what was cancelled, as calendars write it where the event says so nowhere else."""
_ZONES = re.compile(
    rb"BEGIN:VTIMEZONE\b(?:(?!BEGIN:VTIMEZONE).)*?END:VTIMEZONE\s*", re.DOTALL | re.IGNORECASE
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


def events_of(body: bytes) -> list[Event] | None:
    """Return the events of a calendar part; without a start those that nobody books."""
    calendars = _calendars(body)
    if calendars is None:  # many a definition of a zone is broken, and its name says enough
        calendars = _calendars(_ZONES.sub(b"", body))
    if calendars is None:
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


def _calendars(body: bytes) -> list[Any] | None:
    try:
        return calendars_of(body)
    except UNREADABLE:
        return None


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
        is_cancelled=method == "CANCEL"
        or text("STATUS").upper() == "CANCELLED"
        or _CANCELLED.match(text("SUMMARY")) is not None,
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
