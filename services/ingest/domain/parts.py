"""A mail beside what the traveller's earlier mails state of its bookings: the whole, and parts of it.

A part that a mail about a change states is a record of its own. It must be of a leg that stands, or the leg
would stand twice; and it ends with a newer statement of the whole that knows nothing of it. Where a person
takes one whose leg moved further, the whole is stated anew with the leg in its new place.

Only mails that were received before count: those behind them are judged beside this one in their turn, and a
replay finds the same again.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain

from schemas.identifiers import normal_code
from schemas.matching import compare
from schemas.segments import AirSegment, RailSegment, Segment, SegmentStatus
from services.ingest.domain.email.merging import merged_segment
from services.ingest.domain.email.results import FoundBooking, MailReading, Outcome, name_of_leg
from services.ingest.domain.emails import (
    EmailEntry,
    EntryBooking,
    Judged,
    StatedRecord,
    found_again,
    withdrawal,
)
from services.ingest.domain.json_bookings import JsonBooking

MOVED = "it changes a flight or train that is not, or not at about that time, in the booking as it is known"


def beside(reading: MailReading, *, entry: EmailEntry, others: Sequence[EmailEntry]) -> MailReading:
    """Have a mail wait for a person where a leg that was changed would stand twice.

    Args:
        reading: what the mail says.
        entry: where it arrived.
        others: other mails of the traveller that state its bookings.
    """
    known = [*chain.from_iterable(map(_taken, _before(entry, others))), *reading.bookings]
    doubtful = any(_is_doubtful(found, known=known) for found in reading.bookings)
    if reading.outcome.kind != "extracted" or not doubtful:
        return reading
    return reading.model_copy(update={"outcome": Outcome(kind="needs_review", why=MOVED)})


def with_ended_parts(judged: Judged, *, others: Sequence[EmailEntry]) -> Judged:
    """Withdraw parts of bookings that a newer statement of the whole does not name."""
    own, before = judged.entry, _before(judged.entry, others)
    wholes = [(whole, [own, *before]) for whole in _wholes(own)]
    wholes += [(whole, [own]) for entry in before for whole in _wholes(entry)]
    wholes.sort(key=lambda beside: _age(beside[0]))
    ended = {
        one.record: withdrawal(one, entry=own)
        for whole, entries in wholes
        for entry in entries
        for one in _ended(entry, whole=whole)
    }
    return judged._replace(statements=(*judged.statements, *ended.values()))


def with_moved_legs(
    bookings: Sequence[EntryBooking], *, entry: EmailEntry, others: Sequence[EmailEntry]
) -> tuple[EntryBooking, ...]:
    """Return the bookings that a person takes, those with legs that moved far as wholes with these in place.

    A leg is known again by its name, or where it is the only one between its ends. One that takes no leg's
    place stays a part, beside the whole.
    """
    known = list(chain.from_iterable(map(_taken, _before(entry, others))))
    return tuple(_moved(one, known=known) for one in bookings)


def _moved(one: EntryBooking, *, known: Sequence[FoundBooking]) -> EntryBooking:
    found = found_again(one)
    of_it = [each for each in known if _is_same(each.booking, found.booking)]
    changes = sorted((each for each in of_it if each.of_change), key=_age)
    if found.of_change:
        wholes = [each for each in of_it if not each.is_part and _age(each) <= _age(found)]
        whole = max(wholes, key=_age, default=None)
        if whole is None or _fits(found, whole=whole):
            return one
        changes = [each for each in changes if _age(whole) <= _age(each) <= _age(found)]
        changes.append(found)
    elif found.is_part or found.booking.status == "cancelled":
        return one
    else:
        whole = found
        changes = [each for each in changes if _age(each) > _age(found) and not _fits(each, whole=found)]
    segments = whole.booking.segments
    for change in changes:
        changed = _with_legs_of(change, segments=segments)
        if changed is None and change is found:
            return one
        segments = changed or segments
    booking = whole.booking.model_copy(update={"segments": segments, "revision": found.booking.revision})
    return one.model_copy(update={"booking": booking, "is_part": False, "of_change": False})


def _with_legs_of(change: FoundBooking, *, segments: tuple[Segment, ...]) -> tuple[Segment, ...] | None:
    """Return segments with the legs of a change in place of the old ones; None where one has no place."""
    legs, places = change.booking.segments, dict[int, int]()
    for is_leg in (_matches, _has_the_name_of, _has_the_ends_of):
        for number, leg in enumerate(legs):
            free = [
                place
                for place, old in enumerate(segments)
                if place not in places.values() and _stands(old) and is_leg(leg, old)
            ]
            if number not in places and len(free) == 1:
                places[number] = free[0]
    if len(places) < len(legs):
        return None
    moved = {place: _in_place_of(segments[place], leg=legs[number]) for number, place in places.items()}
    return tuple(moved.get(place, old) for place, old in enumerate(segments))


def _matches(leg: Segment, old: Segment) -> bool:
    return compare(leg, old).matches


def _has_the_name_of(leg: Segment, old: Segment) -> bool:
    return name_of_leg(leg) is not None and name_of_leg(leg) == name_of_leg(old)


def _has_the_ends_of(leg: Segment, old: Segment) -> bool:
    ends = [
        [place and (place.code or place.name) for place in (each.origin, each.destination)]
        for each in (leg, old)
        if isinstance(each, AirSegment | RailSegment)
    ]
    return leg.type == old.type and len(ends) == 2 and all(ends[0]) and ends[0] == ends[1]  # noqa: PLR2004


def _in_place_of(old: Segment, *, leg: Segment) -> Segment:
    """Return a leg with what else is known of it, except when it was."""
    if not _has_the_name_of(leg, old):
        return leg
    return merged_segment(leg, old.model_copy(update={"start": None, "end": None}))


def _before(entry: EmailEntry, others: Sequence[EmailEntry]) -> list[EmailEntry]:
    return [other for other in others if other.receipt < entry.receipt]


def _wholes(entry: EmailEntry) -> list[FoundBooking]:
    return [each for each in _taken(entry) if not each.is_part and each.booking.status != "cancelled"]


def _is_doubtful(found: FoundBooking, *, known: Sequence[FoundBooking]) -> bool:
    of_it = [each for each in known if _is_same(each.booking, found.booking)]
    if found.of_change:
        older = [each for each in of_it if not each.is_part and _age(each) <= _age(found)]
        return bool(older) and not _fits(found, whole=max(older, key=_age))
    if found.is_part or found.booking.status == "cancelled":
        return False
    newer = [each for each in of_it if _age(each) > _age(found)]
    if not all(each.is_part for each in newer):
        return False
    return any(not _fits(each, whole=found) for each in newer if each.of_change)


def _fits(part: FoundBooking, *, whole: FoundBooking) -> bool:
    """Say whether every leg of a part is one of the whole's, and called like no other of these."""
    legs = _standing(whole.booking)
    return all(
        any(compare(one, leg).matches for leg in legs)
        and [name_of_leg(leg) for leg in legs].count(name_of_leg(one)) <= 1
        for one in part.booking.segments
    )


