"""Accept statements: a record is a join of registers, each newer-wins by revision.

Whatever the order of arrival, the same statements leave the same registers; a statement that is
stale for one register may still fill another (design, section 4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, assert_never

from schemas.booking_record import (
    AdvanceStatement,
    Assignment,
    BookingRecord,
    BookingStatement,
    CancellationStatement,
    Ending,
    InstantRecord,
    NumberCancellationRecord,
    NumberCancellationStatement,
    OverrideRecord,
    OverrideStatement,
    PostedTripRecord,
    PostedTripStatement,
    ReconsolidateStatement,
    Revision,
    SettingsStatement,
    Snapshot,
    WithdrawalStatement,
)
from schemas.identifiers import instant_key
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
    match item.statement:
        case ReconsolidateStatement() | SettingsStatement():
            return None
        case AdvanceStatement() as advance:
            return instant_key(tenant=advance.tenant, traveller=advance.traveller)
        case statement:
            return statement.record


def accept(known: TravellerRecord | None, item: Input) -> Accepted | Refused:
    """Join a statement into what is known of its record."""
    match item.statement:
        case BookingStatement() | CancellationStatement() | WithdrawalStatement() as statement:
            return _accept_booking(known, statement, item)
        case NumberCancellationStatement() as statement:
            return _accept_number_cancellation(known, statement, item)
        case PostedTripStatement() as statement:
            return _accept_posted_trip(known, statement, item)
        case OverrideStatement() as statement:
            return _accept_override(known, statement, item)
        case AdvanceStatement() as statement:
            return _accept_advance(known, statement, item)
        case ReconsolidateStatement() | SettingsStatement():
            return Accepted(None)
        case _:
            assert_never(item.statement)


def is_newer(revision: Revision, than: Revision | None) -> bool:
    """Say whether a revision is newer; anything is newer than nothing."""
    return than is None or revision.order() > than.order()


class _Founding(NamedTuple):
    """The first acceptance founds a record; later ones only move its offset."""

    offset: int
    appended_ms: int


def _founding(known: TravellerRecord | None, item: Input) -> _Founding:
    if known is None:
        return _Founding(item.offset, item.appended_ms)
    return _Founding(known.founded, known.founded_ms)


def _accept_booking(
    known: TravellerRecord | None, statement: BookingStatement | _Ending, item: Input
) -> Accepted | Refused:
    if known is None:
        known = BookingRecord(
            founded=item.offset,
            founded_ms=item.appended_ms,
            offset=item.offset,
            tenant=statement.tenant,
            traveller=statement.traveller,
            record=statement.record,
            owner=statement.owner,
            booking_source=statement.booking_source,
            record_locator=statement.record_locator,
            posted_trip=statement.posted_trip,
        )
    elif not isinstance(known, BookingRecord):
        return Refused("the record key belongs to a record of another kind")
    changed = _changed_registers(known, statement)
    if not changed:
        return Accepted(None)
    if all(is_newer(statement.revision, revision) for revision in _revisions(known)):
        # Spelling may differ between statements; the newest of all decides, in any order of arrival.
        changed |= {"booking_source": statement.booking_source, "record_locator": statement.record_locator}
    return Accepted(known.model_copy(update=changed | {"offset": item.offset}))


def _revisions(record: BookingRecord) -> list[Revision]:
    registers = (record.snapshot, record.cancellation, record.withdrawal, record.assignment)
    return [register.revision for register in registers if register is not None]


def _changed_registers(known: BookingRecord, statement: BookingStatement | _Ending) -> dict[str, object]:
    revision, message = statement.revision, statement.message
    changed: dict[str, object] = {}
    if isinstance(statement, BookingStatement):
        if is_newer(revision, known.snapshot and known.snapshot.revision):
            changed["snapshot"] = Snapshot(revision=revision, message=message, content=statement.content)
        trip = statement.explicit_trip
        if trip is not None and is_newer(revision, known.assignment and known.assignment.revision):
            changed["assignment"] = Assignment(revision=revision, trip=trip)
        return changed
    register = "cancellation" if isinstance(statement, CancellationStatement) else "withdrawal"
    ending: Ending | None = getattr(known, register)
    if is_newer(revision, ending and ending.revision):
        changed[register] = Ending(revision=revision, message=message)
    return changed


def _accept_number_cancellation(
    known: TravellerRecord | None, statement: NumberCancellationStatement, item: Input
) -> Accepted | Refused:
    if known is not None and not isinstance(known, NumberCancellationRecord):
        return Refused("the record key belongs to a record of another kind")
    if known is not None and not is_newer(statement.revision, known.revision):
        return Accepted(None)
    founding = _founding(known, item)
    return Accepted(
        NumberCancellationRecord(
            founded=founding.offset,
            founded_ms=founding.appended_ms,
            offset=item.offset,
            tenant=statement.tenant,
            traveller=statement.traveller,
            record=statement.record,
            owner=statement.owner,
            booking_source=statement.booking_source,
            number=statement.number,
            revision=statement.revision,
            message=statement.message,
        )
    )


def _accept_posted_trip(
    known: TravellerRecord | None, statement: PostedTripStatement, item: Input
) -> Accepted | Refused:
    if known is None:
        return Accepted(
            PostedTripRecord(
                founded=item.offset,
                founded_ms=item.appended_ms,
                offset=item.offset,
                tenant=statement.tenant,
                traveller=statement.traveller,
                record=statement.record,
                owner=statement.owner,
                trip=statement.trip,
                created=statement.creates,
                revision=statement.revision,
                message=statement.message,
                header=statement.header,
                bookings=statement.bookings,
            )
        )
    if not isinstance(known, PostedTripRecord):
        return Refused("the record key belongs to a record of another kind")
    if known.owner.party != statement.owner.party:
        return Refused("only the party that posted a trip may change it")
    changed: dict[str, object] = {}
    if is_newer(statement.revision, known.revision):
        changed |= {"revision": statement.revision, "message": statement.message}
        changed |= {"header": statement.header, "bookings": statement.bookings}
    if statement.creates and not known.created:
        changed["created"] = True
    return Accepted(known.model_copy(update=changed | {"offset": item.offset}) if changed else None)


def _accept_override(
    known: TravellerRecord | None, statement: OverrideStatement, item: Input
) -> Accepted | Refused:
    if known is not None and not isinstance(known, OverrideRecord):
        return Refused("the record key belongs to a record of another kind")
    if known is not None and not is_newer(statement.revision, known.revision):
        return Accepted(None)
    founding = _founding(known, item)
    return Accepted(
        OverrideRecord(
            founded=founding.offset,
            founded_ms=founding.appended_ms,
            offset=item.offset,
            tenant=statement.tenant,
            traveller=statement.traveller,
            record=statement.record,
            by=statement.by,
            revision=statement.revision,
            message=statement.message,
            override=statement.override,
        )
    )


def _accept_advance(
    known: TravellerRecord | None, statement: AdvanceStatement, item: Input
) -> Accepted | Refused:
    if known is not None and not isinstance(known, InstantRecord):
        return Refused("the record key belongs to a record of another kind")
    if _milliseconds(statement.instant) > item.appended_ms:
        return Refused("the instant is later than the input's append time")
    if known is not None and statement.instant <= known.instant:
        return Accepted(None)
    founding = _founding(known, item)
    return Accepted(
        InstantRecord(
            founded=founding.offset,
            founded_ms=founding.appended_ms,
            offset=item.offset,
            tenant=statement.tenant,
            traveller=statement.traveller,
            record=instant_key(tenant=statement.tenant, traveller=statement.traveller),
            instant=statement.instant,
        )
    )


def _milliseconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp() * 1000)
