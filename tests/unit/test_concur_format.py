"""How a trip stands in Concur's XML."""

from pathlib import Path
from typing import NamedTuple

from lxml import etree

from schemas.concur.elements import NAMESPACE
from schemas.concur.wire import document
from schemas.money import Money
from schemas.segments import ConfirmationKind, ConfirmationNumber, FieldGroup, SegmentStatus
from schemas.times import Moment
from schemas.trip import Provenance, Trip, TripCar
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import parse
from services.query.domain.concur_format import dates_of, error_xml, itinerary_xml
from services.query.domain.concur_list import Paging, itinerary_list_xml, paged_list_xml
from services.query.domain.listing import Page
from tests.support.concur_trips import OWNER, REVISION, TRIP_ID, record_id, trip_of

SAMPLES = Path(__file__).parent.parent / "samples" / "concur"
BASE = "https://itinerary.example/"
CAR = (
    b"<Booking><BookingSource>A</BookingSource><RecordLocator>%d</RecordLocator>"
    b"<Segments><Car><Status>HK</Status></Car></Segments></Booking>"
)


class Person(NamedTuple):
    login: str | None = "eva@acme.example"
    first_name: str | None = "Eva"
    last_name: str | None = None


def texts_of(trip: Trip) -> dict[str, str]:
    return parse(itinerary_xml(trip, base_url=BASE), roots=["Itinerary"])


def with_car(trip: Trip, **values: object) -> Trip:
    """Return the trip with its first segment changed."""
    first, *others = trip.content.segments
    changed = TripCar.model_validate(first.model_dump(exclude=set(values)) | values)
    content = trip.content.model_copy(update={"segments": (changed, *others)})
    return trip.model_copy(update={"content": content})


def car_as_written(**values: object) -> dict[str, str]:
    texts = texts_of(with_car(trip_of([read_booking(CAR % 1)]), **values))
    start = "Bookings/Booking[1]/Segments/Car[1]/"
    return {path.removeprefix(start): text for path, text in texts.items() if path.startswith(start)}


def test_the_ids_of_a_trip_are_one_and_its_address_is_ours() -> None:
    texts = texts_of(trip_of([read_booking(CAR % 1)]))
    assert texts["TripId"] == texts["ItinLocator"] == TRIP_ID
    assert texts["id"] == f"https://itinerary.example/api/travel/trip/v1.1/{TRIP_ID}"


def test_the_root_is_in_the_namespace_and_elements_stand_in_the_captured_order() -> None:
    trip = read_trip((SAMPLES / "trip.xml").read_bytes())
    root = etree.fromstring(itinerary_xml(trip_of(trip.bookings, header=trip.header), base_url=BASE))
    assert {etree.QName(element).namespace for element in root.iter()} == {NAMESPACE}
    assert [etree.QName(element).localname for element in root][:3] == ["id", "ItinLocator", "TripId"]
    booking = root.find("{*}Bookings/{*}Booking")
    assert booking is not None
    assert [etree.QName(element).localname for element in booking][:3] == [
        "BookingOwner",
        "Source",
        "BookingSource",
    ]


def test_the_header_of_a_posted_trip_comes_back() -> None:
    trip = read_trip((SAMPLES / "trip.xml").read_bytes())
    texts = texts_of(trip_of(trip.bookings, header=trip.header))
    assert (texts["TripName"], texts["TripStatus"], texts["ClientLocator"]) == ("Messe in Köln", "1", "CL-1")
    assert texts["CustomAttributes/CustomAttribute[1]/Data"] == "4711"
    assert texts["IsPersonal"] == "false"


def test_the_dates_of_a_trip_are_those_of_its_live_segments() -> None:
    texts = texts_of(trip_of([read_booking((SAMPLES / "booking.xml").read_bytes())]))
    assert (texts["StartDateLocal"], texts["EndDateLocal"]) == ("2026-05-12T08:00:00", "2026-05-16T23:59:00")
    assert texts["DateBookedLocal"] == "2026-03-02T10:15:00"


def test_a_day_that_no_seen_segment_shows_is_its_midnight() -> None:
    trip = trip_of([read_booking((SAMPLES / "booking.xml").read_bytes())])
    days = {"start_date": "2000-01-01", "end_date": "2099-12-31"}
    hidden = trip.content.model_copy(update={**days, "segments": ()})
    partly = trip.content.model_copy(update=days)

    for content in (hidden, partly):
        said = dates_of(content)
        assert (said["StartDateLocal"], said["EndDateLocal"]) == (
            "2000-01-01T00:00:00",
            "2099-12-31T00:00:00",
        )
        assert not {"StartDateUtc", "EndDateUtc"} & said.keys()


def test_a_segment_stands_once_under_the_booking_that_won_its_route_and_times() -> None:
    trip = trip_of([read_booking(CAR % 1), read_booking(CAR % 2)])
    won = Provenance(
        group=FieldGroup.ROUTE_AND_TIMES,
        fields=("start",),
        record=record_id(1),
        owner=OWNER,
        revision=REVISION,
    )
    filled = won.model_copy(update={"record": record_id(0), "filled": True})
    only = with_car(trip, provenance=(filled, won))
    only = only.model_copy(
        update={"content": only.content.model_copy(update={"segments": only.content.segments[:1]})}
    )
    texts = texts_of(only)
    assert "Bookings/Booking[2]/Segments/Car[1]/Status" in texts
    assert not any(path.startswith("Bookings/Booking[1]/Segments") for path in texts)
    assert texts["Bookings/Booking[1]/RecordLocator"] == "1"


