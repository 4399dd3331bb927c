"""The query service's own HTTP application over one trip in memory, with tokens that are names."""

# ruff: noqa: ARG002 - a read model that holds one trip need not look at what it is asked

import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.fernet import Fernet
from fastapi import FastAPI, Request

from schemas.trip import Trip, Version
from services.platform.once import Once
from services.platform.principals import Principal
from services.platform.tokens import ANYONE, Guard
from services.query.calendar_feeds import CalendarFeeds, Edge, Feed
from services.query.catching_up import CatchingUp, Generation
from services.query.change_reading import Extent, StoredChange, StoredOverride, StoredVersion
from services.query.domain.answer import stored_answer
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.http import PublicFace, Serving, Traffic, create_app
from services.query.looks import Look, Looks
from services.query.openings import Asked, Opening, Openings
from services.query.page.api import Api
from services.query.page.routes import Door, Page
from services.query.page.sessions import Session, Sessions, SignIn
from services.query.policies import POLICIES
from services.query.read_model import Asking, Person, StatementOutcome, Written, WrittenPage
from services.query.shares import Share, Shares
from services.query.webhooks import Webhooks

NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)
BASE = "https://itinerary.example"
UNBOUNDED = Traffic(1_000_000, 1_000_000, 1_000_000, (), own_reads_secret=None)


class OneTrip:
    """A read model that holds one trip, with a version before in which nothing was booked; a `Store`."""

    def __init__(self, trip: Trip, *, parties: Mapping[str, str]) -> None:
        self.trip_held = trip
        self.parties = parties

    @asynccontextmanager
    async def reading(self, tenant: str, *, listing: bool = False) -> AsyncGenerator["OneTrip"]:
        assert tenant == self.trip_held.tenant
        yield self

    writing = reading

    async def traveller_of(self, login: str) -> str | None:
        return self.trip_held.traveller

    traveller_named = traveller_of

    async def party_of(self, client: str) -> str | None:
        return self.parties.get(client)

    async def trip(self, trip: str, *, traveller: str | None) -> Trip | None:
        return self.trip_held if trip == self.trip_held.id else None

    async def trips(self, filters: Any, **_: Any) -> Sequence[Trip]:
        return [self.trip_held]

    async def written(self, asking: Asking, *, trip: str, answered: bool) -> Written | None:
        return self._written(asking, answered=answered) if trip == self.trip_held.id else None

    def _written(self, asking: Asking, *, answered: bool) -> Written:
        held, party = self.trip_held, self.parties.get(asking.client or "")
        found = stored_answer(held) if answered else held
        return Written(held.id, None, held.version.order(), held.content_hash, found, party)

    async def list_written(self, asking: Asking, filters: Any, **_: Any) -> WrittenPage:
        return WrittenPage(stored_answer(self.trip_held).trip, None)

    async def page(self, filters: Any, **_: Any) -> tuple[Sequence[Trip], int]:
        return [self.trip_held], 1

    async def outcomes(self, message: str, *, traveller: str | None) -> Sequence[StatementOutcome]:
        return [StatementOutcome("r", self.trip_held.traveller, "applied", None, self.trip_held.id)]

    async def people(self, travellers: Sequence[str]) -> Mapping[str, Person]:
        return {self.trip_held.traveller: Person("maria@acme.example", "Maria", "Rossi")}

    async def extents(self) -> Mapping[int, Extent]:
        return {0: Extent(0, 2)}

    async def changes(self, **_: Any) -> Sequence[StoredChange]:
        held = self.trip_held
        said = [change.model_dump(mode="json", exclude_defaults=True) for change in held.changes]
        return [StoredChange(0, 1, held.id, held.traveller, "upsert", None, 1, 1, NOW, said)]

    async def versions(self, trip: str, **_: Any) -> Sequence[StoredVersion]:
        empty = self.trip_held.content.model_copy(update={"segments": (), "bookings": (), "posted": None})
        before = self.trip_held.model_copy(update={"content": empty})
        said = [change.model_dump(mode="json", exclude_defaults=True) for change in self.trip_held.changes]
        return [
            StoredVersion(1, "upsert", None, 1, 1, NOW, said, self.trip_held),
            StoredVersion(0, "upsert", None, 1, 0, NOW, [], before),
        ]

    async def overrides(self, trips: Sequence[str], *, traveller: str) -> Sequence[StoredOverride]:
        return []

    async def feed_of(self, secret_sha256: str) -> Feed | None:
        return Feed("f", self.trip_held.traveller, "Trips", False, NOW, None, None, None, None)

    async def off_since(self, trips: Sequence[str]) -> Mapping[str, datetime]:
        return {}

    async def note_fetch(self, feed: str, **_: Any) -> None:
        return None

    async def shares(self, trips: Sequence[str], *, traveller: str) -> Sequence[Share]:
        return [
            Share("s", traveller, self.trip_held.id, "maria", NOW, NOW + timedelta(days=1), None, None, 0)
        ]

    async def share_of(self, secret_sha256: str) -> Share | None:
        return (await self.shares([], traveller=self.trip_held.traveller))[0]

    async def last_look(self, trips: Sequence[str], *, traveller: str) -> Look | None:
        return Look(self.trip_held.id, Version(epoch=0, offset=0), NOW)

    async def seen(self, look: Look) -> Trip | None:
        return (await self.versions(look.trip))[1].document

    async def note_opening(self, share: str, **_: Any) -> None:
        return None

    async def note_people_opening(self, opening: str, asked: Asked, **_: Any) -> None:
        return None

    async def people_openings(self, traveller: str, *, wanted: int) -> list[Opening]:
        return [Opening("boss@acme.example", NOW, NOW.date(), "", taken_away=False)]


