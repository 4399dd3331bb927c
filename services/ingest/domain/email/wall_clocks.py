"""Markup that gives the clock on the wall out for UTC: what people read beside it tells.

Many a template writes `10:05Z` for a flight that leaves at five past ten. Where the words name the hours as
they were written at both ends, and neither of those that they would be at the places, the words are right.
"""

from collections.abc import Callable
from datetime import UTC

from schemas.segments import AirSegment, Place, RailSegment, RideSegment
from schemas.times import Moment
from services.ingest.domain.email.dates import hours
from services.ingest.domain.email.found import Found, Sight
from services.ingest.domain.email.when import Stamp, moment_of


def as_told(sight: Sight, *, words: Callable[[], str]) -> Sight:
    """Return a sight of markup with the hours of journeys as the words have them."""
    if not any(_is_converted(each) for each in sight.found):
        return sight
    told = {hour.hour.isoformat()[:5] for hour in hours(words())}
    return sight._replace(found=tuple(_told(each, told=told) for each in sight.found))


def _is_converted(found: Found) -> bool:
    segment = found.segment
    if not isinstance(segment, AirSegment | RailSegment | RideSegment):
        return False
    return any(
        each is not None and each.inferred and each.offset_minutes for each in (segment.start, segment.end)
    )


def _told(found: Found, *, told: set[str]) -> Found:
    segment = found.segment
    if not isinstance(segment, AirSegment | RailSegment | RideSegment) or not _is_converted(found):
        return found
    ends = [each for each in (segment.start, segment.end) if each is not None and each.has_time]
    written = [_in_utc(each) for each in ends]
    as_written = all(each is not None and each[11:16] in told for each in written)
    if not as_written or any(each.local[11:16] in told for each in ends if each.offset_minutes):
        return found
    update = {
        "start": _wall(segment.start, place=segment.origin),
        "end": _wall(segment.end, place=segment.destination),
    }
    return found._replace(segment=segment.model_copy(update=update))


def _in_utc(moment: Moment) -> str | None:
    instant = moment.instant()
    return None if instant is None else instant.astimezone(UTC).replace(tzinfo=None).isoformat()


def _wall(moment: Moment | None, *, place: Place | None) -> Moment | None:
    if moment is None or not moment.has_time or (written := _in_utc(moment)) is None:
        return moment
    return moment_of(Stamp(written), place=place)
