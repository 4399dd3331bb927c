"""What changed, over HTTP: page by page, or as it comes (server-sent events)."""

import time
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import format_sse_event

from services.query.answers import PRIVATE, instant_json
from services.query.change_reading import StoredOverride
from services.query.dependencies import Caller, Changes
from services.query.domain.listing import MAX_PAGE
from services.query.feed import Change, ChangePage, Quiet, Version
from services.query.refusals import Malformed, NotYetReadable

_PAGE = 50
_STREAM_SECONDS = 900.0
"""After this a listener has to come again, with a token that still holds."""
_RETRY_MS = 2000

CursorOfChanges = Annotated[
    str | None,
    Query(description="`next_cursor` of a page, or the `cursor` of a change; `now` for what comes next"),
]


def changes_router() -> APIRouter:
    """Return the routes under `/v1` that tell what changed."""
    router = APIRouter(prefix="/v1", tags=["changes"])
    router.add_api_route("/changes", list_changes, methods=["GET"])
    router.add_api_route("/events", listen_to_changes, methods=["GET"])
    router.add_api_route("/trips/{trip}/history", get_trip_history, methods=["GET"])
    router.add_api_route("/trips/{trip}/overrides", list_trip_overrides, methods=["GET"])
    return router


async def list_changes(
    changes: Changes,
    principal: Caller,
    *,
    cursor: CursorOfChanges = None,
    traveller: Annotated[str | None, Query(description="login or id")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """List what changed since a cursor, deletions and merges too; without one, from the oldest kept."""
    if cursor == "now":
        cursor = await changes.now(principal)
    page = await changes.page(principal, cursor=cursor, traveller=traveller, limit=limit)
    return JSONResponse(_page_json(page), headers=PRIVATE)


async def listen_to_changes(  # noqa: PLR0913 - one for each way to name a place
    request: Request,
    changes: Changes,
    principal: Caller,
    *,
    cursor: CursorOfChanges = None,
    since: Annotated[
        str | None, Query(description="an instant such as 2027-03-01T00:00:00Z, or a cursor")
    ] = None,
    traveller: Annotated[str | None, Query(description="login or id")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Tell changes as they come (`Accept: text/event-stream`), or page by page as `/v1/changes` does.

    Each change bears the `events` that Kafka and webhooks tell. The id of a server-sent event is the
    cursor after it: `Last-Event-ID`, `cursor` and `since` go on from there. A new listener hears what comes
    next, or what came since an instant. Where nothing comes, the stream gives a cursor all the same.
    """
    if since is not None and cursor is not None:
        raise Malformed(field="since", rule="says what cursor says; send one of them")
    cursor = last_event_id or cursor or since or "now"
    if (instant := _instant(cursor)) is not None:
        cursor = await changes.since(principal, instant=instant)
    if cursor == "now":
        cursor = await changes.now(principal)
    is_stream = "text/event-stream" in accept
    try:
        # Asked before the answer begins, so that what is wrong with the request can still be said.
        page = await changes.page(
            principal, cursor=cursor, traveller=traveller, limit=limit, with_events=True
        )
    except NotYetReadable:
        if not is_stream:  # a browser does not come again after a refusal: a stream waits
            raise
    else:
        if not is_stream:
            return JSONResponse(_page_json(page), headers=PRIVATE)
    until = time.monotonic() + _STREAM_SECONDS
    stopping: Callable[[], bool] = request.app.state.stopping
    told = changes.listen(
        principal,
        cursor=cursor,
        traveller=traveller,
        leaving=lambda: stopping() or time.monotonic() > until,
    )
    headers = {**PRIVATE, "X-Accel-Buffering": "no"}
    return StreamingResponse(_written(told, cursor=cursor), headers=headers, media_type="text/event-stream")


def _instant(text: str) -> datetime | None:
    """Return the instant that a cursor is written as; None where it is a cursor of ours.

    Raises:
        Malformed: it is a time, but not an instant.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        raise Malformed(field="since", rule="name an offset, such as Z")
    return instant


async def _written(told: AsyncGenerator[Change | Quiet], *, cursor: str) -> AsyncGenerator[bytes]:
    """Write a stream. An id counts without data, too: who hears nothing can go on from there all the same."""
    yield format_sse_event(retry=_RETRY_MS, comment="listening", id=cursor)
    async for change in told:
        if isinstance(change, Quiet):
            yield format_sse_event(comment="nothing new", id=change.cursor)
        else:
            text = orjson.dumps(_change_json(change)).decode()
            yield format_sse_event(data_str=text, event=change.kind, id=change.cursor)


async def get_trip_history(
    changes: Changes,
    principal: Caller,
    *,
    trip: str,
    cursor: Annotated[str | None, Query(description="`next_cursor` of a page")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """Show a trip's versions, the newest first, each with what differs from the one before."""
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):  # noqa: PLR2004 - 64 bits
        raise Malformed(field="cursor", rule="take the cursor from next_cursor of the page before")
    before = None if cursor is None else int(cursor)
    versions, following = await changes.history(principal, trip=trip, before=before, limit=limit)
    body = {
        "trip": trip,
        "versions": [_version_json(version) for version in versions],
        "next_cursor": None if following is None else str(following),
    }
    return JSONResponse(body, headers=PRIVATE)


async def list_trip_overrides(changes: Changes, principal: Caller, *, trip: str) -> Response:
    """List what people said of a trip, the oldest first; each can be taken back by its id."""
    overrides = await changes.overrides(principal, trip=trip)
    return JSONResponse({"overrides": [_override_json(one) for one in overrides]}, headers=PRIVATE)


def _page_json(page: ChangePage) -> dict[str, Any]:
    return {
        "changes": [_change_json(change) for change in page.changes],
        "next_cursor": page.next_cursor,
        "more": page.more,
    }


def _change_json(change: Change) -> dict[str, Any]:
    epoch, offset = change.version
    return {
        "cursor": change.cursor,
        "at": instant_json(change.at),
        "type": change.kind,
        "trip_id": change.trip,
        "version": {"epoch": epoch, "offset": offset},
        "changes": list(change.changes),
        **({} if change.events is None else {"events": list(change.events)}),
        **({} if change.into is None else {"into": change.into}),
    }


def _version_json(version: Version) -> dict[str, Any]:
    change, differences = version
    return {
        "version": {"epoch": change.epoch, "offset": change.version_offset},
        "at": instant_json(change.at),
        "type": change.kind,
        "into": change.into_trip,
        "changes": list(change.changes),
        "differences": None
        if differences is None
        else [{"path": list(d.path), "before": d.before, "after": d.after} for d in differences],
    }


def _override_json(override: StoredOverride) -> dict[str, Any]:
    return override._asdict() | {
        "said_at": instant_json(override.said_at),
        "undone_at": instant_json(override.undone_at),
    }