class _Caught:
    """A read model that has everything, and in which nothing more is stored."""

    turn = 0

    def has(self, position: object) -> bool:
        return True

    async def reach(self, position: object) -> None:
        return None

    async def beyond(self, turn: int) -> None:
        return None

    async def lacks(self, position: object) -> bool:
        return False


class NamedGuard(Guard):
    """Lets everybody in by name, as far as the policies allow."""

    def __init__(self, principals: Mapping[str, Principal]) -> None:
        no_verifier: Any = None
        super().__init__(no_verifier, policies=POLICIES)
        self._principals = principals

    async def admit(self, request: Request, authorization: str | None) -> None:
        policy = POLICIES[request.scope["route"].name]
        if policy is not ANYONE:
            request.state.principal = self._principals[(authorization or "").removeprefix("Bearer ")]


class OneTripService:
    """The application, and the headers of each who asks."""

    def __init__(
        self,
        trip: Trip,
        *,
        principals: Mapping[str, Principal],
        parties: Mapping[str, str],
        traffic: Traffic = UNBOUNDED,
        sign_in: SignIn | None = None,
    ) -> None:
        store: Any = OneTrip(trip, parties=parties)
        caught, guard = _Caught(), NamedGuard(principals)
        catching_up = CatchingUp(
            progress=caught, bookings=caught, generation=Generation(1, 1), wait_seconds=1
        )
        queries = TripQueries(store=store, catching_up=catching_up, now=lambda: NOW)
        edge = Edge(
            now=lambda: NOW, new_id=lambda: str(uuid.UUID(int=1)), new_secret=lambda: "s", trips_url=BASE
        )
        self._sessions = Sessions([Fernet.generate_key().decode()])
        how_to_sign_in: Any = sign_in
        no_webhooks: Any = None
        self.app: FastAPI = create_app(
            Serving(
                queries,
                ChangeFeed(store=store, turns=caught, epoch=1, partitions=1),
                CalendarFeeds(store=store, edge=edge),
                Shares(store=store, edge=edge),
                Webhooks(store=store, seal=None, edge=no_webhooks),
                Looks(store=store, now=lambda: NOW),
                Openings(store=store, edge=edge),
                once=Once(store),
                check=_nothing,
            ),
            guard=guard,
            page=Page(Door(self._sessions, how_to_sign_in), guard=guard, api=Api(BASE), public_url=BASE),
            face=PublicFace(resource=BASE, issuer=BASE),
            traffic=traffic,
            now=lambda: NOW,
        )

    def client(self, name: str) -> httpx.AsyncClient:
        """Return a client that asks in somebody's name, by token and by the page's cookie."""
        cookie = self._sessions.seal(Session(token=name, form_key="k"))
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url=BASE,
            headers={"Authorization": f"Bearer {name}", "Cookie": f"__Host-itinerary={cookie}"},
        )


async def _nothing() -> None:
    return None
