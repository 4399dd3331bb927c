"""`replay` of what was posted: the same is not said again, and what is broken off goes on by itself."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from schemas.booking_record import SOURCES, Statement, decode_statement
from schemas.dead_letter import DeadLetter, Stage
from schemas.topics import BOOKINGS, RAW
from services.ingest.dead_letters import Buried, DeadLetters, find
from services.ingest.dead_letters import Wanted as Letters
from services.ingest.domain.statements import Draft, Receipt
from services.ingest.feeds import Feeds
from services.ingest.handlers import Log, Unavailable
from services.ingest.raw import RawHeaders, RawMessage, digest
from services.ingest.replay import Doing, Report, replay
from services.ingest.replay_place import Counts, Journal, Place, Wanted
from services.ingest.replay_readers import POSTED, PostsAgain
from services.platform.backing import Backing
from services.platform.positions import Position
from services.platform.reading import open_reader
from services.platform.settings import TopicSettings
from tests.support.ingest_edge import CHRIS, DANA, IngestUnderTest, ingest_under_test, rows

SAMPLES = Path("tests/samples/concur")
XML = {"Content-Type": "application/xml"}
MESSAGE = "0f3b8a52-6f0c-4d6e-9b5a-3a0e7b7f2c11"


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        await ready.enrol(sender=ready.sender("agency", party="Wayfarer", source="tmc"))
        await ready.enrol(DANA)
        yield ready


def stay(locator: str, **fields: Any) -> dict[str, Any]:
    segment = {"type": "hotel", "name": "Grand", "start": "2027-03-08", "end": "2027-03-09"}
    return {"booking_source": "Web", "record_locator": locator, "segments": [segment], **fields}


async def post(ingest: IngestUnderTest, *bookings: dict[str, Any], **bearer: Any) -> None:
    async with ingest.client() as client:
        answer = await client.post(
            "/v1/bookings", json=list(bookings), headers=ingest.bearer(**{"kind": "traveller"} | bearer)
        )
    assert answer.status_code == 202, answer.text


async def post_xml(ingest: IngestUnderTest, path: str, sample: str) -> None:
    headers = ingest.bearer("tmc", client="agency") | XML
    async with ingest.client() as client:
        answer = await client.post(f"/api/travel/{path}", content=sample, headers=headers)
    assert answer.status_code == 200, answer.text


async def again(
    ingest: IngestUnderTest, *, write: bool = True, log: Any = None, hear: Any = None, **narrowed: Any
) -> Report:
    doing = Doing(
        normalisers=dict.fromkeys(POSTED, PostsAgain(ingest.directory)),
        log=(log or ingest.log) if write else None,
        hear=hear,
        a_second=narrowed.pop("a_second", None),
    )
    return await replay(
        ingest.backing.kafka_settings,
        wanted=Wanted(tenant=ingest.tenant, **narrowed),
        doing=doing,
        on_progress=lambda _topic, done, total: _true(done <= total),
    )


def _true(condition: bool) -> None:
    assert condition


async def said(ingest: IngestUnderTest) -> list[Statement]:
    """Return all statements, in an order of their own: partitions have none among them."""
    return [
        decode_statement(value) for value in sorted(one.value for one in await ingest.written(BOOKINGS.name))
    ]


async def test_whoever_posted_it_and_however_it_is_not_said_again(ingest: IngestUnderTest) -> None:
    await post(ingest, stay("ONE"), stay("TWO", source="email"))
    await post(ingest, stay("ONE", status="cancelled", segments=[]))
    await post(ingest, stay("TMC", traveller=DANA), kind="tmc", client="agency", company_wide=True)
    await post(ingest, stay("BOSS", traveller=DANA), kind="admin", login=CHRIS, company_wide=True)
    await post_xml(ingest, "booking/v1.1", (SAMPLES / "booking.xml").read_text())
    await post_xml(ingest, "trip/v1.1", (SAMPLES / "trip.xml").read_text())
    before = await said(ingest)

    report = await again(ingest)

    assert (report.read, report.unchanged, report.said, report.changes) == (6, 6, 0, ())
    assert await said(ingest) == before
    by_source = [await again(ingest, write=False, source=source) for source in SOURCES]
    assert [one.read for one in by_source] == [2 + 1, 3, 0, 0, 0, 0]


async def test_what_was_not_accepted_of_a_message_is_not_let_in_by_a_replay(ingest: IngestUnderTest) -> None:
    """An agency with the token of one user had only that user's booking accepted."""
    mixed = (stay("MINE"), stay("HERS", traveller=DANA))
    await post(ingest, *mixed, kind="tmc", client="agency")
    report = await again(ingest)
    assert (report.read, report.said) == (1, 0)
    assert [one.record_locator for one in await said(ingest)] == ["MINE"]  # type: ignore[union-attr] - a booking


