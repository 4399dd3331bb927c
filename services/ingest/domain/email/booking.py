"""From the things of a mail to bookings, in the form that `POST /v1/bookings` takes."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from schemas.base import written_json
from schemas.money import Money
from schemas.segments import Charge, ChargeKind, Segment, SegmentStatus
from services.ingest.domain.email.found import Found
from services.ingest.domain.email.merging import Thing, things_of
from services.ingest.domain.email.results import Engine, FoundBooking
from services.ingest.domain.email.values import names_of, numbered, once
from services.ingest.domain.json_bookings import JsonBooking

_MAX_AGREEMENT = 99
_MAX_NUMBER = 60
_IDENTIFYING = {
    "type", "start", "origin", "destination", "place", "name", "carrier", "flight_number", "train_number"
}  # fmt: skip
"""What tells apart two things that have no number."""


def bookings_of(found: Sequence[Found], *, source: str | None, written: datetime) -> tuple[FoundBooking, ...]:
    """Return the bookings that a mail speaks of.

    Args:
        found: what all engines saw.
        source: whose mail it is; the booking's source, so that an update meets what it updates.
        written: when the mail was written, by which one statement is newer than another.
    """
    minimal = [each for each in found if each.segment is None]
    groups: dict[tuple[str, bool], list[Thing]] = {}
    things = things_of(each for each in found if each.segment is not None)
    numbers = {number for thing in things if (number := _number(thing)) is not None}
    only = next(iter(numbers)) if len(numbers) == 1 else None
    heads: dict[str, Thing] = {}
    for thing in things:
        number = _number(thing) or only or _derived(_head(thing, heads))
        groups.setdefault((number, all(each.is_part for each in thing.found)), []).append(thing)
    whole = [
        _booking(number, things, source, written, is_part=part) for (number, part), things in groups.items()
    ]
    known = {booking.booking.record_locator for booking in whole}
    return (*whole, *_cancelled_numbers(minimal, source, written, known=known))


def _number(thing: Thing) -> str | None:
    return next((each.number for each in thing.found if each.number is not None), None)


def _head(thing: Thing, heads: dict[str, Thing]) -> Thing:
    """Legs without a number are one journey; every other thing is its own."""
    kind = thing.best.segment.type if thing.best.segment is not None else ""
    return heads.setdefault(kind, thing) if kind in {"air", "rail"} else thing


def _derived(thing: Thing) -> str:
    """Name a booking that has no number by what it is, so that the same mail again means the same."""
    segment = thing.best.segment
    told: dict[str, Any] = {}
    if segment is not None:
        told = segment.model_dump(mode="json", include=_IDENTIFYING, exclude_none=True)
    if told.get("start"):
        told["start"] = told["start"]["local"]
    return f"mail-{hashlib.sha256(written_json(told)).hexdigest()[:16]}"


def _booking(
    number: str, things: list[Thing], source: str | None, written: datetime, *, is_part: bool
) -> FoundBooking:
    found = list(chain.from_iterable(thing.found for thing in things))
    booking_source = source or _first(each.agent or each.provider for each in found) or "email"
    segments = _segments(things, number=number, source=booking_source)
    passengers = once(chain.from_iterable(each.passengers for each in found))
    total = _total(found)
    if total is not None and len(segments) == 1 and segments[0].total is None:
        segments = (segments[0].model_copy(update={"total": total}),)
        total = None
    is_cancelled = all(segment.status is SegmentStatus.CANCELLED for segment in segments)
    booking = JsonBooking(
        booking_source=booking_source,
        record_locator=number[:_MAX_NUMBER],
        source="email",
        revision=_revision(found, written),
        status="cancelled" if is_cancelled else "confirmed",
        segments=segments,
        passengers=passengers,
        tickets=once(chain.from_iterable(each.tickets for each in found)),
        charges=() if total is None else (_charge(total),),
        booked=_first(each.booked for each in found),
        agency_name=_first(each.agent for each in found),
    )
    return FoundBooking(
        booking=booking, confidence=_confidence(things), engines=_engines(found), is_part=is_part
    )


def _segments(things: list[Thing], *, number: str, source: str) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for thing in things:
        segment = thing.segment()
        if segment is None:
            continue
        if not number.startswith("mail-"):
            issuer = source if thing.best.number_kind.value == "booking_site" else None
            segment = numbered(segment, number[:_MAX_NUMBER], kind=thing.best.number_kind, issuer=issuer)
        stated = segment.status or SegmentStatus.CONFIRMED
        status = SegmentStatus.CANCELLED if thing.best.is_cancelled else stated
        segment = segment.model_copy(update={"status": status})
        names = names_of(tuple(chain.from_iterable(each.passengers for each in thing.found)))
        segments.append(segment.model_copy(update={"passengers": names} if names else {}))
    return tuple(sorted(segments, key=lambda each: each.start.local if each.start is not None else ""))


def _cancelled_numbers(
    minimal: list[Found], source: str | None, written: datetime, *, known: set[str]
) -> list[FoundBooking]:
    """A cancellation may name nothing but the number."""
    bookings: dict[str, FoundBooking] = {}
    for each in minimal:
        if each.number is not None and each.number[:_MAX_NUMBER] not in known:
            booking = JsonBooking(
                booking_source=source or each.agent or each.provider or "email",
                record_locator=each.number[:_MAX_NUMBER],
                source="email",
                revision=_revision([each], written),
                status="cancelled",
                passengers=each.passengers,
            )
            bookings[booking.record_locator] = FoundBooking(
                booking=booking, confidence=each.confidence, engines=(each.engine,)
            )
    return list(bookings.values())


def _revision(found: list[Found], written: datetime) -> int:
    """Return seconds since 1970 of the newest statement: the vendor's own clock, else that of its mail.

    A mail cannot state what was changed after it was written.
    """
    stated = [each.modified.timestamp() for each in found if each.modified is not None]
    newest = max(stated) if stated and max(stated) <= written.timestamp() else written.timestamp()
    return max(0, int(newest))


def _total(found: list[Found]) -> Money | None:
    return next((each.total for each in found if each.total is not None), None)


def _charge(total: Money) -> Charge:
    return Charge(kind=ChargeKind.FIXED, amount=total.amount, currency=total.currency, is_primary=True)


def _confidence(things: list[Thing]) -> int:
    """Return the confidence of the weakest thing; engines that agree speak for each other."""
    weakest = 100
    for thing in things:
        doubt = 1.0
        for best in {each.engine: each for each in reversed(thing.found)}.values():
            doubt *= 1 - best.confidence / 100
        weakest = min(weakest, round(100 * (1 - doubt)))
    return min(weakest, _MAX_AGREEMENT)


def _engines(found: list[Found]) -> tuple[Engine, ...]:
    used = {each.engine for each in found}
    return tuple(engine for engine in Engine if engine in used)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)
