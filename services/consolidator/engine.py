"""What the worker needs of whatever reads `bookings.v1`: the port that each stream engine stands behind.

`tests/integration/test_engines.py` says what any engine must do, and is run on every one of them.
"""

from collections.abc import Callable
from typing import Protocol

from services.consolidator.partition import Message
from services.consolidator.settings import ConsolidatorSettings
from services.platform.settings import KafkaSettings

REBALANCE_SECONDS = 60
"""How long the group waits for a member that agrees to nothing before it goes on without it."""


class Receiver(Protocol):
    """Who takes what an engine reads of one partition."""

    def put(self, message: Message) -> None:
        """Take the next message. It never waits; a receiver that has enough asks the engine to hold.

        One may come just before `wake`, or just after `release`, of a reading that is over.
        """
        ...

    def wake(self) -> None:
        """Take note that the partition is this worker's now."""
        ...

    async def release(self) -> None:
        """Let go of the partition, which is about to be another's."""
        ...


class Engine(Protocol):
    """A member of the group that shares the partitions of `bookings.v1`.

    It hands out each partition's messages in order, from the first that the group has not committed; in
    doubt twice. It commits what it was told is settled, and nothing beyond, whatever is missing from the log.
    Partitions that are taken away are released before it agrees to that, and what it was told of them is
    forgotten: another member may be far ahead when they return.
    """

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions that are this worker's now."""
        ...

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share, which may be nothing, and work goes on."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it has stopped or crashed."""
        ...

    @property
    def failure(self) -> BaseException | None:
        """Why it crashed."""
        ...

    def hold(self, partition: int) -> None:
        """Read no more of a partition for now; what was read already still comes."""
        ...

    def go_on(self, partition: int) -> None:
        """Read more of a partition; nothing where it was not held."""
        ...

    def settled(self, partition: int, *, offset: int) -> None:
        """Take note that all messages of a partition up to this one are settled, so that it may commit."""
        ...

    async def start(self) -> None:
        """Join the group and begin to hand out messages."""
        ...

    async def stop(self) -> None:
        """Hand out nothing more, wait for what was handed out to be settled, commit, leave the group.

        Nothing is waited for that is taken away meanwhile. An engine that crashed is stopped like any other,
        unless its process ends.
        """
        ...


class EngineMaker(Protocol):
    """How an engine is made; each engine's class is one."""

    def __call__(
        self,
        *,
        kafka: KafkaSettings,
        group: str,
        settings: ConsolidatorSettings,
        receiver_of: Callable[[int], Receiver],
        fail: Callable[[BaseException], None],
    ) -> Engine:
        """Make one that has not begun.

        Args:
            kafka: where `bookings.v1` is.
            group: the consumer group.
            settings: how soon a silent member loses its partitions.
            receiver_of: who takes the messages of a partition.
            fail: called with what ended the handing out.
        """
        ...
