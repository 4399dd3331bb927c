"""What the clocks of a zone do around the times of a calendar (VTIMEZONE, RFC 5545, 3.6.5).

Each change of the clocks is written out by itself. icalendar writes lists of dates (RDATE), in which clocks
go on an hour too late, and which not every calendar program reads to the end.
"""

# icalendar takes anything as the value of a property, and types it so.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_AROUND = timedelta(days=366)
"""So long before and after each time: nearly every zone shows all that it does within a year."""
_STEP = timedelta(days=7)
"""No zone changes its clocks there and back within that."""
_NEAR = timedelta(hours=3)
_MINUTE = timedelta(minutes=1)


class _Change(NamedTuple):
    """From an instant on the clocks of a zone are ahead of UTC by so much."""

    at: datetime
    before: timedelta
    after: timedelta


def is_near_change(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone change within hours of an instant: readers differ on times there.

    An hour that is there twice is the first to some and the second to others, and some are an hour off just
    before clocks go on, or at the minute at which they go back.
    """
    return _offset(zone, instant - _NEAR) != _offset(zone, instant + _NEAR)


def zone_definition(zone: ZoneInfo, times: Iterable[datetime]) -> Timezone:
    """Return what a zone does around these times, of which there is at least one."""
    definition = Timezone()
    definition.add("tzid", zone.key)
    for change in _changes(zone, times):
        after = change.at.astimezone(zone)
        observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
        # By the clocks as they were until then.
        observance.add("dtstart", change.at.replace(tzinfo=None) + change.before)
        observance.add("tzoffsetfrom", change.before)
        observance.add("tzoffsetto", change.after)
        observance.add("tzname", after.tzname())
        definition.add_component(observance)
    return definition


def _changes(zone: ZoneInfo, times: Iterable[datetime]) -> Iterator[_Change]:
    known: timedelta | None = None
    for begin, end in _spans(times):
        offset = _offset(zone, begin)
        if offset != known:
            yield _Change(begin, offset if known is None else known, offset)
        at = begin
        while at < end:
            following = min(at + _STEP, end)
            if (later := _offset(zone, following)) != offset:
                yield _Change(_moment_of_change(zone, at, following), offset, later)
            at, offset = following, later
        known = offset


def _spans(times: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Yield what lies around the times, in UTC and whole days; what touches is one."""
    days = sorted(time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) for time in times)
    begin, end = days[0] - _AROUND, days[0] + _AROUND
    for day in days[1:]:
        if day - _AROUND > end:
            yield begin, end
            begin = day - _AROUND
        end = day + _AROUND
    yield begin, end


def _moment_of_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first minute that has the later offset."""
    offset = _offset(zone, before)
    while after - before > _MINUTE:
        middle = before + (after - before) // 2 // _MINUTE * _MINUTE
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
