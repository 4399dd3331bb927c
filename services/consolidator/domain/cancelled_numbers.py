"""Numbers that are cancelled on their own: whose they are, what bears them, and when that was said."""

from collections.abc import Iterable, Mapping

from schemas.booking_record import BookingRecord, NumberCancellationRecord, Revision
from schemas.features import number_text
from schemas.identifiers import normal_code
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.stated import Stated

Sender = tuple[str, str]
"""Party and booking source: a number means something only by who gave it."""

CancelledNumbers = Mapping[str, Revision]
CancelledBySender = Mapping[Sender, CancelledNumbers]
NONE_CANCELLED: CancelledNumbers = {}


def sender_of(record: BookingRecord | NumberCancellationRecord) -> Sender:
    """Return by whom the numbers of a record are known."""
    return (record.owner.party, normal_code(record.booking_source))


def numbers_borne(record: BookingRecord, stated: Iterable[Stated]) -> set[str]:
    """Return every number of its sender's by which a booking, or a segment of it, can be cancelled."""
    return {number_text(record.record_locator)}.union(
        *(segment.comparable.features.numbers for segment in stated)
    )


def cancelled_numbers(records: Iterable[TravellerRecord]) -> CancelledBySender:
    """Return what was cancelled by number alone, by whose numbers they are."""
    found: dict[Sender, dict[str, Revision]] = {}
    for record in records:
        if isinstance(record, NumberCancellationRecord):
            known = found.setdefault(sender_of(record), {})
            number = number_text(record.number)
            # Spelt otherwise it is another record, and the same number.
            if number not in known or record.revision.order() > known[number].order():
                known[number] = record.revision
    return found