def _ended(entry: EmailEntry, *, whole: FoundBooking) -> Iterator[StatedRecord]:
    """Give what a mail states of parts of a booking that are still to come and not in the whole."""
    legs, day = _standing(whole.booking), datetime.fromtimestamp(_age(whole), UTC).date().isoformat()
    named = {
        record.record_locator
        for part in _taken(entry)
        if part.is_part and _is_same(part.booking, whole.booking) and _age(part) < _age(whole)
        for record in part.records()
        if any(one.start is None or one.start.date >= day for one in record.segments)
        and not any(compare(one, leg).matches for one in record.segments for leg in legs)
    }
    for one in entry.records:
        if one.record_locator in named:
            yield one.model_copy(update={"source_revision": whole.booking.revision})


def _taken(entry: EmailEntry) -> list[FoundBooking]:
    return [found_again(one) for one in entry.bookings if one.taken]


def _standing(booking: JsonBooking) -> list[Segment]:
    return [one for one in booking.segments if _stands(one)]


def _stands(segment: Segment) -> bool:
    return segment.status is not SegmentStatus.CANCELLED


def _is_same(one: JsonBooking, other: JsonBooking) -> bool:
    names = [(normal_code(each.booking_source), normal_code(each.record_locator)) for each in (one, other)]
    return names[0] == names[1]


def _age(found: FoundBooking) -> int:
    return found.booking.revision or 0
