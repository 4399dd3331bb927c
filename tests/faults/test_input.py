"""What arrives is poison, too large, forged, repeated and out of order."""

import random
import time

import pytest

from schemas.booking_record import BookingContent
from schemas.topics import BOOKINGS
from tests.support.faults.rig import Rig, running

_WRONG_CLOCK = "tests.support.faults.wrong_clock"
_DAY_MS = 24 * 60 * 60 * 1000
_NOW_MS = 1_800_000_000_000

_POISON = (
    b"", b"{", b"null", b"[]", b"\x00", b"\xff\xfe", b"{}", b'"text"', b"NaN", b"1e400", b"[" * 50_000,
    b'{"kind":"booking"}', b'{"kind":"unheard of"}', b'{"kind":"advance","tenant":"\xed\xa0\x80"}',
    b'{"kind":"booking","kind":"advance"}', b"<Booking/>", None,
)  # fmt: skip


async def test_poison_is_buried_and_holds_up_nobody(rig: Rig) -> None:
    async with running(rig, seed=50) as run:
        for poison in _POISON:
            await run.senders.send_bytes(poison, partition=run.dice.randrange(8))
            await run.post(3)
        await run.holds()


async def test_what_is_larger_than_the_log_takes_is_refused_to_its_sender_and_not_half_kept(rig: Rig) -> None:
    limit = int(BOOKINGS.config["max.message.bytes"])
    async with running(rig, seed=51) as run:
        for size in (limit // 8, 900_000):
            (booked,) = run.workload.statements(1)
            fat = {"details": {"note": "x" * size}}
            content = BookingContent.model_validate(fat)
            await run.senders.send([booked.model_copy(update={"content": content})])
            await run.post(3)
        before = run.senders.unknown
        await run.senders.send_bytes(b"x" * (limit + 1), partition=0)
        assert run.senders.unknown == before + 1
        await run.holds()


@pytest.mark.parametrize("days", [-2, pytest.param(2, marks=pytest.mark.exhaustive)])
async def test_a_wrong_clock_of_a_host_changes_nothing(rig: Rig, days: int) -> None:
    wrong = {"WRONG_CLOCK_DAYS": str(days)}
    async with running(rig, seed=52) as run:
        await run.post(10)
        run.fleet.add("consolidator-2", module=_WRONG_CLOCK, environment=wrong)
        run.fleet.dismiss("relay")
        run.fleet.add("relay", module=_WRONG_CLOCK, environment=wrong)
        await run.post(40)
        await run.settled()
        run.fleet.dismiss("consolidator-1")  # so that what is left is done by the clock that is wrong
        await run.post(20)
        await run.holds()


async def test_clocks_of_senders_count_for_nothing(rig: Rig) -> None:
    async with running(rig, seed=55) as run:
        for days in (-400, 400):
            await run.senders.send(run.workload.statements(3), timestamp_ms=_NOW_MS + days * _DAY_MS)
        await run.holds()
        late_ms = max(entry.appended_ms for entry in run.reader.entries[BOOKINGS.name])
        assert abs(late_ms - time.time_ns() // 1_000_000) < _DAY_MS


@pytest.mark.parametrize("seed", [53, pytest.param(54, marks=pytest.mark.exhaustive)])
async def test_everything_again_and_in_any_order_comes_to_the_same(rig: Rig, seed: int) -> None:
    async with running(rig, seed=seed) as run:
        await run.post(50)
        again = list(run.sent) * 3
        random.Random(seed).shuffle(again)  # noqa: S311 - repeatable on purpose
        await run.senders.send(again)
        await run.holds()
