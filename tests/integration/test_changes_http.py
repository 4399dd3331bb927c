"""What changed, over HTTP: page by page, as it comes, and one trip's history."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from schemas.money import Money
from schemas.trip import Change, ChangeType
from services.consolidator.domain.events import events_of
from services.platform.free_ports import free_ports
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, deletion, flight, hotel, marker, redirect, trip
from tests.support.waiting import wait_until_async

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client() as client:
        yield client


async def given(query: QueryUnderTest, *values: Any, traveller: str = "maria") -> None:
    await query.write(*values, traveller=traveller)
    fence = trip(f"fence {len(values)} {values[-1]}", tenant=query.tenant, traveller="nobody")
    await query.write(fence, traveller=traveller)
    await query.until_stored(f"fence {len(values)} {values[-1]}")


async def changes(client: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    answer = await client.get("/v1/changes", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_cursor_leads_through_every_change_once_deletions_and_merges_too(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(
        query,
        trip("rome", tenant=query.tenant, offset=1),
        trip("oslo", tenant=query.tenant, offset=2),
        redirect("oslo", tenant=query.tenant, into="rome", offset=3),
        deletion("rome", tenant=query.tenant, offset=4),
    )
    me = query.token()
    seen: list[tuple[str, str]] = []
    cursor: str | None = None

    while True:
        page = await changes(client, me, limit=1, **({} if cursor is None else {"cursor": cursor}))
        seen += [(one["type"], one["trip_id"]) for one in page["changes"]]
        cursor = page["next_cursor"]
        if not page["more"]:
            break

    rome, oslo = an_id("rome"), an_id("oslo")
    assert seen == [("upsert", rome), ("upsert", oslo), ("merged_into", oslo), ("deleted", rome)]
    assert (await changes(client, me, cursor=cursor))["changes"] == []
    whole = await changes(client, me)
    assert [one.get("into") for one in whole["changes"]] == [None, None, rome, None]
    middle = whole["changes"][1]["cursor"]
    assert [one["type"] for one in (await changes(client, me, cursor=middle))["changes"]] == [
        "merged_into",
        "deleted",
    ]


async def test_a_version_that_comes_too_late_is_no_change(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(
        query, *(trip("rome", tenant=query.tenant, offset=offset, title=f"v{offset}") for offset in (9, 5))
    )
    await given(query, trip("rome", tenant=query.tenant, offset=7))

    page = await changes(client, query.token())

    assert [one["version"]["offset"] for one in page["changes"]] == [9]


async def test_a_cursor_outlives_the_read_model(
    query: QueryUnderTest, fresh_database: Any, tmp_path: Path
) -> None:
    other = query_under_test(kafka=query.kafka, postgres=fresh_database, folder=tmp_path)
    other.tenant, other.epoch, other.issuer = query.tenant, query.epoch, query.issuer
    await other.enrol("maria")
    await given(query, trip("rome", tenant=query.tenant))
    async with query.client() as client:
        cursor = (await changes(client, query.token()))["next_cursor"]
    await given(query, trip("oslo", tenant=query.tenant))

    async with other.projector(), other.client() as rebuilt:
        await other.until_stored("oslo")
        page = await changes(rebuilt, query.token(), cursor=cursor)

    assert [one["trip_id"] for one in page["changes"]] == [an_id("oslo")]


async def test_a_read_model_that_is_filled_again_tells_nothing_twice_of_what_lies_before_a_cursor(
    query: QueryUnderTest, client: httpx.AsyncClient, fresh_database: Any
) -> None:
    anew = query.on(fresh_database)
    anew.issuer = query.issuer
    await anew.enrol("maria")
    await given(query, trip("rome", tenant=query.tenant), trip("rome", tenant=query.tenant, offset=2))
    cursor = (await changes(client, query.token()))["next_cursor"]
    me = {**query.token(), "Accept": "text/event-stream", "Last-Event-ID": cursor}

    async with anew.client() as empty:
        asked = [
            await empty.get("/v1/changes", params=params, headers=query.token())
            for params in ({}, {"cursor": "now"}, {"cursor": cursor})
        ]
        async with (
            served(empty) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as listener,
            listener.stream("GET", "/v1/events", headers=me) as stream,
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": listening"
            async with anew.projector(group=f"{query.group}-anew"):
                await anew.until_stored("rome", offset=2)
                await given(query, trip("oslo", tenant=query.tenant))
                (heard_first,) = await heard(lines, wanted=1)
                page = await changes(empty, query.token(), cursor=cursor)

    assert [answer.status_code for answer in asked] == [503] * 3
    assert {answer.headers["content-type"] for answer in asked} == {"application/problem+json"}
    assert all("retry-after" in answer.headers for answer in asked)
    assert json.loads(heard_first["data"])["trip_id"] == an_id("oslo")
    assert [one["trip_id"] for one in page["changes"]] == [an_id("oslo")]


async def test_a_cursor_before_what_is_kept_is_gone(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    cursor = (await changes(client, query.token()))["changes"][0]["cursor"]
    later = (await changes(client, query.token()))["next_cursor"]
    async with query.session() as session:
        kept_from = await session.fetchval(
            "UPDATE read.offsets SET changes_from = next_offset WHERE partition = $1 RETURNING next_offset",
            query.partition(),
        )
    assert kept_from > 0
    try:
        old = await client.get("/v1/changes", params={"cursor": cursor}, headers=query.token())
        fresh = await client.get("/v1/changes", params={"cursor": later}, headers=query.token())
        nonsense = await client.get("/v1/changes", params={"cursor": "x"}, headers=query.token())
    finally:
        async with query.session() as session:
            await session.execute("UPDATE read.offsets SET changes_from = 0")

    assert (old.status_code, fresh.status_code, nonsense.status_code) == (410, 200, 400)
    assert old.headers["content-type"] == "application/problem+json"


async def test_a_projector_drops_what_was_kept_long_enough(query: QueryUnderTest) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    async with query.session() as session:
        await session.execute(
            "UPDATE read.changes SET stored_at = now() - interval '31 days' WHERE tenant = $1 AND trip = $2",
            query.tenant,
            an_id("rome"),
        )

    async def dropped() -> bool:
        kept = await query.rows("SELECT trip FROM read.changes WHERE tenant = $1", query.tenant)
        return an_id("rome") not in {row["trip"] for row in kept}

    async with query.projector(group=f"{query.group}-2", changes_days=30):
        await wait_until_async(dropped, what="the end of what was kept long enough")

    floors = await query.rows("SELECT changes_from FROM read.offsets WHERE partition = $1", query.partition())
    async with query.session() as session:
        await session.execute("UPDATE read.offsets SET changes_from = 0")
    assert floors[0]["changes_from"] > 0


async def test_of_a_trip_to_come_is_kept_what_it_was_within_these_days(query: QueryUnderTest) -> None:
    """However old: its traveller may have seen it so last."""
    dates = ("2038-05-12", "2038-05-14")
    await given(query, *(trip("rome", tenant=query.tenant, dates=dates, offset=n) for n in (1, 2, 3)))
    async with query.session() as session:
        for offset, days in ((1, 70), (2, 40)):
            await session.execute(
                "UPDATE read.changes SET stored_at = now() - make_interval(days => $3)"
                " WHERE tenant = $1 AND version_offset = $2",
                query.tenant,
                offset,
                days,
            )

    async def kept() -> list[int]:
        rows = await query.rows(
            "SELECT version_offset FROM read.changes WHERE tenant = $1 AND trip = $2 ORDER BY position",
            query.tenant,
            an_id("rome"),
        )
        return [row["version_offset"] for row in rows]

    async def dropped() -> bool:
        return 1 not in await kept()

    async with query.projector(group=f"{query.group}-3", changes_days=30):
        await wait_until_async(dropped, what="the end of what was kept long enough")

    async with query.session() as session:
        await session.execute("UPDATE read.offsets SET changes_from = 0")
    assert await kept() == [2, 3]


async def test_a_traveller_hears_of_own_trips_alone_and_a_supplier_not_what_changed(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    await query.enrol_sender(client="skyways", party="skyways")

    johns = await changes(client, query.token(subject="john"))
    admins = await changes(client, query.token("admin", subject="boss"), traveller="maria@acme.example")
    forbidden = await client.get(
        "/v1/changes", params={"traveller": "maria@acme.example"}, headers=query.token(subject="john")
    )

    assert johns["changes"] == []
    assert [one["trip_id"] for one in admins["changes"]] == [an_id("rome")]
    assert forbidden.status_code == 403


async def test_history_tells_what_differs_between_versions(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    early = trip("rome", tenant=query.tenant, offset=1, segments=(flight(), hotel()))
    late = trip(
        "rome", tenant=query.tenant, offset=2, title="Roma", segments=(hotel(), flight(origin_terminal="3"))
    )
    await given(query, early, late)

    answer = await client.get(f"/v1/trips/{an_id('rome')}/history", headers=query.token())

    newest, oldest = answer.json()["versions"]
    assert oldest["differences"] is None
    told = {".".join(d["path"]): (d["before"], d["after"]) for d in newest["differences"]}
    assert told == {
        "name": ("Rome", "Roma"),
        f"segments.{early.content.segments[0].id}.origin_terminal": ("1", "3"),
    }


async def test_history_hides_what_the_trip_hides(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    cheap, dear = (
        trip(
            "rome",
            tenant=query.tenant,
            offset=offset,
            segments=(flight(total=Money(amount=amount, currency="EUR")),),
        )
        for offset, amount in ((1, "1.23"), (2, "98.76"))
    )
    await given(query, cheap, dear)

    answer = await client.get(f"/v1/trips/{an_id('rome')}/history", headers=query.token("third_party"))

    assert answer.status_code == 200
    assert "98.76" not in answer.text
    assert answer.json()["versions"][0]["differences"] == []


async def test_of_a_deleted_trip_no_document_stays(query: QueryUnderTest) -> None:
    await given(query, trip("rome", tenant=query.tenant), deletion("rome", tenant=query.tenant, offset=2))

    rows = await query.rows(
        "SELECT kind, document FROM read.changes WHERE tenant = $1 AND trip = $2 ORDER BY position",
        query.tenant,
        an_id("rome"),
    )

    assert [(row["kind"], row["document"]) for row in rows] == [("upsert", None), ("deleted", None)]


async def test_of_a_trip_that_lives_again_what_it_was_since_its_deletion_stays(
    query: QueryUnderTest, fresh_database: Any
) -> None:
    other = query.on(fresh_database)

    async def kept() -> list[tuple[str, bool]]:
        rows = await other.rows(
            "SELECT kind, document FROM read.changes WHERE tenant = $1 AND trip = $2 ORDER BY position",
            query.tenant,
            an_id("rome"),
        )
        return [(row["kind"], row["document"] is not None) for row in rows]

    gone = deletion("rome", tenant=query.tenant, offset=2)
    # Before there is a projector, so that all of it is one batch.
    await query.write(
        trip("rome", tenant=query.tenant, offset=1), gone, trip("rome", tenant=query.tenant, offset=3)
    )
    async with other.projector(group=f"{query.group}-other"):
        await other.until_stored("rome", offset=3)
        in_one_batch = await kept()
        await query.write(gone, trip("fence", tenant=query.tenant))
        await other.until_stored("fence")

    assert in_one_batch == [("upsert", False), ("deleted", False), ("upsert", True)]
    assert await kept() == in_one_batch


@contextlib.asynccontextmanager
async def served(client: httpx.AsyncClient) -> AsyncIterator[str]:
    """Serve the client's app on a port: httpx' own transport waits for the end of an answer."""
    transport: Any = client._transport  # noqa: SLF001 - it keeps the app nowhere else
    app: FastAPI = transport.app
    (port,) = free_ports(1)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    app.state.stopping = lambda: server.should_exit
    running = asyncio.create_task(server.serve())
    await wait_until_async(lambda: _true(server.started), what="the server")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


async def _true(value: bool) -> bool:
    return value


async def heard(lines: AsyncIterator[str], *, wanted: int) -> list[dict[str, str]]:
    """Return the next events of a stream."""
    events: list[dict[str, str]] = []
    event: dict[str, str] = {}
    async with asyncio.timeout(20):
        async for line in lines:
            if line == "" and "data" in event:
                events.append(event)
                if len(events) == wanted:
                    return events
            name, _, value = line.partition(": ")
            event = event | {name: value} if line else {}
    raise AssertionError("the stream ended")


async def test_a_listener_hears_changes_as_they_come_and_goes_on_from_the_last(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("before", tenant=query.tenant))
    me = {**query.token(), "Accept": "text/event-stream"}
    async with (
        served(client) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as listener,
    ):
        async with listener.stream("GET", "/v1/events", headers=me) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert await anext(lines) == ": listening"
            await query.write(trip("rome", tenant=query.tenant), marker(1, partition=query.partition()))
            (first,) = await heard(lines, wanted=1)
        await query.write(trip("oslo", tenant=query.tenant), marker(2, partition=query.partition()))
        resumed = {**me, "Last-Event-ID": first["id"]}
        async with listener.stream("GET", "/v1/events", headers=resumed) as stream:
            (second,) = await heard(stream.aiter_lines(), wanted=1)

    assert (first["event"], json.loads(first["data"])["trip_id"]) == ("upsert", an_id("rome"))
    assert json.loads(second["data"])["trip_id"] == an_id("oslo")


async def test_a_listener_who_heard_nothing_goes_on_where_it_began(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    me = {**query.token(), "Accept": "text/event-stream"}
    async with (
        served(client) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as listener,
    ):
        async with listener.stream("GET", "/v1/events", headers=me) as stream:
            last_id = await last_event_id(stream.aiter_lines())
        await given(query, trip("rome", tenant=query.tenant))  # while nobody listens
        resumed = {**me, "Last-Event-ID": last_id}
        async with listener.stream("GET", "/v1/events", headers=resumed) as stream:
            (missed,) = await heard(stream.aiter_lines(), wanted=1)

    assert json.loads(missed["data"])["trip_id"] == an_id("rome")


async def last_event_id(lines: AsyncIterator[str]) -> str:
    """Return what a browser remembers of a stream's first block (WHATWG HTML, 9.2.6): it needs no data."""
    last_id = ""
    async with asyncio.timeout(20):
        async for line in lines:
            if line == "":
                break
            name, _, value = line.partition(":")
            last_id = value.removeprefix(" ") if name == "id" else last_id
    return last_id


