"""A form for a booking as the page shows it: empty, with what is wrong in it, or with what stands."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from fastapi import Request, Response

from schemas.segments import SegmentType
from schemas.trip import Trip, TripBooking
from services.platform.principals import Principal
from services.query.domain.own_bookings import kind_in_form, seen_state, statement_of
from services.query.domain.wording import KINDS
from services.query.page.api import ApiRefused
from services.query.page.booking_forms import Trouble, said_by, troubles_of
from services.query.page.booking_found import Standing
from services.query.page.booking_inputs import FORMS
from services.query.page.presentation import Words
from services.query.page.rendering import shown, words_of

_TAKEN, _CONFLICT, _WRONG = 202, 409, 422


class BookingForm(NamedTuple):
    """What a form shows."""

    kind: SegmentType | None
    """None where a booking is about more than a form has inputs for."""
    said: Mapping[str, str]
    trip: Trip | None
    booking: TripBooking | None = None
    seen: str = ""
    troubles: Sequence[Trouble] = ()
    otherwise: Literal["changed", "outranked"] | None = None
    """Why it says something else than the person expects: it did before they asked, or does all the same."""

    def refused(self, no: ApiRefused) -> "BookingForm":
        """Return the form with what the API found wrong, each beside its input where there is one."""
        found = troubles_of(no.errors, kind=self.kind) if self.kind else []
        return self._replace(troubles=found or [Trouble("", "", str(no))])


def form_of(standing: Standing) -> BookingForm:
    """Return the form that says of a booking what stands."""
    trip, booking = standing
    kind = kind_in_form(booking, trip=trip)
    said = {} if kind is None else said_by(statement_of(booking, trip=trip)["segments"][0])
    return BookingForm(kind, said, trip=trip, booking=booking, seen=seen_state(booking))


def shown_form(request: Request, form: BookingForm, *, principal: Principal) -> Response:
    """Show a form; one that was not taken says so by its status, too."""
    status = _CONFLICT if form.otherwise else _WRONG if form.troubles else 200
    names_traveller = principal.company_wide and form.booking is None
    context = context_of(form, words=words_of(request), names_traveller=names_traveller)
    return shown(request, "booking.html", context, status=status)


def context_of(form: BookingForm, *, words: Words, names_traveller: bool) -> dict[str, Any]:
    """Return what the template shows: troubles beside the inputs that it has, and all others together."""
    inputs = () if form.kind is None else FORMS[form.kind]
    names = {*(one.name for one in inputs), *(("traveller",) if names_traveller else ())}
    return {
        "form": form,
        "inputs": inputs,
        "kinds": KINDS,
        "troubles": {one.name: one for one in reversed(form.troubles) if one.name in names},
        "other_troubles": [one for one in form.troubles if one.name not in names],
        "countries": words.countries(),
        "names_traveller": names_traveller,
        "key": secrets.token_urlsafe(),
        "place": "trips",
    }


def shown_as_it_stands(
    request: Request, standing: Standing | None, *, principal: Principal, was_taken: bool = False
) -> Response:
    """Show what a booking says instead of what was asked for, if it is still there."""
    if standing is None:
        return told_only(request, "removed")
    form = form_of(standing)._replace(otherwise="outranked" if was_taken else "changed")
    return shown_form(request, form, principal=principal)


def told_only(request: Request, outcome: Literal["pending", "removed"]) -> Response:
    """Say what came of a booking where there is none to show."""
    status = _TAKEN if outcome == "pending" else _CONFLICT
    return shown(request, "booking_told.html", {"outcome": outcome, "place": "trips"}, status=status)
