"""How far a consumer is behind its topics, for its metrics; asks the broker for nothing."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from services.platform.metrics import LAG, REBALANCES, WATERMARK

_POSITION_SECONDS = 1.0


class Standing(NamedTuple):
    """Where a consumer stands in a partition."""

    lag: int
    """Messages behind what is done."""
    done_until_ms: int | None
    """Everything that was in the log at this Unix time is done; None where nobody can say."""


class ConsumerWatch(ConsumerRebalanceListener):
    """Keeps the metrics of one consumer; subscribe with it as the listener, and tell it of each round."""

    def __init__(self, consumer: str) -> None:
        """Begin; `consumer` is one of `metrics.CONSUMERS`."""
        self._consumer = consumer
        self._shown: frozenset[TopicPartition] = frozenset()
        self._last_ms: dict[TopicPartition, int] = {}
        """The time of the last message that was done."""

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Do nothing: the next round shows what is left."""

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:  # noqa: ARG002 - aiokafka's
        """Count; the next round shows what was assigned."""
        REBALANCES.add(consumer=self._consumer)

    async def came_round(
        self, reader: AIOKafkaConsumer, done: Mapping[TopicPartition, Sequence[Any]] = {}
    ) -> None:
        """Show where the consumer stands now that all it has fetched is done.

        Args:
            reader: the consumer.
            done: what it has fetched since the last round.
        """
        self._last_ms |= {place: batch[-1].timestamp for place, batch in done.items() if batch}
        standings: dict[TopicPartition, Standing] = {}
        # A partition that is taken away meanwhile, or whose place is sought anew, is shown the next time.
        with contextlib.suppress(IllegalStateError, TimeoutError):
            async with asyncio.timeout(_POSITION_SECONDS):
                for place in reader.assignment():
                    end = reader.highwater(place)
                    if end is not None:
                        lag = max(0, end - await reader.position(place))
                        asked_ms = reader.last_poll_timestamp(place)
                        standings[place] = Standing(lag, self._last_ms.get(place) if lag else asked_ms)
        self.show(standings)

    def show(self, standings: Mapping[TopicPartition, Standing]) -> None:
        """Show these partitions, and no others any more."""
        for place in self._shown - standings.keys():
            LAG.drop(**self._labels(place))
            WATERMARK.drop(**self._labels(place))
            self._last_ms.pop(place, None)
        for place, standing in standings.items():
            LAG.set(standing.lag, **self._labels(place))
            if standing.done_until_ms is not None:
                WATERMARK.set(standing.done_until_ms / 1000, **self._labels(place))
        self._shown = frozenset(standings)

    def _labels(self, place: TopicPartition) -> dict[str, str]:
        return {"consumer": self._consumer, "topic": place.topic, "partition": str(place.partition)}
