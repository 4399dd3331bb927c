"""Trips as Concur's Itinerary v4 gives them in JSON: the elements of v1.1, typed, without what is empty.

Made of the same texts as the XML, so that both say the same of a trip to the same viewer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from schemas.concur.texts import natural_order
from schemas.trip import Trip
from services.query.domain.concur_format import itinerary_texts

V4_PATH = "/travel/v4/trips"

_NUMBERS = frozenset(
    """
    AddCollectAmount AllowanceAmount AllowanceNumUnits Amount BaseFare BaseFareNuc BestGdsPrice
    BestInternetPrice CarbonEmissionLbs ComparisonFare DailyRate EndLatitude EndLongitude Latitude Longitude
    NumUnits QuotedPrice SearchLocationLatitude SearchLocationLongitude SelectedOtherAmount StartLatitude
    StartLongitude TariffPrice TaxAmount TaxRate TotalAdjustment TotalAmount TotalFare TotalRate Rate
    CarbonModel CouponNumber Duration ExternalId FirstNameNumber IsPreferredVendor IssuingIataAgencyNumber
    LastNameNumber LegId Miles NumCars NumPersons NumRooms NumStops NumberOfHours NumberOfStops PassengerCount
    PassengerRPH PassengerRph TimeZoneId TripStatus ViolationReasonCode
    """.split()  # noqa: SIM905 - a list of names reads best so
)
_TRUTH_VALUES = frozenset(
    """
    AllowanceIsUnlimited DisplayOnItinerary HadDeposit IncludesVAT IsGhostCard IsOpenSegment IsPaid IsPersonal
    IsPrimary IsRefundable IsUpgradeAllowed TaxInvoice Ticketless vatApplicable
    """.split()  # noqa: SIM905 - as above
)
_INSTANTS = frozenset(
    """
    AdjustmentDateTime AdjustmentDateTimeUTC DateBookedLocal DateCancelledUtc DateCreatedUtc DateEntered
    DateModifiedUtc DiscountProgramExpirationDate EndDate EndDateLocal EndDateUtc
    FareExpiresEmailDatetimeUtc IssueByDate IssueDate IssueDateTime IssueDateTimeUTC LastTicketDateUtc
    NotValidAfterDate NotValidBeforeDate RetrievedDateUtc StartDate StartDateLocal StartDateUtc
    StatusExpirationDate UpgradedDateTime
    """.split()  # noqa: SIM905 - as above
)
_LISTS = frozenset(
    """
    Bookings CustomAttributes AirfareQuotes Taxes AirlineTicketCoupons AirlineTicketExchanges
    AirlineTicketFareBreakups MiscChargeOrders Passengers PassPrograms PhoneNumbers WebAddresses
    RuleViolations
    """.split()  # noqa: SIM905 - as above
)
"""Elements that hold repeated ones of one kind: lists. Others hold a list for each kind."""

_PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_MEMBER = re.compile(r"(?P<name>[A-Za-z]+)\[\d+\]")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}", re.ASCII)


def trip_v4(trip: Trip, *, base_url: str, login: str | None, party: str | None) -> bytes:
    """Return a trip as JSON; the arguments are those of `itinerary_xml`."""
    texts = itinerary_texts(trip, base_url=base_url, login=login, party=party)
    texts["id"] = texts.pop("TripId")
    return orjson.dumps(_tree(texts))


def trips_v4(trips: Sequence[Trip], *, base_url: str, following: str | None) -> bytes:
    """Return a list of ids; `following` is the address of the next page, if there is one."""
    start = f"{base_url.rstrip('/')}{V4_PATH}"
    data = [{"id": trip.id, "href": f"{start}/{trip.id}"} for trip in trips]
    operations = [] if following is None else [{"rel": "next", "href": following}]
    return orjson.dumps({"data": data, "operations": operations})


def errors_v4(*, code: int, message: str) -> bytes:
    """Return an error in the shape of v4."""
    return orjson.dumps({"errors": [{"errorCode": str(code), "errorMessage": message}]})


def _tree(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return texts by path as nested objects, repeated elements as lists in their order."""
    tree: dict[str, Any] = {}
    for path in sorted(texts, key=natural_order):
        *outer, last = path.split("/")
        inside = tree
        for part in outer:
            inside = inside.setdefault(part, {})
        inside[last] = _value(last, texts[path])
    return _listed(tree)


def _listed(tree: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in tree.items():
        inside = _listed(value) if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType]
        member = _MEMBER.fullmatch(name)
        if member is not None:
            found.setdefault(member["name"], []).append(inside)
        elif name in _LISTS and isinstance(inside, dict):
            found[name] = [one for kind in inside.values() for one in kind]  # pyright: ignore[reportUnknownVariableType]
        else:
            found[name] = inside
    return found


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - JSON
    """Return a text as its type; one that does not fit it stays a text. Numbers keep their digits."""
    plain = text.strip()
    if name in _NUMBERS and _PLAIN_NUMBER.fullmatch(plain):
        return orjson.Fragment(plain)
    if name in _TRUTH_VALUES and plain.casefold() in {"true", "false"}:
        return plain.casefold() == "true"
    if name in _INSTANTS and _DATE_TIME.fullmatch(plain):
        return f"{plain}.000{'+' if name.casefold().endswith('utc') else '-'}00:00"
    return text
