"""The part of a traveller's history that a step looks at: what it touches, how that stood and stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.booking_record import (
    BookingRecord,
    InstantRecord,
    NumberCancellationRecord,
    PostedTripRecord,
    ReconsolidateStatement,
)
from schemas.features import number_text
from schemas.identifiers import instant_key
from schemas.settings import TenantSettings
from services.consolidator.domain.acceptance import Taken
from services.consolidator.domain.cancelled_numbers import numbers_borne, sender_of
from services.consolidator.domain.limits import MAX_SEGMENTS_PER_TRIP
from services.consolidator.domain.neighbourhoods import Surroundings
from services.consolidator.domain.outputs import records_of_trip, transition_due, trip_as_written
from services.consolidator.domain.records import TravellerRecord, of_kind
from services.consolidator.domain.registers import record_key_of
from services.consolidator.domain.state import TravellerState, is_trip
from services.consolidator.domain.tokens import IdentifiedTrip, Settled, Token, settle
from services.consolidator.domain.trips import Consolidation, consolidate, tokens_of

_Records = Mapping[str, TravellerRecord]


class Part(NamedTuple):
    """The bookings that a step touches: as they stood, and as they stand."""

    before: Sequence[IdentifiedTrip]
    after: Consolidation
    settled: tuple[IdentifiedTrip, ...]
    trip_of: Mapping[str, str]
    """By record, the trip that it is in now."""
    tokens: Mapping[str, Token]
    """By id, those that the bookings hold or were born with, as they are now."""
    looked_at: frozenset[str]

    def ids_held(self) -> set[str]:
        """Return the trip ids that these bookings and headers hold."""
        headers = {group.header.record for group in self.after.groups if group.header is not None}
        holders = self.after.bookings.keys() | headers
        return {token.id for token in self.tokens.values() if token.holder in holders}


def touched_by(state: TravellerState, taken: Taken, settings: TenantSettings) -> Surroundings:
    """Return all records that have to do with the inputs, and how much hangs together with them."""
    start = dict(taken.changed)
    items = [result.item for result in taken.results]
    for key in filter(None, map(record_key_of, items)):
        if key not in state.trip_of and (record := state.records.get(key)) is not None:
            start.setdefault(key, record)  # changed by nothing, but its sender wants to know its trip
    for record in taken.changed.values():
        if isinstance(record, InstantRecord):
            start |= _due(state, record, start)
    touched = state.around(start.values(), gap_days=settings.merge_gap_days)
    again = any(isinstance(item.statement, ReconsolidateStatement) for item in items)
    # Settings may have parted what stands together by none of the rules of today: look at everything once.
    if again or not state.is_computed_with(settings.revision):
        return Surroundings(state.records.keys() | taken.changed.keys(), touched.extent)
    return touched


def _due(state: TravellerState, now: InstantRecord, start: _Records) -> dict[str, TravellerRecord]:
    """Return the bookings of the trips that an advance of time completes."""
    known = state.records.get(now.record)
    since = known.instant if isinstance(known, InstantRecord) else ""
    keys = [
        key
        for value in state.trips.values()
        if transition_due(value, after=since, until=now.instant)
        for key in records_of_trip(value)
    ]
    return {key: state.records[key] for key in keys if key in state.records and key not in start}


def look_at(
    state: TravellerState,
    keys: Collection[str],
    changed: _Records,
    *,
    settings: TenantSettings,
    offset: int,
) -> Part:
    """Consolidate the part of a history that these records are, some of them changed, and settle its ids.

    Args:
        state: the traveller's records and trips, as they are.
        keys: the records of the part; nothing links them to the rest.
        changed: those among them that are to be another.
        settings: the tenant's.
        offset: the age of what is born now.
    """
    records = _gathered(state, keys, changed)
    before = _trips_before(state, keys, settings)
    after = consolidate(records, settings=settings, memo=state.memo)
    settled = settled_by(records, after, before, offset=offset)
    trip_of = {record: trip.id for trip in settled.trips for record in trip.records}
    return Part(before, after, settled.trips, trip_of, settled.tokens, frozenset(records))


def outgrown(state: TravellerState, part: Part, *, settings: TenantSettings) -> bool:
    """Say whether a trip has become larger than allowed, and not only stayed so.

    New settings may leave a trip too large. What is in it goes on to be told; it only may not grow.
    """
    large = {
        g.members: size
        for g in part.after.groups
        if (size := _size(part.after, g.key)) > MAX_SEGMENTS_PER_TRIP
    }
    if not large:
        return False
    stood = consolidate(_gathered(state, part.looked_at, {}), settings=settings)
    sizes = {key: _size(stood, group.key) for group in stood.groups for key in group.members}
    return any(size > max(sizes.get(key, 0) for key in members) for members, size in large.items())


def _size(whole: Consolidation, group: str) -> int:
    return len(whole.grouped.at_home.get(group, ()))


def _gathered(state: TravellerState, keys: Iterable[str], changed: _Records) -> dict[str, TravellerRecord]:
    """Return the records of a part, with the tokens that they hold and the traveller's instant."""
    instant = instant_key(tenant=state.tenant, traveller=state.traveller)
    wanted = {*keys, instant}
    wanted |= {token for key in keys for token in state.tokens_of.get(key, ())}
    found = ((key, changed.get(key) or state.records.get(key)) for key in sorted(wanted))
    return {key: record for key, record in found if record is not None}


def _trips_before(
    state: TravellerState, keys: Collection[str], settings: TenantSettings
) -> Sequence[IdentifiedTrip]:
    """Return how the part was grouped: as it was settled, or as its records tell after a restore."""
    known = [state.records.get(key) for key in keys]
    bookings = [one.record for kind in (BookingRecord, PostedTripRecord) for one in of_kind(known, kind)]
    if state.looked_at.issuperset(bookings):
        ids = {state.trip_of[key] for key in bookings if key in state.trip_of}
        return [state.settled[trip_id] for trip_id in sorted(ids)]
    old = _gathered(state, keys, {})
    if not state.is_computed_with(settings.revision):
        # What stood is what was written, not what would stand by the settings of today.
        return [trip_as_written(value, old) for _, value in sorted(state.trips.items()) if is_trip(value)]
    # Remembered, so that of what has not changed since nothing is worked out again.
    stood = consolidate(old, settings=settings, memo=state.memo)
    return settled_by(old, stood, [], offset=0).trips


def settled_by(
    records: _Records, now: Consolidation, before: Sequence[IdentifiedTrip], *, offset: int
) -> Settled:
    """Move the tokens of these records from how they were grouped to how they are."""
    return settle(
        tokens_of(records.values()), before=before, after=now.groups, bookings=now.shapes, offset=offset
    )


def trip_concerned(key: str, state: TravellerState, part: Part, changed: _Records) -> str | None:
    """Return the trip that a record is in; for a cancelled number, the trip of what bears it."""
    record = changed.get(key) or state.records.get(key)
    if not isinstance(record, NumberCancellationRecord):
        return part.trip_of.get(key) or state.trip_of.get(key)
    number, sender = number_text(record.number), sender_of(record)
    bearing = [
        booking
        for booking in part.after.bookings.values()
        if booking.key in part.trip_of
        and sender_of(booking.record) == sender
        and number in numbers_borne(booking.record, (claim.stated for claim in booking.claims))
    ]
    # Of what bore it long ago, nothing is cancelled.
    meant = max(bearing, key=lambda b: (any(not c.live for c in b.claims), b.shape.founded), default=None)
    return None if meant is None else part.trip_of[meant.key]
