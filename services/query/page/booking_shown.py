"""A form for a booking as the page shows it: empty, with what is wrong in it, or with what stands."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import Request, Response

from schemas.segments import SegmentType
from schemas.trip import Trip, TripBooking
from services.platform.principals import Principal
from services.query.domain.own_bookings import kind_in_form, seen_state, statement_of
from services.query.domain.wording import KINDS
from services.query.page.api import ApiRefused
from services.query.page.booking_forms import Trouble, said_by, troubles_of
from services.query.page.booking_inputs import FORMS
from services.query.page.rendering import shown, words_of


class BookingForm(NamedTuple):
    """What a form shows."""

    kind: SegmentType | None
    """None where a booking is about more than a form has inputs for."""
    said: Mapping[str, str]
    trip: Trip | None
    booking: TripBooking | None = None
    seen: str = ""
    troubles: Sequence[Trouble] = ()
    is_changed: bool = False
    """Whether it says something else than what the person looked at."""

    def refused(self, no: ApiRefused) -> "BookingForm":
        """Return the form with what the API found wrong, each beside its input where there is one."""
        found = troubles_of(no.errors, kind=self.kind) if self.kind else []
        return self._replace(troubles=found or [Trouble("", "", str(no))])


def form_of(booking: TripBooking, *, trip: Trip) -> BookingForm:
    """Return the form that says of a booking what stands."""
    kind = kind_in_form(booking, trip=trip)
    said = {} if kind is None else said_by(statement_of(booking, trip=trip)["segments"][0])
    return BookingForm(kind, said, trip=trip, booking=booking, seen=seen_state(booking))


def shown_form(request: Request, form: BookingForm, *, principal: Principal) -> Response:
    """Show a form; one that was not taken says so by its status, too."""
    known = () if form.kind is None else FORMS[form.kind]
    context: dict[str, Any] = {
        "form": form,
        "inputs": known,
        "kinds": KINDS,
        "troubles": {trouble.name: trouble for trouble in form.troubles},
        "countries": words_of(request).countries(),
        "names_traveller": principal.company_wide and form.booking is None,
        "key": secrets.token_urlsafe(),
        "place": "trips",
    }
    status = 409 if form.is_changed else 422 if form.troubles else 200
    return shown(request, "booking.html", context, status=status)
