"""Times as mails write them: from a text to a local wall clock, its offset and its zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from schemas.segments import Place
from schemas.times import Moment
from services.ingest.domain.cities import zone_of_place
from services.ingest.domain.email.bounds import UNREADABLE
from services.ingest.domain.places import offset_at, zone_called


class Stamp(NamedTuple):
    """A time as it is written: `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss`, and what stands beside it."""

    local: str
    offset_minutes: int | None = None
    zone: str | None = None

    @property
    def has_time(self) -> bool:
        """Whether the time of day is known."""
        return "T" in self.local

    @property
    def day(self) -> date:
        """The calendar date."""
        return date.fromisoformat(self.local[:10])


_ISO = re.compile(
    r"\s*(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})"
    r"(?:[T\s]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?(?::\d{2})?)?)?\s*(?:\[(?P<zone>[\w/+-]+)\])?\s*"
)


def iso_stamp(text: str) -> Stamp | None:
    """Read ISO 8601 in the many ways that mails break it; None where it is something else."""
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        hour = parts["hour"]
        if hour is None:
            return Stamp(day.isoformat())
        clock = datetime.combine(day, datetime.min.time())
        clock += timedelta(hours=int(hour), minutes=int(parts["minute"]), seconds=int(parts["second"] or 0))
        is_clock = int(hour) <= 24 and int(parts["minute"]) < 60
    except UNREADABLE:
        return None
    local = clock.isoformat() if is_clock else day.isoformat()
    return Stamp(local, _offset_minutes(parts["offset"]) if is_clock else None, parts["zone"])


def _offset_minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if text in {"Z", "UTC", "GMT"}:
        return 0
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:4] or 0)
    return -minutes if text[0] == "-" else minutes


def stamp_of(instant: datetime) -> Stamp:
    """Return an aware or naive datetime as it would be written."""
    offset = instant.utcoffset()
    minutes = None if offset is None else round(offset.total_seconds() / 60)
    return Stamp(instant.replace(tzinfo=None, microsecond=0).isoformat(), minutes)


def stamp_on(day: date | None, hour: time | None) -> Stamp | None:
    """Return a day, and an hour where one is known, as they would be written."""
    if day is None:
        return None
    return Stamp(day.isoformat()) if hour is None else Stamp(f"{day.isoformat()}T{hour.isoformat()}")


def moment_of(
    stamp: Stamp | None, *, place: Place | None, zone_there: str | None = None, is_instant: bool = False
) -> Moment | None:
    """Return the moment that a time at a place is; zone and offset are inferred where neither is stated.

    Args:
        stamp: the time as it is written.
        place: where it is.
        zone_there: the zone of the place, where more than the place itself tells it.
        is_instant: a time written in UTC (or, in passes, with any offset) names an instant and not what
            the clock on the wall shows, and is turned into the place's time.
    """
    if stamp is None:
        return None
    zone = _known(stamp.zone)
    here = zone or zone_there or zone_of_place(place)
    if is_instant and stamp.offset_minutes is not None and stamp.has_time and here is not None:
        clock = datetime.fromisoformat(stamp.local) - timedelta(minutes=stamp.offset_minutes)
        there = stamp_of(clock.replace(tzinfo=UTC).astimezone(zone_called(here)))
        return _checked(there, zone=here, offset=there.offset_minutes, inferred=zone is None)
    if zone is not None or (stamp.offset_minutes is None and here is not None):
        offset = stamp.offset_minutes if zone is None else _offset_at(stamp, zone)
        return _checked(
            stamp,
            zone=here,
            offset=_offset_at(stamp, here) if offset is None else offset,
            inferred=zone is None,
        )
    return _checked(stamp, zone=None, offset=stamp.offset_minutes, inferred=False)


def _checked(stamp: Stamp, *, zone: str | None, offset: int | None, inferred: bool) -> Moment | None:
    try:
        return Moment(local=stamp.local, zone=zone, offset_minutes=offset, inferred=inferred)
    except ValueError:
        return None  # a year in which nobody travels


def _known(zone: str | None) -> str | None:
    if zone is None:
        return None
    try:
        return zone_called(zone).key
    except UNREADABLE:
        return None


def _offset_at(stamp: Stamp, zone: str | None) -> int | None:
    return None if zone is None else offset_at(stamp.local, zone_called(zone))
