"""What goes to `trips.v1`: every trip that differs from what was last written, once."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import orjson

from schemas.base import written_json
from schemas.times import instant_of
from services.consolidator.domain.changes import changes, deleted, merged_into, split_into
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.segments import Document
from services.consolidator.domain.state import TravellerState, TripOutput, version_order
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
        for trip in self._settled:
            document = self._trip(trip, parts.get(trip.id, set()))
            if document is not None:
                yield self._output(trip.id, document)
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
        return known if known is not None and _KIND_OF_TRIP in known else None

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

    def _trip(self, trip: IdentifiedTrip, parts: set[str]) -> Document | None:
        content = self._after.content(trip.group)
        content_hash = sha256(encoded_content(content)).hexdigest()
        stored, aliases = self._stored(trip.id), list(trip.also_known_as)
        if stored is not None and not self._rewrite and _says(stored, content_hash, aliases):
            return None
        known = None if stored is None else orjson.loads(stored)
        happened = changes(None if known is None else known["content"], content)
        if parts:
            happened.append(split_into(parts))
        return {
            "kind": "trip",
            "also_known_as": aliases,
            "created": self._envelope["modified"] if known is None else known["created"],
            "content": content,
            "content_hash": content_hash,
            "changes": happened,
        }

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


_KIND_OF_TRIP = b'"kind":"trip"'


def _says(stored: bytes, content_hash: str, aliases: list[str]) -> bool:
    """Say whether a written trip has this content and these other ids, without reading all of it."""
    return f'"content_hash":"{content_hash}"'.encode() in stored and stored.startswith(
        b'{"also_known_as":' + written_json(aliases) + b","
    )
