"""Trip events as Concur's topic `public.concur.travel.itinerary` words them, for receivers that know it.

Envelope, names and semantics: section 6 of the Concur reference. Several updates within minutes happen there
as well; what Concur has no word for is part of an update that is told beside it.
"""

from collections.abc import Mapping
from typing import Any

from schemas.events import TripEventAttributes
from schemas.trip import ChangeType

TOPIC = "public.concur.travel.itinerary"

_TYPES: Mapping[ChangeType, str] = {
    ChangeType.CREATED: "ItineraryCreated",
    ChangeType.UPDATED: "ItineraryUpdated",
    ChangeType.CANCELLED: "ItineraryCancelled",
    # To a reader of the old id the trip is gone; what it went into is updated.
    ChangeType.MERGED: "ItineraryDeleted",
    ChangeType.DELETED: "ItineraryDeleted",
    ChangeType.ANONYMISED: "ItineraryAnonymized",
}
_WITHOUT_ADDRESS = frozenset({"ItineraryDeleted", "ItineraryAnonymized"})


def concur_event(attributes: TripEventAttributes, *, change: str, public_url: str) -> dict[str, Any] | None:
    """Return the payload of an event; None where Concur has no such event.

    Args:
        attributes: of the event.
        change: what happened.
        public_url: the base URL under which the trip can be read in Concur's JSON.
    """
    kind = _TYPES.get(ChangeType(change))
    if kind is None:
        return None
    address = f"{public_url.rstrip('/')}/travel/v4/trips/{attributes.subject}"
    return {
        "id": attributes.id,
        "correlationId": attributes.id,
        "eventType": kind,
        "topic": TOPIC,
        "timeStamp": attributes.time,
        "facts": {
            "id": attributes.subject,
            "companyId": attributes.tenant,
            "userId": attributes.traveller,
            "hrefs": {} if kind in _WITHOUT_ADDRESS else {"v4": address},
        },
    }