async def keep(ingest: IngestUnderTest, message: str) -> Receipt:
    """Keep a booking of which nothing is said yet."""
    body = b'{"booking_source":"Web","record_locator":"LATE","segments":[{"type":"dining"}]}'
    headers = RawHeaders(
        tenant=ingest.tenant, client="itinerary", caller="traveller", owner="traveller", source="manual",
        route="json", disposition="done", content_type="application/json", sha256=digest(body), login=CHRIS,
    )  # fmt: skip
    return await ingest.log.keep_raw(RawMessage(message, body, headers))


async def test_what_was_kept_and_never_said_is_said(ingest: IngestUnderTest) -> None:
    """As where a gateway dies between the two: nobody was told yes, and nothing is lost all the same."""
    receipt = await keep(ingest, MESSAGE)

    planned: list[Draft] = []
    report = await again(ingest, write=False, hear=planned.extend)
    assert await said(ingest) == []
    done = await again(ingest)

    assert done == report
    assert (done.changed, done.said, done.changes[0].before) == (1, 1, None)
    (statement,) = await said(ingest)
    assert [statement] == planned
    assert statement.revision.received == tuple(receipt)  # type: ignore[union-attr] - a booking
    assert (await again(ingest)).said == 0


async def test_what_a_person_discarded_is_not_said_unless_it_failed_again(ingest: IngestUnderTest) -> None:
    kafka = ingest.backing.kafka_settings
    wanted, unwanted, back, partly = (str(uuid.uuid4()) for _ in range(4))  # noqa: TID251 - a test's own
    for message in (wanted, unwanted, back, partly):
        await keep(ingest, message)
    desk = DeadLetters(kafka=kafka, log=ingest.log, feeds=Feeds(directory=ingest.directory, log=ingest.log))

    async def bury(message: str, topic: str = RAW.name) -> Buried:
        letter = DeadLetter(
            message=message, stage=Stage.INGEST, reason="any", detail="any", topic=topic,
            partition=0, offset=0, tenant=ingest.tenant,
        )  # fmt: skip
        await ingest.log.bury(letter, body=b"any", headers=())
        (buried,) = await find(kafka, wanted=Letters(frozenset({message})), on_progress=lambda _, __: None)
        return buried

    await desk.discard(await bury(unwanted))
    await desk.discard(await bury(back))
    await bury(back)
    await desk.discard(await bury(partly, BOOKINGS.name))  # one of its statements was refused further on

    report = await again(ingest)

    assert (report.read, report.settled, report.said) == (4, 1, 3)
    assert {one.message for one in await said(ingest)} == {wanted, back, partly}  # type: ignore[union-attr] - bookings


async def test_a_booking_that_is_another_travellers_by_now_is_withdrawn_from_the_first(
    ingest: IngestUnderTest, backing: Backing
) -> None:
    await post(ingest, stay("TWICE"))
    await post(ingest, stay("TWICE", booked="2026-01-01"))
    await post(ingest, stay("HERS"), login=DANA)
    chris, dana = await ingest.enrol(), await ingest.enrol(DANA)
    move = "UPDATE own.traveller_logins SET traveller = $1::text::uuid WHERE tenant = $2 AND login = $3"
    await rows(backing, move, dana, ingest.tenant, CHRIS)

    before = await said(ingest)
    planned = await again(ingest, write=False)
    assert (await again(ingest, write=False, traveller=dana)).read == 3
    assert (await again(ingest, write=False, traveller=chris)).read == 2
    done = await again(ingest)

    assert done == planned
    assert (done.changed, done.unchanged) == (2, 1)
    news = [one for one in await said(ingest) if one not in before]
    assert sorted((one.kind, one.traveller) for one in news) == sorted(  # type: ignore[union-attr] - bookings
        [("booking", dana), ("booking", dana), ("withdrawal", chris)]
    )
    first, second = (one for one in await said(ingest) if one.traveller == chris and one.kind == "booking")  # type: ignore[union-attr] - as above
    (withdrawal,) = (one for one in news if one.kind == "withdrawal")
    assert all(withdrawal.revision.is_newer(one.revision) for one in (first, second))  # type: ignore[union-attr] - as above
    assert (await again(ingest)).said == 0

    await rows(backing, move, chris, ingest.tenant, CHRIS)
    assert (await again(ingest)).said == 2
    newest = max(
        (one for one in await said(ingest) if one.traveller == chris), key=lambda one: one.revision.order()
    )  # type: ignore[union-attr] - as above
    assert newest.kind == "booking"


