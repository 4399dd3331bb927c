"""Waiting with a deadline, and what a worker says about its health."""

import asyncio
from http import HTTPStatus

import httpx
import pytest

from services.platform.awaiting import CannotStart, NotYet, wait_for_answer
from services.platform.free_ports import free_ports
from services.platform.health import Health, answering_health
from services.platform.settings import HealthSettings


async def test_an_attempt_is_repeated_until_it_answers() -> None:
    reasons = iter(["refused", "refused"])

    async def attempt() -> str:
        if (reason := next(reasons, None)) is not None:
            raise NotYet(reason)
        return "answer"

    assert await wait_for_answer(attempt, what="the service", deadline_seconds=10) == "answer"


async def test_the_refusal_names_who_was_awaited_and_the_last_reason() -> None:
    async def attempt() -> None:
        raise NotYet("connection refused")

    with pytest.raises(CannotStart, match=r"^the service did not answer within 0 s: connection refused$"):
        await wait_for_answer(attempt, what="the service", deadline_seconds=0)


async def test_other_trouble_ends_the_wait_at_once() -> None:
    async def attempt() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await wait_for_answer(attempt, what="the service")


def test_a_worker_is_live_before_it_is_ready() -> None:
    health = Health(service="projector")
    assert health.answer("/health/live")[0] is HTTPStatus.OK
    assert health.answer("/health/ready") == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        {"service": "projector", "status": "starting"},
    )
    health.ready()
    assert health.answer("/health/ready")[0] is HTTPStatus.OK
    health.not_ready(awaited="PostgreSQL")
    assert health.answer("/health/ready")[1]["status"] == "PostgreSQL"
    assert health.answer("/health/live")[0] is HTTPStatus.OK


def test_a_worker_whose_loop_stands_still_is_neither_live_nor_ready() -> None:
    health = Health(service="projector", stall_seconds=-1)
    health.ready()
    assert health.answer("/health/live")[0] is HTTPStatus.SERVICE_UNAVAILABLE
    assert health.answer("/health/ready")[1]["status"] == "stalled"


async def test_health_is_answered_over_http_and_nonsense_does_no_harm() -> None:
    (port,) = free_ports(1)
    health = Health(service="projector")
    health.ready()
    async with (
        answering_health(health, settings=HealthSettings(port=port)),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\xff\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert (await client.get("/health/ready")).json() == {"service": "projector", "status": "ok"}
        assert (await client.get("/elsewhere")).status_code == HTTPStatus.NOT_FOUND
