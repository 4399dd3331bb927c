"""Calendar feeds over HTTP: the feed itself, which the link opens, and the routes that manage links."""

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.responses import JSONResponse
from pydantic import Field

from schemas.base import Model
from schemas.segments import Code
from services.platform.etags import is_named
from services.query.answers import PRIVATE, instant_json
from services.query.calendar_feeds import Feed, Opened
from services.query.dependencies import Caller, FeedsOf
from services.query.refusals import Gone
from services.query.repeats import Repeated

_MEDIA_TYPE = "text/calendar; charset=utf-8"
_EMPTY = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Itinerary//Trips//EN\r\nMETHOD:PUBLISH\r\n"
    b"NAME:Switched off\r\nEND:VCALENDAR\r\n"
)
"""What a link answers that was switched off: clients then empty the calendar instead of keeping it."""


class _Calendar(Response):
    """For the OpenAPI document: a calendar is no JSON."""

    media_type = "text/calendar"


class FeedRequest(Model):
    """A feed to be made."""

    name: Annotated[Code, Field(examples=["Maria's trips"])] = "Trips"
    times: Literal["utc", "zoned"] = "utc"
    """Instants in UTC, which every calendar reads right, or local times with their zones."""


Whose = Annotated[str | None, Query(description="login or id of a traveller, for administrators")]


def calendar_router(*, of_links: Dependency) -> APIRouter:
    """Return the routes of calendars. `/v1/trips.ics` needs no token: its link is the key, and is counted."""
    router = APIRouter(prefix="/v1", tags=["calendar"])
    router.add_api_route(
        "/trips.ics", get_calendar, methods=["GET"], response_class=_Calendar, dependencies=[of_links]
    )
    router.add_api_route("/calendar-feeds", list_calendar_feeds, methods=["GET"])
    router.add_api_route("/calendar-feeds", make_calendar_feed, methods=["POST"], status_code=201)
    router.add_api_route(
        "/calendar-feeds/{feed}/rotate", rotate_calendar_feed, methods=["POST"], status_code=200
    )
    router.add_api_route(
        "/calendar-feeds/{feed}", switch_calendar_feed_off, methods=["DELETE"], status_code=204
    )
    return router


async def get_calendar(
    feeds: FeedsOf,
    *,
    feed: Annotated[str, Query(description="the secret of the link", max_length=256)],
    times: Annotated[Literal["utc", "zoned"] | None, Query()] = None,
    user_agent: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Give the calendar that a link opens."""
    try:
        body = await feeds.read(feed, zoned=None if times is None else times == "zoned", by=user_agent)
    except Gone:
        return Response(_EMPTY, 410, media_type=_MEDIA_TYPE)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": "private, no-cache", "Referrer-Policy": "no-referrer", "ETag": etag}
    if is_named(etag, among=if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=_MEDIA_TYPE)


async def list_calendar_feeds(feeds: FeedsOf, principal: Caller, *, traveller: Whose = None) -> Response:
    """List a traveller's feeds, and what fetched each last. The links are not shown again."""
    found = await feeds.list(principal, traveller=traveller)
    return JSONResponse({"feeds": [_feed_json(feed) for feed in found]}, headers=PRIVATE)


async def make_calendar_feed(
    request: Request,
    feeds: FeedsOf,
    principal: Caller,
    repeated: Repeated,
    *,
    wanted: Annotated[FeedRequest | None, Body()] = None,
    traveller: Whose = None,
) -> Response:
    """Make a feed; its link is in this answer and nowhere else."""
    asked = wanted or FeedRequest()

    async def work() -> Response:
        opened = await feeds.make(
            principal, name=asked.name, zoned=asked.times == "zoned", traveller=traveller
        )
        return JSONResponse(_opened_json(request, opened), 201, headers=PRIVATE)

    return await repeated.of_client(work)


async def rotate_calendar_feed(
    request: Request,
    feeds: FeedsOf,
    principal: Caller,
    repeated: Repeated,
    *,
    feed: str,
    traveller: Whose = None,
) -> Response:
    """Give a feed another link; the old one ends at once."""

    async def work() -> Response:
        opened = await feeds.rotate(principal, feed=feed, traveller=traveller)
        return JSONResponse(_opened_json(request, opened), headers=PRIVATE)

    return await repeated.of_client(work)


async def switch_calendar_feed_off(
    feeds: FeedsOf, principal: Caller, *, feed: str, traveller: Whose = None
) -> Response:
    """End a feed for good; its link then answers 410 and an empty calendar."""
    await feeds.switch_off(principal, feed=feed, traveller=traveller)
    return Response(status_code=204)


def _opened_json(request: Request, opened: Opened) -> dict[str, Any]:
    base: str = request.app.state.face.resource
    return _feed_json(opened.feed) | {"url": f"{base}/v1/trips.ics?feed={opened.secret}"}


def _feed_json(feed: Feed) -> dict[str, Any]:
    return {
        "id": feed.feed,
        "traveller": feed.traveller,
        "name": feed.name,
        "times": "zoned" if feed.zoned else "utc",
        "created_at": instant_json(feed.created_at),
        "rotated_at": instant_json(feed.rotated_at),
        "switched_off_at": instant_json(feed.switched_off_at),
        "last_fetched_at": instant_json(feed.fetched_at),
        "last_fetched_by": feed.fetched_by,
    }
