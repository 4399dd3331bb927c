"""Bookings that people type.

They go through the API's `POST /v1/bookings` as every booking does, stated by the person themselves.
"""

import hashlib

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends as Dependency

from schemas.base import written_json
from schemas.identifiers import Identifier, normal_code
from schemas.segments import SegmentType
from schemas.trip import TripBooking
from services.query.dependencies import Caller, Queries
from services.query.domain.own_bookings import BY_TRAVELLER, FOR_TRAVELLER
from services.query.page.api import Api, ApiRefused
from services.query.page.booking_forms import Json, Trouble, segment_of
from services.query.page.booking_found import login_of, standing_of, trip_of
from services.query.page.booking_inputs import FORMS
from services.query.page.booking_shown import BookingForm, shown_as_it_stands, shown_form, told_only
from services.query.page.forms import checked_form, texts_of
from services.query.page.stating import see_trip, state_booking
from services.query.refusals import Malformed

_LOCATOR_CHARACTERS = 10
_FIRST_REVISION = 1


class TypedBookings:
    """The routes of bookings that are new."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, *, signed_in: list[Dependency]) -> None:
        """Add the routes."""
        for path, endpoint, method in (
            ("/bookings/new", self.show_blank_booking, "GET"),
            ("/bookings/new", self.change_kind, "POST"),
            ("/bookings", self.add_booking, "POST"),
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
        into = None if trip is None else await trip_of(queries, principal, trip=trip)
        said = {
            "start/date": on,
            "end/date": until,
            "traveller": await login_of(queries, principal, trip=into),
        }
        form = BookingForm(kind, said, trip=into)
        return shown_form(request, form, principal=principal)

    async def change_kind(self, request: Request, queries: Queries, principal: Caller) -> Response:
        """Show the form for another kind, with what the two have in common: dates, numbers, countries."""
        said = texts_of(await checked_form(request))
        into = await trip_of(queries, principal, trip=said["trip"]) if said.get("trip") else None
        form = BookingForm(_kind(said.get("as")), said, trip=into)
        return shown_form(request, form, principal=principal)

    async def add_booking(self, request: Request, queries: Queries, principal: Caller) -> Response:
        """Take in what a form says, and show the trip that it is in, or beside each input what to mend."""
        said = texts_of(await checked_form(request))
        kind = _kind(said.get("kind"))
        into = await trip_of(queries, principal, trip=said["trip"]) if said.get("trip") else None
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
            "revision": _FIRST_REVISION,
            "segments": [segment],
        }
        body |= {} if is_own else {"traveller": login}
        body |= {} if into is None else {"trip_id": into.id}
        token = request.state.session.token
        try:
            told = await state_booking(queries, principal, api=self._api, token=token, body=body)
        except ApiRefused as refused:
            return shown_form(request, form.refused(refused), principal=principal)
        if told.is_pending:
            return told_only(request, "pending")
        if told.trip is None:  # it was removed under a later revision
            return told_only(request, "removed")
        now = await standing_of(queries, principal, trip=told.trip, record=told.record)
        if now is None or not _is_new(now.booking):  # somebody went back to a form, and sent it again
            return shown_as_it_stands(request, now, principal=principal)
        return see_trip(told.trip, after=told.position, booked=told.record)


def _is_new(booking: TripBooking) -> bool:
    return booking.status == "confirmed" and booking.revision.source_revision == _FIRST_REVISION


def _locator(key: str, segment: Json) -> str:
    """Name a booking after its form and what that says.

    So a form that is sent twice states one booking, and one that somebody went back to and filled in anew
    another one.
    """
    named = written_json([key, segment])
    return hashlib.sha256(named).hexdigest()[:_LOCATOR_CHARACTERS].upper()


def _kind(said: str | None) -> SegmentType:
    for kind in FORMS:
        if kind == said:
            return kind
    raise Malformed(field="kind", rule="is none that is known")
