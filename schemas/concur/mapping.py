"""Which Concur element is which field of the language: one table for each kind of element.

The tables are walked in both directions (`schemas.concur.walking`). `Element=field` is read and
written; `Element>field` is only read, where no better element gave the field, and itself stays among
the details. A column of a shared row counts only where the element tree has the element. Fields are
dotted paths; those that no model has (`start.utc`, `supplier_number` …) are made in `made_fields`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.concur.elements import ELEMENTS


class Column(NamedTuple):
    """One element with text, and the field that holds what it says."""

    element: str
    field: tuple[str, ...]
    read_only: bool


class Table(NamedTuple):
    """How one kind of element maps."""

    element: str
    columns: tuple[Column, ...]
    lists: "tuple[ListColumn, ...]" = ()
    constants: Mapping[str, str] = {}
    """Fields whose value the element's name gives."""
    read_only: bool = False


class ListColumn(NamedTuple):
    """An element that holds repeated ones, and the field that holds their list."""

    wrapper: str
    field: str
    tables: Mapping[str, Table]


def _columns(element: str, rows: str) -> tuple[Column, ...]:
    columns: list[Column] = []
    for cell in rows.split():
        read_only = ">" in cell
        name, _, field = cell.partition(">" if read_only else "=")
        if name in ELEMENTS[element].texts:
            columns.append(Column(name, tuple(field.split(".")), read_only))
    return tuple(columns)


def _list(wrapper: str, field: str, *tables: Table) -> ListColumn:
    return ListColumn(wrapper, field, {table.element: table for table in tables})


_CHARGE = """
    Amount=amount Currency=currency Description=description IsPaid=is_paid IsPrimary=is_primary
    SemanticsCode=semantics_code SemanticsVendorType=semantics_vendor_type StartDateLocal=start Vendor=vendor
    VendorChargeCode=vendor_charge_code PerUnit=per_unit NumUnits=units AllowanceAmount=allowance_amount
    AllowanceUnit=allowance_unit AllowanceNumUnits=allowance_units
    AllowanceIsUnlimited=allowance_is_unlimited
"""
_CHARGE_KINDS = {
    "Fixed": "fixed",
    "Percent": "percent",
    "Rate": "rate",
    "RateWithAllowance": "rate_with_allowance",
}
CHARGES = _list(
    "Charges",
    "charges",
    *(Table(name, _columns(name, _CHARGE), constants={"kind": kind}) for name, kind in _CHARGE_KINDS.items()),
)

_SEAT = "SeatNumber=number PassengerRph=passenger Status=status"


def _seats(element: str) -> ListColumn:
    return _list("Seats", "seats", Table(element, _columns(element, _SEAT)))


_EVERY_KIND = """
    StartDateLocal=start.local StartDateUtc=start.utc EndDateLocal=end.local EndDateUtc=end.utc
    TimeZone=start.zone Status=status_code ConfirmationNumber=supplier_number
    CancellationNumber=cancellation_number TotalRate=total.amount Currency=total.currency
    DailyRate=rate.amount Rate=rate.amount Currency=rate.currency PhoneNumber=phone Notes=notes
    SpecialInstructions=special_instructions FrequentTravelerId=frequent_traveller_id
"""
_VENDOR = "Vendor=vendor VendorName=vendor_name"
_POLICY = "CancellationPolicy=cancellation_policy"
_FROM_TO = """
    StartCityCode=origin.code StartAddress=origin.address StartCity=origin.city StartState=origin.state
    StartPostalCode=origin.postal_code StartCountry=origin.country StartLatitude=origin.latitude
    StartLongitude=origin.longitude StartLocationName=origin.name
    EndCityCode=destination.code EndAddress=destination.address EndCity=destination.city
    EndState=destination.state EndPostalCode=destination.postal_code EndCountry=destination.country
    EndLatitude=destination.latitude EndLongitude=destination.longitude EndLocationName=destination.name
"""
_RAIL_STATIONS = """
    StartRailStation=origin.code StartRailStationName=origin.name StartCityCode>origin.code
    EndRailStation=destination.code EndRailStationName=destination.name EndCityCode>destination.code
"""
_AT = """
    StartCityCode=place.code StartAddress=place.address StartCity=place.city StartState=place.state
    StartPostalCode=place.postal_code StartCountry=place.country StartLatitude=place.latitude
    StartLongitude=place.longitude NumPersons=party_size Name=name
"""
_FLIGHT = """
    Vendor=carrier VendorName=carrier_name FlightNumber=flight_number OperatedByVendor=operating_carrier
    OperatedByVendorName=operating_carrier_name OperatedByFlightNumber=operating_flight_number
    StartTerminal=origin_terminal StartGate=origin_gate EndTerminal=destination_terminal
    EndGate=destination_gate AircraftCode=aircraft Duration=duration_minutes NumStops=stops Miles=miles
    Cabin=cabin ClassOfService=class_of_service
"""
_TRAIN = """
    Vendor=carrier VendorName=carrier_name TrainNumber=train_number TrainTypeCode=train_type
    StartPlatform=origin_platform EndPlatform=destination_platform WagonNumber=wagon Cabin=cabin
    ClassOfService=class_of_service
"""
_VEHICLE = "Class=car_class Body=body Transmission=transmission AirCondition=air_condition NumCars=cars"
_ROOM = """
    HotelPropertyId=property_id RoomType=room_type RoomDescription=room_description NumRooms=rooms
    CheckinTime=check_in_time CheckoutTime=check_out_time
"""


