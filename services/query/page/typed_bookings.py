"""Bookings that people type, change and take away again.

They go through the API's `POST /v1/bookings` as every booking does, stated by the person themselves. What is
to be changed is read back from the trip, so that the page keeps nothing of its own.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Literal, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import URL, FormData
from starlette.exceptions import HTTPException

from schemas.base import written_json
from schemas.identifiers import Identifier, normal_code
from schemas.segments import SegmentType
from schemas.trip import Trip, TripBooking
from services.platform.principals import Principal
from services.query.dependencies import Caller, Queries
from services.query.domain.own_bookings import (
    BY_TRAVELLER,
    FOR_TRAVELLER,
    next_revision,
    own_bookings,
    said_again,
    statement_of,
)
from services.query.handlers import TripQueries
from services.query.page.api import Api, ApiRefused
from services.query.page.booking_forms import Json, Trouble, segment_of
from services.query.page.booking_inputs import FORMS
from services.query.page.booking_shown import BookingForm, form_of, shown_form
from services.query.page.forms import checked_form
from services.query.page.rendering import SECURITY, shown
from services.query.page.sessions import Session
from services.query.refusals import Malformed, NotFound, NotYetReadable

Deed = Literal["change", "cancel", "remove", "restore"]
"""What can be done with a booking that a person stated."""
_LOCATOR_CHARACTERS = 10
_MAX_CHARACTERS = 1_000_000
"""Of a statement that is put back, as many as the API takes; what people stated through it may be long."""
_STATEMENTS: TypeAdapter[list[Json]] = TypeAdapter(list[Json])
_STALE, _REFUSED = "stale", "refused"
"""Of a statement's results those by which it changed nothing."""


class Told(NamedTuple):
    """A statement that is on the log, and where that left it."""

    record: str
    position: str
    trip: str | None
    """None where it is in none, or where that is not known yet."""
    is_stale: bool = False
    """Whether somebody had said something newer."""


