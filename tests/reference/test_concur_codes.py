"""The short lists of codes against those that are published."""

import csv
from pathlib import Path

import pytest

from schemas.concur.code_tables import CODE_TABLES
from services.query.codes import code_tables

TABLES = {
    "CouponStatus": "coupon-status",
    "BookingReferrer": "booking-referrers",
    "bookingType": "booking-types",
    "SemanticsVendorType": "charge-vendor-types",
    "AirlineAdjustmentType": "airline-adjustments",
    "RailAdjustmentType": "rail-adjustments",
    "FormOfPaymentType": "forms-of-payment",
    "WebAddressFormat": "web-address-formats",
    "WebAddressType": "web-address-types",
    "CustomAttributeDataType": "custom-attribute-types",
    "CarAirCondition": "car-air-condition",
    "CarTransmission": "car-transmission",
    "CarBody": "car-bodies",
    "CarClass": "car-classes",
    "HotelVendorFlag": "hotel-flags",
}
IN_NO_ELEMENT = {"ItinSourceName", "AirlineChargeType"}
"""Of elements that the published schema no longer has."""
SAID_BY_US = {"BookingOwner", "TripStatus"}
"""What the service writes itself, and of which it knows what it can say."""
IN_NO_DATABASE = {"GMT-1200"}
"""Published among the time zones, and known to neither the IANA nor anybody else."""


def published(reference: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with (reference / "concur" / "codes" / "enumerations.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["enumeration"], set()).add(row["value"])
    return found


def test_every_published_list_has_its_table(reference: Path) -> None:
    assert published(reference).keys() == TABLES.keys() | IN_NO_ELEMENT | SAID_BY_US


@pytest.mark.parametrize("name", TABLES)
def test_a_short_list_is_that_which_is_published(name: str, reference: Path) -> None:
    assert set(CODE_TABLES[TABLES[name]]) == published(reference)[name]


def test_the_published_time_zones_are_known(reference: Path) -> None:
    with (reference / "concur" / "codes" / "time_zones.csv").open(newline="") as file:
        zones = {row["time_zone"] for row in csv.DictReader(file)}

    assert zones - code_tables()["time-zones"].keys() == IN_NO_DATABASE