def _segment(element: str, *rows: str, seats: str | None = None) -> Table:
    lists = (CHARGES,) if seats is None else (CHARGES, _seats(seats))
    columns = _columns(element, " ".join((_EVERY_KIND, *rows)))
    return Table(element, columns, lists, constants={"type": element.lower()})


SEGMENTS: Mapping[str, Table] = {
    table.element: table
    for table in (
        _segment("Air", _FROM_TO, _FLIGHT, _POLICY, seats="AirSeat"),
        _segment(
            "Rail", _RAIL_STATIONS, _FROM_TO.replace("CityCode=", "CityCode>"), _TRAIN, seats="RailSeat"
        ),
        _segment("Car", _FROM_TO, _VENDOR, _VEHICLE, "CancellationPolicy>cancellation_policy"),
        _segment("Ride", _FROM_TO, _VENDOR, _POLICY, "NumPersons=party_size"),
        _segment("Hotel", _AT, _VENDOR, _ROOM, _POLICY),
        _segment("Dining", _AT, _VENDOR),
        _segment("Parking", _AT, "Vendor=vendor VendorName>vendor_name"),
        _segment("Event", _AT, _VENDOR),
    )
}
"""By element name. `Travel`, the main destination of a travel request, stays among the details."""

_MEMBERSHIP = "Description=description Status=status ProgramVendor=vendor"
PASSENGER = Table(
    "Passenger",
    _columns(
        "Passenger",
        "NameFirst=first_name NameMiddle=middle_name NameLast=last_name NamePrefix=prefix NameSuffix=suffix",
    ),
    (
        _list(
            "FrequentTravelerPrograms",
            "loyalty_programs",
            Table(
                "FrequentFlyer",
                _columns("FrequentFlyer", f"FrequentFlyerNumber=number {_MEMBERSHIP} AirlineVendor>vendor"),
            ),
            Table(
                "RailProgram", _columns("RailProgram", f"ProgramNumber=number {_MEMBERSHIP}"), read_only=True
            ),
        ),
    ),
)

_COUPON = """
    CouponStatus=status CouponNumber=number Vendor=carrier FlightNumber=flight_number StartCityCode=origin
    EndCityCode=destination StartDateLocal=start
"""
TICKET = Table(
    "AirlineTicket",
    _columns(
        "AirlineTicket",
        """PlatingCarrierNumericCode=plating_carrier PlatingControlNumber=control_number
        PassengerName=passenger_name IssueDateTime=issued TotalFare=total.amount
        TotalFareCurrency=total.currency""",
    ),
    (
        _list(
            "AirlineTicketCoupons",
            "coupons",
            Table("AirlineTicketCoupon", _columns("AirlineTicketCoupon", _COUPON)),
        ),
    ),
)

BOOKING = Table("Booking", _columns("Booking", "DateBookedLocal=booked AgencyName=agency_name"), (CHARGES,))
"""Without what keeps its own details."""

KEEP_THEIR_OWN_DETAILS = (
    "Passengers/",
    f"AirlineTickets/{TICKET.element}[",
    *(f"Segments/{name}[" for name in SEGMENTS),
)
"""How the paths begin of what a booking holds and does not keep among its own details."""

ITINERARY = Table(
    "Itinerary",
    _columns(
        "Itinerary",
        """TripName=name TripStatus=status_number Comments=comments Description=description
        CancelComments=cancel_comments ClientLocator=client_locator TravelRequestId=travel_request_id
        BookedByFirstName=booked_by_first_name BookedByLastName=booked_by_last_name
        ProjectName=project_name IsPersonal=is_personal""",
    ),
)
"""Without its bookings and custom attributes."""
