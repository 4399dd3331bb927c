"""What trusted feeds publish on the real topic: kept, normalised, and buried where it cannot be."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from schemas.booking_record import BookingStatement, decode_statement
from schemas.topics import BOOKINGS, DEAD_LETTERS, INBOX, RAW
from services.ingest.feeds import Feeds
from services.ingest.worker import run_worker
from services.platform.backing import Backing
from services.platform.kafka import client_arguments
from tests.support.ingest_edge import CHRIS, IngestUnderTest, Written, ingest_under_test

CLIENT = "https://feed.example/bookings"
DEADLINE_SECONDS = 60


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        row = ready.sender(CLIENT, party="Bookwell", source="booking_tool", trusted_feed=True)
        await ready.enrol(sender=row)
        yield ready


@asynccontextmanager
async def worker(ingest: IngestUnderTest) -> AsyncGenerator[None]:
    stopping = asyncio.Event()
    feeds = Feeds(directory=ingest.directory, log=ingest.log)
    running = asyncio.create_task(
        run_worker(ingest.backing.kafka_settings, feeds=feeds, stopping=stopping, moved=lambda: None)
    )
    try:
        yield
    finally:
        stopping.set()
        await running


async def publish(ingest: IngestUnderTest, *bodies: bytes, **attributes: str | None) -> None:
    known: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": uuid.uuid4().hex,  # noqa: TID251 - the feed's own
        "ce_source": CLIENT,
        "ce_type": "itinerary.booking.v1",
        "ce_itinerarytenant": ingest.tenant,
        "ce_itinerarytraveller": CHRIS,
    }
    headers = [(n, v.encode()) for n, v in (known | attributes).items() if v is not None]
    async with AIOKafkaProducer(**client_arguments(ingest.backing.kafka_settings)) as producer:
        for body in bodies:
            await producer.send_and_wait(INBOX.name, body, headers=headers, partition=0)


def booking(locator: str, **fields: Any) -> bytes:
    stay = {"type": "hotel", "start": "2026-05-12", "end": "2026-05-14", "name": "Sacher"}
    known = {"booking_source": "Bookwell", "record_locator": locator, "segments": [stay]}
    return json.dumps(known | fields).encode()


async def until(
    ingest: IngestUnderTest, *topics: str, holds: Callable[[list[Written]], bool]
) -> list[Written]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            written = await ingest.written(*topics)
            if holds(written):
                return written


async def test_a_message_of_a_trusted_feed_is_kept_queued_and_becomes_a_statement(
    ingest: IngestUnderTest,
) -> None:
    async with worker(ingest):
        await publish(ingest, booking("H1"))
        written = await until(ingest, RAW.name, BOOKINGS.name, holds=lambda found: len(found) == 2)

    raw = next(record for record in written if record.topic == RAW.name)
    statement = decode_statement(next(r for r in written if r.topic == BOOKINGS.name).value)
    assert isinstance(statement, BookingStatement)
    assert (raw.headers["disposition"], raw.headers["owner"]) == ("queued", "Bookwell")
    assert statement.message == raw.key
    assert (statement.owner.party, statement.owner.source) == ("Bookwell", "booking_tool")
    revision = statement.revision
    assert (revision.received_ms, revision.partition, revision.offset) == (
        raw.timestamp,
        raw.partition,
        raw.offset,
    )


async def test_poison_becomes_a_dead_letter_and_the_stream_goes_on(ingest: IngestUnderTest) -> None:
    marked = [f"{ingest.tenant} {kind}".encode() for kind in ("no json", "<Booking", "who", "bad type")]
    async with worker(ingest):
        await publish(ingest, marked[0])
        await publish(ingest, marked[1], ce_type="itinerary.concur.booking.v1")
        await publish(ingest, marked[2], ce_source="https://stranger.example")
        await publish(ingest, marked[3], ce_type="something.else")
        await publish(ingest, booking("H2"))
        letters = await until(ingest, DEAD_LETTERS.name, holds=lambda found: len(found) == 4)
        statements = await until(ingest, BOOKINGS.name, holds=lambda found: len(found) == 1)

    by_body = {letter.value: letter.headers for letter in letters}
    assert by_body.keys() == set(marked)
    assert [by_body[body]["reason"] for body in marked] == [
        "json",
        "not_well_formed",
        "unknown_sender",
        "malformed_envelope",
    ]
    assert {headers["stage"] for headers in by_body.values()} == {"ingest"}
    assert {headers["topic"] for headers in by_body.values()} == {INBOX.name, RAW.name}
    assert len(statements) == 1


async def test_of_an_array_the_good_go_on_and_the_rest_is_buried_with_its_place(
    ingest: IngestUnderTest,
) -> None:
    async with worker(ingest):
        body = b"[" + booking("H3") + b"," + booking("H4", traveller="nobody@acme.example") + b"]"
        await publish(ingest, body)
        await until(ingest, BOOKINGS.name, holds=lambda found: len(found) == 1)
        (letter,) = await until(ingest, DEAD_LETTERS.name, holds=lambda found: len(found) == 1)

    assert letter.value == body
    assert letter.headers["reason"] == "some_bookings_refused"
    assert letter.headers["detail"].startswith("1.traveller:")
    assert "nobody" not in letter.headers["detail"]


async def test_a_worker_that_starts_again_does_what_the_last_one_left(ingest: IngestUnderTest) -> None:
    async with worker(ingest):
        await publish(ingest, booking("H5"))
        await until(ingest, BOOKINGS.name, holds=lambda found: len(found) == 1)
    await publish(ingest, booking("H6"))
    async with worker(ingest):
        written = await until(ingest, BOOKINGS.name, holds=lambda found: len(found) >= 2)
    assert len({r.key for r in written}) == 2
