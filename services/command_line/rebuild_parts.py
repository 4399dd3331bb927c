"""The processes of `itinerary rebuild build`: each fills the copy from its share of the partitions."""

import asyncio
import gc
import multiprocessing
import multiprocessing.process
import os
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from services.command_line.running import System
from services.consolidator.bulk import Recomputed, recompute
from services.platform.awaiting import CannotStart
from services.query.aside import open_filling

TROUBLE = (KafkaError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


def recomputed_parts(system: System, *, partitions: int, processes: int) -> Iterator[Recomputed]:
    """Yield what each partition came to, as it is done.

    A process tells what it has done and is never told anything, and ends when this one does, however that
    ends: the next rebuild fills a copy of the same name.

    Raises:
        CannotStart: a process failed; the text says at what.
    """
    spawning = multiprocessing.get_context("spawn")
    left: dict[Connection, int] = {}
    children: list[multiprocessing.process.BaseProcess] = []
    for number in range(min(processes, partitions)):
        answer, told = spawning.Pipe(duplex=False)
        share = range(number, partitions, processes)
        child = spawning.Process(target=_work, args=(system, share, partitions, told), daemon=True)
        child.start()
        told.close()
        left[answer] = len(share)
        children.append(child)
    try:
        while left:
            for answer in [ready for ready in left if ready in wait(left)]:
                yield _answer(answer)
                left[answer] -= 1
                if not left[answer]:
                    del left[answer]
    finally:
        for child in children:
            child.terminate()
            child.join()


def _answer(answer: Connection) -> Recomputed:
    try:
        told = answer.recv()
    except EOFError:
        raise CannotStart("A process of the rebuild ended before its work was done.") from None
    if not isinstance(told, Recomputed):
        raise CannotStart(f"The rebuild failed: {told}")
    return told


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - this is a child
    parent.join()
    os._exit(1)  # PostgreSQL takes back what was not committed


def _work(system: System, share: Sequence[int], partitions: int, told: Connection) -> None:
    # Trips come and go by the thousand, and nothing in them refers to itself: to look for such garbage among
    # them takes an eighth of the time and finds none. What a partition leaves is looked for behind it.
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        for number in share:
            told.send(asyncio.run(_part(system, number, partitions=partitions)))
            gc.collect()
    except TROUBLE as trouble:
        told.send(f"{type(trouble).__name__} {trouble}")


async def _part(system: System, number: int, *, partitions: int) -> Recomputed:
    async with open_filling(system.postgres, partition=number) as filling:
        done = await recompute(system.kafka, partition=number, partitions=partitions, store=filling.store)
        await filling.store((), offset={number: done.position})
    return done
