"""Codes that Concur's elements hold, and what they mean, in our own words: for people, and for warnings.

Not complete, and never a reason to refuse anything: a code that is not here is kept as it was posted.
"""

from collections.abc import Mapping

from schemas.concur.codes import STATUS_CODES, TRIP_STATUS_NUMBERS
from schemas.concur.enumerations import ENUMERATIONS, Codes, named
from schemas.concur.vendor_codes import VENDOR_CODES
from schemas.segments import SegmentType
from schemas.trade_codes import CITY_OF_AIRPORT

_HOTEL_CHARGES = named(
    """ROOMRATE=the room; NEGOTIATEDRATE=the room at an agreed rate; ROOMTAX=tax on the room;
    CITYTAX=city tax;
    COUNTYTAX=county tax; STATETAX=state tax; FEDERALTAX=federal tax; GENERALTAX=other tax;
    VAT=value added tax; GST=goods and services tax; PST=provincial sales tax; FOOD=food; FOODTAX=tax on food;
    ALCOHOL=alcoholic drinks; MINIBAR=minibar; BUSINESS=business centre; CONFERENCE=meeting rooms;
    INTERNET=internet; PHONE=telephone; MOVIE=films; GAME=games; HEALTH=gym and spa; LAUNDRY=laundry;
    GIFT=gift shop; PARKING=parking; GRATUITY=tip; DISCOUNT=discount; PAYMENT=payment received;
    NOSHOW=not having come; OTHER=anything else"""
)
_CAR_CHARGES = named(
    """DAYS=days; WEEKS=weeks; MONTHS=months; WEEKEND=weekend rate; EXTRAHOURS=hours beyond the rental;
    EXTRADAYS=days beyond the rental; EXTRAWEEKS=weeks beyond the rental; MILEAGEFEE=distance driven;
    UPGRADEFEE=better car; ADJUSTMENT=adjustment; DISCOUNT=discount; COLLECTION=collecting the car;
    DELIVERY=bringing the car; INTERCITY=between two cities; DROPOFFFEE=return elsewhere;
    ADDLDRIVER=further driver; AGEDIFFER=young or old driver; SERVICECHARGE=service;
    LDWCDW=waiver of damage and loss; ALIAMOUNT=further liability cover; LISAMOUNT=liability cover;
    SUPLIABILITY=supplementary liability cover; PAIPECAMOUNT=cover of persons and belongings;
    THEFTPROTECT=cover of theft; FUELSERVICE=fuel; AIRPORTFEE=airport fee; CONCESSIONFEE=concession fee;
    ACRECOVERYFEE=recovery of concession fees; CUSTFACILITY=customer facility; CHILDSEAT=child seat;
    SKIRACK=ski rack; SATELLITERADIO=satellite radio; NEVERLOST=navigation; ADDLSERVICE=further service;
    ACSURCHARGE=surcharge; RESERVATIONFEE=reservation; TRANSACTIONFEE=transaction;
    TAXDIFFER=difference of tax;
    VATAMOUNT=value added tax; GSTAMOUNT=goods and services tax; VEHICLELICENSE=vehicle licence;
    VEHLEASETAX=tax on leasing; ROADTAX=road tax; VOUCHERADJUST=adjustment of a voucher;
    CUSTRELATIONS=goodwill; TFFCORPVRT=corporate fee; IMPOUNDSTORAGE=storage of an impounded car;
    OTHERCHARGES=further charges; OTHER=anything else"""
)
_AIR_CHARGES = named(
    """SEGFEE=fee of a segment; SEGFEE_AS_FEE=fee of a segment, shown as fee;
    SEGFEE_AS_FARE=fee of a segment, shown in the fare; SEGFEE_AS_TAX=fee of a segment, shown as tax;
    WIRELESS_FEE=internet on board; OTHER=anything else"""
)
_RAIL_CHARGES = named("TICKET=ticket; SEAT=seat reservation; OTHER=anything else")

CHARGE_CODES: Mapping[SegmentType, Codes] = {
    "hotel": _HOTEL_CHARGES, "car": _CAR_CHARGES, "air": _AIR_CHARGES, "rail": _RAIL_CHARGES,
}  # fmt: skip
"""SemanticsCode of a charge, by kind of segment; other kinds have none that are known."""

CODE_TABLES: Mapping[str, Codes] = {
    "trip-status": {number: name.replace("_", " ") for number, name in TRIP_STATUS_NUMBERS.items()},
    "segment-status": {code: status.value for status, codes in STATUS_CODES.items() for code in codes},
    "charges-hotel": _HOTEL_CHARGES,
    "charges-car": _CAR_CHARGES,
    "charges-air": _AIR_CHARGES,
    "charges-rail": _RAIL_CHARGES,
    "hotel-vendors": VENDOR_CODES["hotel"],
    "car-vendors": VENDOR_CODES["car"],
    "ride-vendors": VENDOR_CODES["ride"],
    "city-of-airport": CITY_OF_AIRPORT,
    **ENUMERATIONS,
}
"""By name; what `GET /v1/codes/{table}` looks up."""
