"""What every reading route asks for first: the handlers, the caller, and a read model that has caught up.

All of them are coroutines, however little they do: FastAPI runs any other in a thread, which costs more
than what most of them do, and for each request.
"""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryParameter

from services.platform.principals import Principal
from services.platform.tokens import principal_of
from services.query.calendar_feeds import CalendarFeeds
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.looks import Looks
from services.query.openings import Openings
from services.query.parameters import unknown_parameter
from services.query.shares import Shares
from services.query.webhooks import Webhooks


async def queries_of(request: Request) -> TripQueries:
    """Return the handlers that the app's lifespan opened."""
    queries: TripQueries = request.app.state.queries
    return queries


async def changes_of(request: Request) -> ChangeFeed:
    """Return the feed of changes that the app's lifespan opened."""
    changes: ChangeFeed = request.app.state.changes
    return changes


async def shares_of(request: Request) -> Shares:
    """Return the handlers of shared links that the app's lifespan opened."""
    shares: Shares = request.app.state.shares
    return shares


async def feeds_of(request: Request) -> CalendarFeeds:
    """Return the handlers of calendars that the app's lifespan opened."""
    feeds: CalendarFeeds = request.app.state.feeds
    return feeds


async def looks_of(request: Request) -> Looks:
    """Return the handlers of what was seen that the app's lifespan opened."""
    looks: Looks = request.app.state.looks
    return looks


async def openings_of(request: Request) -> Openings:
    """Return the handlers of who looked up whom that the app's lifespan opened."""
    openings: Openings = request.app.state.openings
    return openings


async def webhooks_of(request: Request) -> Webhooks:
    """Return the handlers of webhooks that the app's lifespan opened."""
    webhooks: Webhooks = request.app.state.webhooks
    return webhooks


Queries = Annotated[TripQueries, Depends(queries_of)]
Changes = Annotated[ChangeFeed, Depends(changes_of)]
SharesOf = Annotated[Shares, Depends(shares_of)]
FeedsOf = Annotated[CalendarFeeds, Depends(feeds_of)]
LooksOf = Annotated[Looks, Depends(looks_of)]
OpeningsOf = Annotated[Openings, Depends(openings_of)]
Hooks = Annotated[Webhooks, Depends(webhooks_of)]


async def caller_of(request: Request) -> Principal:
    """Return the principal that the guard verified."""
    return principal_of(request)


Caller = Annotated[Principal, Depends(caller_of)]


After = Annotated[str | None, Query(description="an Itinerary-Position")]


async def caught_up(request: Request, after: After = None) -> None:
    """Wait for the position that a read names in `after`."""
    await queries_at(request, after)


async def queries_at(request: Request, after: str | None) -> TripQueries:
    """Return the handlers, once the read model has the position that a read names in `after`."""
    queries = await queries_of(request)
    await queries.await_position(after)
    return queries


async def known_parameters(request: Request) -> None:
    """Refuse parameters that the route does not know: a filter with a slip in its name filters nothing.

    Raises:
        Malformed: with the nearest name, where there is one.
    """
    if not request.query_params:
        return
    route: Any = request.scope["route"]
    known: set[str] | None = request.app.state.parameters.get(route.name)
    if known is None:
        parameters: Any = get_flat_params(route.dependant)
        known = {"after", *(p.alias for p in parameters if isinstance(p.field_info, QueryParameter))}
        request.app.state.parameters[route.name] = known
    for name in request.query_params:
        if name not in known:
            raise unknown_parameter(name, known=known)
