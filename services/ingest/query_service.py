"""Asks the query service what became of a message, with the caller's own token.

Ingest knows no trip: what a post is answered with is what the same caller would read.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from services.ingest.domain.overrides import SeenTrip
from services.ingest.handlers import Accepted, Unavailable
from services.ingest.overriding import Looked
from services.platform.etags import state_named
from services.platform.own_reads import own_read
from services.platform.positions import encode_position
from services.platform.tracing import carried_by_http

log = structlog.get_logger()

_NOTHING_SEEN = frozenset({403, 404})
_CONNECT_SECONDS = 2.0
_BEYOND_SECONDS = 2.0
"""What the answer may take after the wait itself."""


async def carry_trace(request: httpx.Request) -> None:
    """Have the query service's answer be a part of the trace; a hook of the client."""
    request.headers.update(carried_by_http())


class NotYetReached(Unavailable):
    """The query service answers, and is not as far as it was asked to be."""


class _Outcome(BaseModel):
    model_config = ConfigDict(extra="ignore")

    record: str | None = None
    result: str
    reason: str | None = None
    trip: str | None = None


class Became(BaseModel):
    """What became of a message."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    outcomes: tuple[_Outcome, ...] = ()
    trips: tuple[str, ...] = ()

    def refused(self) -> str | None:
        """Return why all of it was refused; None where some of it holds."""
        if not self.outcomes or any(outcome.result != "refused" for outcome in self.outcomes):
            return None
        return "; ".join(sorted({outcome.reason or "refused" for outcome in self.outcomes}))

    def repeats(self) -> bool:
        """Say whether nothing of it was new."""
        return bool(self.outcomes) and all(outcome.result == "stale" for outcome in self.outcomes)

    def trip_of(self, accepted: Accepted) -> str | None:
        """Return the trip in which the first of a message's records is now."""
        trips = {outcome.record: outcome.trip for outcome in self.outcomes if outcome.trip is not None}
        of_records = (trips[draft.record] for draft in accepted.drafts if draft.record in trips)
        return next(of_records, next(iter(self.trips), None))


class _SeenBooking(BaseModel):
    record: str


class _SeenSegment(BaseModel):
    id: str
    type: str
    also_known_as: tuple[str, ...] = ()


class _SeenFact(BaseModel):
    id: str | None = None
    """None where the query service is of an earlier release."""


class _ShownTrip(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    id: str
    traveller: str
    bookings: tuple[_SeenBooking, ...]
    segments: tuple[_SeenSegment, ...]
    between: tuple[_SeenFact, ...] = ()


def _seen(shown: bytes) -> SeenTrip:
    trip = _ShownTrip.model_validate_json(shown)
    types = {name: segment.type for segment in trip.segments for name in (segment.id, *segment.also_known_as)}
    bookings = frozenset(booking.record for booking in trip.bookings)
    facts = frozenset(fact.id for fact in trip.between if fact.id is not None)
    return SeenTrip(trip.id, trip.traveller, bookings, types, facts)


class QueryService:
    """The query service, as far as answering a post needs it."""

    def __init__(
        self, client: httpx.AsyncClient, *, wait_seconds: float, own_reads_secret: str | None = None
    ) -> None:
        """Speak to the query service.

        Args:
            client: has the service's base URL.
            wait_seconds: how long one's own write is waited for.
            own_reads_secret: by which the service knows these reads from the caller's own.
        """
        self._client = client
        self._ours = own_read(own_reads_secret)
        self._timeout = httpx.Timeout(wait_seconds + _BEYOND_SECONDS, connect=_CONNECT_SECONDS)

    async def became(self, accepted: Accepted, *, authorization: str) -> Became | None:
        """Return what became of a message once its position is reached; None where the wait ran out."""
        response = await self._get(
            f"/v1/messages/{accepted.message}",
            params={"after": encode_position(accepted.position)},
            authorization=authorization,
        )
        try:
            return None if response is None else Became.model_validate_json(response.content)
        except ValidationError:
            log.warning("query_service.misunderstood")
            return None

    async def itinerary(
        self, trip: str, *, accepted: Accepted, authorization: str, user: Mapping[str, str]
    ) -> bytes | None:
        """Return a trip in Concur's XML, as the caller sees it; None where it does not come."""
        response = await self._get(
            f"/api/travel/trip/v1.1/{trip}",
            params={**user, "after": encode_position(accepted.position)},
            authorization=authorization,
        )
        return None if response is None else response.content

    async def look_at(self, trip: str, *, authorization: str, after: str | None) -> Looked | None:
        """Return today's trip of any id as the caller sees it, None where they see none.

        Raises:
            NotYetReached: where the query service does not come as far as `after` in time.
            Unavailable: where it does not answer.
        """
        try:
            response = await self._client.get(
                f"/v1/trips/{quote(trip, safe='')}",
                params={} if after is None else {"after": after},
                headers={"Authorization": authorization, **self._ours},
                timeout=self._timeout,
                follow_redirects=True,
            )
        except httpx.HTTPError as trouble:
            log.warning("query_service.unanswered", error=type(trouble).__name__)
            raise Unavailable("the query service does not answer") from trouble
        if response.status_code in _NOTHING_SEEN:
            return None
        if not response.is_success:
            log.warning("query_service.refused", status=response.status_code)
            if after is not None and response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                raise NotYetReached("the trips are not up to date with what was posted last")
            raise Unavailable("the query service cannot show the trip just now")
        return Looked(_seen(response.content), state_named(response.headers["etag"]), response.content)

    async def _get(
        self, path: str, *, params: Mapping[str, str], authorization: str
    ) -> httpx.Response | None:
        headers = {"Authorization": authorization, **self._ours}
        try:
            response = await self._client.get(path, params=params, headers=headers, timeout=self._timeout)
        except httpx.HTTPError as trouble:
            log.warning("query_service.unanswered", error=type(trouble).__name__)
            return None
        if not response.is_success:
            log.warning("query_service.refused", status=response.status_code)
            return None
        return response