async def test_events_without_a_stream_are_a_page(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    now = (await client.get("/v1/events", headers=query.token())).json()
    await given(query, trip("rome", tenant=query.tenant))

    page = await client.get("/v1/events", params={"cursor": now["next_cursor"]}, headers=query.token())

    assert now["changes"] == []
    assert [one["trip_id"] for one in page.json()["changes"]] == [an_id("rome")]


async def test_a_bad_cursor_of_a_stream_is_answered_as_a_problem(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    headers = {**query.token(), "Accept": "text/event-stream", "Last-Event-ID": "nonsense"}

    answer = await client.get("/v1/events", headers=headers)

    assert answer.status_code == 400
    assert answer.json()["field"] == "cursor"


def _created(name: str, query: QueryUnderTest, **said: Any) -> Any:
    value = trip(name, tenant=query.tenant, segments=(hotel(),), **said)
    return value.model_copy(update={"changes": (Change(type=ChangeType.CREATED),)})


async def test_events_since_an_instant_are_those_of_kafka_by_the_same_ids_and_go_on_by_cursor(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    early = _created("rome", query, offset=1, modified="2027-05-01T08:00:00Z")
    late = _created("oslo", query, offset=2, modified="2027-05-02T08:00:00Z")
    await given(query, early, late)
    me = query.token()

    async def since(place: str) -> dict[str, Any]:
        answer = await client.get(
            "/v1/events", params={"since": place, "traveller": "maria@acme.example"}, headers=me
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    everything = await since("2027-05-01T00:00:00Z")
    at_once = await since("2027-05-01T08:00:00.700Z")  # of the same second: told rather twice than never
    later = await since("2027-05-01T08:00:01Z")

    told = [event for change in everything["changes"] for event in change["events"]]
    on_kafka = [event for value in (early, late) for event in events_of(value)]
    assert [event["id"] for event in told] == [dict(event.headers)["ce_id"].decode() for event in on_kafka]
    assert [event["data"] for event in told] == [json.loads(event.value) for event in on_kafka]
    assert [change["trip_id"] for change in at_once["changes"]] == [an_id("rome"), an_id("oslo")]
    assert [change["trip_id"] for change in later["changes"]] == [an_id("oslo")]
    assert (await since(everything["next_cursor"]))["changes"] == []
    assert (await since(everything["changes"][0]["cursor"]))["changes"] == later["changes"]


async def test_events_since_what_was_dropped_are_gone_and_others_see_none(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, _created("rome", query, offset=1, modified="2027-05-01T08:00:00Z"))
    developer = await client.get(
        "/v1/events", params={"since": "2027-05-01T00:00:00Z"}, headers=query.token("third_party")
    )
    assert [("events" in change) for change in developer.json()["changes"]] == [False]
    for wrong in ({"since": "2026-01-01T00:00:00"}, {"since": "x", "cursor": "y"}, {"since": "yesterday"}):
        assert (await client.get("/v1/events", params=wrong, headers=query.token())).status_code == 400
    async with query.session() as session:
        until = "UPDATE read.offsets SET dropped_until = $1 WHERE partition = $2"
        before = await session.fetchval(
            "SELECT dropped_until FROM read.offsets WHERE partition = $1", query.partition()
        )
        await session.execute(until, datetime(2027, 3, 1, tzinfo=UTC), query.partition())
        try:
            for instant, status in (("2027-03-01T00:00:00Z", 410), ("2027-03-01T00:00:01Z", 200)):
                answer = await client.get("/v1/events", params={"since": instant}, headers=query.token())
                assert answer.status_code == status
        finally:
            await session.execute(until, before, query.partition())
