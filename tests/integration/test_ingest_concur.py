"""Changing whole trips over HTTP: what the door looks up, keeps beside the message, and answers."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from schemas.booking_record import BookingStatement, CancellationStatement, decode_statement
from schemas.identifiers import record_key
from schemas.topics import BOOKINGS, RAW
from services.ingest.domain.messages import read_message
from services.ingest.domain.refusals import Refusal
from services.ingest.raw import read_headers
from services.platform.backing import Backing
from services.platform.own_reads import is_own_read
from tests.support.ingest_edge import OWN_READS_SECRET, IngestUnderTest, ingest_under_test

TRIP = "0f3b8a52-6f0c-5d6e-9b5a-3a0e7b7f2c11"
PATH = "/api/travel/trip/v1.1"


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        yield ready


class Query:
    """A query service that knows one trip, with one booking of the agency and one of a hotel."""

    def __init__(self, ingest: IngestUnderTest, *, traveller: str) -> None:
        self.asked: list[httpx.Request] = []
        self.itinerary = b"<Itinerary/>"
        self.outcomes: list[dict[str, str]] = []
        self.record = record_key(
            tenant=ingest.tenant,
            traveller=traveller,
            owner="Wayfarer",
            booking_source="Wheels",
            record_locator="QX7",
        )
        own = {"record": self.record, "owner": {"party": "Wayfarer", "source": "tmc"}, "status": "confirmed"}
        hotel = {"record": TRIP, "owner": {"party": "Sacher", "source": "supplier"}}
        names = {"booking_source": "Wheels", "record_locator": "QX7", "booked": "2026-05-01"}
        self.trip: dict[str, Any] = {
            "id": TRIP,
            "traveller": traveller,
            "bookings": [own | names, hotel | names],
            "segments": [],
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == f"/v1/trips/{TRIP}":
            return httpx.Response(200, json=self.trip, headers={"ETag": '"1"'})
        if request.url.path.startswith("/v1/messages/"):
            return httpx.Response(200, json={"outcomes": self.outcomes, "trips": [TRIP]})
        if request.url.path == f"{PATH}/{TRIP}":
            return httpx.Response(200, content=self.itinerary)
        return httpx.Response(404)


async def test_a_trip_is_cancelled_and_the_message_can_be_read_again(ingest: IngestUnderTest) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    query = Query(ingest, traveller=traveller)
    bearer = ingest.bearer("tmc", client="agency")

    async with ingest.client(query=httpx.MockTransport(query)) as client:
        answer = await client.post(f"{PATH}/cancel", params={"tripId": TRIP}, headers=bearer)

    assert (answer.status_code, answer.text) == (200, "<Itinerary/>")
    assert query.asked[0].headers["authorization"] == bearer["Authorization"]
    assert len(query.asked) == 3
    assert all(is_own_read(asked.headers, secret=OWN_READS_SECRET) for asked in query.asked)
    written = await ingest.written()
    (raw,) = [record for record in written if record.topic == RAW.name]
    (statement,) = [decode_statement(r.value) for r in written if r.topic == BOOKINGS.name]
    assert isinstance(statement, CancellationStatement)
    assert statement.record == query.record
    headers = read_headers((name, value.encode()) for name, value in raw.headers.items())
    assert headers is not None
    assert not isinstance(read_message(headers.route, body=raw.value, parameters=headers.parameters), Refusal)


def shown(comment: str, *, number: str) -> str:
    segment = f"<Segments><Car><ConfirmationNumber>{number}</ConfirmationNumber></Car></Segments>"
    return (
        "<Booking><BookingSource>Wheels</BookingSource><RecordLocator>QX7</RecordLocator>"
        f"<Remarks>{comment}</Remarks>{segment}</Booking>"
    )


@pytest.mark.parametrize("shows_number", [True, False])
async def test_a_cancelled_booking_is_answered_as_its_owner_has_it_and_nobody_elses(
    ingest: IngestUnderTest, shows_number: bool
) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    query = Query(ingest, traveller=traveller)
    own, hotels = query.trip["bookings"]
    query.trip["bookings"] = [hotels, own]
    inside = shown("hotel's", number="C-1") + shown("own", number="C-1" if shows_number else "")
    query.itinerary = f"<Itinerary><Bookings>{inside}</Bookings></Itinerary>".encode()
    named = {"bookingSource": "wheels", "confirmationNumber": "C-1"}

    async with ingest.client(query=httpx.MockTransport(query)) as client:
        answer = await client.post(
            "/api/travel/booking/v1.1/cancel", params=named, headers=ingest.bearer("tmc", client="agency")
        )

    assert answer.status_code == 200, answer.text
    assert etree.fromstring(answer.content).findtext("Remarks") == "own"


async def test_all_bookings_that_bear_a_cancelled_number_are_shown(ingest: IngestUnderTest) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    query = Query(ingest, traveller=traveller)
    own, hotels = query.trip["bookings"]
    query.trip["bookings"] = [own, own, hotels]
    inside = shown("one", number="C-1") + shown("two", number="C-1") + shown("hotel's", number="C-1")
    query.itinerary = f"<Itinerary><Bookings>{inside}</Bookings></Itinerary>".encode()
    named = {"bookingSource": "wheels", "confirmationNumber": "C-1"}

    async with ingest.client(query=httpx.MockTransport(query)) as client:
        answer = await client.post(
            "/api/travel/booking/v1.1/cancel", params=named, headers=ingest.bearer("tmc", client="agency")
        )

    root = etree.fromstring(answer.content)
    assert root.tag == "Itinerary"
    assert [remarks.text for remarks in root.iter("Remarks")] == ["one", "two"]


async def test_what_cannot_be_cancelled_is_told_in_concurs_shape(ingest: IngestUnderTest) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    await ingest.enrol(sender=ingest.sender("train", party="Railways", source="supplier"))
    query = Query(ingest, traveller=traveller)
    agency, train = ingest.bearer("tmc", client="agency"), ingest.bearer("supplier", client="train")

    async def refused(params: dict[str, str], headers: dict[str, str], *, answers: bool = True) -> int:
        transport = httpx.MockTransport(query) if answers else None
        async with ingest.client(query=transport) as client:
            answer = await client.post(f"{PATH}/cancel/", params=params, headers=headers)
        assert etree.fromstring(answer.content).tag == "Error"
        return answer.status_code

    assert await refused({}, agency) == 400
    assert await refused({"tripId": ""}, agency) == 400
    assert await refused({"tripid": "CNQR$1"}, agency) == 404
    assert await refused({"tripid": TRIP}, train) == 403
    assert await refused({"tripid": TRIP}, agency, answers=False) == 503
    assert await ingest.written() == []


NAMED = "<BookingSource>Wheels</BookingSource><RecordLocator>QX7</RecordLocator>"


async def test_a_post_that_changed_nothing_says_so(ingest: IngestUnderTest) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    query = Query(ingest, traveller=traveller)
    headers = ingest.bearer("tmc", client="agency") | {"Content-Type": "application/xml"}
    trip, booking = "<Itinerary><TripName>Vienna</TripName></Itinerary>", f"<Booking>{NAMED}</Booking>"
    created, named = (PATH, trip, {}), {"tripId": TRIP}
    changed, booked = (PATH, trip, named), ("/api/travel/booking/v1.1", booking, {})
    query.trip["posted"] = {"owner": {"party": "Wayfarer", "source": "tmc"}, "header": {"name": "Vienna"}}

    async def told(post: tuple[str, str, dict[str, str]], *results: str) -> str | None:
        path, body, params = post
        query.outcomes = [{"result": result, "trip": TRIP} for result in results]
        async with ingest.client(query=httpx.MockTransport(query)) as client:
            answer = await client.post(path, params=params, content=body, headers=headers)
        assert (answer.status_code, answer.text) == (200, "<Itinerary/>")
        return answer.headers.get("Itinerary-Warnings")

    assert await told(created, "stale", "stale") == "Itinerary was posted before; its tripId changes it"
    assert await told(created, "stale", "applied") is None
    for overtaken in (changed, booked):
        warning = await told(overtaken, "stale", "stale")
        assert warning == "Itinerary is unchanged: something newer was said of it meanwhile"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, "<Itinerary><TripName>Mine now</TripName></Itinerary>"),
        ("/api/travel/booking/v1.1", f"<Booking>{NAMED}</Booking>"),
    ],
)
async def test_a_trip_that_the_sender_cannot_see_is_none_to_post_to(
    ingest: IngestUnderTest, path: str, body: str
) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))

    async def post(trip: str, *, of: str = traveller) -> httpx.Response:
        async with ingest.client(query=httpx.MockTransport(Query(ingest, traveller=of))) as client:
            headers = ingest.bearer("tmc", client="agency") | {"Content-Type": "application/xml"}
            return await client.post(path, params={"tripId": trip}, content=body, headers=headers)

    for unseen in (
        await post("00000000-0000-4000-8000-00000000beef"),
        await post(TRIP, of="somebody else's"),
    ):
        assert unseen.status_code == 404, unseen.text
        assert etree.fromstring(unseen.content).tag == "Error"
    for without_value in (await post(""), await post(" ")):
        assert without_value.status_code == 400
        message = str(etree.fromstring(without_value.content).findtext("Message"))
        assert "leave the parameter out" in message
        assert "tripId" in message
    assert [record for record in await ingest.written() if record.topic == BOOKINGS.name] == []


async def test_a_booking_goes_where_an_id_leads_today(ingest: IngestUnderTest) -> None:
    traveller = await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))
    query, old = Query(ingest, traveller=traveller), "00000000-0000-4000-8000-00000000beef"

    def redirecting(request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/v1/trips/{old}":
            return httpx.Response(307, headers={"Location": f"/v1/trips/{TRIP}"})
        return query(request)

    query.trip["posted"] = {"owner": {"party": "Sacher", "source": "supplier"}, "header": {"name": "Vienna"}}
    async with ingest.client(query=httpx.MockTransport(redirecting)) as client:
        headers = ingest.bearer("tmc", client="agency") | {"Content-Type": "application/xml"}
        body = f"<Booking>{NAMED}</Booking>"
        answer = await client.post(
            "/api/travel/booking/v1.1", params={"tripId": old}, content=body, headers=headers
        )

    assert answer.status_code == 200, answer.text
    (statement,) = [decode_statement(r.value) for r in await ingest.written() if r.topic == BOOKINGS.name]
    assert isinstance(statement, BookingStatement)
    assert statement.explicit_trip == TRIP


async def test_what_shows_nowhere_is_answered_without_anything_to_wait_for(ingest: IngestUnderTest) -> None:
    await ingest.enrol(sender=ingest.sender("agency", party="Wayfarer", source="tmc"))

    def query(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v1/messages/"):
            return httpx.Response(200, json={"outcomes": [{"result": "applied"}], "trips": []})
        return httpx.Response(500)

    async with ingest.client(query=httpx.MockTransport(query)) as client:
        headers = ingest.bearer("tmc", client="agency") | {"Content-Type": "application/xml"}
        body = "<Itinerary><TripName>Vienna</TripName></Itinerary>"
        answer = await client.post(PATH, params={"tripId": TRIP}, content=body, headers=headers)

    assert answer.status_code == 200, answer.text
    assert "Itinerary-Pending" not in answer.headers
    assert etree.fromstring(answer.content).findtext("{*}TripId") == TRIP
