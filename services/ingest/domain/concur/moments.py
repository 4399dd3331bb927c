"""Times as Concur's clients write them: a local wall clock, perhaps the same in UTC, perhaps a zone.

Offsets are resolved here, once; the core never looks up a zone (design, section 4).
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schemas.concur.texts import local_time
from services.ingest.domain.places import offset_at

_QUARTER = 15
_LEAST, _GREATEST = -12 * 60, 14 * 60
"""Offsets that exist, in minutes."""


class StatedMoment(NamedTuple):
    """A moment, resolved as far as it can be, and whether the sender stated its offset."""

    local: str
    zone: str | None
    offset_minutes: int | None
    inferred: bool
    offset_stated: bool


def stated_moment(
    local: str | None, *, utc: str | None, zone: str | None, place_zone: str | None
) -> StatedMoment | None:
    """Return what the sender said of a moment; None where no local time comes of it.

    The offset is, in this order: the one written with the local time; that of the stated zone, else of the
    place, which is then marked as inferred; local minus UTC, where that is an offset that exists. So a UTC
    that contradicts the zone counts for nothing (Concur's reference, section 3.4), and tells which of the two
    where the zone's clocks show one hour twice. A zone that contradicts a written offset is left out. A UTC
    without a local time needs a zone.
    """
    info = _zone(zone)
    place = _zone(place_zone)
    if local is None:
        return _from_utc(utc, info=info, place=place)
    read = local_time(local)
    if read is None:
        return None
    text, offset = read
    known = info or place
    if offset is None and "T" in text:
        apart = _apart(text, utc=utc)
        offset = apart if known is None or apart in _offsets(text, known) else None
    if offset is not None:
        key = info.key if info is not None and offset in _offsets(text, info) else None
        return StatedMoment(text, key, offset, inferred=False, offset_stated=True)
    if known is None:
        return StatedMoment(text, None, None, inferred=False, offset_stated=False)
    return StatedMoment(text, known.key, offset_at(text, known), inferred=info is None, offset_stated=False)


def _from_utc(utc: str | None, *, info: ZoneInfo | None, place: ZoneInfo | None) -> StatedMoment | None:
    read = None if utc is None else local_time(utc)
    known = info or place
    if read is None or known is None or "T" not in read[0]:
        return None
    there = datetime.fromisoformat(f"{read[0]}Z").astimezone(known)
    local = there.replace(tzinfo=None).isoformat()
    return StatedMoment(local, known.key, offset_at(local, known), inferred=info is None, offset_stated=False)


def _apart(local: str, *, utc: str | None) -> int | None:
    """Return local minus UTC in minutes, where somewhere a clock is that far ahead or behind."""
    read = None if utc is None else local_time(utc)
    if read is None or "T" not in read[0]:
        return None
    apart = datetime.fromisoformat(local) - datetime.fromisoformat(read[0])
    minutes, rest = divmod(apart, timedelta(minutes=1))
    plausible = _LEAST <= minutes <= _GREATEST and minutes % _QUARTER == 0 and not rest
    return minutes if plausible else None


def is_zone(name: str | None) -> bool:
    """Whether a zone is one, or none is named at all."""
    return name is None or _zone(name) is not None


def _zone(name: str | None) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name.strip())
    except (OSError, ValueError, KeyError):
        return None


def _offsets(local: str, zone: ZoneInfo) -> set[int | None]:
    """Return the offset of a wall clock, two where the clocks show it twice."""
    return {offset_at(local, zone), offset_at(local, zone, fold=1)}
