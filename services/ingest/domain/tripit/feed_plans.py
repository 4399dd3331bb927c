"""A plan of the calendar feed as a booking, and what one fetch of the feed comes to."""

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from schemas.booking_record import BookingContent
from schemas.segments import ConfirmationKind, SegmentStatus
from services.ingest.domain.places import zone_of_airport
from services.ingest.domain.tripit.calendar import Event, Feed, FeedPlan
from services.ingest.domain.tripit.known import (
    FEED,
    Known,
    KnownPlan,
    Outcome,
    content_digest,
    has_left,
    last_day,
    unreadable,
)
from services.ingest.domain.tripit.leftovers import PREFIX, fitting
from services.ingest.domain.tripit.plans import NO_BOOKING, Plan
from services.ingest.domain.tripit.tables import KINDS

_FLIGHT = re.compile(
    r"(?P<carrier>[A-Z0-9]{2})\s?(?P<flight_number>\d{1,4})\s+(?P<from>[A-Z]{3})\s+to\s+(?P<to>[A-Z]{3})\b"
)
_CLOCK = re.compile(
    r"^[ \t]*(?P<hour>\d{1,2}):(?P<minute>\d{2})[ \t]*(?P<half>[AP])M[ \t]+[A-Z]{2,5}[ \t\r]*$", re.MULTILINE
)
_DAY_MINUTES = 24 * 60
_EAST_OF = 13 * 60
"""A clock further ahead of UTC than this is one behind it: Hawaii is more travelled to than Kiribati."""


def read_feed_plan(plan: FeedPlan) -> Plan:
    """Read a plan; what its kind has no field for stays in the details."""
    event = plan.event
    table = KINDS[event.kind]
    said: dict[str, Any] = {
        "type": table.segment.model_fields["type"].default,
        "reference": event.key,
        "status": SegmentStatus.CONFIRMED,
        **_route(event),
    }
    if event.number is not None:
        said["confirmation_numbers"] = [{"kind": ConfirmationKind.SUPPLIER, "value": event.number}]
    said |= _times(plan, said=said)
    while True:
        try:
            segment = table.segment.model_validate({f: v for f, v in said.items() if v is not None})
            break
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False, include_context=False):
                said.pop(str(found["loc"][0]), None)
    details = {f"{PREFIX}summary": event.summary, f"{PREFIX}trip_id": event.trip}
    content = BookingContent(
        segments=(segment,), details={name: text for name, text in details.items() if text}
    )
    return Plan(content, ())


def known_feed_plan(key: str, plan: FeedPlan) -> KnownPlan:
    """Return what is kept of a plan of the feed."""
    content = read_feed_plan(plan).content
    return KnownPlan(
        kind=FEED, id=key, digest=content_digest(content), trip=plan.event.trip, ends=last_day(content)
    )


def feed_outcome(known: Known, feed: Feed, *, today: date) -> Outcome:
    """Return what a fetch of the feed comes to; it is one document, so that absence is proof.

    Present trip without a plan that it had: deleted. Missing trip that ended in the window: deleted with its
    plans. Missing trip that ended before: it left the window, and what was told of it stays.
    """
    plans: dict[str, KnownPlan] = {}
    fresh: list[str] = []
    unread = set(feed.unread)
    for key, plan in feed.plans.items():
        try:
            plans[key] = known_feed_plan(key, plan)
        except NO_BOOKING:
            unread.add(key)
            continue
        before = known.plans.get(key)
        if plans[key].digest != (before.digest if before else None) and (
            before or not has_left(plans[key].ends, today=today)
        ):
            fresh.append(key)
    gone = tuple(
        key
        for key, plan in sorted(known.plans.items())
        if key not in plans
        and key not in unread
        and (plan.trip in feed.trips or not _left(known, plan, today=today))
    )
    doubtful = {key: unreadable(known.plans.get(key), kind=FEED, named=key) for key in unread - plans.keys()}
    standing = {*known.past, *known.plans}.difference(gone, doubtful, plans)
    after = Known(plans=doubtful | plans, trips=feed.trips, past=tuple(sorted(standing)))
    return Outcome(after, {0: tuple(fresh)} if fresh else {}, gone)


