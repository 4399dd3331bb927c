"""Two decide about one mail, or one while it is read: one of both wins, and the other hears so."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from schemas.booking_record import decode_statement
from services.ingest.domain.email.results import MailReading
from services.ingest.enrolment import Enrolled
from services.ingest.replay import Doing, replay
from services.ingest.replay_place import Wanted
from services.ingest.replay_readers import MailsAgain
from services.platform.backing import Backing
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.mail_system import MailUnderTest
from tests.support.readings import ToldReaders, booked, reading
from tests.support.signed_mail import ADA, mail
from tests.support.waiting import wait_until_async

ADMIN = "boss@acme.example"
_WAITING = """\
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
   AND (query LIKE '%FROM own.emails%FOR UPDATE%' OR query LIKE '%pg_advisory_xact_lock(hash%')"""


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        await ready.enrol(ADMIN, admin=True)
        yield ready


@pytest.fixture
async def ada(ingest: IngestUnderTest) -> Enrolled:
    return await ingest.enrolled(ADA)


class InterruptedReaders(ToldReaders):
    """Reads, and has something else happen before the first reading ends."""

    def __init__(self, read: Callable[[bytes], MailReading], *, during: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(read)
        self._during = [during]

    async def read(self, raw: bytes, *, received: datetime) -> MailReading:
        read = await super().read(raw, received=received)
        while self._during:
            await self._during.pop()()
        return read


async def post(ingest: IngestUnderTest, path: str, *, by: str = ADMIN, **request: Any) -> httpx.Response:
    kind = "admin" if by == ADMIN else "traveller"
    headers = ingest.bearer(kind, login=by, company_wide=by == ADMIN) | request.pop("headers", {})
    async with ingest.client() as client:
        return await client.post(path, headers=headers, **request)


async def unread(ingest: IngestUnderTest) -> str:
    """Have a mail in which nothing was found, and return its id."""
    headers = {"Content-Type": "message/rfc822"}
    answer = await post(ingest, "/v1/emails", by=ADA, content=mail(body="BOOK HX7PLM"), headers=headers)
    system = MailUnderTest(ingest, zone={}, readers=ToldReaders(lambda _: reading(kind="nothing_found")))
    await system.work()
    return answer.json()["message"]


async def said(ingest: IngestUnderTest) -> list[tuple[str, str]]:
    written = await MailUnderTest(ingest, zone={}).stated()
    statements = [decode_statement(record.value) for record in written]
    return [(one.kind, getattr(one, "record_locator", "")) for one in statements]


async def while_held(
    ingest: IngestUnderTest,
    *messages: str,
    decisions: Sequence[Awaitable[httpx.Response]],
    outcome: Any = None,
) -> list[httpx.Response]:
    """Have all decisions see the mails as they are before any is carried out, and return their answers."""
    register = MailUnderTest(ingest, zone={}).register

    database = await asyncpg.connect(ingest.backing.postgres_settings.database_url.get_secret_value())

    async def all_wait() -> bool:
        return await database.fetchval(_WAITING) == len(decisions)

    async with AsyncExitStack() as stack:
        for message in messages:
            held = await stack.enter_async_context(register.hold(tenant=ingest.tenant, message=message))
            if outcome is not None and held.entry is not None:
                await held.save(held.entry.model_copy(update={"outcome": outcome}))
        tasks = [asyncio.ensure_future(decision) for decision in decisions]
        await wait_until_async(all_wait, what="the decisions to wait for the mails")
    await database.close()
    return await asyncio.gather(*tasks)


async def test_of_two_decisions_side_by_side_one_wins_and_the_other_is_told(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    message = await unread(ingest)
    typed = booked(b"BOOK TYPED").bookings[0].booking.model_dump(mode="json", exclude_none=True)
    answers = await while_held(
        ingest,
        message,
        decisions=(
            post(ingest, f"/v1/emails/{message}/correct", json={"bookings": [typed]}),
            post(ingest, f"/v1/emails/{message}/discard", by=ADA),
        ),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (won,) = [answer.json()["outcome"] for answer in answers if answer.status_code == 200]
    (lost,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert lost["detail"] in {
        f"id: somebody else decided meanwhile, and it is {won} now; nothing was done",
        "id: somebody else is about to decide; nothing was done",
    }
    assert lost["errors"][0]["rule"] == "decided_meanwhile"
    assert await said(ingest) == ([("booking", "TYPED")] if won == "corrected" else [])
    assert (await MailUnderTest(ingest, zone={}).entry(message)).outcome == won
    assert ada.traveller


async def test_a_decision_about_a_mail_that_was_read_again_meanwhile_is_told_so(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    message = await unread(ingest)
    discarding = post(ingest, f"/v1/emails/{message}/discard")
    (answer,) = await while_held(ingest, message, decisions=(discarding,), outcome="needs_review")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["rule"] == "read_meanwhile"
    assert (await MailUnderTest(ingest, zone={}).entry(message)).outcome == "needs_review"
    assert ada.traveller


async def test_of_two_mails_that_let_go_of_one_booking_side_by_side_the_last_withdraws_it(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    headers = {"Content-Type": "message/rfc822"}
    twice = [mail(body=f"BOOK HX7PLM\n{note}") for note in ("first", "again")]
    answers = [await post(ingest, "/v1/emails", by=ADA, content=one, headers=headers) for one in twice]
    messages = [answer.json()["message"] for answer in answers]
    system = MailUnderTest(ingest, zone={})
    await system.work()
    assert [kind for kind, _ in await said(ingest)] == ["booking", "booking"]
    discards = [post(ingest, f"/v1/emails/{message}/discard") for message in messages]
    answers = await while_held(ingest, *messages, decisions=discards)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [kind for kind, _ in await said(ingest)] == ["booking", "booking", "withdrawal"]
    assert ada.traveller


async def test_what_is_discarded_while_it_is_read_stays_discarded(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    message = await unread(ingest)
    discarded: list[int] = []

    async def discard() -> None:
        discarded.append((await post(ingest, f"/v1/emails/{message}/discard")).status_code)

    system = MailUnderTest(ingest, zone={}, readers=InterruptedReaders(booked, during=discard))
    assert await system.work() == [None]
    assert discarded == [200]
    assert await said(ingest) == []
    assert (await system.entry(message)).outcome == "discarded"
    assert ada.traveller


async def test_what_is_discarded_during_a_replay_stays_discarded(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    message = await unread(ingest)

    async def discard() -> None:
        await post(ingest, f"/v1/emails/{message}/discard")

    system = MailUnderTest(ingest, zone={}, readers=InterruptedReaders(booked, during=discard))
    report = await replay(
        ingest.backing.kafka_settings,
        wanted=Wanted("email", tenant=ingest.tenant),
        doing=Doing({"email": MailsAgain(system.reader)}, ingest.log),
        on_progress=lambda *_: None,
    )
    assert (report.read, report.settled, report.changed, report.said) == (1, 1, 0, 0)
    assert (await system.entry(message)).outcome == "discarded"
    assert await said(ingest) == []
    assert ada.traveller
