"""How visits end: real endpoints that take, break or surprise, and what is known of it afterwards."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from services.platform.backing import Backing
from services.platform.outbound import NotPublic, PublicOnly, public_client, unfit_destination
from tests.support.bookings_log import own_tenant
from tests.support.breaking_tls import HOST, breaking_tls
from tests.support.one_webhook import PATIENCE, OneWebhook, an_id, now, one_webhook
from tests.support.waiting import wait_until_async
from tests.support.webhook_receiver import Got, receiver


@pytest.fixture
async def one(backing: Backing) -> AsyncIterator[OneWebhook]:
    async with one_webhook(backing.database_url, tenant=own_tenant()) as webhook:
        yield webhook


async def test_a_visit_ends_after_the_request_that_is_under_way_when_its_process_is_to_stop(
    one: OneWebhook,
) -> None:
    async with receiver() as receiving, httpx.AsyncClient() as client:
        await one.enter(url=f"{receiving.origin}/hook")
        await one.wait(*(an_id() for _ in range(3)))
        await one.visit(client, stopping=lambda: bool(receiving.got))

    assert await one.states() == ["delivered", "waiting", "waiting"]


async def test_an_endpoint_that_says_that_it_is_gone_is_gone_whatever_else_it_says_at_once(
    one: OneWebhook,
) -> None:
    async with receiver() as receiving, httpx.AsyncClient() as client:
        await one.enter(url=f"{receiving.origin}/hook", concurrency=20)
        events = await one.wait(*(an_id() for _ in range(20)))

        def gone_once(got: Got) -> int:
            return 410 if got.id == events[0] else 500

        receiving.answers["/hook"] = gone_once
        await one.visit(client)

    assert (await one.row())["state"] == "gone"


async def loopback(_host: str, _port: int) -> str:
    return "127.0.0.1"


@pytest.mark.parametrize("concurrency", [1, 2])
async def test_where_tls_breaks_what_was_taken_before_is_noted_and_the_rest_failed(
    one: OneWebhook, concurrency: int
) -> None:
    async with (
        breaking_tls(answers=1) as endpoint,
        httpx.AsyncClient(transport=PublicOnly(resolve=loopback, tls=endpoint.trusted)) as client,
    ):
        await one.enter(url=f"https://{HOST}:{endpoint.port}/hook", concurrency=concurrency)
        events = await one.wait(an_id(), an_id())
        await one.visit(client)

    row = await one.row()
    assert sorted(endpoint.got) == sorted(events)
    assert sorted(await one.states()) == ["delivered", "waiting"]
    assert [await one.attempts(event) for event in events] == [1, 1]
    assert (row["trouble"], row["leased_until"]) == ("tls_error", None)


async def test_whatever_surprises_at_an_endpoint_is_a_failure_of_that_endpoint(one: OneWebhook) -> None:
    def surprise(_: httpx.Request) -> httpx.Response:
        raise LookupError("nobody thought of this")

    await one.enter(concurrency=2)
    await one.wait(an_id(), an_id())
    async with httpx.AsyncClient(transport=httpx.MockTransport(surprise)) as client:
        await one.visit(client)

    row = await one.row()
    assert await one.states() == ["waiting", "waiting"]
    assert (row["failures"], row["trouble"], row["leased_until"]) == (2, "lookup_error", None)


@pytest.mark.parametrize("ahead", [timedelta(hours=-13), timedelta(days=4)])
async def test_when_to_try_next_goes_by_the_clock_of_the_database_alone(
    one: OneWebhook, ahead: timedelta
) -> None:
    async with receiver() as receiving, httpx.AsyncClient() as client:
        await one.enter(url=f"{receiving.origin}/hook")
        receiving.answers["/hook"] = 500
        events = await one.wait(an_id(), an_id(), an_id())
        before = await one.clock()
        await one.visit(client, now=lambda: now() + ahead)
        after = await one.clock()

    row, first = await one.row(), PATIENCE.again_in(1, waited=timedelta(0), stretch=0)
    assert await one.states() == ["waiting"] * 3
    assert all([before <= await one.due_at(event) - first <= after for event in events])
    assert before <= row["paused_until"] - PATIENCE.pause_after(3) <= after


async def test_a_visit_that_finds_nothing_to_try_leaves_the_endpoint_as_it_was(one: OneWebhook) -> None:
    """What came meanwhile stands behind a failure of its trip, and that is due before the pause would end."""
    async with receiver() as receiving, httpx.AsyncClient() as client:
        await one.enter(url=f"{receiving.origin}/hook")
        receiving.answers["/hook"] = 500
        trips = [an_id() for _ in range(3)]
        await one.wait(*trips)
        await one.visit(client)
        await one.end_pause()
        before = await one.row()
        await one.wait(trips[0])
        await one.visit(client)

    assert len(receiving.got) == 3
    assert {**await one.row()} == {**before, "lease": before["lease"] + 1}


async def test_where_more_is_due_than_a_visit_sends_others_have_their_turn_before(one: OneWebhook) -> None:
    async with receiver() as receiving, httpx.AsyncClient() as client:
        await one.enter(url=f"{receiving.origin}/hook")
        events = await one.wait(*(an_id() for _ in range(3)))
        before = await one.clock()
        await one.visit(client, deliveries=2)
        due_at = (await one.row())["due_at"]
        await one.visit(client, deliveries=2)

    assert before < due_at <= await one.clock()
    assert [got.id for got in receiving.got] == events
    assert (await one.row())["due_at"] is None


async def test_an_answer_that_comes_late_but_in_time_counts(one: OneWebhook) -> None:
    async with receiver() as receiving, httpx.AsyncClient() as client:
        receiving.late["/hook"] = asyncio.Event()
        await one.enter(url=f"{receiving.origin}/hook")
        await one.wait(an_id())
        visit = asyncio.create_task(one.visit(client))

        async def arrived() -> bool:
            return bool(receiving.got)

        await wait_until_async(arrived, what="the request")
        assert await one.states() == ["waiting"]
        receiving.late["/hook"].set()
        await visit

    assert await one.states() == ["delivered"]


async def test_an_answer_that_never_ends_is_too_late_however_it_began(one: OneWebhook) -> None:
    """Each single read is in time; the request as a whole is not."""
    async with receiver() as receiving, httpx.AsyncClient(timeout=30) as client:
        receiving.drips.add("/hook")
        receiving.answers["/hook"] = 200
        await one.enter(url=f"{receiving.origin}/hook")
        await one.wait(an_id())
        await one.visit(client, request_seconds=0.3)

    assert await one.states() == ["waiting"]
    assert (await one.row())["trouble"] == "timeout"


@pytest.mark.parametrize("inside", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
async def test_a_name_that_leads_inside_once_it_was_judged_is_not_sent_to(
    one: OneWebhook, monkeypatch: pytest.MonkeyPatch, inside: list[str]
) -> None:
    """The name is answered for by its owner, who may answer otherwise each time (DNS rebinding)."""
    url = "https://rebinding.example/hook"
    name_leads_to(monkeypatch, "93.184.216.34")
    assert await unfit_destination(url, private_origins=()) is None
    await one.enter(url=url)
    await one.wait(an_id())

    name_leads_to(monkeypatch, *inside)
    async with public_client(private_origins=(), connections=1, timeout_seconds=5) as client:
        await one.visit(client)

    assert (await one.row())["trouble"] == "not_public"


async def test_no_proxy_of_the_environment_is_asked(one: OneWebhook, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect for us, and judge nothing."""
    async with receiver() as proxy, receiver() as receiving:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
            monkeypatch.setenv(name.lower(), proxy.origin)
        await one.enter(url=f"{receiving.origin}/hook")
        await one.wait(an_id())
        async with public_client(
            private_origins=(receiving.origin,), connections=1, timeout_seconds=5
        ) as client:
            await one.visit(client)
            with pytest.raises(NotPublic):
                await client.get("https://127.0.0.1/hook")

    assert await one.states() == ["delivered"]
    assert (len(receiving.got), proxy.got) == (1, [])


def name_leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)