async def test_what_is_refused_today_takes_nothing_back(ingest: IngestUnderTest, backing: Backing) -> None:
    await post(ingest, stay("AGENCY"), kind="tmc", client="agency")
    await rows(backing, "DELETE FROM own.senders WHERE tenant = $1", ingest.tenant)

    report = await again(ingest)

    assert (report.read, report.refused, report.said) == (1, 1, 0)
    assert (report.changes[0].after, report.changes[0].before) == ("refused", "stated")
    assert "senders" in (report.changes[0].why or "")


class _Failing:
    """A log that is away from the third time on."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._times = 0

    async def append(self, statements: Sequence[Draft]) -> Position:
        self._times += 1
        if self._times > 2:
            raise Unavailable("Kafka did not confirm in time")
        return await self._log.append(statements)


async def test_one_that_is_broken_off_goes_on_where_it_was(ingest: IngestUnderTest, backing: Backing) -> None:
    for number in range(8):
        await post(ingest, stay(f"L{number}"))
    chris, dana = await ingest.enrol(), await ingest.enrol(DANA)
    move = "UPDATE own.traveller_logins SET traveller = $1::text::uuid WHERE tenant = $2 AND login = $3"
    await rows(backing, move, dana, ingest.tenant, CHRIS)
    with pytest.raises(Unavailable):
        await again(ingest, log=_Failing(ingest.log), a_second=1.5)  # one message at a time
    await post(ingest, stay("LATER"))  # is no part of what was asked for

    narrowed = await again(ingest, messages=frozenset({MESSAGE}))
    assert (narrowed.resumed, narrowed.read) == (False, 0)
    done = await again(ingest)

    assert done.resumed
    assert (done.read, done.changed) == (8, 8)
    assert len(done.changes) == 6
    kinds = [(one.kind, one.traveller) for one in await said(ingest)]  # type: ignore[union-attr] - bookings
    assert (kinds.count(("booking", dana)), kinds.count(("withdrawal", chris))) == (9, 8)
    whole = await again(ingest)
    assert (whole.resumed, whole.read, whole.said) == (False, 9, 0)
    assert len(await ingest.written(RAW.name)) == 9


async def test_places_are_recalled_until_it_is_done_or_a_person_moves_them(backing: Backing) -> None:
    kafka, group = backing.kafka_settings, Wanted(messages=frozenset({MESSAGE})).group("of this test")
    numbers = [TopicPartition(RAW.name, number) for number in range(TopicSettings().partitions)]
    journal, places = (
        Journal(kafka, group=group),
        {number: Place(start=0, next=1, end=5) for number in numbers},
    )
    first, *_ = numbers
    async with open_reader(kafka, group=group) as reader:
        assert await journal.recall(reader, numbers) == {}
        await journal.begin(reader, places)
        assert await journal.recall(reader, numbers) == places
        further = {first: Place(start=0, next=5, end=5, counts=Counts(read=4))}
        await journal.note(reader, further)
        assert await journal.recall(reader, numbers) == {**places, **further}
        await journal.note(reader, {number: Place(start=0, next=5, end=5) for number in numbers})
        assert await journal.recall(reader, numbers) == {}
        await journal.note(reader, places)
        await reader.commit({first: 3})  # as Kafka's own tools move offsets, without our notes
        assert await journal.recall(reader, numbers) == {}
