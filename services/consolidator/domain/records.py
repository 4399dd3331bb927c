"""The records that one traveller's trips are computed from."""

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
