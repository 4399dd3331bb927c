"""What of a trip goes on, and what comes next: by the clock of whoever asks, which comes in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schemas.trip import TripSegment
from services.query.domain.timeline import Day, Edge, Row, hour_of_house, line_at, rows_of


class Next(NamedTuple):
    """What comes next in the line of a trip."""

    row: Row
    at: datetime
    """Its instant, as well as it is known: what has no hour stands where such things usually do."""
    minutes: int | None
    """How long until then; None where nobody says the hour, or by which clock it is."""


def next_in(days: Sequence[Day], *, now: datetime) -> Next | None:
    """Return what comes next and takes place; None where nothing does any more."""
    line = line_at(rows_of(days), now=now)
    row = next(line.ahead(), None)
    if row is None:
        return None
    exact = _exact(row)
    left = None if exact is None or exact <= line.utc else exact - line.utc
    minutes = None if left is None else -(-int(left.total_seconds()) // 60)
    return Next(row, line.instant(row).replace(tzinfo=UTC), minutes)


def _exact(row: Row) -> datetime | None:
    """Return the instant at which something is said to be, in UTC; None where that is not known."""
    segment, moment = row.segment, row.moment
    house_says = None
    if segment.type == "hotel":
        house_says = segment.check_out_time if row.edge is Edge.END else segment.check_in_time
    said = hour_of_house(moment, house_says)
    if said is None or moment.offset_minutes is None:
        return None
    return datetime.fromisoformat(said) - timedelta(minutes=moment.offset_minutes)


def going_on(days: Sequence[Day], *, now: datetime) -> TripSegment | None:
    """Return what somebody is at: whatever has its hours before the stay around it, and what began last."""
    line = line_at((row for row in rows_of(days) if not row.cancelled), now=now)
    found = [
        (row.segment.type != "hotel", began, row.segment.id, row.segment)
        for row in line.rows
        if row.edge is not Edge.END
        and row.segment.type not in {"car", "parking"}
        and (began := line.instant(row)) <= line.utc
        and row.segment.end is not None
        and line.instant(Row(row.segment, Edge.END, row.segment.end, None)) > line.utc
    ]
    return max(found)[-1] if found else None
