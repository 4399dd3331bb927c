"""People's overrides: look at the trip with their own eyes, decide, note who said it, keep it on the log.

The order is the guarantee, as in `handlers`: everything is judged before anything is written. The note is
written first, so that whatever comes to be can be found and taken back.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import structlog

from schemas.booking_record import (
    CorrectSegment,
    DifferentSegments,
    DismissFact,
    MergeTrips,
    Override,
    Owner,
    SameSegments,
    SplitTrip,
)
from schemas.identifiers import normal_code, override_key
from services.ingest.domain import statements
from services.ingest.domain.overrides import SeenTrip, Verb, override_of, read_asked, trips_named
from services.ingest.domain.refusals import Refusal, RefusalKind, refusal
from services.ingest.domain.statements import Address, received
from services.ingest.domain.travellers import OWN_PARTIES
from services.ingest.handlers import Directory, Log
from services.ingest.raw import decision
from services.platform.positions import Position
from services.platform.principals import Principal

log = structlog.get_logger()

_OWNER = Owner(party=OWN_PARTIES["manual"], source="manual")


class Looked(NamedTuple):
    """What the person sees of a trip, and the name of exactly that state."""

    trip: SeenTrip
    etag: str
    shown: bytes


class Trips(Protocol):
    """The trips as the person may see them."""

    async def look_at(self, trip: str, *, authorization: str, after: str | None) -> Looked | None:
        """Return today's trip of any id, None where they see none; raises `Unavailable`."""
        ...


class Note(NamedTuple):
    """Who said what; without the words."""

    override: str
    traveller: str
    trips: Sequence[str]
    action: str
    subjects: Sequence[str]
    said_by: str
    message: str


class Notes(Protocol):
    """What people said, so that it can be listed and undone."""

    async def note(self, note: Note, *, tenant: str) -> None:
        """Keep a note; the same one again changes nothing. Raises `Unavailable`."""
        ...

    async def noted(self, override: str, *, tenant: str) -> Note | None:
        """Return a note; raises `Unavailable`."""
        ...

    async def note_undone(self, override: str, *, tenant: str) -> None:
        """Keep that it was taken back; raises `Unavailable`."""
        ...


class Wish(NamedTuple):
    """What a person sent."""

    verb: Verb
    trip: str
    body: bytes
    if_match: str
    authorization: str
    after: str | None
    reference: str
    """The same for what is the same wish sent again."""


class Said(NamedTuple):
    """An override that is on the log."""

    override: str
    message: str
    trip: str
    position: Position


class Changed(NamedTuple):
    """The trip is no longer as the person saw it when they decided."""

    etag: str
    shown: bytes


class Overriding:
    """Takes people's word about trips that they see."""

    def __init__(self, *, directory: Directory, log: Log, trips: Trips, notes: Notes) -> None:
        self._directory = directory
        self._log = log
        self._trips = trips
        self._notes = notes

    async def say(self, wish: Wish, *, principal: Principal, message: str) -> Said | Changed | Refusal:
        """Accept an override, or say why not; on refusal nothing was written.

        Raises:
            Unavailable: where a backing service does not answer.
        """
        asked = read_asked(wish.verb, wish.body)
        if isinstance(asked, Refusal):
            return asked
        looked = await self._trips.look_at(wish.trip, authorization=wish.authorization, after=wish.after)
        if looked is None:
            return _no_such_trip("trip")
        if not _matches(wish.if_match, etag=looked.etag):
            return Changed(looked.etag, looked.shown)
        others: list[SeenTrip] = []
        for named in trips_named(asked):
            other = await self._trips.look_at(named, authorization=wish.authorization, after=None)
            if other is None:
                return _no_such_trip("trips")
            others.append(other.trip)
        override = override_of(asked, trip=looked.trip, others=others)
        if isinstance(override, Refusal):
            return override
        key = override_key(tenant=principal.tenant, traveller=looked.trip.traveller, reference=wish.reference)
        note = Note(
            override=key,
            traveller=looked.trip.traveller,
            trips=_trips(override, addressed=looked.trip.id),
            action=override.action,
            subjects=_subjects(override),
            said_by=principal.subject,
            message=message,
        )
        await self._notes.note(note, tenant=principal.tenant)
        position = await self._keep(note, body=wish.body, said=override, principal=principal)
        log.info("override.accepted", message=message, action=override.action)
        return Said(key, message, looked.trip.id, position)

    async def undo(self, override: str, *, principal: Principal, message: str) -> Said | Refusal:
        """Take back what was said; taking it back again changes nothing.

        Raises:
            Unavailable: where a backing service does not answer.
        """
        note = await self._notes.noted(override, tenant=principal.tenant)
        if note is None or not await self._may_undo(note, principal=principal):
            return refusal(
                RefusalKind.NOT_FOUND, field="override", rule="unknown_override", message="is not known"
            )
        position = await self._keep(note._replace(message=message), body=b"", said=None, principal=principal)
        await self._notes.note_undone(override, tenant=principal.tenant)
        log.info("override.undone", message=message, action=note.action)
        return Said(override, message, note.trips[0], position)

    async def _may_undo(self, note: Note, *, principal: Principal) -> bool:
        if principal.kind == "admin" and principal.company_wide:
            return True
        known = await self._directory.look_up(
            tenant=principal.tenant,
            client=principal.client,
            logins=frozenset({normal_code(principal.subject)}),
        )
        return note.traveller in known.travellers.values()

    async def _keep(
        self, note: Note, *, body: bytes, said: Override | None, principal: Principal
    ) -> Position:
        address = Address(principal.tenant, note.traveller, _OWNER, note.message)
        raw = decision(
            note.message,
            body,
            route="override",
            owner=_OWNER,
            client=principal.client,
            principal=principal,
            traveller=note.traveller,
            parameters={"override": note.override, "trip": note.trips[0], "action": note.action}
            | ({} if said is not None else {"undo": "true"}),
        )
        receipt = await self._log.keep_raw(raw)
        draft = statements.override(address, key=note.override, by=principal.subject, said=said)
        return await self._log.append([received(draft, receipt=receipt)])


def _matches(if_match: str, *, etag: str) -> bool:
    named = {name.strip() for name in if_match.split(",")}
    return "*" in named or etag in named


def _trips(override: Override, *, addressed: str) -> tuple[str, ...]:
    return override.trips if isinstance(override, MergeTrips) else (addressed,)


def _subjects(override: Override) -> tuple[str, ...]:
    match override:
        case SplitTrip(records=records):
            return records
        case SameSegments(segments=segments) | DifferentSegments(segments=segments):
            return segments
        case CorrectSegment(segment=segment):
            return (segment,)
        case DismissFact(fact=fact):
            return (fact,)
        case _:
            return ()


def _no_such_trip(field: str) -> Refusal:
    return refusal(RefusalKind.NOT_FOUND, field=field, rule="unknown_trip", message="there is no such trip")
