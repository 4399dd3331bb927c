"""Numbers that are cancelled on their own: whose they are, what bears them, and when that was said."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from schemas.booking_record import BookingRecord, NumberCancellationRecord, Revision
from schemas.features import number_text
from schemas.identifiers import normal_code
from schemas.matching import MOVED_AT_MOST_DAYS
from services.consolidator.domain.records import TravellerRecord, of_kind
from services.consolidator.domain.stated import Stated

Sender = tuple[str, str]
"""Party and booking source: a number means something only by who gave it."""

CancelledNumbers = Mapping[str, tuple[Revision, ...]]
"""By number, when it was cancelled, the last time last."""
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
    found: dict[Sender, dict[str, tuple[Revision, ...]]] = {}
    for record in of_kind(records, NumberCancellationRecord):
        known = found.setdefault(sender_of(record), {})
        number = number_text(record.number)
        # Spelt otherwise it is another record, and the same number.
        said = (*known.get(number, ()), *record.earlier, record.revision)
        known[number] = newest_of_each_day(said)
    return found


def newest_of_each_day(cancellations: Iterable[Revision]) -> tuple[Revision, ...]:
    """Return, the newest last, what counts of the cancellations of a number: one of each day is enough."""
    newest = {_day(one): one for one in sorted(cancellations, key=Revision.order)}
    return tuple(sorted(newest.values(), key=Revision.order))


def newest_that_holds(cancellations: Collection[Revision], segments: Iterable[Stated]) -> Revision | None:
    """Return the newest cancellation of a number that is meant for these segments, if any.

    What ended more than `MOVED_AT_MOST_DAYS` before is past, and its number given again. What has no dates
    may be what is meant.
    """
    if not cancellations:
        return None
    ends = [_last_day(segment) for segment in segments]
    last = None if None in ends else max(filter(None, ends), default=None)
    meant = [one for one in cancellations if last is None or _day(one) - last <= MOVED_AT_MOST_DAYS]
    return max(meant, key=Revision.order, default=None)


_EPOCH = date(1970, 1, 1).toordinal()
_MS_A_DAY = 24 * 3600 * 1000


def _day(cancellation: Revision) -> int:
    return _EPOCH + cancellation.received_ms // _MS_A_DAY


def _last_day(segment: Stated) -> int | None:
    days = [moment.date for moment in (segment.segment.start, segment.segment.end) if moment is not None]
    return date.fromisoformat(max(days)).toordinal() if days else None