class TypedBookings:
    """The routes of bookings that people state on the page."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, *, signed_in: list[Dependency]) -> None:
        """Add the routes."""
        for path, endpoint, method in (
            ("/bookings/new", self.show_blank_booking, "GET"),
            ("/bookings", self.add_booking, "POST"),
            ("/trips/{trip}/bookings/{record}", self.show_own_booking, "GET"),
            ("/trips/{trip}/bookings/{record}/{deed}", self.restate_booking, "POST"),
        ):
            router.add_api_route(path, endpoint, methods=[method], dependencies=signed_in)

    async def show_blank_booking(
        self,
        request: Request,
        queries: Queries,
        principal: Caller,
        *,
        kind: SegmentType = "air",
        trip: Identifier | None = None,
        on: str = "",
        until: str = "",
    ) -> Response:
        """Show the form for a booking of some kind, of a trip or of none yet."""
        into = None if trip is None else await _trip(queries, principal, trip=trip)
        said = {"start/date": on, "end/date": until, "traveller": await _login(queries, principal, trip=into)}
        form = BookingForm(kind, said, trip=into)
        return shown_form(request, form, principal=principal)

    async def add_booking(self, request: Request, queries: Queries, principal: Caller) -> Response:
        """Take in what a form says, and show the trip that it is in, or beside each input what to mend."""
        sent = await checked_form(request)
        said, kind = _texts(sent), _kind(sent)
        into = await _trip(queries, principal, trip=said["trip"]) if said.get("trip") else None
        segment, troubles = segment_of(kind, said)
        login = said.get("traveller", "").strip() if principal.company_wide else ""
        form = BookingForm(kind, said, trip=into)
        if principal.company_wide and not login:
            troubles.append(Trouble("traveller", "missing", "is required"))
        if troubles:
            return shown_form(request, form._replace(troubles=troubles), principal=principal)
        is_own = not login or normal_code(login) == normal_code(principal.subject)
        body: Json = {
            "booking_source": BY_TRAVELLER if is_own else FOR_TRAVELLER,
            "record_locator": _locator(said.get("key", ""), segment),
            "revision": 1,
            "segments": [segment],
        }
        body |= {} if is_own else {"traveller": login}
        body |= {} if into is None else {"trip_id": into.id}
        told = await self._state(request, queries, principal, body)
        if isinstance(told, ApiRefused):
            return shown_form(request, form.refused(told), principal=principal)
        if told.trip is None:
            return RedirectResponse("/", 303, SECURITY)
        return _see(told.trip, after=told.position, booked=told.record)

    async def show_own_booking(
        self, request: Request, queries: Queries, principal: Caller, *, trip: Identifier, record: Identifier
    ) -> Response:
        """Show a booking that a person stated, to be changed, cancelled or taken away."""
        found, booking = await _own(queries, principal, trip=trip, record=record)
        return shown_form(request, form_of(booking, trip=found), principal=principal)

    async def restate_booking(
        self,
        request: Request,
        queries: Queries,
        principal: Caller,
        *,
        trip: Identifier,
        record: Identifier,
        deed: Deed,
    ) -> Response:
        """State a booking otherwise than it was, or put it back as it was before."""
        sent = await checked_form(request)
        if deed == "restore":
            return await self._restore(request, queries, principal, trip=trip, said=_statements(sent))
        found, booking = await _own(queries, principal, trip=trip, record=record)
        form = form_of(booking, trip=found)
        if _texts(sent).get("seen") != form.seen:
            return shown_form(request, form._replace(is_changed=True), principal=principal)
        whose = {"traveller": await _login(queries, principal, trip=found)} if principal.company_wide else {}
        before = statement_of(booking, trip=found) | whose
        body = before | next_revision(booking)
        if deed == "change":
            form, body = _changed(form, body, _texts(sent))
            if form.troubles:
                return shown_form(request, form, principal=principal)
        else:
            body |= {"status": "cancelled" if deed == "cancel" else "withdrawn", "segments": []}
        told = await self._state(request, queries, principal, body)
        if isinstance(told, ApiRefused):
            return shown_form(request, form.refused(told), principal=principal)
        if told.is_stale:
            found, booking = await _own(queries, principal, trip=trip, record=record)
            again = form_of(booking, trip=found)._replace(is_changed=True)
            return shown_form(request, again, principal=principal)
        context = {
            "deed": deed,
            "trip": told.trip,
            "undo": f"/trips/{trip}/bookings/{record}/restore",
            "before": json.dumps(said_again(before, over=body)),
            "after": told.position,
            "place": "trips",
        }
        return shown(request, "booking_done.html", context)

    async def _restore(
        self, request: Request, queries: TripQueries, principal: Principal, *, trip: str, said: list[Json]
    ) -> Response:
        told = await self._state(request, queries, principal, said)
        if isinstance(told, ApiRefused):
            raise HTTPException(told.status, str(told))
        return _see(told.trip or trip, after=told.position)

    async def _state(
        self, request: Request, queries: TripQueries, principal: Principal, body: Json | list[Json]
    ) -> Told | ApiRefused:
        """State a booking, and wait for what became of it; it may be refused at the door, or later."""
        session: Session = request.state.session
        try:
            answer = await self._api.ask("POST", "/v1/bookings", token=session.token, json=body)
        except ApiRefused as refused:
            return refused
        accepted = answer.json()
        told = Told(accepted["results"][0]["key"], answer.headers["Itinerary-Position"], None)
        try:
            await queries.await_position(told.position)
            outcomes = await queries.get_message(principal, message=accepted["message"])
        except (NotYetReadable, NotFound):
            return told  # it is taken; that it cannot be read yet is no reason to say otherwise
        if all(outcome.result == _REFUSED for outcome in outcomes):
            return ApiRefused(422, outcomes[0].reason or "it was refused")
        trips = (outcome.trip for outcome in outcomes if outcome.trip is not None)
        is_stale = all(outcome.result == _STALE for outcome in outcomes)
        return told._replace(trip=next(trips, None), is_stale=is_stale)


def _changed(form: BookingForm, body: Json, said: Mapping[str, str]) -> tuple[BookingForm, Json]:
    if form.kind is None:
        raise Malformed(field="record", rule="is about more than this form can say")
    segment, troubles = segment_of(form.kind, said, former=body["segments"][0])
    form = form._replace(said=said, troubles=troubles)
    return form, body | {"status": "confirmed", "segments": [segment]}


async def _trip(queries: TripQueries, principal: Principal, *, trip: str) -> Trip:
    return (await queries.get_trip(principal, trip=trip, form="json")).trip


async def _own(
    queries: TripQueries, principal: Principal, *, trip: str, record: str
) -> tuple[Trip, TripBooking]:
    found = await _trip(queries, principal, trip=trip)
    for booking in own_bookings(found):
        if booking.record == record:
            return found, booking
    raise NotFound("there is no such booking of one's own in this trip")


async def _login(queries: TripQueries, principal: Principal, *, trip: Trip | None) -> str:
    """Return by which login the traveller of a trip is named; empty where nobody needs to."""
    if trip is None or not principal.company_wide:
        return ""
    person = (await queries.people(principal, trips=[trip])).get(trip.traveller)
    return (person and person.login) or ""


def _locator(key: str, segment: Json) -> str:
    """Name a booking after its form and what that says.

    So a form that is sent twice states one booking, and one that somebody went back to and filled in anew
    another one.
    """
    named = written_json([key, segment])
    return hashlib.sha256(named).hexdigest()[:_LOCATOR_CHARACTERS].upper()


def _texts(sent: FormData) -> dict[str, str]:
    return {name: value for name, value in sent.items() if isinstance(value, str)}


def _kind(sent: FormData) -> SegmentType:
    for kind in FORMS:
        if kind == sent.get("kind"):
            return kind
    raise Malformed(field="kind", rule="is none that is known")


def _statements(sent: FormData) -> list[Json]:
    """Return what is to be stated again; the API judges it like anything that a client sends."""
    text = _texts(sent).get("before", "")
    if len(text) > _MAX_CHARACTERS:
        raise Malformed(field="before", rule="is too long")
    try:
        return _STATEMENTS.validate_json(text)
    except ValidationError:
        raise Malformed(field="before", rule="is no statement") from None


def _see(trip: str, **said: str) -> Response:
    return RedirectResponse(str(URL(f"/trips/{trip}").include_query_params(**said)), 303, SECURITY)
