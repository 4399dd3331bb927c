"""What the engines that are compared share: the core, and state in memory."""

from collections.abc import Sequence

from schemas.topics import TRIPS
from services.consolidator.computing import spare_what_is_held
from services.consolidator.handlers import consolidate_batch
from services.consolidator.in_memory import InMemory
from services.consolidator.partition import Message, PartitionState
from services.consolidator.settings import ConsolidatorSettings
from services.consolidator.values import Output
from services.platform.settings import TopicSettings


class States:
    """The states of all partitions, in memory, never restored; as many are kept unpacked as by the worker."""

    def __init__(self, topics: TopicSettings) -> None:
        spare_what_is_held()
        self._topics = topics
        self._most_in_memory = ConsolidatorSettings().unpacked_in_memory // topics.partitions
        self._states: dict[int, PartitionState] = {}

    def settle(self, messages: Sequence[Message], *, partition: int) -> Sequence[Output]:
        """Consolidate messages of a partition, take it into the state, and return what is to be sent.

        The progress marker is left out: only our worker needs one.
        """
        if partition not in self._states:
            self._states[partition] = PartitionState(
                number=partition,
                partitions=self._topics.partitions,
                epoch=self._topics.epoch,
                local=InMemory(),
                most_in_memory=self._most_in_memory,
            )
        state = self._states[partition]
        outputs: list[Output] = []
        while messages:
            output = consolidate_batch(state, messages)
            state.absorb(output)
            outputs += [value for value in output.outputs if value.topic != TRIPS.name or value.tenant]
            messages = messages[output.taken :]
        return outputs
