"""TripIt's dates and times: every part of them may be missing, and some are wrong."""

import re
from datetime import date

from pydantic import ValidationError

from schemas.times import Moment
from services.ingest.domain.moments import moment_from
from services.ingest.domain.tripit.answers import NOTHING, Node

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
"""What stands behind it is a zone or a fraction, which TripIt ignores as well."""
_END_OF_DAY = frozenset({"24:00", "24:00:00"})
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")


def moment_of(node: Node, *, airport: str | None = None) -> Moment | None:
    """Return the moment that a DateTime says; None where it says none that can be read.

    Wall clock, zone and offset stand beside each other as sent. Of what contradicts or does not exist the
    wall clock is kept, for it is what the traveller reads.

    Args:
        node: a DateTime element.
        airport: IATA code of the place, by which a missing zone is inferred.
    """
    day = node.text("date")
    if day is None:
        return None
    local = f"{day}T{_clock(node)}" if _clock(node) else day
    zone, offset = node.text("timezone"), _offset(node)
    for believed in ((zone, offset), (None, offset), (zone, None), (None, None)):
        said = {"local": local, "zone": believed[0], "offset": believed[1]}
        try:
            return moment_from(said, place_code=airport)
        except ValueError:
            continue
    return None


def is_unreadable(node: Node) -> bool:
    """Whether a DateTime says something that is no date."""
    return node != NOTHING and node.text("date") is not None and moment_of(node) is None


def moment_text(moment: Moment | None) -> str | None:
    """Return a moment in one text, with its offset where it is known."""
    if moment is None or moment.offset_minutes is None or not moment.has_time:
        return None if moment is None else moment.local
    sign, minutes = "+-"[moment.offset_minutes < 0], abs(moment.offset_minutes)
    return f"{moment.local}{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def ends_before_it_starts(start: Moment | None, end: Moment | None) -> bool:
    """Whether a plan is over before it begins; without both offsets nobody can say."""
    starts = None if start is None else start.instant()
    ends = None if end is None else end.instant()
    return starts is not None and ends is not None and ends < starts


def day_of(text: str | None) -> date | None:
    """Return a date as TripIt writes it; None where it is none."""
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def travel_day(text: str | None) -> str | None:
    """Return a day on which people travel, as the language writes it; None where it is none."""
    try:
        return None if text is None else Moment(local=text[:10]).local
    except ValidationError:
        return None


def _clock(node: Node) -> str | None:
    """Return a time of day; None also for the one that ends a day, which no moment has: the day is kept."""
    found = _TIME.match(node.text("time") or "")
    return (
        None
        if found is None or found[0] in _END_OF_DAY
        else f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"
    )


def _offset(node: Node) -> str | None:
    """Return the offset with two digits for its hours: older answers write one."""
    found = _OFFSET.fullmatch(node.text("utc_offset") or "")
    return None if found is None else f"{found[1]}{int(found[2]):02d}:{found[3]}"
