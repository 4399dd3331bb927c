"""Who may do what on Kafka: one line for each user; whatever is not said here is denied.

Lists of access, manifests, documents and the check at the start of each process are made from this table or
compared with it.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from schemas.topics import (
    BOOKINGS,
    DEAD_LETTERS,
    INBOX,
    RAW,
    RECORDS,
    TOPICS,
    TRAVELLERS,
    TRIP_EVENTS,
    TRIPS,
    Topic,
)


class Operation(StrEnum):
    """What may be done to a topic, group or transactional id, by Kafka's names."""

    CREATE = "Create"
    DESCRIBE = "Describe"
    READ = "Read"
    WRITE = "Write"


class Resource(StrEnum):
    """What is done to, by the names that Kafka and Strimzi share."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactionalId"


class Right(NamedTuple):
    """Operations on one resource. Groups and transactional ids are named by how they begin."""

    resource: Resource
    name: str
    operations: tuple[Operation, ...]

    @property
    def by_prefix(self) -> bool:
        """Whether `name` is how the names begin, and not a name."""
        return self.resource is not Resource.TOPIC


class User(NamedTuple):
    """A process, or a person at the command line, as Kafka knows it."""

    process: str
    """The command that it runs: `itinerary …`."""
    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    creates: tuple[Topic, ...] = ()
    group: str | None = None
    """How the names of its consumer groups begin."""
    transactions: str | None = None
    """How its transactional ids begin."""

    @property
    def name(self) -> str:
        """By which it logs in."""
        return f"itinerary-{self.process}"

    @property
    def looking(self) -> "User":
        """The same where it only looks: a command that changes nothing asks for no more."""
        return self._replace(writes=(), creates=(), group=None, transactions=None)

    @property
    def rights(self) -> Sequence[Right]:
        """What it must be granted, and nothing more.

        Everybody may see every topic: a process refuses to start where their partitions differ. To read or
        write one implies to see it. A producer is idempotent by the right to write (KIP-679, Kafka 3.0).
        """
        found = [Right(Resource.TOPIC, topic.name, self._operations(topic)) for topic in TOPICS]
        if self.group is not None:
            found.append(Right(Resource.GROUP, self.group, (Operation.READ,)))
        if self.transactions is not None:
            found.append(Right(Resource.TRANSACTIONAL_ID, self.transactions, (Operation.WRITE,)))
        return found

    def _operations(self, topic: Topic) -> tuple[Operation, ...]:
        granted = {
            Operation.CREATE: self.creates,
            Operation.READ: self.reads,
            Operation.WRITE: self.writes,
        }
        operations = [operation for operation, topics in granted.items() if topic in topics]
        if Operation.READ not in operations and Operation.WRITE not in operations:
            operations.append(Operation.DESCRIBE)
        return tuple(operations)


GATEWAY = User("gateway", reads=(DEAD_LETTERS,), writes=(RAW, BOOKINGS, DEAD_LETTERS))
"""Also `ingest` and `query` where they run apart."""
INGEST_WORKER = User(
    "ingest-worker", reads=(INBOX, RAW), writes=(RAW, BOOKINGS, DEAD_LETTERS), group="itinerary-ingest-"
)
MAIL_DOOR = User("mail-door", writes=(RAW,))
TRIPIT = User("tripit", writes=(RAW,))
CONSOLIDATOR = User(
    "consolidator", reads=(BOOKINGS, RECORDS, TRIPS), writes=(BOOKINGS, RECORDS, TRIPS, DEAD_LETTERS),
    group="itinerary-consolidator-", transactions="itinerary-consolidator-",
)  # fmt: skip
PROJECTOR = User("projector", reads=(TRIPS,), writes=(DEAD_LETTERS,), group="projector")
RELAY = User("relay", reads=(TRIPS,), writes=(TRIP_EVENTS, DEAD_LETTERS), group="itinerary-relay")
SWEEPER = User("sweeper", writes=(BOOKINGS,))
WEBHOOKS = User("webhooks", reads=(TRIP_EVENTS,), group="itinerary-webhooks")
PREPARE = User("topics", creates=TOPICS)
OPERATIONS = User(
    "operations", reads=(RAW, BOOKINGS, RECORDS, TRIPS, TRIP_EVENTS, DEAD_LETTERS),
    writes=(RAW, BOOKINGS, TRAVELLERS, DEAD_LETTERS), group="itinerary-replay-",
)  # fmt: skip
"""A person at the command line: verify, replay, rebuild, dead letters, erase, export, trace."""

USERS: tuple[User, ...] = (
    GATEWAY, INGEST_WORKER, MAIL_DOOR, TRIPIT, CONSOLIDATOR, PROJECTOR, RELAY, SWEEPER, WEBHOOKS, PREPARE,
    OPERATIONS,
)  # fmt: skip
