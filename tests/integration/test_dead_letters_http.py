"""Dead letters over HTTP: seen and decided about by the company whose they are, and nobody else."""

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.dead_letter import DeadLetter, Stage
from schemas.topics import BOOKINGS, RAW
from services.ingest.described import DeadLetterList, DecidedDeadLetters, ReadDeadLetters
from services.platform.backing import Backing
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        yield ready


async def buried(ingest: IngestUnderTest, *, body: bytes = b"body", **fields: Any) -> str:
    message = str(uuid.uuid4())  # noqa: TID251 - a test's own
    said: dict[str, Any] = {
        "stage": Stage.CONSOLIDATION, "reason": "too_large", "detail": "send less", "topic": BOOKINGS.name,
        "partition": 2, "offset": 0, "tenant": ingest.tenant,
    }  # fmt: skip
    await ingest.log.bury(DeadLetter(message=message, **{**said, **fields}), body=body, headers=())
    return message


def messages(answer: httpx.Response) -> list[str]:
    return [letter["message"] for letter in answer.json()["dead_letters"]]


@pytest.mark.parametrize("kind", ["admin", "operator"])
async def test_a_company_lists_and_reads_its_own_dead_letters(ingest: IngestUnderTest, kind: str) -> None:
    mine = await buried(ingest, body=b"h\xe9llo")
    other = await buried(ingest, reason="malformed_json")
    for foreign in (await buried(ingest, tenant="another"), await buried(ingest, tenant=None)):
        async with ingest.client() as client:
            client.headers = ingest.bearer(kind, scopes=("operations",), company_wide=True)
            assert (await client.get(f"/v1/dead-letters/{foreign}")).status_code == 404

    async with ingest.client() as client:
        client.headers = ingest.bearer(kind, scopes=("operations",), company_wide=True)
        everything = await client.get("/v1/dead-letters")
        one_reason = await client.get("/v1/dead-letters", params={"reason": "too_large"})
        first = await client.get("/v1/dead-letters", params={"limit": 1})
        whole = await client.get(f"/v1/dead-letters/{mine}")

    assert set(messages(everything)) == {mine, other}
    assert messages(one_reason) == [mine]
    assert len(messages(first)) == 1
    assert first.json()["more"] is True
    assert whole.json()["dead_letters"][0]["body"] == "h\ufffdllo"
    DeadLetterList.model_validate_json(everything.content, extra="forbid")
    ReadDeadLetters.model_validate_json(whole.content, extra="forbid")


async def test_what_is_redriven_goes_back_where_it_lay_and_waits_no_more(ingest: IngestUnderTest) -> None:
    body = f"refused of {ingest.tenant}".encode()
    back = await buried(ingest, body=body)
    stuck = await buried(ingest, topic="trips.v1", stage=Stage.PROJECTION)
    foreign = await buried(ingest, body=body, tenant="another")

    async with ingest.client() as client:
        client.headers = ingest.bearer("operator", scopes=("operations",))
        named = {"messages": [back, stuck, foreign]}
        tried = await client.post("/v1/dead-letters/redrive", json={**named, "dry_run": True})
        assert await ingest.written(BOOKINGS.name) == []
        done = await client.post("/v1/dead-letters/redrive", json=named)
        left = await client.get("/v1/dead-letters")
        decided = await client.get("/v1/dead-letters", params={"all": True})

    for answer in (tried, done):
        told = {one["message"]: one for one in answer.json()["dead_letters"]}
        assert told.keys() == {back, stuck}
        assert (told[back]["done"], told[stuck]["done"]) == (True, False)
        assert "itinerary verify --repair" in told[stuck]["why_not"]
        DecidedDeadLetters.model_validate_json(answer.content, extra="forbid")
    (again,) = await ingest.written(BOOKINGS.name)
    assert (again.partition, again.value) == (2, body)
    assert messages(left) == [stuck]
    assert {one["state"] for one in decided.json()["dead_letters"]} == {"redriven", "open"}


async def test_what_is_discarded_waits_no_more_and_everything_is_never_discarded_by_mistake(
    ingest: IngestUnderTest,
) -> None:
    gone, kept = await buried(ingest), await buried(ingest, topic=RAW.name, stage=Stage.INGEST)
    async with ingest.client() as client:
        client.headers = ingest.bearer("admin", scopes=("settings:write",), company_wide=True)
        nothing_said = await client.post("/v1/dead-letters/discard", json={"dry_run": True})
        misspelt = await client.post("/v1/dead-letters/discard", json={"message": [gone]})
        done = await client.post("/v1/dead-letters/discard", json={"stage": "consolidation"})
        left = await client.get("/v1/dead-letters")

    assert (nothing_said.status_code, misspelt.status_code) == (422, 422)
    assert "name messages" in nothing_said.json()["detail"]
    assert misspelt.json()["errors"][0]["field"] == "message"
    assert messages(done) == [gone]
    assert messages(left) == [kept]


@pytest.mark.parametrize("kind", ["traveller", "tmc", "supplier", "third_party"])
async def test_nobody_else_sees_them(ingest: IngestUnderTest, kind: str) -> None:
    async with ingest.client() as client:
        client.headers = ingest.bearer(kind, scopes=("operations", "bookings:write"))
        listed = await client.get("/v1/dead-letters")
        redriven = await client.post("/v1/dead-letters/redrive", json={})
    assert (listed.status_code, redriven.status_code) == (403, 403)
