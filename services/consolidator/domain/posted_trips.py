"""Posted trips: which are pinned, and which of their bookings later posts without their id speak of."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.booking_record import BookingRecord, PostedTripRecord
from schemas.identifiers import normal_code
from services.consolidator.domain.cancelled_numbers import Sender, sender_of
from services.consolidator.domain.records import TravellerRecord, of_kind


def pinned_trips(records: Iterable[TravellerRecord]) -> dict[str, PostedTripRecord]:
    """Return, by trip id, the headers that pin a trip: those that a statement created."""
    return {record.trip: record for record in of_kind(records, PostedTripRecord) if record.created}


def attracts(header: PostedTripRecord) -> bool:
    """Say whether a posted trip takes loose bookings in; proposals, virtual and cancelled ones do not."""
    return header.header.status in {"confirmed", "ticketed"} and not header.header.is_virtual


def header_of(record: BookingRecord, pinned: Mapping[str, PostedTripRecord]) -> PostedTripRecord | None:
    """Return the header that a record was posted under, if its own owner posted that trip."""
    header = None if record.posted_trip is None else pinned.get(record.posted_trip)
    return header if header is not None and header.owner.party == record.owner.party else None


_Name = tuple[Sender, str]


def _name_of(record: BookingRecord) -> _Name:
    return (sender_of(record), normal_code(record.record_locator))


class _Resident(NamedTuple):
    """A record in a posted trip that loose records of the same booking may speak of."""

    header: PostedTripRecord
    record: BookingRecord

    @property
    def place(self) -> tuple[int, str]:
        return (self.header.founded, self.record.record)

    def hosts(self, loose: BookingRecord) -> bool:
        """Say whether a loose record is read as part of it."""
        if attracts(self.header) and self.record.record in self.header.bookings:
            return True
        ended, snapshot = self.record.later_posts_ended, loose.snapshot
        return (
            ended is not None
            and snapshot is not None
            and snapshot.revision.received <= ended.revision.received
        )


def homes_of_loose_posts(
    records: Iterable[BookingRecord], pinned: Mapping[str, PostedTripRecord]
) -> dict[str, str]:
    """Map each loose record to the record in a posted trip that it speaks of: the youngest, if several.

    A later post of that owner, source and locator without trip id updates the pinned booking
    (design, section 4), and ends with it: it would stand by itself again, as it was before. Proposed and
    cancelled trips attract nothing.
    """
    residents: dict[_Name, list[_Resident]] = {}
    loose: list[BookingRecord] = []
    for record in records:
        header = header_of(record, pinned)
        if header is None:
            loose.append(record)
        else:
            residents.setdefault(_name_of(record), []).append(_Resident(header, record))
    found = ((r.record, [one.place for one in residents.get(_name_of(r), ()) if one.hosts(r)]) for r in loose)
    return {record: max(places)[1] for record, places in found if places}
