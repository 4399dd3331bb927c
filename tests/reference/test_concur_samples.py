"""The published samples are read as they stand, and what is written of them keeps to the published schema."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from schemas.concur.code_tables import CHARGE_CODES
from schemas.concur.elements import ELEMENTS
from schemas.concur.vendor_codes import VENDOR_CODES
from schemas.trip import Trip
from services.ingest.domain.concur.posts import PostedBooking, PostedTrip
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import parse
from services.query.domain.concur_format import itinerary_xml
from services.query.domain.concur_list import itinerary_list_xml
from tests.support.concur_trips import OWNER, trip_of

BASE = "https://itinerary.example"
OWN_SAMPLES = Path(__file__).parent.parent / "samples" / "concur"
BOOKINGS = (
    "booking.POST.request.2015-triplink-car.xml",
    "booking.POST.request.car-with-ItinSourceName.xml",
    "booking.POST.request.car.xml",
    "booking.POST.request.supplier-air-no-ticket.xml",
)
TRIPS = {
    "trip.POST.request.2015-triplink.xml": ["Itinerary/TripStatus"],
    "trip.POST.request.agency-proposal.xml": ["Itinerary/Bookings/Booking[1]/Segments/Car[1]/Vendor"],
    "trip.POST.request.tmc-car-hotel.xml": ["Itinerary/Bookings/Booking[1]/Segments/Car[1]/Vendor"],
    "trip.POST.request.triplink-supplier.xml": ["Itinerary/TripStatus"],
}
"""By file, what is warned of: two write a segment's status where the trip's belongs, two no car's code."""
WRONG_IN_THE_SAMPLE = {"TimeZoneId"}
"""What the samples themselves hold against the schema, and what therefore comes back against it."""


class Person(NamedTuple):
    login: str | None
    first_name: str | None
    last_name: str | None


def trip_of_sample(path: Path) -> Trip:
    if path.name.startswith("booking"):
        return trip_of([read_booking(path.read_bytes())])
    posted = read_trip(path.read_bytes())
    return trip_of(posted.bookings, header=posted.header)


def schema(reference: Path, name: str) -> Any:
    return etree.XMLSchema(etree.parse(str(reference / "concur" / "xsd" / name)))


def violations(schema: Any, document: bytes) -> list[str]:
    schema.validate(etree.fromstring(document))
    return [
        str(error.message)
        for error in schema.error_log
        if not any(f"}}{name}'" in error.message for name in WRONG_IN_THE_SAMPLE)
    ]


@pytest.fixture(params=[*BOOKINGS, *TRIPS])
def sample(request: pytest.FixtureRequest, reference: Path) -> Path:
    return reference / "concur" / "samples" / str(request.param)


@pytest.mark.parametrize("name", BOOKINGS)
def test_every_posted_booking_is_read_without_problems(name: str, reference: Path) -> None:
    posted = read_booking((reference / "concur" / "samples" / name).read_bytes())
    warned = {warning.field.rpartition("/")[2] for warning in posted.warnings}
    assert (posted.problems, warned) == ((), {"Vendor"} if "air" in name else set())
    assert posted.content.segments


@pytest.mark.parametrize(("name", "warned_of"), TRIPS.items())
def test_every_posted_trip_is_read_without_problems(name: str, warned_of: list[str], reference: Path) -> None:
    posted = read_trip((reference / "concur" / "samples" / name).read_bytes())
    assert posted.problems == ()
    assert [warning.field for warning in posted.warnings] == warned_of
    assert len(posted.bookings) == 2


def test_the_flights_of_the_supplier_leave_by_the_clocks_of_their_cities(reference: Path) -> None:
    """Their UTC is that of summer, in December."""
    name = "booking.POST.request.supplier-air-no-ticket.xml"
    posted = read_booking((reference / "concur" / "samples" / name).read_bytes())
    starts = [segment.start for segment in posted.content.segments]
    assert [(start.offset_minutes, start.inferred) for start in starts if start] == [
        (-300, True),
        (-480, True),
    ]


