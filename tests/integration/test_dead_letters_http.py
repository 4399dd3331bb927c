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
        "stage": Stage.INGEST, "reason": "too_large", "detail": "send less", "topic": RAW.name,
        "partition": 2, "offset": 0, "tenant": ingest.tenant, "source": "tmc", "original_timestamp_ms": 1,
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


@pytest.mark.parametrize("source", ["tripit", "email", "manual", None])
async def test_what_a_traveller_has_elsewhere_is_not_the_companys_to_read(
    ingest: IngestUnderTest, source: str | None
) -> None:
    message = await buried(ingest, source=source)
    async with ingest.client() as client:
        client.headers = ingest.bearer("admin", scopes=("settings:write",), company_wide=True)
        answer = await client.get(f"/v1/dead-letters/{message}")
    assert answer.json()["dead_letters"][0]["body"] is None


async def test_what_is_redriven_is_read_again_and_waits_no_more(ingest: IngestUnderTest) -> None:
    back = await buried(ingest, body=b"still no JSON")
    refused = await buried(ingest, topic=BOOKINGS.name, stage=Stage.CONSOLIDATION)
    foreign = await buried(ingest, tenant="another")

    async with ingest.client() as client:
        client.headers = ingest.bearer("operator", scopes=("operations",))
        named = {"messages": [back, refused, foreign]}
        tried = await client.post("/v1/dead-letters/redrive", json={**named, "dry_run": True})
        before = await client.get("/v1/dead-letters")
        done = await client.post("/v1/dead-letters/redrive", json=named)
        left = await client.get("/v1/dead-letters")
        decided = await client.get("/v1/dead-letters", params={"all": True})

    for answer in (tried, done):
        told = {one["message"]: one for one in answer.json()["dead_letters"]}
        assert told.keys() == {back, refused}
        assert (told[back]["done"], told[refused]["done"]) == (True, False)
        assert "ask operations" in told[refused]["why_not"]
        DecidedDeadLetters.model_validate_json(answer.content, extra="forbid")
    assert set(messages(before)) == {back, refused}
    # It was read again and is buried again, which is another dead letter of the same message.
    states = [(one["message"], one["state"]) for one in decided.json()["dead_letters"]]
    assert (back, "redriven") in states
    assert refused in messages(left)
    assert await ingest.written(BOOKINGS.name) == []


async def test_few_are_decided_about_at_once(ingest: IngestUnderTest) -> None:
    for _ in range(51):
        await buried(ingest, reason="many")
    async with ingest.client() as client:
        client.headers = ingest.bearer("admin", scopes=("settings:write",), company_wide=True)
        first = await client.post("/v1/dead-letters/discard", json={"reason": "many"})
        second = await client.post("/v1/dead-letters/discard", json={"reason": "many"})
    assert (len(messages(first)), first.json()["more"]) == (50, True)
    assert (len(messages(second)), second.json()["more"]) == (1, False)


async def test_what_is_discarded_waits_no_more_and_everything_is_never_discarded_by_mistake(
    ingest: IngestUnderTest,
) -> None:
    gone, kept = await buried(ingest, stage=Stage.CONSOLIDATION), await buried(ingest)
    async with ingest.client() as client:
        client.headers = ingest.bearer("admin", scopes=("settings:write",), company_wide=True)
        nothing_said = await client.post("/v1/dead-letters/discard", json={"dry_run": True})
        nothing_named = await client.post("/v1/dead-letters/redrive", json={"messages": []})
        misspelt = await client.post("/v1/dead-letters/discard", json={"message": [gone]})
        done = await client.post("/v1/dead-letters/discard", json={"stage": "consolidation"})
        left = await client.get("/v1/dead-letters")

    assert {one.status_code for one in (nothing_said, nothing_named, misspelt)} == {422}
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
