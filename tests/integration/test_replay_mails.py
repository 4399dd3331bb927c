"""`replay` of mails that share a booking: the last to let go of it withdraws it, as of the newest."""

from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest

from schemas.booking_record import BookingStatement, Statement, WithdrawalStatement, decode_statement
from schemas.topics import BOOKINGS
from services.ingest.domain.email.results import MailReading
from services.ingest.replay import Doing, Report, replay
from services.ingest.replay_place import Wanted
from services.ingest.replay_readers import MailsAgain
from services.platform.backing import Backing
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.mail_system import MailUnderTest
from tests.support.readings import ToldReaders, reading
from tests.support.signed_mail import ADA, mail


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        await ready.enrolled(ADA)
        yield ready


async def two_mails_of_one_booking(ingest: IngestUnderTest) -> list[str]:
    headers = ingest.bearer("traveller", login=ADA, company_wide=False) | {"Content-Type": "message/rfc822"}
    messages: list[str] = []
    for greeting in ("Hello", "Hello again"):
        async with ingest.client() as client:
            answer = await client.post(
                "/v1/emails", content=mail(body=f"{greeting} BOOK WRONG"), headers=headers
            )
        messages.append(answer.json()["message"])
    await MailUnderTest(ingest, zone={}).work()
    return messages


async def again(ingest: IngestUnderTest, *messages: str, write: bool = True) -> Report:
    """Replay with readers that were mended, and find nothing."""
    system = MailUnderTest(ingest, zone={}, readers=ToldReaders(nothing))
    return await replay(
        ingest.backing.kafka_settings,
        wanted=Wanted("email", tenant=ingest.tenant, messages=frozenset(messages)),
        doing=Doing({"email": MailsAgain(system.reader)}, ingest.log if write else None),
        on_progress=lambda *_: None,
    )


def nothing(_raw: bytes) -> MailReading:
    return reading(kind="nothing_found")


async def said(ingest: IngestUnderTest) -> list[Statement]:
    return [decode_statement(one.value) for one in await ingest.written(BOOKINGS.name)]


def outdone(statements: list[Statement]) -> bool:
    """Say whether one withdrawal is said, newer than all that stated the booking."""
    (gone,) = [one for one in statements if isinstance(one, WithdrawalStatement)]
    stated = [one for one in statements if isinstance(one, BookingStatement)]
    return len(stated) == 2 and all(gone.revision.is_newer(one.revision) for one in stated)


async def test_what_two_mails_let_go_of_is_withdrawn_once_and_a_dry_run_says_so(
    ingest: IngestUnderTest,
) -> None:
    await two_mails_of_one_booking(ingest)
    planned = await again(ingest, write=False)
    done = await again(ingest)
    assert (planned.changed, planned.said) == (done.changed, done.said) == (2, 1)
    assert outdone(await said(ingest))
    assert (await again(ingest)).changed == 0


async def test_the_withdrawal_is_as_of_the_newest_in_whatever_order_mails_let_go(
    ingest: IngestUnderTest,
) -> None:
    older, newer = await two_mails_of_one_booking(ingest)
    assert (await again(ingest, newer)).said == 0
    assert (await again(ingest, older)).said == 1
    assert outdone(await said(ingest))


async def test_entries_that_let_go_without_a_withdrawal_are_mended(ingest: IngestUnderTest) -> None:
    """As a replay of before left them."""
    register = MailUnderTest(ingest, zone={}).register
    for message in await two_mails_of_one_booking(ingest):
        entry = await register.entry(tenant=ingest.tenant, message=message)
        assert entry is not None
        emptied = {"records": (), "record_keys": (), "outcome": "nothing_found"}
        await register.save(entry.model_copy(update=emptied))
    assert (await again(ingest)).said == 1
    assert outdone(await said(ingest))


async def test_a_mail_of_somebody_who_was_erased_is_left_alone(ingest: IngestUnderTest) -> None:
    erased, _ = await two_mails_of_one_booking(ingest)
    database = await asyncpg.connect(ingest.backing.postgres_settings.database_url.get_secret_value())
    await database.execute("SELECT set_config('itinerary.tenant', $1, false)", ingest.tenant)
    await database.execute("INSERT INTO own.erased_mails VALUES ($1, $2)", ingest.tenant, erased)
    await database.execute("DELETE FROM own.emails WHERE message = $1", erased)
    await database.close()
    for write in (False, True):
        report = await again(ingest, erased, write=write)
        assert (report.settled, report.changed, report.said, report.changes) == (1, 0, 0, ())
