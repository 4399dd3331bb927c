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
from schemas.dead_letter import DeadLetter, Stage
from schemas.topics import BOOKINGS, DEAD_LETTERS, INBOX, RAW
from services.ingest.dead_letters import Buried, DeadLetters, NotRedrivable, Wanted, body_of, find
from services.ingest.feeds import Consumed, Feeds
from services.ingest.worker import run_worker
from services.platform.backing import Backing
from services.platform.kafka import client_arguments
from tests.support.ingest_edge import CHRIS, IngestUnderTest, Written, ingest_under_test
from tests.support.waiting import wait_until_async

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
        run_worker(
            ingest.backing.kafka_settings,
            feeds=feeds,
            take_mail=leave_mail,
            stopping=stopping,
            moved=lambda: None,
        )
    )
    try:
        yield
    finally:
        stopping.set()
        await running


async def leave_mail(record: Consumed) -> None:
    """Mail has tests of its own."""


async def publish(
    ingest: IngestUnderTest, *bodies: bytes, codec: str | None = None, **attributes: str | None
) -> None:
    known: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": uuid.uuid4().hex,  # noqa: TID251 - the feed's own
        "ce_source": CLIENT,
        "ce_type": "itinerary.booking.v1",
        "ce_itinerarytenant": ingest.tenant,
        "ce_itinerarytraveller": CHRIS,
    }
    headers = [(n, v.encode()) for n, v in (known | attributes).items() if v is not None]
    kafka = client_arguments(ingest.backing.kafka_settings)
    async with AIOKafkaProducer(**kafka, compression_type=codec) as producer:
        for body in bodies:
            await producer.send_and_wait(INBOX.name, body, headers=headers, partition=0)


def booking(locator: str, **fields: Any) -> bytes:
    stay = {"type": "hotel", "start": "2026-05-12", "end": "2026-05-14", "name": "Sacher"}
    known = {"booking_source": "Bookwell", "record_locator": locator, "segments": [stay]}
    return json.dumps(known | fields).encode()


async def until(
    ingest: IngestUnderTest, *topics: str, holds: Callable[[list[Written]], bool]
) -> list[Written]:
    async def look() -> list[Written] | None:
        written = await ingest.written(*topics)
        return written if holds(written) else None

    # No `asyncio.timeout`: its one cancellation is lost where it meets a consumer that stops.
    return await wait_until_async(look, what="what should be written", deadline_seconds=DEADLINE_SECONDS)


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


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_a_feed_may_pack_its_messages_by_any_codec_of_kafka(
    ingest: IngestUnderTest, codec: str
) -> None:
    stays = b"[" + b",".join(booking(f"H-{codec}-{number}") for number in range(10)) + b"]"
    async with worker(ingest):
        await publish(ingest, stays, codec=codec)
        written = await until(ingest, RAW.name, BOOKINGS.name, holds=lambda found: len(found) == 1 + 10)

    assert stays in {record.value for record in written}


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


async def waiting(ingest: IngestUnderTest, *messages: str, decided_too: bool = False) -> tuple[Buried, ...]:
    """Return the dead letters of this tenant, or of some messages."""
    whose = Wanted(frozenset(messages), tenant=None if messages else ingest.tenant, decided_too=decided_too)
    return await find(ingest.backing.kafka_settings, wanted=whose, on_progress=lambda _read, _total: None)


def deciding(ingest: IngestUnderTest) -> DeadLetters:
    feeds = Feeds(directory=ingest.directory, log=ingest.log)
    return DeadLetters(kafka=ingest.backing.kafka_settings, log=ingest.log, feeds=feeds)


