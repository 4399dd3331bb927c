"""What a Concur client does over days, told to the running system: create, change, cancel, and send again."""

from typing import Any

import httpx
import pytest
from lxml import etree

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient

NOBODYS = "00000000-0000-4000-8000-00000000beef"
TRIP, BOOKING = "/api/travel/trip/v1.1", "/api/travel/booking/v1.1"


class Agency:
    """An agency that books for one traveller."""

    def __init__(self, live: LiveClient) -> None:
        self.live = live
        self.headers = live.token("--tmc", "Wayfarer", "--on-behalf-of", live.login)

    def post(self, path: str, body: str = "", **params: str) -> httpx.Response:
        headers = self.headers | {"Content-Type": "application/xml"}
        answer = self.live.http.post(path, content=body, params=params, headers=headers)
        assert "Itinerary-Pending" not in answer.headers
        return answer

    def trips(self) -> set[str]:
        """The ids of the traveller's trips, cancelled ones left out."""
        listed = self.live.http.get(TRIP, params={"startDate": "2026-01-01"}, headers=self.headers)
        return {str(found.text) for found in etree.fromstring(listed.content).iter("{*}TripId")}


@pytest.fixture(scope="module")
def agency(installation: Installation, running: RunningUp) -> Agency:
    return Agency(LiveClient(installation, running))


def booking(locator: str, *, until: str = "14", month: str = "05") -> str:
    dates = (
        f"<StartDateLocal>2026-{month}-12T15:00:00</StartDateLocal>"
        f"<EndDateLocal>2026-{month}-{until}T11:00:00</EndDateLocal>"
    )
    names = f"<BookingSource>Hilton</BookingSource><RecordLocator>{locator}</RecordLocator>"
    return f"<Booking>{names}<Segments><Hotel>{dates}</Hotel></Segments></Booking>"


def itinerary(*bookings: str, name: str) -> str:
    return f"<Itinerary><TripName>{name}</TripName><Bookings>{''.join(bookings)}</Bookings></Itinerary>"


def said(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    root = etree.fromstring(answer.content)
    return {
        "trip": root.findtext("{*}TripId"),
        "status": root.findtext("{*}TripStatus"),
        "end": str(root.findtext("{*}EndDateLocal"))[:10],
        "locators": sorted(str(found.text) for found in root.iter("{*}RecordLocator")),
    }


def test_a_creation_that_is_sent_again_takes_nothing_back(agency: Agency) -> None:
    create = itinerary(booking("H1"), booking("H2"), name="Conference")
    created = said(agency.post(TRIP, create))
    changed = said(agency.post(BOOKING, booking("H1", until="18")))
    again = agency.post(TRIP, create)
    shorter = said(agency.post(TRIP, itinerary(booking("H2"), name="Shorter"), tripId=created["trip"]))
    after_that = said(agency.post(TRIP, create))
    others = agency.trips() - {created["trip"]}
    cancelled = said(agency.post(f"{TRIP}/cancel", tripId=created["trip"]))
    at_last = said(agency.post(TRIP, create))

    assert (created["end"], changed["end"]) == ("2026-05-14", "2026-05-18")
    assert said(again) == changed
    assert "posted before" in again.headers["Itinerary-Warnings"]
    assert (shorter["end"], shorter["locators"]) == ("2026-05-14", ["H2"])
    assert after_that == shorter
    assert others == set(), "what was posted of the first booking later stands nowhere by itself"
    assert cancelled["status"] == "2"
    assert at_last == cancelled
    revived = said(agency.post(TRIP, itinerary(booking("H2"), name="Back"), tripId=created["trip"]))
    assert (revived["trip"], revived["status"]) == (created["trip"], "0")


def test_what_was_changed_later_goes_with_the_trip_that_is_cancelled(agency: Agency) -> None:
    before = agency.trips()
    created = said(agency.post(TRIP, itinerary(booking("C1", month="07"), name="Seminar")))
    agency.post(BOOKING, booking("C1", month="07", until="19"))

    agency.post(f"{TRIP}/cancel", tripId=created["trip"])

    assert agency.trips() == before


def test_a_booking_goes_where_its_trip_id_leads_and_nowhere_else(agency: Agency) -> None:
    home = said(agency.post(BOOKING, booking("L1", month="08")))["trip"]
    overlapping = said(agency.post(BOOKING, booking("L2", month="08")))
    agency.post(f"{BOOKING}/cancel", bookingSource="Hilton", confirmationNumber="L1")
    by_the_id_of_what_is_gone = said(agency.post(BOOKING, booking("L3", month="10"), tripId=home))
    stranger = LiveClient.__new__(LiveClient)
    stranger.__dict__ |= agency.live.__dict__ | {"login": "john@acme.example"}
    elsewhere = said(Agency(stranger).post(BOOKING, booking("J1", month="08")))["trip"]
    before = agency.trips()

    assert overlapping["trip"] == home
    assert by_the_id_of_what_is_gone["trip"] == home
    for unseen in (NOBODYS, str(elsewhere), "CNQR$1"):
        refused = agency.post(BOOKING, booking("L9", month="11"), tripId=unseen)
        assert refused.status_code == 404, unseen
        assert etree.fromstring(refused.content).tag == "Error"
    assert agency.trips() == before


def test_an_own_trip_that_nobody_posted_is_not_replaced_by_nothing(agency: Agency) -> None:
    trip = said(agency.post(BOOKING, booking("N1", month="12")))["trip"]

    refused = agency.post(TRIP, itinerary(name="Nothing"), tripId=trip)
    taken = said(agency.post(TRIP, itinerary(booking("N2", month="12"), name="Something"), tripId=trip))

    assert refused.status_code == 400
    assert "Bookings" in str(etree.fromstring(refused.content).findtext("Message"))
    assert (taken["trip"], taken["locators"]) == (trip, ["N1", "N2"])
