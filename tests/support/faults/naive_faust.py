"""Faust as its guide shows it, with the same core: six ways to lose a booking without an error.

Run in the place of `services.consolidator`, by `NAIVE_LOSS`. At the crash point `naive.handled` the handler
fails where a plan says so.
"""

# ruff: noqa: TID251 - a composition root, and what only stream.py may do rightly, this does wrongly

import asyncio
import os
import sys
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from mode.supervisors import CrashingSupervisor

from schemas.topics import BOOKINGS
from services.consolidator.handlers import consolidate_batch
from services.consolidator.in_memory import InMemory
from services.consolidator.partition import Message, PartitionState
from services.consolidator.restore import restore
from services.platform import faults
from services.platform.kafka import client_arguments
from services.platform.settings import KafkaSettings

_SLOW_SECONDS = 6.0
_PARTITIONS = 8

_settings = KafkaSettings()  # pyright: ignore[reportCallIssue] - from the environment
_app = faust.App(
    "itinerary-consolidator-1",
    broker=[f"kafka://{_settings.bootstrap}"],
    broker_session_timeout=3,
    broker_heartbeat_interval=1,
    broker_commit_interval=0.5,
    consumer_auto_offset_reset="earliest",
    producer_max_request_size=8_000_000,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
    store="memory://",
)
_topic = _app.topic(
    BOOKINGS.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
)
_states: dict[int, PartitionState] = {}
_producers: list[AIOKafkaProducer] = []


async def _handle(event: Any, *, confirmed: bool = True) -> None:
    faults.point("naive.handled")
    message, place = event.message, event.message.partition
    if place not in _states:
        state = PartitionState(number=place, partitions=_PARTITIONS, epoch=1, local=InMemory())
        await restore(state, kafka=_settings, on_progress=lambda: None)
        _states[place] = state
    one = Message(message.offset, round(message.timestamp * 1000), message.value)
    output = consolidate_batch(_states[place], [one])
    for value in output.outputs:
        if confirmed:
            await _producers[0].send_and_wait(
                value.topic, value.value, key=value.key, headers=list(value.headers), partition=place
            )
        else:
            await _app.producer.send(value.topic, value.key, value.value, place, None, None)
    _states[place].absorb(output)


async def _each(stream: Any) -> None:
    async for event in stream.events():
        await _handle(event)


async def _each_acknowledged_by_hand(stream: Any) -> None:
    async for event in stream.noack().events():
        await _handle(event)
        event.ack()


async def _two_at_a_time(stream: Any) -> None:
    async for event in stream.events():
        try:
            await _handle(event)
        except faults.FaultInjected:
            await asyncio.sleep(_SLOW_SECONDS)  # meanwhile the other goes on, and the group commits past this
            os._exit(faults.EXIT_CODE)


async def _four_at_once(stream: Any) -> None:
    async for events in stream.take_events(4, within=0.2):
        for event in events:
            await _handle(event)


async def _unconfirmed(stream: Any) -> None:
    async for event in stream.events():
        await _handle(event, confirmed=False)


_WAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "none": (_each, {}),
    "an exception acknowledges": (_each, {}),
    "a crash acknowledges": (_each, {"supervisor_strategy": CrashingSupervisor}),
    "commits jump a hole": (_each_acknowledged_by_hand, {}),
    "commits pass work in hand": (_two_at_a_time, {"concurrency": 2}),
    "a batch acknowledges": (_four_at_once, {}),
    "a send is no delivery": (_unconfirmed, {}),
}


@_app.task
async def _say() -> None:
    producer = AIOKafkaProducer(**client_arguments(_settings), acks="all", max_request_size=8_000_000)
    await producer.start()
    _producers.append(producer)
    sys.stderr.write("worker.started\n")
    sys.stderr.flush()


if __name__ == "__main__":
    faults.arm(faults.FaultSettings())
    agent, options = _WAYS[os.environ.get("NAIVE_LOSS", "none")]
    _app.agent(_topic, **options)(agent)
    _app.worker_init()
    faust.Worker(_app, loglevel="warning").execute_from_commandline()
