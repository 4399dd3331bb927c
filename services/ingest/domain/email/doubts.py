"""Why a person should look at what was found, where the words or the times speak against it."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from schemas.segments import RailSegment, RideSegment, Segment
from schemas.times import Moment
from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.phrases import pattern
from services.ingest.domain.email.sought import Sought

_HEAD = 4_000
_FARE = re.compile(
    r"\b(?:from|ab|dès|des|à partir de|desde|a partire da|da|vanaf|fra|från|od)\s(?:only |just |nur )?"
    r"(?:(?:EUR|USD|GBP|CHF|[€£$])\s?\d|\d[\d.,]{0,8}\s?(?:EUR|USD|GBP|CHF|€|£|\$))",
    re.IGNORECASE,
)
_CURRENCIES = ("eur", "usd", "gbp", "chf", "€", "£", "$")
_LEG_LINE = re.compile(r"\d{1,2}[:.h]\d{2}|\b[A-Z][A-Z\d] ?\d{2,4}\b")
_EARLIEST = {"air": timedelta(hours=-3), "rail": timedelta(hours=-3), "ride": timedelta(hours=-3)}
"""By the clocks of two places whose zones are not known."""
_LONGEST = {
    "air": timedelta(hours=36),
    "rail": timedelta(hours=36),
    "ride": timedelta(hours=36),
    "hotel": timedelta(days=61),
}


def doubt_of_text(text: str) -> str | None:
    """Return why what the words of a text name may not be booked: fares, options, guests, parcels."""
    head = plain(text[:_HEAD])
    if _names_currency(head) and any(
        _names_currency(line.lower()) and _FARE.search(line) and _LEG_LINE.search(line)
        for line in text[:_HEAD].split("\n")
    ):
        return "it names fares, which are no bookings"
    of = (text,) if text.isascii() else (head,)  # small letters change nothing of what it holds, marks do
    if pattern("doubts", "options").search(head, of=of):
        return "it names options, which are no bookings"
    if pattern("doubts", "unconfirmed").search(head, of=of) or is_disclaimed(text):
        return "it says that what it names is not confirmed"
    if pattern("doubts", "host").search(head, of=of):
        return "it tells a host of a guest"
    if pattern("doubts", "parcel").search(head, of=of):
        return "it reads like a delivery and not like a journey"
    return None


def doubt_of_subject(subject: str, segments: Iterable[Segment]) -> str | None:
    """Return why stays may be a guest's of whom a host is told: `Reserved - Ann arrives 12 May`."""
    told = pattern("doubts", "host_subject").search(plain(subject)) or _GUEST_ARRIVES.search(subject)
    are_stays = all(segment.type == "hotel" for segment in segments)
    return "it tells a host of a guest" if told is not None and are_stays else None


_GUEST_ARRIVES = Sought(
    r"(?:arrives|arriving|kommt am|reist am|arrive le|llega el|arriva il|komt op|chega (?:em|no dia|dia)|"
    r"anländer den|ankommer den|przyjeżdża|přijíždí|saapuu)\s(?:on\s)?"
    r"(?:[^\W\d_]{2,9}[.,]{0,2}\s)?(?:[^\W\d_]{3,10}\.?\s)?\d{1,2}\b",
    re.IGNORECASE,
)


def is_disclaimed(text: str) -> bool:
    """Say whether a text says of itself that it confirms nothing."""
    return pattern("doubts", "disclaimed").search(plain(text[:_HEAD])) is not None


def _names_currency(lowered: str) -> bool:
    return any(map(lowered.__contains__, _CURRENCIES))


def doubt_of_times(segment: Segment) -> str | None:
    """Return why a segment's times cannot be right, where they cannot."""
    start, end = segment.start, segment.end
    if start is None or end is None:
        return None
    lasts = _between(start, end)
    if lasts < (timedelta(0) if start.zone and end.zone else _EARLIEST.get(segment.type, timedelta(0))):
        return "what it names ends before it begins"
    if lasts > _LONGEST.get(segment.type, lasts):
        return "what it names lasts longer than such things do"
    return None


def doubt_of_journeys(segments: Iterable[Segment]) -> str | None:
    """Return why journeys by land or sea cannot all be booked: nobody takes the one before the other ends."""
    spans = {
        (each.start.local, each.end.local)
        for each in segments
        if isinstance(each, RailSegment | RideSegment) and each.start and each.end and each.start.has_time
    }
    if any(second[0] < first[1] for first, second in pairwise(sorted(spans))):
        return "it names journeys that overlap"
    return None


def _between(start: Moment, end: Moment) -> timedelta:
    """Return how long it is, by the days alone where one of both has no hour."""
    begins, stops = start.instant(), end.instant()
    if begins is not None and stops is not None:
        return stops - begins
    if not (start.has_time and end.has_time):
        return datetime.fromisoformat(end.date) - datetime.fromisoformat(start.date)
    return datetime.fromisoformat(end.local) - datetime.fromisoformat(start.local)
