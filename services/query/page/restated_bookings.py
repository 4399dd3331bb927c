"""What people stated of a booking, stated otherwise: changed, cancelled, removed, and put back as it was.

What is to be changed is read back from the trip, so that the page keeps nothing of its own.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends as Dependency
from pydantic import Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from schemas.identifiers import Identifier
from services.platform.principals import Principal
from services.query.dependencies import Caller, Queries
from services.query.domain.own_bookings import next_revision, said_again, seen_state, statement_of
from services.query.handlers import TripQueries
from services.query.page.api import Api, ApiRefused
from services.query.page.booking_forms import Json, Trouble, segment_of
from services.query.page.booking_found import Standing, login_of, standing_of
from services.query.page.booking_shown import BookingForm, form_of, shown_as_it_stands, shown_form, told_only
from services.query.page.forms import checked_form, texts_of
from services.query.page.rendering import shown
from services.query.page.stating import Told, see_trip, state_booking
from services.query.refusals import Malformed, NotFound

Deed = Literal["change", "cancel", "remove", "restore"]
"""What can be done with a booking that a person stated."""
_STATUSES: Mapping[Deed, str] = {"change": "confirmed", "cancel": "cancelled", "remove": "withdrawn"}
_MAX_CHARACTERS = 1_000_000
"""Of a statement that is put back, as many as the API takes; what people stated through it may be long."""
_STATEMENTS: TypeAdapter[list[Json]] = TypeAdapter(Annotated[list[Json], Field(min_length=1, max_length=2)])
"""One, or the two that put back what was cancelled."""
_NAMELESS = Trouble("traveller", "nameless_traveller", "the directory knows no login of its traveller")


class RestatedBookings:
    """The routes of bookings that people stated, to be stated otherwise."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, *, signed_in: list[Dependency]) -> None:
        """Add the routes."""
        path = "/trips/{trip}/bookings/{record}"
        router.add_api_route(path, self.show_own_booking, methods=["GET"], dependencies=signed_in)
        router.add_api_route(
            f"{path}/{{deed}}", self.restate_booking, methods=["POST"], dependencies=signed_in
        )

    async def show_own_booking(
        self, request: Request, queries: Queries, principal: Caller, *, trip: Identifier, record: Identifier
    ) -> Response:
        """Show a booking that a person stated, to be changed, cancelled or taken away."""
        standing = await _own(queries, principal, trip=trip, record=record)
        return shown_form(request, form_of(standing), principal=principal)

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
        said = texts_of(await checked_form(request))
        if deed == "restore":
            return await self._restore(request, queries, principal, trip=trip, record=record, said=said)
        standing = await _own(queries, principal, trip=trip, record=record)
        form = form_of(standing)
        if said.get("seen") != form.seen:
            return shown_as_it_stands(request, standing, principal=principal)
        login = await login_of(queries, principal, trip=standing.trip)
        before = statement_of(standing.booking, trip=standing.trip)
        before |= {"traveller": login} if principal.company_wide else {}
        body: Json = before | next_revision(standing.booking) | {"status": _STATUSES[deed], "segments": []}
        if deed == "change":
            form, body["segments"] = _changed(form, before["segments"], said)
        if principal.company_wide and not login:
            form = form._replace(troubles=[_NAMELESS])
        if form.troubles:
            return shown_form(request, form, principal=principal)
        try:
            done = await self._state(request, queries, principal, body, was_in=trip, record=record)
        except ApiRefused as refused:
            return shown_form(request, form.refused(refused), principal=principal)
        if isinstance(done, Response):
            return done
        context = {
            "deed": deed,
            "trip": done.told.trip,
            "undo": f"/trips/{done.trip}/bookings/{record}/restore",
            "before": json.dumps(said_again(before, over=body)),
            "seen": seen_state(done.now and done.now.booking),
            "after": done.told.position,
            "place": "trips",
        }
        return shown(request, "booking_done.html", context)

    async def _restore(
        self,
        request: Request,
        queries: TripQueries,
        principal: Principal,
        *,
        trip: str,
        record: str,
        said: Mapping[str, str],
    ) -> Response:
        """Put a booking back as it was, unless something else was said of it since."""
        standing = await standing_of(queries, principal, trip=trip, record=record)
        if said.get("seen") != seen_state(standing and standing.booking):
            return shown_as_it_stands(request, standing, principal=principal)
        position = ""
        try:
            for body in _statements(said):  # one at least
                done = await self._state(request, queries, principal, body, was_in=trip, record=record)
                if isinstance(done, Response):
                    return done
                trip, position = done.trip, done.told.position
        except ApiRefused as refused:
            raise HTTPException(refused.status, str(refused)) from None
        return see_trip(trip, after=position)

    async def _state(
        self,
        request: Request,
        queries: TripQueries,
        principal: Principal,
        body: Json,
        *,
        was_in: str,
        record: str,
    ) -> "_Done | Response":
        """State a booking; where it is not then as it was asked for, return a page that says so."""
        token = request.state.session.token
        told = await state_booking(queries, principal, api=self._api, token=token, body=body)
        if told.is_pending:
            return told_only(request, "pending")
        trip = told.trip or was_in
        now = await standing_of(queries, principal, trip=trip, record=record)
        status = now.booking.status if now else "withdrawn"
        if told.is_stale or status != body.get("status"):  # what was said elsewhere, and is newer, stands
            return shown_as_it_stands(request, now, principal=principal, was_taken=not told.is_stale)
        return _Done(told, trip, now)


class _Done(NamedTuple):
    """What was asked for is so; the trip is the one that has the booking, or had it."""

    told: Told
    trip: str
    now: Standing | None


def _changed(
    form: BookingForm, segments: list[Json], said: Mapping[str, str]
) -> tuple[BookingForm, list[Json]]:
    if form.kind is None:
        raise Malformed(field="record", rule="is about more than this form can say")
    segment, troubles = segment_of(form.kind, said, former=segments[0])
    return form._replace(said=said, troubles=troubles), [segment]


async def _own(queries: TripQueries, principal: Principal, *, trip: str, record: str) -> Standing:
    found = await standing_of(queries, principal, trip=trip, record=record)
    if found is None:
        raise NotFound("there is no such booking of one's own in this trip")
    return found


def _statements(said: Mapping[str, str]) -> list[Json]:
    """Return what is to be stated again; the API judges it like anything that a client sends."""
    text = said.get("before", "")
    if len(text) > _MAX_CHARACTERS:
        raise Malformed(field="before", rule="is too long")
    try:
        return _STATEMENTS.validate_json(text)
    except ValidationError:
        raise Malformed(field="before", rule="is no statement") from None
