"""A read model that is lost is filled anew from a log of which old versions were compacted away."""

import itertools
import time
from pathlib import Path

import httpx

from schemas.times import instant_of
from services.platform.backing import Backing
from services.platform.settings import PostgresSettings
from tests.support.query_service import query_under_test
from tests.support.query_trips import trip

_DAY_MS = 86_400_000


async def test_events_and_changes_of_a_time_from_which_some_may_be_missing_are_gone(
    backing: Backing, fresh_database: PostgresSettings, tmp_path: Path
) -> None:
    now_ms = time.time_ns() // 1_000_000
    kept, thinned = (instant_of(now_ms - days * _DAY_MS) for days in (6, 8))
    query = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    anew = query.on(fresh_database)

    async def cursor_of(client: httpx.AsyncClient) -> str:
        answer = await client.get("/v1/changes", params={"cursor": "now"}, headers=query.token())
        return answer.json()["next_cursor"]

    async def statuses(client: httpx.AsyncClient) -> list[int]:
        answers = [
            await client.get("/v1/events", params={"since": since}, headers=query.token())
            for since in (kept, thinned)
        ]
        return [answer.status_code for answer in answers]

    async with query.projector(), query.client() as there_from_the_beginning:
        await query.enrol("maria")
        await query.write(trip("fence", tenant=query.tenant))
        await query.until_stored("fence")
        assert await statuses(there_from_the_beginning) == [200, 200]
        before = await cursor_of(there_from_the_beginning)

    names = (f"colleague {number}" for number in itertools.count())
    elsewhere = next(name for name in names if query.partition(name) != query.partition("maria"))
    old = trip("rome", tenant=query.tenant, traveller=elsewhere)
    await query.write(old, traveller=elsewhere, appended_ms=now_ms - 8 * _DAY_MS)
    async with anew.projector(group=f"anew-{query.tenant}"), anew.client() as refilled:
        await anew.enrol("maria")
        await anew.until_stored("rome")
        assert await statuses(refilled) == [200, 410]
        after = await cursor_of(refilled)
        pages = [
            await refilled.get("/v1/changes", params={"cursor": cursor}, headers=query.token())
            for cursor in (before, after)
        ]
        # What stood between the two may be gone from the log by now, deletions among it.
        assert [page.status_code for page in pages] == [410, 200]
        assert "list the trips again" in pages[0].json()["detail"]
