"""What every reading route asks for first: the handlers, the caller, and a read model that has caught up."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.platform.tokens import Principal, principal_of
from services.query.handlers import TripQueries


def queries_of(request: Request) -> TripQueries:
    """Return the handlers that the app's lifespan opened."""
    queries: TripQueries = request.app.state.queries
    return queries


Queries = Annotated[TripQueries, Depends(queries_of)]
Caller = Annotated[Principal, Depends(principal_of)]


async def caught_up(
    queries: Queries, after: Annotated[str | None, Query(description="an Itinerary-Position")] = None
) -> None:
    """Wait for the position that a read names in `after`."""
    await queries.await_position(after)
