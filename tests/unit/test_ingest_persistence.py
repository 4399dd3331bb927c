"""How long a worker stays at a record: as long as it takes, and not as long as trouble lasts."""

import asyncio

import pytest

from services.ingest import worker
from services.ingest.feeds import Consumed
from services.ingest.handlers import Unavailable

RECORD = Consumed(topic="raw.v1", partition=0, offset=7, timestamp_ms=0, key="k", value=b"", headers=())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(worker, "_GIVE_UP_SECONDS", 0.002)


async def test_a_record_that_takes_long_is_no_trouble() -> None:
    taken: list[Consumed] = []

    async def slow(record: Consumed) -> None:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, done.set)  # ten times as long as trouble may last
        await done.wait()
        taken.append(record)

    await worker.persistently(slow, record=RECORD)
    assert taken == [RECORD]


async def test_trouble_that_passes_is_waited_for_and_trouble_that_stays_is_told() -> None:
    troubles = [Unavailable("Kafka is away")]

    async def troubled(_: Consumed) -> None:
        if troubles:
            raise troubles.pop()

    await worker.persistently(troubled, record=RECORD)

    async def broken(_: Consumed) -> None:
        raise Unavailable("Kafka is away")

    with pytest.raises(Unavailable, match=r"raw\.v1: trouble did not pass"):
        await worker.persistently(broken, record=RECORD)
