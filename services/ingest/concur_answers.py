"""What Concur's API answers with where the query service has no whole itinerary to give, and every no.

Of tokens Concur parts those that are not sent (401) from those that are not believed (403).
"""

# lxml carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from lxml import etree
from starlette.exceptions import HTTPException

from schemas.booking_record import (
    BookingStatement,
    CancellationStatement,
    NumberCancellationStatement,
    PostedTripStatement,
)
from schemas.concur.elements import DECLARATION
from schemas.identifiers import normal_code
from services.ingest.domain.messages import BOOKING_SOURCE, CONFIRMATION_NUMBER, TRIP_ID
from services.ingest.domain.refusals import Refusal, RefusalKind
from services.ingest.domain.whole_trips import WholeTrip
from services.ingest.edge import Edge, Refused
from services.ingest.handlers import Accepted

_NAMESPACE = "http://www.concursolutions.com/api/travel/trip/2010/06"
_FIELDS = {
    "booking_source": "BookingSource",
    "segments": "Segments",
    "record_locator": "RecordLocator",
}
_PARAMETERS = {TRIP_ID: "tripId", BOOKING_SOURCE: "bookingSource", CONFIRMATION_NUMBER: "confirmationNumber"}
_NO_TOKEN, _BAD_TOKEN = 401, 403
"""As Concur parts them: no token, and one that is not believed, has expired or is none."""
_STATUS = {
    RefusalKind.MALFORMED: 400,
    RefusalKind.INVALID: 400,
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.NOT_FOUND: 404,
    RefusalKind.CONFLICT: 409,
    RefusalKind.TOO_LARGE: 413,
}
"""Concur knows no 422 (reference: status codes of the Itinerary API)."""


def error(message: str, *, edge: Edge, status: str | None = None) -> bytes:
    """Return an error as Concur words it (reference: status codes and errors)."""
    root = etree.Element("Error")
    _add(root, "Message", text=message)
    _add(root, "Server-Time", text=edge.now().strftime("%Y-%m-%dT%H:%M:%S"))
    _add(root, "Id", text=edge.new_id())
    if status is not None:
        _add(root, "Status", text=status)
    return _document(root)


def in_elements(refusal: Refusal) -> Refusal:
    """Return a refusal whose fields are named as Concur's clients write them."""
    names = _FIELDS | _PARAMETERS
    return refusal._replace(
        problems=tuple(p._replace(field=names.get(p.field, p.field)) for p in refusal.problems)
    )


def known(accepted: Accepted, *, trips_url: str) -> bytes:
    """Return an itinerary of what the message itself says, for when the rest does not come in time.

    Args:
        accepted: the message.
        trips_url: what the address of a trip begins with.
    """
    root = etree.Element(f"{{{_NAMESPACE}}}Itinerary", nsmap={None: _NAMESPACE})
    for draft in accepted.drafts:
        if isinstance(draft, PostedTripStatement):
            _add(root, "id", text=trips_url + draft.trip)
            _add(root, "ItinLocator", text=draft.trip)
            _add(root, "TripId", text=draft.trip)
            if draft.header.name is not None:
                _add(root, "TripName", text=draft.header.name)
    bookings = _add(root, "Bookings")
    for draft in accepted.drafts:
        if isinstance(draft, BookingStatement | CancellationStatement):
            booking = _add(bookings, "Booking")
            _add(booking, "BookingSource", text=draft.booking_source)
            _add(booking, "RecordLocator", text=draft.record_locator)
    return _document(root)


def cancelled_bookings(itinerary: bytes, *, whole: WholeTrip, accepted: Accepted) -> bytes | None:
    """Return the booking of an itinerary that a cancellation by number names; None where none bears it.

    Where several bear it, they stand in the itinerary without its other bookings. Only what the canceller
    booked is looked at: others may have booked under the same source and number. Where the number is of a
    kind that no element shows, it is the only booking of that source.

    Args:
        itinerary: the trip in XML.
        whole: the same trip, its bookings in the same order, with their owners.
        accepted: the cancellation.
    """
    (draft,) = accepted.drafts
    if not isinstance(draft, NumberCancellationStatement):
        raise TypeError("only a cancellation by number names a booking so")
    root = etree.fromstring(itinerary, etree.XMLParser(resolve_entities=False, no_network=True))
    own = [
        shown
        for shown, booking in zip(root.iter("{*}Booking"), whole.bookings, strict=False)
        if booking.owner.party == draft.owner.party
        and normal_code(draft.booking_source) in _texts(shown, "BookingSource")
        and normal_code(booking.record_locator) in _texts(shown, "RecordLocator")
    ]
    number = normal_code(draft.number)
    bearing = [shown for shown in own if number in _texts(shown, "RecordLocator", "ConfirmationNumber")]
    if not (candidates := bearing or (own if len(own) == 1 else [])):
        return None
    if len(candidates) == 1:
        candidates[0].tail = None
        return _document(candidates[0])
    for shown in set(root.iter("{*}Booking")) - set(candidates):
        shown.getparent().remove(shown)
    return _document(root)


def _texts(booking: etree._Element, *names: str) -> set[str]:
    """Return what elements of these names say within a booking, as it is compared."""
    return {normal_code(found.text or "") for found in booking.iter(*(f"{{*}}{name}" for name in names))}


def _add(parent: etree._Element, name: str, *, text: str | None = None) -> etree._Element:
    """Add an element in its parent's namespace."""
    namespace = etree.QName(parent).namespace
    child = etree.SubElement(parent, name if namespace is None else f"{{{namespace}}}{name}")
    child.text = text
    return child


def _document(root: etree._Element) -> bytes:
    return DECLARATION + etree.tostring(root, encoding="utf-8")


def xml_answer(status: int, body: bytes, *, headers: Mapping[str, str]) -> Response:
    """Return a document as an answer."""
    return Response(body, status, headers=headers, media_type="application/xml")


def concur_route(edge: Edge) -> type[APIRoute]:
    """Return a route class that words every no as Concur does, and passes the correlation id back."""

    class ConcurRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handler = super().get_route_handler()

            async def worded(request: Request) -> Response:
                try:
                    response = await handler(request)
                except Refused as no:
                    text = in_elements(no.refusal).text
                    response = xml_answer(_STATUS[no.refusal.kind], error(text, edge=edge), headers={})
                except HTTPException as no:
                    body = error(str(no.detail), edge=edge)
                    is_refused_token = no.status_code == _NO_TOKEN and "authorization" in request.headers
                    status = _BAD_TOKEN if is_refused_token else no.status_code
                    response = xml_answer(status, body, headers=dict(no.headers or {}))
                correlation = request.headers.get("concur-correlationid") or edge.new_id()
                response.headers["concur-correlationid"] = correlation
                return response

            return worded

    return ConcurRoute
