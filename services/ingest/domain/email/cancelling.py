"""What a mail says is cancelled: all of it, the legs that a sentence names, or it contradicts itself.

A cancellation is stated by a main clause. `If your flight has been cancelled` states none, nor does a policy.
"""

import re
from typing import NamedTuple

from schemas.segments import AirSegment, RailSegment, Segment
from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.flight_marks import flights_named
from services.ingest.domain.email.numbers import booking_number, number_in
from services.ingest.domain.email.phrases import pattern, sentences
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.train_names import trains_named

_HEAD = 2_500
_NUMBERED = Sought(r"cancell?ed (?:booking|reservation|order)\s?[:#]?\s?(\S{4,24})", re.IGNORECASE)
_RELATIVE = re.compile(r"(?:\bthat|\bwhich|\bwho|\bany)\s*$")
_IN_MAY = re.compile(r"\d\s?may\b|\bmay\s\d")
"""A month, and no condition."""
BOTH = "it speaks of a confirmation and of a cancellation"
ALONE = "it cancels a flight or train, and does not say what becomes of the rest of the booking"
IN_PART = "it cancels a part of a booking, and does not say which for all that it names"


class Cancellation(NamedTuple):
    """What is cancelled, as the words of a mail state it."""

    legs: frozenset[tuple[str, str]]
    """Carriers and numbers that the cancelling sentences, or such a subject, name."""
    by_subject: bool
    is_confirmed_too: bool
    is_replaced: bool
    """Something else was booked instead, or stays."""
    number: str | None
    """The booking's number, where a cancelling sentence names it."""
    names_booking: bool = False
    """A cancelling sentence speaks of the booking and not of a flight or train alone."""

    def of(self, segment: Segment) -> bool:
        """Say whether a segment is cancelled, as far as the mail tells."""
        if self.legs:
            return leg_of(segment) in self.legs
        return self.by_subject or not (self.is_confirmed_too or self.is_replaced)

    def doubt(self, segments: list[Segment]) -> str | None:
        """Return why a person should decide what of these is cancelled."""
        if segments and self.legs and (self.is_replaced or all(map(self.of, segments))):
            return None if self.is_replaced or self.names_booking else ALONE
        if self.is_confirmed_too or self.is_replaced:
            return BOTH
        return IN_PART if self.legs else None


def cancellation_in(subject: str, text: str) -> Cancellation | None:
    """Return what a mail states to be cancelled, by its subject and its first sentences."""
    title = plain(subject)
    by_subject = _subject_cancels(title)
    stated = [*([subject] if by_subject else ()), *_cancelling(text[:_HEAD])]
    if not stated:
        return None
    head = pattern("purpose", "cancelled", "confirming").sub(" ", plain(" ".join(text[:_HEAD].split())))
    title = pattern("purpose", "cancelled", "confirming").sub(" ", title)
    confirms = pattern("confirmed", "body")
    return Cancellation(
        legs=frozenset(leg for sentence in stated for leg in legs_named(sentence)),
        by_subject=by_subject,
        is_confirmed_too=any(map(confirms.search, (title, head)))
        or pattern("confirmed", "subject").search(title) is not None,
        is_replaced=bool(pattern("confirmed", "instead").search(head)),
        number=_number(stated, text),
        names_booking=any(pattern("confirmed", "booking").search(plain(each)) for each in stated),
    )


def _number(stated: list[str], text: str) -> str | None:
    named = _NUMBERED.search(text[:_HEAD])
    found = [booking_number([], sentence, subject="") for sentence in stated]
    return next(filter(None, [number_in(named[1]) if named is not None else None, *found]), None)


def _subject_cancels(title: str) -> bool:
    stated = pattern("purpose", "cancelled", "not").sub(" ", title)
    found = pattern("purpose", "cancelled", "subject").search(stated)
    return found is not None and not _is_conditional(stated[: found.start()], whole=stated)


def _cancelling(text: str) -> list[str]:
    """Return the sentences that state a cancellation; one that ends in a colon with the legs below it."""
    found: list[str] = []
    if not pattern("purpose", "cancelled", "body").search(plain(" ".join(text.split()))):
        return found
    is_announced = False
    for sentence in sentences(text):
        words = plain(" ".join(sentence.split()))
        phrase = pattern("purpose", "cancelled", "body").search(words)
        if phrase is not None and not _is_conditional(words[: phrase.start()], whole=words):
            found.append(sentence)
            is_announced = sentence.rstrip().endswith(":")
        elif is_announced and legs_named(sentence):
            found.append(sentence)
        elif is_announced:
            is_announced = found[-1].rstrip().endswith(":")
    return found


def _is_conditional(before: str, *, whole: str) -> bool:
    before = _IN_MAY.sub(" ", before)
    return (
        whole.rstrip().endswith("?")
        or pattern("conditions", "before").search(before) is not None
        or pattern("conditions", "anywhere").search(whole) is not None
        or _RELATIVE.search(before) is not None
    )


def leg_of(segment: Segment) -> tuple[str, str] | None:
    """Return the carrier or kind, and the number, of a flight or train."""
    if isinstance(segment, AirSegment) and segment.carrier and segment.flight_number:
        return segment.carrier, segment.flight_number.lstrip("0")
    if isinstance(segment, RailSegment) and segment.train_number:
        return next(iter(legs_named(segment.train_number)), None)
    return None


def legs_named(text: str) -> set[tuple[str, str]]:
    """Return the flights and trains that a text names, each by its kind or carrier and its number."""
    return flights_named(text) | trains_named(text)