def test_the_status_is_written_as_the_source_wrote_it_where_that_is_still_so() -> None:
    assert car_as_written(status=SegmentStatus.CONFIRMED, status_code="GK")["Status"] == "GK"
    assert car_as_written(status=SegmentStatus.CANCELLED, status_code="GK")["Status"] == "HX"
    assert car_as_written(status=SegmentStatus.WAITLISTED, status_code=None)["Status"] == "HL"
    assert "Status" not in car_as_written(status=None, status_code=None)


def test_a_rate_in_another_currency_than_the_total_is_left_out() -> None:
    texts = car_as_written(total=Money(amount="10", currency="EUR"), rate=Money(amount="5", currency="USD"))
    assert (texts["TotalRate"], texts["Currency"]) == ("10", "EUR")
    assert "DailyRate" not in texts


def test_only_the_suppliers_number_is_the_confirmation_number() -> None:
    numbers = (
        ConfirmationNumber(kind=ConfirmationKind.AGENCY, value="agency"),
        ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="supplier"),
    )
    assert car_as_written(confirmation_numbers=numbers)["ConfirmationNumber"] == "supplier"


def test_the_posted_spelling_is_written_only_where_it_says_the_same() -> None:
    start = Moment(local="2026-05-12T15:00:00")
    spelling = {"StartDateLocal": "2026-05-12T15:00:00.000", "NumCars": "02", "Unheard/Of": "x"}
    texts = car_as_written(start=start, cars=3, details=spelling)
    assert texts["StartDateLocal"] == "2026-05-12T15:00:00.000"
    assert texts["NumCars"] == "3"


def test_details_never_set_what_the_service_computes() -> None:
    assert (
        car_as_written(details={"DateModifiedUtc": "1999-01-01T00:00:00"})["DateModifiedUtc"]
        == "2026-01-02T03:04:05"
    )


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    assert car_as_written(notes="a\x01b")["Notes"] == "a\ufffdb"


def test_a_list_names_bookings_and_people_and_is_nil_where_the_schema_wants_an_element() -> None:
    trip = trip_of([read_booking(CAR % 1), read_booking(CAR % 2)])
    listed = itinerary_list_xml([trip, trip], people={trip.traveller: Person()}, base_url=BASE)
    root = etree.fromstring(listed)
    assert root.findtext("{*}ItineraryInfo/{*}RecordLocator") == "1, 2"
    assert root.findtext("{*}ItineraryInfo/{*}BookingSource") == "A"
    assert root.find("{*}ItineraryInfo/{*}TripStatus") is None
    start = root.find("{*}ItineraryInfo/{*}StartDateLocal")
    assert start is not None
    assert start.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert len(root) == 2


def test_an_empty_list_is_a_list() -> None:
    assert len(etree.fromstring(itinerary_list_xml([], people={}, base_url=BASE))) == 0


def test_an_error_has_the_shape_of_the_platform() -> None:
    root = etree.fromstring(error_xml("no such trip", server_time="2026-01-01T00:00:00Z", error_id="e-1"))
    assert [(e.tag, e.text) for e in root] == [
        ("Message", "no such trip"),
        ("Server-Time", "2026-01-01T00:00:00"),
        ("Id", "e-1"),
    ]


def test_repeated_elements_keep_their_numbers_when_paths_come_out_of_order() -> None:
    texts = {f"Charges/Fixed[{n}]/Amount": str(n) for n in (10, 2, 1)} | {"Charges/Rate[1]/Amount": "0"}
    root = etree.fromstring(document("Booking", texts, namespace=None))
    assert [e.findtext("Amount") for e in root.iterfind("Charges/*")] == ["1", "2", "10", "0"]


def paging_of(number: int, *, total: int = 401, items: int = 200) -> dict[str, str]:
    address = f"{BASE}api/travel/trip/v1.1?userid_value=ALL"
    paging = Paging(total=total, page=Page(number, items), address=address)
    document = paged_list_xml(itinerary_list_xml([], people={}, base_url=BASE), paging=paging)
    return {str(e.tag): e.text or "" for e in etree.fromstring(document).iterfind("Metadata/Paging/*")}


def test_a_page_names_its_neighbours() -> None:
    assert paging_of(2) == {
        "TotalItems": "401",
        "TotalPages": "3",
        "CurrentPage": "2",
        "ItemsPerPage": "200",
        "PreviousPageURL": f"{BASE}api/travel/trip/v1.1?userid_value=ALL&ItemsPerPage=200&Page=1",
        "NextPageURL": f"{BASE}api/travel/trip/v1.1?userid_value=ALL&ItemsPerPage=200&Page=3",
    }


def test_neighbours_that_there_are_not_have_no_address() -> None:
    assert {"PreviousPageURL", "NextPageURL"} & set(paging_of(1)) == {"NextPageURL"}
    assert {"PreviousPageURL", "NextPageURL"} & set(paging_of(3)) == {"PreviousPageURL"}
    assert {"PreviousPageURL", "NextPageURL"} & set(paging_of(9)) == set()
    assert paging_of(1, total=0)["TotalPages"] == "0"


def test_only_the_list_within_a_page_is_in_concurs_namespace() -> None:
    paging = Paging(total=0, page=Page(1, 5), address=BASE)
    root = etree.fromstring(paged_list_xml(itinerary_list_xml([], people={}, base_url=BASE), paging=paging))

    assert [e.tag for e in root.iter()][:3] == ["ConnectResponse", "Metadata", "Paging"]
    assert root.find(f"Data/{{{NAMESPACE}}}ItineraryInfoList") is not None
