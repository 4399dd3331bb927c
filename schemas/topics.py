"""One table of all topics: key, value, partitions, retention, who writes and who reads.

The project creates them from this table and nothing else does; see design, section 3.
"""

from enum import StrEnum
from typing import NamedTuple

DEFAULT_PARTITIONS = 8
"""Of every topic, where nothing else is set at its creation; fixed from then on."""

_DAY_MS = 24 * 60 * 60 * 1000
_MIB = 1024 * 1024


class Partitioning(StrEnum):
    """What decides the partition of a message."""

    TRAVELLER = "traveller"
    KEY = "key"


class Topic(NamedTuple):
    """One topic. `values` names the models in `schemas` that its values are."""

    name: str
    purpose: str
    key: str
    values: tuple[str, ...]
    partitioning: Partitioning
    config: dict[str, str]
    producers: tuple[str, ...]
    consumers: tuple[str, ...]


def _kept(days: int, **config: str) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * _DAY_MS)} | _dotted(config)


def _compacted(**config: str) -> dict[str, str]:
    return {
        "cleanup.policy": "compact",
        "max.compaction.lag.ms": str(7 * _DAY_MS),
        "delete.retention.ms": str(7 * _DAY_MS),
    } | _dotted(config)


def _dotted(config: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): value for name, value in config.items()}


MAX_RAW_BYTES = 32 * _MIB
"""The largest record of `raw.v1`."""

INBOX = Topic(
    "inbox.v1", "trusted feeds publish bookings here", "any", ("InboxBooking",), Partitioning.KEY,
    _kept(30, max_message_bytes=str(4 * _MIB)), ("trusted feeds",), ("ingest",),
)  # fmt: skip
RAW = Topic(
    "raw.v1", "every payload exactly as received, written before the sender gets its 2xx",
    "message id", (), Partitioning.KEY,
    _kept(30, message_timestamp_type="LogAppendTime", max_message_bytes=str(MAX_RAW_BYTES)),
    ("ingest", "operations"), ("ingest",),
)  # fmt: skip
BOOKINGS = Topic(
    "bookings.v1", "everything that can change a trip, in one order for each traveller",
    "record key", ("Statement",), Partitioning.TRAVELLER,
    _kept(30, message_timestamp_type="LogAppendTime", max_message_bytes=str(4 * _MIB)),
    ("ingest", "sweeper", "consolidator", "operations"), ("consolidator",),
)  # fmt: skip
RECORDS = Topic(
    "records.v1", "the accepted state of each booking record: the truth",
    "record key", ("Record",), Partitioning.TRAVELLER,
    _compacted(max_message_bytes=str(4 * _MIB)), ("consolidator",), ("consolidator", "verify", "rebuild"),
)  # fmt: skip
TRIPS = Topic(
    "trips.v1", "the newest state of each trip, and how far each partition is done",
    "trip id", ("Trip", "TripRedirect", "TripDeletion", "ProgressMarker"), Partitioning.TRAVELLER,
    _compacted(min_compaction_lag_ms=str(7 * _DAY_MS), max_compaction_lag_ms=str(14 * _DAY_MS),
               max_message_bytes=str(4 * _MIB)),
    ("consolidator",), ("consolidator", "projector", "relay", "verify"),
)  # fmt: skip
TRIP_EVENTS = Topic(
    "trip-events.v1", "what happened to trips, for those who build on it",
    "trip id", ("TripEventV1",), Partitioning.TRAVELLER, _kept(30), ("relay",),
    ("expense system", "webhooks"),
)  # fmt: skip
TRAVELLERS = Topic(
    "travellers.v1", "the directory: opaque ids, logins, verified addresses, names",
    "traveller id", ("TravellerEntry",), Partitioning.KEY, _compacted(), ("operations",), ("ingest",),
)  # fmt: skip
DEAD_LETTERS = Topic(
    "dead-letters.v1", "what could not be processed: the original bytes and the reason",
    "message id", ("DeadLetter", "DeadLetterDecision"), Partitioning.KEY,
    _kept(30, max_message_bytes=str(MAX_RAW_BYTES)),
    ("ingest", "consolidator", "projector", "relay", "operations"), ("ingest", "operations"),
)  # fmt: skip

TOPICS: tuple[Topic, ...] = (
    INBOX, RAW, BOOKINGS, RECORDS, TRIPS, TRIP_EVENTS, TRAVELLERS, DEAD_LETTERS,
)  # fmt: skip
TRAVELLER_TOPICS: tuple[Topic, ...] = tuple(t for t in TOPICS if t.partitioning is Partitioning.TRAVELLER)