async def test_a_dead_letter_goes_back_through_its_door_once_the_reason_is_mended(
    ingest: IngestUnderTest,
) -> None:
    late = "https://late.example"
    async with worker(ingest):
        await publish(ingest, booking("H7"), ce_source=late)
        await until(ingest, DEAD_LETTERS.name, holds=lambda found: len(found) == 1)
        (buried,) = await waiting(ingest)
        assert (buried.letter.reason, buried.letter.topic, buried.state) == (
            "unknown_sender",
            INBOX.name,
            "open",
        )
        assert await body_of(ingest.backing.kafka_settings, buried) == booking("H7")

        await ingest.enrol(sender=ingest.sender(late, party="Late", source="booking_tool", trusted_feed=True))
        await deciding(ingest).redrive(buried)
        await until(ingest, BOOKINGS.name, holds=lambda found: len(found) == 1)
        await deciding(ingest).redrive(buried)
        twice = await until(ingest, BOOKINGS.name, holds=lambda found: len(found) == 2)

    assert await waiting(ingest) == ()
    (decided,) = await waiting(ingest, buried.letter.message, decided_too=True)
    assert decided.state == "redriven"
    # The same message states the same about the same record, which changes no trip (duplication law).
    first, second = (decode_statement(one.value) for one in twice)
    assert isinstance(second, BookingStatement)
    assert second.message == buried.letter.message
    assert isinstance(first, BookingStatement)
    assert second.model_copy(update={"revision": first.revision}) == first


async def test_a_message_that_fails_again_is_open_again(ingest: IngestUnderTest) -> None:
    async with worker(ingest):
        await publish(ingest, booking("H8", traveller="nobody@acme.example"))
        await until(ingest, DEAD_LETTERS.name, holds=lambda found: len(found) == 1)
        (buried,) = await waiting(ingest)
        assert buried.letter.topic == RAW.name
        await deciding(ingest).redrive(buried)
    (again,) = await waiting(ingest)
    assert (again.letter, again.offset) != (buried.letter, buried.offset)
    assert (again.letter.message, again.letter.reason) == (buried.letter.message, buried.letter.reason)


async def test_a_discarded_message_waits_no_more_and_can_still_be_read(ingest: IngestUnderTest) -> None:
    async with worker(ingest):
        await publish(ingest, b"no json", b"nor this")
        await until(ingest, DEAD_LETTERS.name, holds=lambda found: len(found) == 2)
    gone, kept = await waiting(ingest)
    await deciding(ingest).discard(gone)
    assert await waiting(ingest) == (kept,)
    (decided,) = await waiting(ingest, gone.letter.message, decided_too=True)
    assert decided.state == "discarded"
    assert await body_of(ingest.backing.kafka_settings, decided) in {b"no json", b"nor this"}


async def test_what_the_consolidator_refused_is_appended_to_its_partition_again(
    ingest: IngestUnderTest,
) -> None:
    message = str(uuid.uuid4())  # noqa: TID251 - a test's own
    letter = DeadLetter(
        message=message,
        stage=Stage.CONSOLIDATION,
        reason="malformed",
        detail="value: json_invalid",
        topic=BOOKINGS.name,
        partition=3,
        offset=0,
    )
    body = f"refused of {ingest.tenant}".encode()
    await ingest.log.bury(letter, body=body, headers=())
    (buried,) = await waiting(ingest, message)
    await deciding(ingest).redrive(buried)
    (again,) = await ingest.written(BOOKINGS.name)
    assert (again.partition, again.value) == (3, body)


@pytest.mark.parametrize(
    ("topic", "advice"), [("trips.v1", "itinerary verify --repair"), ("inbox.v1", "older version")]
)
async def test_what_has_no_way_back_is_refused_with_what_to_do_instead(
    ingest: IngestUnderTest, topic: str, advice: str
) -> None:
    message = str(uuid.uuid4())  # noqa: TID251 - a test's own
    letter = DeadLetter(
        message=message, stage=Stage.RELAY, reason="any", detail="any", topic=topic, partition=0, offset=0
    )
    await ingest.log.bury(letter, body=b"any", headers=())
    (buried,) = await waiting(ingest, message)
    with pytest.raises(NotRedrivable, match=advice):
        await deciding(ingest).redrive(buried)
    assert await waiting(ingest, message) == (buried,)
