"""What a trip that an agency proposes must say beside its bookings (Concur's reference, section 1.4)."""

from collections.abc import Iterator

from schemas.booking_record import TripHeader
from services.ingest.domain.refusals import Problem

PROPOSED = frozenset({"proposal", "booked_proposal"})
_BATCH, _INDEX = "ProposalBatchSize", "ProposalSequenceIndex"
_LARGEST_BATCH = 3


def proposal_problems(header: TripHeader) -> Iterator[Problem]:
    """Yield what a proposal lacks; nothing for any other trip.

    `AutoSelectProposal` and `TicketIssued` may be absent: the published examples leave them out.
    """
    if header.status not in PROPOSED:
        return
    for element, value in (
        ("ClientLocator", header.client_locator),
        ("TravelRequestId", header.travel_request_id),
    ):
        if value is None:
            yield Problem(f"Itinerary/{element}", "required", "is required of a proposal")
    stated = {
        attribute.get("Name", "").strip(): attribute.get("Data", "") for attribute in header.custom_attributes
    }
    size, index = _number(stated.get(_BATCH)), _number(stated.get(_INDEX))
    if size is None or size > _LARGEST_BATCH:
        yield _wrong(_BATCH, f"a proposal states how many there are, from 1 to {_LARGEST_BATCH}")
    elif index is None or index > size:
        yield _wrong(_INDEX, f"a proposal states which of them it is, from 1 to {_BATCH}")


def _number(text: str | None) -> int | None:
    """Read a whole number above 0; None where it is none."""
    plain = (text or "").strip()
    if not (plain.isascii() and plain.isdigit()) or len(plain) > len(str(_LARGEST_BATCH)):
        return None
    return int(plain) or None


def _wrong(name: str, message: str) -> Problem:
    return Problem(f"Itinerary/CustomAttributes/CustomAttribute[Name={name}]", "proposal", message)
