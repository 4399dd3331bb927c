"""Accept statements: a record is a join of registers, each newer-wins by revision.

Whatever the order of arrival, the same statements leave the same registers; a statement that is
stale for one register may still fill another (design, section 4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from schemas.booking_record import (
    AdvanceStatement,
    Assignment,
    BookingRecord,
    BookingStatement,
    CancellationStatement,
    Ending,
    EraseStatement,
    InstantRecord,
    NumberCancellationRecord,
    NumberCancellationStatement,
    OverrideRecord,
    OverrideStatement,
    PostedTripRecord,
    PostedTripStatement,
    ReconsolidateStatement,
    ReconsolidateTenantStatement,
    Revision,
    SettingsStatement,
    Snapshot,
    WithdrawalStatement,
)
from schemas.identifiers import instant_key
from schemas.limits import excess
from services.consolidator.domain.cancelled_numbers import newest_of_each_day
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.records import TravellerRecord

_Ending = CancellationStatement | WithdrawalStatement


@dataclass(frozen=True, slots=True)
class Accepted:
    """The record as it is now; None where the statement was older than what is known."""

    record: TravellerRecord | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The statement cannot be accepted; `reason` says why."""

    reason: str


def record_key_of(item: Input) -> str | None:
    """Return the key of the record that a statement speaks of; None where it speaks of none."""
    match item.statement:  # what comes most often first
        case (
            BookingStatement()
            | CancellationStatement()
            | WithdrawalStatement()
            | NumberCancellationStatement()
            | PostedTripStatement()
            | OverrideStatement() as said
        ):
            return said.record
        case AdvanceStatement() as advance:
            return instant_key(tenant=advance.tenant, traveller=advance.traveller)
        case (
            ReconsolidateStatement() | EraseStatement() | ReconsolidateTenantStatement() | SettingsStatement()
        ):
            return None


def accept(known: TravellerRecord | None, item: Input) -> Accepted | Refused:
    """Join a statement into what is known of its record."""
    too_much = excess(item.statement)
    return _join(known, item) if too_much is None else Refused(f"{too_much.field} {too_much.reason}")


def _join(known: TravellerRecord | None, item: Input) -> Accepted | Refused:
    match item.statement, known:
        case BookingStatement() | CancellationStatement() | WithdrawalStatement() as said, (
            BookingRecord() | None
        ) as record:
            return _join_booking(record, said, item)
        case NumberCancellationStatement() as said, (NumberCancellationRecord() | None) as record:
            return _join_number_cancellation(record, said, item)
        case PostedTripStatement() as said, (PostedTripRecord() | None) as record:
            return _join_posted_trip(record, said, item)
        case OverrideStatement() as said, (OverrideRecord() | None) as record:
            return _join_override(record, said, item)
        case AdvanceStatement() as said, (InstantRecord() | None) as record:
            return _join_advance(record, said, item)
        case _:
            another = Refused("the record key belongs to a record of another kind")
            return another if record_key_of(item) is not None else Accepted(None)


class _Founding(TypedDict):
    """What every record has. The first acceptance founds it; later ones only move its offset."""

    tenant: str
    traveller: str
    record: str
    founded: int
    founded_ms: int
    offset: int


_OfTraveller = (
    BookingStatement | _Ending | NumberCancellationStatement | PostedTripStatement | OverrideStatement
)


def _founding(known: TravellerRecord | None, said: _OfTraveller | AdvanceStatement, item: Input) -> _Founding:
    return _Founding(
        tenant=said.tenant,
        traveller=said.traveller,
        record=record_key_of(item) or "",
        founded=item.offset if known is None else known.founded,
        founded_ms=item.appended_ms if known is None else known.founded_ms,
        offset=item.offset,
    )


def _join_booking(
    known: BookingRecord | None, said: BookingStatement | _Ending, item: Input
) -> Accepted | Refused:
    if known is None:
        known = BookingRecord(
            **_founding(None, said, item),
            owner=said.owner,
            booking_source=said.booking_source,
            record_locator=said.record_locator,
            posted_trip=said.posted_trip,
        )
    changed = _changed_registers(known, said)
    if not changed:
        return Accepted(None)
    if all(said.revision.is_newer(revision) for revision in _revisions(known)):
        # Spelling may differ between statements; the newest of all decides, in any order of arrival.
        changed |= {"booking_source": said.booking_source, "record_locator": said.record_locator}
    return Accepted(known.model_copy(update=changed | {"offset": item.offset}))


