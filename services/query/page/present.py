"""The card above a traveller's trips: what goes on now and comes next, what to settle, and what is new.

A travel manager sees many who are under way at once, and so none.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from fastapi import Request

from schemas.trip import Trip, TripSegment
from services.platform.principals import Principal
from services.query.domain.between import between
from services.query.domain.between_facts import Fact
from services.query.domain.present import Next, going_on, next_in
from services.query.domain.timeline import Day, days_of, today_in
from services.query.handlers import TripQueries
from services.query.looks import Looks, News
from services.query.page.difference_words import Told, told_in_lines
from services.query.page.rendering import words_of


class Present(NamedTuple):
    """A trip that goes on, or else the one that is next."""

    trip: Trip
    day: int
    """Which of its days it is; 0 and less before it begins."""
    days: int
    on: TripSegment | None
    """What goes on."""
    next: Next | None
    to_settle: Sequence[Fact]
    news: News | None
    news_lines: Sequence[Told]

    @property
    def segments(self) -> dict[str, TripSegment]:
        """Return its segments by their ids."""
        return {segment.id: segment for segment in self.trip.content.segments}


async def present_of(
    request: Request, queries: TripQueries, looks: Looks, principal: Principal, *, trips: Sequence[Trip]
) -> Present | None:
    """Return what goes on and comes next of a traveller's trips; None for others, and where nothing does."""
    now = queries.now()
    chosen = nearest(trips, now=now) if principal.kind == "traveller" else None
    if chosen is None:
        return None
    line = days_of(chosen)
    news = await looks.news(principal, trip=chosen, in_passing=True)
    differences = () if news is None else news.differences or ()
    first, last = _ends(chosen) or (now.date(), now.date())
    today = today_in(line, now=now)
    return Present(
        trip=chosen,
        day=(today - first).days + 1,
        days=(last - first).days + 1,
        on=going_on(line, now=now),
        next=next_in(line, now=now),
        to_settle=[one for one in between(chosen) if one.severity != "note" and not one.dismissed],
        news=news,
        news_lines=told_in_lines(differences, segments=chosen.content.segments, words=words_of(request)),
    )


def nearest(trips: Sequence[Trip], *, now: datetime) -> Trip | None:
    """Return the trip that goes on, else the next; of several the one in which something happens first."""
    lines = [(trip, days_of(trip)) for trip in trips]
    lively = [
        (not _has_begun(trip, line, now=now), found.at, trip.id, trip)
        for trip, line in lines
        if (found := next_in(line, now=now)) is not None
    ]
    return min(lively)[-1] if lively else None


def _has_begun(trip: Trip, line: Sequence[Day], *, now: datetime) -> bool:
    ends = _ends(trip)
    return going_on(line, now=now) is not None or (ends is not None and ends[0] < now.date())


def _ends(trip: Trip) -> tuple[date, date] | None:
    first, last = trip.content.start_date, trip.content.end_date
    if first is None or last is None:
        return None
    return date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
