"""Old trip and new trip: what happened, in typed changes."""

from collections.abc import Iterable, Mapping
from itertools import chain

from schemas.segments import FIELD_PLACES
from schemas.trip import ChangeType, TripStatus
from services.consolidator.domain.segments import Document

_TOP_LEVEL = {
    "name": "name",
    "status": "status",
    "start_date": "dates",
    "end_date": "dates",
    "completed": "completed",
    "completes_at": "completed",
    "expense": "expense",
    "bookings": "bookings",
    "posted": "posted",
    "settings_revision": "settings",
    "tells_amounts": "settings",
    "dismissed": "dismissed",
}


def changes(old: Document | None, new: Document) -> list[Document]:
    """Return what happened between two contents of one trip, as the JSON of Change; none if nothing did."""
    if old is None:
        return [_change(ChangeType.CREATED), *_transitions(_NOTHING, new)]
    if old == new:
        return []
    return [
        {**_change(ChangeType.UPDATED), "field_groups": _differing_groups(old, new)},
        *_transitions(old, new),
    ]


def merged_into(trip: str) -> Document:
    """Return the change of a trip that became part of another."""
    return {**_change(ChangeType.MERGED), "trips": [trip]}


def split_into(trips: Iterable[str]) -> Document:
    """Return the change of a trip whose parts are now in these trips, too."""
    return {**_change(ChangeType.SPLIT), "trips": sorted(trips)}


def deleted() -> Document:
    """Return the change of a trip of which nothing is left to show."""
    return _change(ChangeType.DELETED)


def anonymised() -> Document:
    """Return the change of a trip whose traveller was erased."""
    return _change(ChangeType.ANONYMISED)


_NOTHING: Document = {"status": TripStatus.CONFIRMED.value, "completed": False, "expense": {"ready": False}}


def _change(kind: ChangeType) -> Document:
    return {"type": kind.value}


def _transitions(old: Document, new: Document) -> list[Document]:
    """Return the changes of state that others wait for, each at most once."""
    cancelled = TripStatus.CANCELLED.value
    was, is_ = (old["status"] == cancelled, new["status"] == cancelled)
    done_before, done = old["completed"], new["completed"]
    ready_before, ready = old["expense"]["ready"], new["expense"]["ready"]
    happened = (
        (is_ and not was, ChangeType.CANCELLED),
        ((was and not is_) or (done_before and not done and not is_), ChangeType.REOPENED),
        (done and not done_before, ChangeType.COMPLETED),
        (ready and not ready_before, ChangeType.READY_TO_EXPENSE),
        (ready_before and not ready, ChangeType.NO_LONGER_EXPENSABLE),
    )
    return [_change(kind) for occurred, kind in happened if occurred]


def _differing_groups(old: Document, new: Document) -> list[str]:
    groups = {group for field, group in _TOP_LEVEL.items() if old.get(field) != new.get(field)}
    before, after = _by_id(old), _by_id(new)
    if before.keys() != after.keys():
        groups.add("segments")
    for segment in before.keys() & after.keys():
        if before[segment] is not after[segment]:
            groups |= _differing_in_segment(before[segment], after[segment])
    return sorted(groups)


def _by_id(content: Document) -> dict[str, Document]:
    return {segment["id"]: segment for segment in content["segments"]}


def _differing_in_segment(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    fields = {field for field in chain(old, new) if old.get(field) != new.get(field)}
    places = (FIELD_PLACES.get(field) for field in fields)
    return {"provenance" if place is None else place.group.value for place in places}