def _revisions(record: BookingRecord) -> list[Revision]:
    registers = (record.snapshot, record.cancellation, record.withdrawal, record.assignment)
    return [register.revision for register in registers if register is not None]


def _changed_registers(known: BookingRecord, said: BookingStatement | _Ending) -> dict[str, object]:
    revision, message = said.revision, said.message
    changed: dict[str, object] = {}
    if said.with_later_posts:
        changed |= _newer_ending(known, "later_posts_ended", said)
    if isinstance(said, BookingStatement):
        if revision.is_newer(known.snapshot and known.snapshot.revision):
            changed["snapshot"] = Snapshot(revision=revision, message=message, content=said.content)
        trip = said.explicit_trip
        if trip is not None and revision.is_newer(known.assignment and known.assignment.revision):
            changed["assignment"] = Assignment(revision=revision, trip=trip)
        return changed
    register = "cancellation" if isinstance(said, CancellationStatement) else "withdrawal"
    return changed | _newer_ending(known, register, said)


def _newer_ending(known: BookingRecord, register: str, said: BookingStatement | _Ending) -> dict[str, object]:
    ending: Ending | None = getattr(known, register)
    if not said.revision.is_newer(ending and ending.revision):
        return {}
    return {register: Ending(revision=said.revision, message=said.message)}


def _join_number_cancellation(
    known: NumberCancellationRecord | None, said: NumberCancellationStatement, item: Input
) -> Accepted:
    if known is None:
        return Accepted(
            NumberCancellationRecord(
                **_founding(known, said, item),
                owner=said.owner,
                booking_source=said.booking_source,
                number=said.number,
                revision=said.revision,
                message=said.message,
            )
        )
    revisions = (*known.earlier, known.revision)
    *earlier, newest = newest_of_each_day((*revisions, said.revision))
    if (*earlier, newest) == revisions:
        return Accepted(None)
    changed: dict[str, object] = {"earlier": tuple(earlier), "offset": item.offset}
    if newest == said.revision:
        changed |= {"number": said.number, "revision": newest, "message": said.message}
    return Accepted(known.model_copy(update=changed))


def _join_posted_trip(
    known: PostedTripRecord | None, said: PostedTripStatement, item: Input
) -> Accepted | Refused:
    if known is None:
        return Accepted(
            PostedTripRecord(
                **_founding(None, said, item),
                owner=said.owner,
                trip=said.trip,
                created=said.creates,
                revision=said.revision,
                message=said.message,
                header=said.header,
                bookings=said.bookings,
            )
        )
    if known.owner.party != said.owner.party:
        return Refused("only the party that posted a trip may change it")
    changed: dict[str, object] = {}
    if said.revision.is_newer(known.revision):
        changed |= {"revision": said.revision, "message": said.message}
        changed |= {"header": said.header, "bookings": said.bookings}
    if said.creates and not known.created:
        changed["created"] = True
    return Accepted(known.model_copy(update=changed | {"offset": item.offset}) if changed else None)


def _join_override(known: OverrideRecord | None, said: OverrideStatement, item: Input) -> Accepted:
    if known is not None and not said.revision.is_newer(known.revision):
        return Accepted(None)
    return Accepted(
        OverrideRecord(
            **_founding(known, said, item),
            by=said.by,
            revision=said.revision,
            message=said.message,
            override=said.override,
        )
    )


def _join_advance(known: InstantRecord | None, said: AdvanceStatement, item: Input) -> Accepted | Refused:
    if _milliseconds(said.instant) > item.appended_ms:
        return Refused("the instant is later than the input's append time")
    if known is not None and said.instant <= known.instant:
        return Accepted(None)
    return Accepted(InstantRecord(**_founding(known, said, item), instant=said.instant))


def _milliseconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp() * 1000)
