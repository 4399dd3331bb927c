"""Tells an open page that what it shows has changed; the page then asks for itself again.

The stream says nothing of a trip: what is shown goes through the page's own route, and so through its rules.
"""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from services.query.dependencies import Caller, Changes
from services.query.feed import Change, Quiet
from services.query.refusals import NotYetReadable

_STREAM_SECONDS = 900.0
"""After this the browser comes again, with a session that still holds."""
_EVENT = "news"


async def follow_page(
    request: Request,
    changes: Changes,
    principal: Caller,
    *,
    cursor: Annotated[str, Query(description="where the page stands among the changes")],
    trip: Annotated[str | None, Query(description="the one trip that the page shows")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Tell as server-sent events when the page is out of date."""
    since = last_event_id or cursor
    with suppress(NotYetReadable):  # the stream waits for it
        await changes.page(principal, cursor=since, limit=1)  # what is wrong with the cursor is said at once
    until = time.monotonic() + _STREAM_SECONDS
    stopping: Callable[[], bool] = request.app.state.stopping
    told = changes.listen(principal, cursor=since, leaving=lambda: stopping() or time.monotonic() > until)
    headers = {"Cache-Control": "private, no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(_written(told, trip=trip), headers=headers, media_type="text/event-stream")


async def _written(told: AsyncGenerator[Change | Quiet], *, trip: str | None) -> AsyncGenerator[bytes]:
    yield format_sse_event(comment="following")
    async for change in told:
        if isinstance(change, Quiet):
            yield format_sse_event(comment="nothing new", id=change.cursor)
        elif trip in (None, change.trip, change.into):
            yield format_sse_event(data_str="", event=_EVENT, id=change.cursor)