def test_what_is_written_of_a_sample_keeps_to_the_schema(sample: Path, reference: Path) -> None:
    trip = trip_of_sample(sample)
    itinerary = itinerary_xml(trip, base_url=BASE, login="eva@acme.example")
    assert violations(schema(reference, "ItinServices_Public_0.patched-ns.xsd"), itinerary) == []


@pytest.mark.parametrize(
    "person", [Person("eva@acme.example", "Eva", "Berger"), Person("eva@acme.example", None, None)]
)
def test_a_list_keeps_to_the_schema(sample: Path, person: Person, reference: Path) -> None:
    trip = trip_of_sample(sample)
    listed = itinerary_list_xml(
        [trip, trip], people={trip.traveller: person}, base_url=BASE, with_status=True
    )
    assert violations(schema(reference, "GetListOfItinerariesImport_v1_1.xsd"), listed) == []


def test_our_own_booking_of_every_kind_keeps_to_the_schema(reference: Path) -> None:
    def as_in_the_schema(document: bytes) -> bytes:
        root = etree.fromstring(document)
        for parking in root.iter("{*}Parking"):  # VendorName is documented there, and not in the schema
            for name in list(parking.iterchildren("{*}VendorName")):
                parking.remove(name)
        return etree.tostring(root)

    trip = trip_of([read_booking((OWN_SAMPLES / "booking.xml").read_bytes())])
    found = violations(
        schema(reference, "ItinServices_Public_0.patched-ns.xsd"),
        as_in_the_schema(itinerary_xml(trip, base_url=BASE)),
    )
    posted_wrongly = ("StartDateLocal", "Status", "IsUpgradeAllowed")
    assert [text for text in found if not any(f"}}{name}'" in text for name in posted_wrongly)] == []


def elements_of(posted: PostedBooking | PostedTrip, sample: Path) -> Iterator[tuple[str, str]]:
    root = "Itinerary" if isinstance(posted, PostedTrip) else "Booking"
    prefix = "" if root == "Itinerary" else "Bookings/Booking[1]/"
    for path, text in parse(sample.read_bytes(), roots=[root]).items():
        yield f"{prefix}{path}", text


COMPUTED = {"DateCreatedUtc", "DateModifiedUtc", "StartDateLocal", "EndDateLocal", "TripStatus"}
"""Of these, the itinerary's own and the dates of record are the service's; the segments' come back."""


def test_every_posted_element_comes_back_as_it_was_posted(sample: Path) -> None:
    posted = (read_booking if sample.name.startswith("booking") else read_trip)(sample.read_bytes())
    trip = trip_of_sample(sample)
    answer = parse(itinerary_xml(trip, base_url=BASE, party=OWNER.party), roots=["Itinerary"])
    for path, text in elements_of(posted, sample):
        name = path.rpartition("/")[2]
        if name in {"DateCreatedUtc", "DateModifiedUtc"} or path in COMPUTED:
            continue
        assert answer.get(path) == text, path


def test_tripits_form_has_the_published_elements_in_their_order(reference: Path) -> None:
    name = "trip-detail.GET.response.systemFormat-Tripit.xml"
    root = etree.fromstring((reference / "concur" / "samples" / name).read_bytes().lstrip())
    for element in ("Trip", "AirObject", "Segment", "Traveler", "StartDateTime"):
        published = next(root.iter(element))
        assert list(ELEMENTS[element].order) == list(dict.fromkeys(str(e.tag) for e in published)), element


@pytest.mark.parametrize("kind", CHARGE_CODES)
def test_the_charge_codes_are_those_that_are_published(kind: str, reference: Path) -> None:
    with (reference / "concur" / "codes" / "semantics_codes.csv").open(newline="") as file:
        published = {
            row["semantics_code"] for row in csv.DictReader(file) if row["vendor_type"].lower() == kind
        }

    assert set(CHARGE_CODES[kind]) == published  # type: ignore[index]


@pytest.mark.parametrize("kind", VENDOR_CODES)
def test_the_vendor_codes_are_those_that_are_published(kind: str, reference: Path) -> None:
    with (reference / "concur" / "codes" / f"{kind}_vendor_codes.csv").open(newline="") as file:
        published = {row["vendor_code"] for row in csv.DictReader(file)}

    assert VENDOR_CODES[kind].keys() == published | {"$$"}  # type: ignore[index]
