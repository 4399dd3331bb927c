"""What goes to `trips.v1`: every trip that differs from what was last written, once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import orjson

from schemas.base import written_json
from schemas.booking_record import PostedTripRecord
from schemas.times import instant_of
from services.consolidator.domain.changes import changes, deleted, merged_into, split_into
from services.consolidator.domain.grouping import Group
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.memo import WrittenTrip
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.segments import Document
from services.consolidator.domain.state import TravellerState, TripOutput, is_trip, version_order
from services.consolidator.domain.tokens import IdentifiedTrip
from services.consolidator.domain.trips import Consolidation


class VersionWouldGoBack(Exception):
    """A trip was written at a version that is not below this one; the epoch is wrong."""


def encoded_content(content: Document) -> bytes:
    """Return the canonical JSON of a TripContent; equal content is byte-equal."""
    return written_json(content)


def transition_due(value: bytes, *, after: str, until: str) -> bool:
    """Say whether a written trip completes after one instant and not after another; texts compare."""
    at = value.find(_COMPLETES_AT)
    if at < 0:
        return False
    start = at + len(_COMPLETES_AT)
    return after < value[start : start + len("2026-05-12T10:00:00Z")].decode() <= until


_COMPLETES_AT = b'"completes_at":"'


def records_of_trip(value: bytes) -> list[str]:
    """Return the keys of the bookings of a written trip."""
    return [booking["record"] for booking in orjson.loads(value)["content"]["bookings"]]


def trip_as_written(value: bytes, records: Mapping[str, TravellerRecord]) -> IdentifiedTrip:
    """Return which of these records a written trip was made of."""
    trip = orjson.loads(value)
    bookings = [b for b in trip["content"]["bookings"] if b["record"] in records]
    headers = (r for r in records.values() if isinstance(r, PostedTripRecord) and r.trip == trip["id"])
    group = Group(
        header=next(headers, None),
        live=tuple(b["record"] for b in bookings if b["status"] != "cancelled"),
        cancelled=tuple(b["record"] for b in bookings if b["status"] == "cancelled"),
    )
    founded = min((records[key].founded for key in group.members), default=0)
    return IdentifiedTrip(trip["id"], tuple(trip["also_known_as"]), founded, group, group.members)


class TripWriter:
    """Compares a traveller's trips with what was last written; one use."""

    def __init__(
        self,
        state: TravellerState,
        before: Sequence[IdentifiedTrip],
        settled: Sequence[IdentifiedTrip],
        after: Consolidation,
        *,
        epoch: int,
        last: Input,
        rewrite: bool = False,
    ) -> None:
        """Prepare; with `rewrite` every id is written again, unchanged ones without changes."""
        self._state = state
        self._rewrite = rewrite
        self._before = before
        self._settled = settled
        self._after = after
        self._envelope: Document = {
            "tenant": state.tenant,
            "traveller": state.traveller,
            "version": {"epoch": epoch, "offset": last.offset},
            "modified": instant_of(last.appended_ms),
        }
        self._version = (epoch, last.offset)
        self._home = {alias: trip.id for trip in settled for alias in (trip.id, *trip.also_known_as)}

    def outputs(self, ids_held: Iterable[str]) -> Iterator[TripOutput]:
        """Yield the trips that changed, then the ids that now lead elsewhere.

        Args:
            ids_held: the tokens of the bookings concerned.
        """
        newborn = {trip.id for trip in self._settled if self._stored(trip.id) is None}
        parts = self._parts_that_left(newborn)
        # In the order of ids: how the groups were found, afresh or remembered, leaves no trace.
        for trip in sorted(self._settled, key=lambda trip: trip.id):
            output = self._trip(trip, parts.get(trip.id, set()))
            if output is not None:
                yield output
        concerned = {*ids_held, *(trip.id for trip in self._before)} - {trip.id for trip in self._settled}
        for trip_id in sorted(concerned & self._state.trips.keys()):
            document = self._ended(trip_id)
            if document is not None:
                yield self._output(trip_id, document)

    def _output(self, trip_id: str, document: Document) -> TripOutput:
        known = self._state.trips.get(trip_id)
        if known is not None and version_order(known) >= self._version:
            raise VersionWouldGoBack(f"trip {trip_id} was already written at {version_order(known)}")
        return TripOutput(trip_id, written_json(document | self._envelope | {"id": trip_id}))

    def _stored(self, trip_id: str) -> bytes | None:
        """Return what was last written of an id if that was a trip."""
        known = self._state.trips.get(trip_id)
        return known if known is not None and is_trip(known) else None

    def _parts_that_left(self, newborn: set[str]) -> dict[str, set[str]]:
        """Return, by trip, the new trips that hold bookings which it held before."""
        was_in = {key: trip.id for trip in self._before for key in trip.group.members}
        parts: dict[str, set[str]] = {}
        for trip in self._settled:
            for key in trip.group.members:
                old = was_in.get(key)
                if old is not None and old != trip.id and trip.id in newborn:
                    parts.setdefault(old, set()).add(trip.id)
        return parts

    def _trip(self, trip: IdentifiedTrip, parts: set[str]) -> TripOutput | None:
        content = self._after.content(trip.group)
        encoded = encoded_content(content)
        content_hash = sha256(encoded).hexdigest()
        stored, aliases = self._stored(trip.id), list(trip.also_known_as)
        if stored is not None and not self._rewrite and _says(stored, content_hash, aliases):
            return None
        known = None if stored is None else self._read(trip.id, stored)
        happened = changes(None if known is None else known.content, content)
        if parts:
            happened.append(split_into(parts))
        created = self._envelope["modified"] if known is None else known.created
        document = {
            "kind": "trip",
            "also_known_as": aliases,
            "created": created,
            "content": orjson.Fragment(encoded),
            "content_hash": content_hash,
            "changes": happened,
        }
        output = self._output(trip.id, document)
        self._state.memo.written.keep(trip.id, (output.value,), WrittenTrip(created, content))
        return output

    def _read(self, trip_id: str, stored: bytes) -> WrittenTrip:
        known = self._state.memo.written.get(trip_id, (stored,))
        if known is None:
            trip = orjson.loads(stored)
            known = WrittenTrip(trip["created"], trip["content"])
        return known

    def _ended(self, trip_id: str) -> Document | None:
        """Return what replaces an id that is no trip of its own any more, if that is news."""
        home = self._home.get(trip_id)
        known = orjson.loads(self._state.trips[trip_id])
        if home is None:
            if known["kind"] != "deleted":
                return {"kind": "deleted", "changes": [deleted()]}
            return {"kind": "deleted", "changes": []} if self._rewrite else None
        if known["kind"] == "redirect" and known["into"] == home and not self._rewrite:
            return None
        # Only a trip that was shown can be merged; a redirect that turns elsewhere is no event.
        happened = [merged_into(home)] if known["kind"] == "trip" else []
        return {"kind": "redirect", "into": home, "changes": happened}


def _says(stored: bytes, content_hash: str, aliases: list[str]) -> bool:
    """Say whether a written trip has this content and these other ids, without reading all of it."""
    return f'"content_hash":"{content_hash}"'.encode() in stored and stored.startswith(
        b'{"also_known_as":' + written_json(aliases) + b","
    )
