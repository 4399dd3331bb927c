"""The records that one traveller's trips are computed from."""

from collections.abc import Iterable
from typing import Any, TypeVar

from schemas.booking_record import (
    BookingRecord,
    InstantRecord,
    NumberCancellationRecord,
    OverrideRecord,
    PostedTripRecord,
    TokenRecord,
)

TravellerRecord = (
    BookingRecord | NumberCancellationRecord | PostedTripRecord | OverrideRecord | TokenRecord | InstantRecord
)

_Kind = TypeVar("_Kind")


def of_kind(records: Iterable[TravellerRecord | None], kind: type[_Kind]) -> list[_Kind]:
    """Return the records of one kind.

    By the class itself: `isinstance` takes ten times as long to deny that a model is of another class.
    """
    found: list[Any] = [record for record in records if type(record) is kind]
    return found
