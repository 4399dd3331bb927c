"""Posting to trips while what was posted before cannot be read yet; query's own app is behind the door."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from lxml import etree

from schemas.booking_record import (
    BookingStatement,
    CancellationStatement,
    PostedTripStatement,
    Statement,
    decode_statement,
)
from schemas.identifiers import record_key
from schemas.topics import BOOKINGS
from services.ingest.kafka import KafkaLog
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings, TopicSettings
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import AGENCY, an_id, booking, marker, trip

MARIA = "maria@acme.example"
TRIP, BOOKING = "/api/travel/trip/v1.1", "/api/travel/booking/v1.1"


class Lagging:
    """An agency at the door, and trips that come to be read when the test says so."""

    def __init__(self, ingest: IngestUnderTest, query: QueryUnderTest, client: httpx.AsyncClient) -> None:
        self.ingest = ingest
        self.query = query
        self.client = client
        self.headers = ingest.bearer("tmc", login=MARIA, client="agency")

    async def post(self, path: str, body: str = "", **params: str) -> httpx.Response:
        headers = self.headers | {"Content-Type": "application/xml"}
        return await self.client.post(path, content=body, params=params, headers=headers)

    async def statements(self) -> list[Statement]:
        return [decode_statement(record.value) for record in await self.ingest.written(BOOKINGS.name)]

    async def show(self, *locators: str, end: int) -> None:
        """Have a trip with these bookings be read, and all of the log up to `end` with it."""
        names = [{"booking_source": "Hilton", "record_locator": locator} for locator in locators]
        of_maria = {"tenant": self.query.tenant, "traveller": an_id("maria"), "owner": AGENCY.party}
        shown = tuple(
            booking().model_copy(update=named | {"record": record_key(**of_maria, **named)})
            for named in names
        )
        place = {"offset": end, "epoch": self.query.epoch}
        await self.query.write(
            trip("rome", tenant=self.query.tenant, bookings=shown, **place),
            marker(partition=self.query.partition(), **place),
        )
        await self.query.until_stored("rome", offset=end)


@pytest.fixture
async def lagging(
    backing: Backing, fresh_database: PostgresSettings, tmp_path: Path
) -> AsyncGenerator[Lagging]:
    query = query_under_test(kafka=backing.kafka_settings, postgres=fresh_database, folder=tmp_path)
    async with AsyncExitStack() as stack:
        ingest = await stack.enter_async_context(ingest_under_test(backing, folder=tmp_path))
        query.tenant = ingest.tenant
        await ingest.enrol(sender=ingest.sender("agency", party=AGENCY.party, source=AGENCY.source))
        await query.on(backing.postgres_settings).enrol("maria")
        await query.enrol("maria")
        await query.enrol_sender(client="agency", party=AGENCY.party)
        log = KafkaLog(backing.kafka_settings, topics=TopicSettings(epoch=query.epoch), confirm_seconds=10)
        stack.push_async_callback(log.stop)
        reader = await stack.enter_async_context(query.client(wait_seconds=0.3))
        behind = httpx.MockTransport(reader.send)
        yield Lagging(ingest, query, await stack.enter_async_context(ingest.client(query=behind, log=log)))


def stay(locator: str) -> str:
    names = f"<BookingSource>Hilton</BookingSource><RecordLocator>{locator}</RecordLocator>"
    dates = (
        "<StartDateLocal>2026-05-12T15:00:00</StartDateLocal><EndDateLocal>2026-05-14T11:00:00</EndDateLocal>"
    )
    return f"<Booking>{names}<Segments><Hotel>{dates}</Hotel></Segments></Booking>"


def itinerary(*bookings: str, name: str) -> str:
    return f"<Itinerary><TripName>{name}</TripName><Bookings>{''.join(bookings)}</Bookings></Itinerary>"


async def test_a_trip_just_created_takes_posts_in_before_it_can_be_read(lagging: Lagging) -> None:
    created = await lagging.post(TRIP, itinerary(stay("H1"), name="Rome"))
    trip_id = str(etree.fromstring(created.content).findtext("{*}TripId"))
    booked = await lagging.post(BOOKING, stay("H2"), tripId=trip_id)
    updated = await lagging.post(TRIP, itinerary(stay("H1"), name="Rome again"), tripId=trip_id)
    cancelled = await lagging.post(f"{TRIP}/cancel", tripId=trip_id)

    for answer in (created, booked, updated):
        assert (answer.status_code, "Itinerary-Pending" in answer.headers) == (200, True), answer.text
    assert (cancelled.status_code, "Retry-After" in cancelled.headers) == (503, True), cancelled.text
    assert etree.fromstring(cancelled.content).tag == "Error"
    said = await lagging.statements()
    loose = [one for one in said if isinstance(one, BookingStatement) and one.record_locator == "H2"]
    assert [one.explicit_trip for one in loose] == [trip_id]
    assert [one.trip for one in said if isinstance(one, PostedTripStatement)] == [trip_id, trip_id]
    assert not [one for one in said if isinstance(one, CancellationStatement)]


async def test_a_trip_is_cancelled_as_it_is_and_not_as_it_was(lagging: Lagging) -> None:
    async with lagging.query.projector():
        await lagging.show("H1", end=await lagging.query.append_booking())
        await lagging.post(BOOKING, stay("H2"), tripId=an_id("rome"))
        too_early = await lagging.post(f"{TRIP}/cancel", tripId=an_id("rome"))
        before = await lagging.statements()
        await lagging.show("H1", "H2", end=await lagging.query.append_booking())
        await lagging.post(f"{TRIP}/cancel", tripId=an_id("rome"))

    assert (too_early.status_code, "Retry-After" in too_early.headers) == (503, True), too_early.text
    assert not [one for one in before if isinstance(one, CancellationStatement)]
    cancelled = [one for one in await lagging.statements() if isinstance(one, CancellationStatement)]
    assert sorted(one.record_locator for one in cancelled) == ["H1", "H2"]


async def test_an_id_that_leads_nowhere_is_told_so_once_everything_can_be_read(lagging: Lagging) -> None:
    async with lagging.query.projector():
        await lagging.show("H1", end=await lagging.query.append_booking())
        unseen = [
            await lagging.post(path, body, tripId=an_id("nowhere"))
            for path, body in ((BOOKING, stay("H2")), (f"{TRIP}/cancel", ""))
        ]

    assert [answer.status_code for answer in unseen] == [404, 404]
