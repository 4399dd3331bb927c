"""Short lists of codes that Concur's elements hold, and where they stand; in our own words.

As all tables of codes, they refuse nothing: a value that is not here is kept as it was posted.
"""

from collections.abc import Mapping

Codes = Mapping[str, str]


def named(row: str) -> Codes:
    """Read `CODE=what it means` cells, parted by semicolons."""
    cells = (cell.partition("=") for cell in " ".join(row.split()).split(";") if cell.strip())
    return {code.strip(): meaning.strip() for code, _, meaning in cells}


COUPON_STATUS = named(
    """OPEN=not used yet; USED=flown; PRTD=printed; CKIN=checked in; EXCH=exchanged for another;
    EXCHANGED=exchanged for another; REFUNDED=paid back; VOID=void"""
)
_BOOKING_REFERRERS = named(
    """Concur Travel=the company's booking tool; Sign-in with Concur=a supplier's site, signed in by Concur;
    Supplier Mobile=a supplier's app; Supplier Web=a supplier's site; Hipmunk=a search that is no more"""
)
_CHARGE_VENDOR_TYPES = named("A=air; C=car; E=event; F=food; G=ground transport; H=hotel; P=parking; R=rail")
_AIRLINE_ADJUSTMENTS = named("V=voided; R=paid back; C=credited; A=something added; O=anything else")
_RAIL_ADJUSTMENTS = named("R=paid back; C=credited; A=something added; O=anything else")
_FORMS_OF_PAYMENT = named("CC=credit card; CA=account of the company; CH=cash")
_WEB_ADDRESS_FORMATS = named("E=e-mail; U=web page; I=instant messages")
_WEB_ADDRESS_TYPES = named("TKT=about the ticket; RES=about the reservation; BUS=at work")
_ATTRIBUTE_TYPES = named(
    "Unknown=anything; String=text; Text=text; Enumeration=one of a list; Numeric=number; Boolean=yes or no"
)
_AIR_CONDITION = named("R=with; N=without")
_TRANSMISSION = named("A=automatic; M=manual")
_BODIES = named(
    """B=two doors; C=two or four doors; D=four doors; F=four-wheel drive; J=all terrain; K=truck;
    L=limousine; P=pick-up; R=recreational vehicle; S=sports car; T=convertible; V=van; W=estate car;
    X=special"""
)
_CLASSES = named(
    """M=mini; E=economy; C=compact; I=intermediate; S=standard; F=full size; P=premium; L=luxury;
    X=special"""
)
_HOTEL_FLAGS = named("FB=breakfast included; FI=internet included; FP=parking included")
_BOOKING_TYPES = named(
    "Air=flight; Car=rental car; Dining=meal; Hotel=stay; Parking=parking; Rail=train; Ride=taxi or transfer"
)

ENUMERATIONS: Mapping[str, Codes] = {
    "coupon-status": COUPON_STATUS,
    "booking-referrers": _BOOKING_REFERRERS,
    "booking-types": _BOOKING_TYPES,
    "charge-vendor-types": _CHARGE_VENDOR_TYPES,
    "airline-adjustments": _AIRLINE_ADJUSTMENTS,
    "rail-adjustments": _RAIL_ADJUSTMENTS,
    "forms-of-payment": _FORMS_OF_PAYMENT,
    "web-address-formats": _WEB_ADDRESS_FORMATS,
    "web-address-types": _WEB_ADDRESS_TYPES,
    "custom-attribute-types": _ATTRIBUTE_TYPES,
    "car-air-condition": _AIR_CONDITION,
    "car-transmission": _TRANSMISSION,
    "car-bodies": _BODIES,
    "car-classes": _CLASSES,
    "hotel-flags": _HOTEL_FLAGS,
}
"""By the name of their table."""

CODED_ELEMENTS: Mapping[tuple[str, str], Codes] = {
    ("AirlineTicketCoupon", "CouponStatus"): COUPON_STATUS,
    ("Booking", "BookingReferrer"): _BOOKING_REFERRERS,
    ("AirlineAdjustment", "AdjustmentType"): _AIRLINE_ADJUSTMENTS,
    ("RailAdjustment", "AdjustmentType"): _RAIL_ADJUSTMENTS,
    ("WebAddressData", "Format"): _WEB_ADDRESS_FORMATS,
    ("WebAddressData", "Type"): _WEB_ADDRESS_TYPES,
    ("CustomAttribute", "DataType"): _ATTRIBUTE_TYPES,
    ("Car", "AirCondition"): _AIR_CONDITION,
    ("Car", "Transmission"): _TRANSMISSION,
    ("Car", "Body"): _BODIES,
    ("Car", "Class"): _CLASSES,
    **{
        (charge, "SemanticsVendorType"): _CHARGE_VENDOR_TYPES
        for charge in ("Fixed", "Percent", "Rate", "RateWithAllowance")
    },
}
"""By an element and its child: what the child holds. How people pay is open, and so is not among them."""
