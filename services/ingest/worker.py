"""Reads `inbox.v1` and `raw.v1`, and commits offsets only after everything behind them is confirmed."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import structlog

from schemas.topics import INBOX, RAW
from services.ingest.feeds import Consumed, Feeds
from services.ingest.handlers import Unavailable
from services.platform import faults
from services.platform.group_reader import Reads, group_reader
from services.platform.settings import KafkaSettings

log = structlog.get_logger()

_BATCH_RECORDS = 200
_BATCH_MAILS = 8
"""Reading a mail may take seconds, and a group does without a member that does not come back in minutes."""
_FETCH_BYTES = 4 * 1024 * 1024
"""Per partition; a larger record comes alone."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0
_GIVE_UP_SECONDS = 60.0
"""How long trouble is retried before the process ends and is started anew."""

Handle = Callable[[Consumed], Awaitable[None]]


async def run_worker(
    settings: KafkaSettings,
    *,
    feeds: Feeds,
    take_mail: Handle,
    stopping: asyncio.Event,
    moved: Callable[[], None],
) -> None:
    """Run all steps until `stopping` is set; `moved` is told whenever one of them comes on.

    Mail has a step of its own on `raw.v1`: a mail that is slow to read holds up no feed.

    Raises:
        ExceptionGroup: of `Unavailable` or Kafka errors, where trouble did not pass in a minute, or of
            `TopicRecreated`.
    """
    async with asyncio.TaskGroup() as steps:
        for step in (
            _Step(INBOX.name, "ingest-inbox", feeds.keep),
            _Step(RAW.name, "ingest-raw", feeds.normalise),
            _Step(RAW.name, "ingest-mail", take_mail, batch_records=_BATCH_MAILS),
        ):
            steps.create_task(_run(settings, step=step, rounds=_Rounds(stopping, moved)))


class _Step(NamedTuple):
    topic: str
    consumer: str
    """Its group is `itinerary-` and this."""
    handle: Handle
    batch_records: int = _BATCH_RECORDS


class _Rounds(NamedTuple):
    stopping: asyncio.Event
    moved: Callable[[], None]


async def _run(settings: KafkaSettings, *, step: _Step, rounds: _Rounds) -> None:
    reads = Reads(
        step.topic,
        group=f"itinerary-{step.consumer}",
        consumer=step.consumer,
        options={"max_partition_fetch_bytes": _FETCH_BYTES},
    )
    async with group_reader(settings, reads) as reader:
        while not rounds.stopping.is_set():
            rounds.moved()
            batches = await reader.fetch(max_records=step.batch_records)
            if not batches:
                continue
            # Partitions side by side, records of one partition in their order.
            await asyncio.gather(
                *(_in_order(records, handle=step.handle, moved=rounds.moved) for records in batches.values())
            )
            faults.point("feed.handled")
            await reader.commit(batches)
            faults.point("feed.committed")


async def _in_order(records: Sequence[Any], *, handle: Handle, moved: Callable[[], None]) -> None:
    for record in records:
        moved()
        await persistently(handle, record=consumed(record))


async def persistently(handle: Handle, *, record: Consumed) -> None:
    """Handle a record, trying again with growing pauses while a backing service is in trouble.

    Only the trouble is bounded: a record that takes long is no reason to end, and to take it again.
    """
    now = asyncio.get_running_loop().time
    pause = _FIRST_PAUSE_SECONDS
    since: float | None = None
    while True:
        try:
            return await handle(record)
        except Unavailable as trouble:
            since = now() if since is None else since
            if now() + pause > since + _GIVE_UP_SECONDS:
                raise Unavailable(
                    f"{record.topic}: trouble did not pass in {_GIVE_UP_SECONDS:.0f} s"
                ) from trouble
            log.warning("record.delayed", topic=record.topic, reason=str(trouble))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def consumed(record: Any) -> Consumed:  # noqa: ANN401 - aiokafka carries no types
    """Return a record as the handlers take it."""
    return Consumed(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=(record.key or b"").decode(errors="replace"),
        value=record.value or b"",
        headers=tuple((name, value or b"") for name, value in record.headers),
    )