def _left(known: Known, plan: KnownPlan, *, today: date) -> bool:
    """Judge a day early: the window is TripIt's, and so is its midnight."""
    day = known.trips.get(plan.trip) if plan.trip is not None else None
    return has_left(day or plan.ends, today=today, days=89)


def _route(event: Event) -> dict[str, Any]:
    """Return what the summary says of carrier and places, and what stands about the one place of a visit."""
    table = KINDS[event.kind]
    flight = _FLIGHT.match(event.summary) if event.kind == "air" else None
    if flight is not None:
        return {
            "carrier": flight["carrier"],
            "flight_number": flight["flight_number"],
            "origin": {"code": flight["from"]},
            "destination": {"code": flight["to"]},
        }
    if "origin" in table.places:
        route = _rail_route(event.summary) if event.kind == "rail" else None
        named = {"carrier_name": route.carrier} if route else {"vendor_name": event.name or None}
        origin = {"name": route.origin} if route else _place(event)
        destination = {"name": route.destination} if route else None
        return {**named, "origin": origin or None, "destination": destination}
    return {"name": fitting(event.name), "place": _place(event) or None}


class _RailRoute(NamedTuple):
    carrier: str
    origin: str
    destination: str


def _rail_route(summary: str) -> _RailRoute | None:
    """Return what "carrier - from to to" says; without a pattern, which would try every blank as each end."""
    carrier, _, way = " ".join(summary.split()).partition(" - ")
    origin, _, destination = way.partition(" to ")
    return _RailRoute(carrier, origin, destination) if carrier and origin and destination else None


def _place(event: Event) -> dict[str, str]:
    address = event.location or ""
    name, _, rest = address.partition(", ")
    said = {"name": name, "address": rest} if rest else {"address": address}
    if event.coordinates is not None:
        said |= {"latitude": event.coordinates[0], "longitude": event.coordinates[1]}
    return {part: text for part, text in said.items() if text}


def _times(plan: FeedPlan, *, said: dict[str, Any]) -> dict[str, Any]:
    event, closing = plan
    start = _moment(event.start, place=said.get("origin"), description=event.description)
    if closing is not None:
        return {"start": start, "end": _moment(closing.start, place=None, description=closing.description)}
    if event.half == "ends":
        return {"end": start}
    if event.half == "begins" or event.end is None:
        return {"start": start}
    end_text = event.description if said.get("destination") is None else ""
    return {
        "start": start,
        "end": _moment(event.end, place=said.get("destination"), description=end_text, since=event.start),
    }


def _moment(
    value: datetime | date,
    *,
    place: dict[str, str] | None,
    description: str,
    since: datetime | date | None = None,
) -> dict[str, Any]:
    """Return an instant as the wall clock that the traveller reads, as far as the feed tells.

    The airport's zone, else the local time that the text shows to people beside the instant, which gives the
    offset. `since` is the instant that the text is about, where it is not this one.
    """
    if not isinstance(value, datetime):
        return {"local": value.isoformat()}
    if value.tzinfo is None:
        return {"local": value.replace(microsecond=0).isoformat()}
    zone = zone_of_airport((place or {}).get("code", ""))
    if zone is not None:
        local = value.astimezone(ZoneInfo(zone))
        offset = local.utcoffset()
        minutes = 0 if offset is None else round(offset.total_seconds() / 60)
        return _said(value, minutes=minutes) | {"zone": zone}
    about = since if isinstance(since, datetime) else value
    return _said(value, minutes=_offset_by_clock(about, description=description) or 0)


def _said(value: datetime, *, minutes: int) -> dict[str, Any]:
    local = (value.replace(tzinfo=None, microsecond=0) + timedelta(minutes=minutes)).isoformat()
    return {"local": local, "offset_minutes": minutes, "inferred": True}


def _offset_by_clock(instant: datetime, *, description: str) -> int | None:
    shown = _CLOCK.search(description)
    if shown is None:
        return None
    hour = int(shown["hour"]) % 12 + (12 if shown["half"] == "P" else 0)
    ahead = (hour * 60 + int(shown["minute"]) - instant.hour * 60 - instant.minute) % _DAY_MINUTES
    return ahead - _DAY_MINUTES if ahead > _EAST_OF else ahead
