"""How far a replay has come, so that one that was killed goes on by itself, from any machine.

Kept where every consumer keeps it: as the offsets of a consumer group, which Kafka's tools show. The group
is named after what was asked for, and beside each offset stands what the replay found so far.
"""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from schemas.base import Model
from schemas.booking_record import Source
from services.ingest.domain.statements import NORMALISER
from services.platform.commits import committed_by
from services.platform.settings import KafkaSettings

GROUP = "itinerary-replay-"
"""How the names of groups begin, for whoever grants rights."""


class Wanted(NamedTuple):
    """Which messages to replay; what is None or empty leaves nothing out."""

    source: Source | None = None
    since: datetime | None = None
    tenant: str | None = None
    traveller: str | None = None
    """An id: only what is, or was, this traveller's."""
    until: datetime | None = None
    messages: frozenset[str] = frozenset()
    """Ids."""

    def group(self, purpose: str) -> str:
        """Return the name of the group in which this is done; another version does another thing."""
        asked = [
            purpose,
            NORMALISER,
            version("itinerary"),
            *self._replace(messages=frozenset()),
            sorted(self.messages),
        ]
        return GROUP + hashlib.sha256(repr(asked).encode()).hexdigest()[:16]


class Counts(Model):
    """What a replay found."""

    read: int = 0
    """Messages that were looked at."""
    settled: int = 0
    """Of these, left alone: a person decided, or they are copies of others."""
    refused: int = 0
    """Of these, refused today: what they said before stays."""
    unchanged: int = 0
    changed: int = 0
    said: int = 0
    """Statements that were written, or would be."""

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        both = {name: getattr(self, name) + getattr(other, name) for name in Counts.model_fields}
        return Counts.model_validate(both)


class Place(Model):
    """One partition: from where to where it is read, how far it has come, and what was found."""

    start: int
    next: int
    end: int
    counts: Counts = Counts()


Places = Mapping[TopicPartition, Place]


class Journal:
    """Where the places of one replay are kept."""

    def __init__(self, kafka: KafkaSettings, *, group: str) -> None:
        self._kafka = kafka
        self.group = group

    async def recall(self, reader: AIOKafkaConsumer, numbers: Sequence[TopicPartition]) -> Places:
        """Return the places of a replay that was broken off; none where none was, or it came to its end.

        Raises:
            KafkaError: the broker does not answer.
        """
        if not all([await reader.committed(number) is not None for number in numbers]):
            return {}
        found = await committed_by(self.group, kafka=self._kafka, places=numbers)
        places = {tp: Place.decode(kept.metadata) for tp, kept in found.items() if kept.metadata}
        is_whole = places.keys() == set(numbers)  # offsets that a person reset have no notes of ours
        is_done = all(place.next >= place.end for place in places.values())
        return {} if is_done or not is_whole else places

    async def note(self, reader: AIOKafkaConsumer, places: Places) -> None:
        """Note places; the reader is of this group, and has their partitions.

        Raises:
            KafkaError: the broker does not take it.
        """
        await reader.commit(
            {tp: OffsetAndMetadata(place.next, place.encode().decode()) for tp, place in places.items()}
        )

    async def begin(self, reader: AIOKafkaConsumer, places: Places) -> None:
        """Note the places of a replay that begins: by them its ends are fixed."""
        reader.assign(list(places))
        reader.pause(*places)  # only noted here; each is read at its turn
        await self.note(reader, places)
