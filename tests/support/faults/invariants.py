"""The invariants, each judged from what clients saw and what lies on the topics; nobody's word is taken.

I1 nothing accepted is lost · I2 every trip is what its bookings come to · I3 no version goes back · I4 the
read model shows what is written · I5 every event is told, always the same, and none of what never was · I6
tenants stay apart · I7 all is done in time · I8 little is done twice · I9 a rebuild gives the same · I10
nothing of a traveller's is said in a log.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from schemas.base import canonical_json
from schemas.booking_record import (
    BookingRecord,
    BookingStatement,
    SettingsRecord,
    Statement,
    decode_record,
    decode_statement,
)
from schemas.identifiers import event_id
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS, DEAD_LETTERS, RECORDS, TRIP_EVENTS, TRIPS
from services.consolidator.domain.consolidate import expected_trips, step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import TravellerState
from tests.support.faults.history import Acknowledged, Entry
from tests.support.faults.workload import canary


class Violation(NamedTuple):
    """An invariant that does not hold."""

    invariant: str
    found: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known at the end of a run."""

    tenants: tuple[str, ...]
    acknowledged: Sequence[Acknowledged]
    entries: Mapping[str, Sequence[Entry]]
    shown: Mapping[str, Any]
    went_back: Sequence[str]
    """What a reader of PostgreSQL saw go back in version, or be gone."""
    unfinished: Sequence[str]
    """What was not done in time."""
    logs: str
    tellers: int
    """How many lives relays had."""
    settings: Mapping[str, TenantSettings] = field(default_factory=dict[str, TenantSettings])
    """By tenant the last that it decided, if anything."""
    written: list[tuple[Entry, dict[str, Any]]] = field(default_factory=list[tuple[Entry, dict[str, Any]]])
    """Every committed value of `trips.v1` of these tenants, where it lies, in order; made from `entries`."""

    def __post_init__(self) -> None:
        values = [(e, orjson.loads(e.value)) for e in self.entries[TRIPS.name] if e.value is not None]
        self.written.extend((e, value) for e, value in values if value.get("tenant") in self.tenants)

    @property
    def trips(self) -> list[dict[str, Any]]:
        """Return what is written, without its places."""
        return [value for _, value in self.written]

    def newest(self) -> dict[str, dict[str, Any]]:
        """Return the last value of each trip id."""
        return {value["id"]: value for value in self.trips}

    def contents(self) -> dict[str, bytes]:
        """Return the content of the trips of today."""
        return {i: canonical_json(v["content"]) for i, v in self.newest().items() if v["kind"] == "trip"}

    def settings_of(self, tenant: str) -> TenantSettings:
        return self.settings.get(tenant, TenantSettings())

    def inputs(self) -> Iterator[tuple[Entry, Statement]]:
        """Yield what `bookings.v1` holds of these tenants, in the order of each partition."""
        for entry in sorted(self.entries[BOOKINGS.name], key=lambda e: (e.partition, e.offset)):
            if entry.value is None:
                continue
            try:
                statement = decode_statement(entry.value)
            except ValidationError:
                continue
            if statement.tenant in self.tenants:
                yield entry, statement


def violations(evidence: Evidence) -> list[Violation]:
    """Return all that does not hold."""
    return [Violation(name, found) for name, check in _CHECKS for found in check(evidence)]


def _nothing_lost(evidence: Evidence) -> Iterator[str]:
    """An accepted statement is on the log where its sender was told."""
    on_log = {(entry.partition, entry.offset): entry.value for entry in evidence.entries[BOOKINGS.name]}
    for told in evidence.acknowledged:
        if (told.partition, told.offset) not in on_log:
            yield f"accepted at {told.partition}/{told.offset}, and not on the log"
        elif on_log[told.partition, told.offset] != told.value:
            yield f"other bytes on the log at {told.partition}/{told.offset}"
    buried = {entry.value for entry in evidence.entries[DEAD_LETTERS.name]}
    for entry in evidence.entries[BOOKINGS.name]:
        if not _readable(entry.value) and (entry.value or b"") not in {value or b"" for value in buried}:
            yield f"poison at {entry.partition}/{entry.offset} is not among the dead letters"


def _readable(value: bytes | None) -> bool:
    if value is None:
        return False
    try:
        decode_statement(value)
    except ValidationError:
        return False
    return True


def _newest_kept(evidence: Evidence) -> Iterator[str]:
    """The record holds the newest of what was said, by the order of revisions alone; no core is asked."""
    newest: dict[str, BookingStatement] = {}
    for _, statement in evidence.inputs():
        if isinstance(statement, BookingStatement):
            known = newest.get(statement.record)
            if statement.revision.is_newer(known and known.revision):
                newest[statement.record] = statement
    records = _records(evidence)
    for key, statement in newest.items():
        record = records.get(key)
        if not isinstance(record, BookingRecord) or record.snapshot is None:
            yield f"booking {key} is not among the records"
        elif record.snapshot.revision != statement.revision:
            yield f"booking {key} is not the newest that was said"


def _records(evidence: Evidence) -> dict[str, Any]:
    read = (decode_record(entry.value) for entry in evidence.entries[RECORDS.name] if entry.value is not None)
    return {record.record: record for record in read if record.tenant in evidence.tenants}


def _converged(evidence: Evidence) -> Iterator[str]:
    """The trips are those that folding every statement by itself comes to."""
    states: dict[str, TravellerState] = {}
    for entry, statement in evidence.inputs():
        traveller = getattr(statement, "traveller", None)
        if traveller is None:
            continue
        state = states.setdefault(traveller, TravellerState(tenant=statement.tenant, traveller=traveller))
        one = Input(statement, offset=entry.offset, appended_ms=entry.appended_ms)
        state.absorb(step(state, [one], settings=evidence.settings_of(statement.tenant), epoch=1))
    # Content alone: which of its tokens a trip is known by may depend on how inputs were batched (rule 6);
    # that the ids are those of the records is for I9 to say.
    expected, found = (
        Counter(_expected(evidence, states.values()).values()),
        Counter(evidence.contents().values()),
    )
    for content in expected - found:
        yield f"a trip of {orjson.loads(content).get('start_date')} is missing"
    for content in found - expected:
        yield f"a trip of {orjson.loads(content).get('start_date')} should not be"
    newest = evidence.newest()
    for trip, value in newest.items():
        if value["kind"] == "redirect" and newest.get(value["into"], {}).get("kind") != "trip":
            yield f"the id {trip} leads to no trip of today"


def _expected(evidence: Evidence, states: Iterable[TravellerState]) -> dict[str, bytes]:
    return {
        trip: content
        for state in states
        for trip, content in expected_trips(
            state.records, settings=evidence.settings_of(state.tenant)
        ).items()
    }


def _unlike(expected: Mapping[str, bytes], found: Mapping[str, bytes]) -> Iterator[str]:
    for trip in expected.keys() - found.keys():
        yield f"trip {trip} is missing"
    for trip in found.keys() - expected.keys():
        yield f"trip {trip} should not be"
    for trip in expected.keys() & found.keys():
        if expected[trip] != found[trip]:
            yield f"trip {trip} is not what its bookings come to"


def _never_back(evidence: Evidence) -> Iterator[str]:
    seen: dict[str, tuple[tuple[int, int], Entry | None]] = {}
    for entry, value in evidence.written:
        version = (value["version"]["epoch"], value["version"]["offset"])
        known, before = seen.get(value["id"], ((0, -1), None))
        if version <= known:
            where = f"from {_at(before)} to {_at(entry)}"
            yield f"trip {value['id']} goes from {known} to {version} on trips.v1, {where}"
        seen[value["id"]] = (version, entry)
    yield from evidence.went_back


def _at(entry: Entry | None) -> str:
    return "nowhere" if entry is None else f"{entry.partition}/{entry.offset} at {entry.appended_ms}"


def _shown(evidence: Evidence) -> Iterator[str]:
    newest = evidence.newest()
    for trip in newest.keys() ^ evidence.shown.keys():
        yield f"trip {trip} is written or shown, not both"
    for trip in newest.keys() & evidence.shown.keys():
        value, row = newest[trip], evidence.shown[trip]
        document = None if row["document"] is None else orjson.loads(row["document"])
        version = (value["version"]["epoch"], value["version"]["offset"])
        if (row["epoch"], row["version_offset"]) != version:
            yield f"trip {trip} is shown at another version"
        elif document != (value if value["kind"] == "trip" else None):
            yield f"trip {trip} is shown otherwise"


def _told(evidence: Evidence) -> Iterator[str]:
    owed = {
        event_id(
            trip=value["id"], epoch=value["version"]["epoch"], offset=value["version"]["offset"],
            change=change["type"],
        )
        for value in evidence.trips
        for change in value["changes"]
    }  # fmt: skip
    copies: dict[str, set[tuple[bytes, bytes | None]]] = defaultdict(set)
    for entry in _events(evidence):
        copies[entry.headers["ce_id"].decode()].add((canonical_json(_texts(entry)), entry.value))
    for missing in owed - copies.keys():
        yield f"event {missing} was never told"
    for invented in copies.keys() - owed:
        yield f"event {invented} tells of what never was"
    for event, forms in copies.items():
        if len(forms) > 1:
            yield f"event {event} was told in {len(forms)} ways"


def _texts(entry: Entry) -> dict[str, str]:
    return {name: value.decode() for name, value in entry.headers.items()}


def _events(evidence: Evidence) -> Iterator[Entry]:
    tenants = {tenant.encode() for tenant in evidence.tenants}
    return (e for e in evidence.entries[TRIP_EVENTS.name] if e.headers.get("ce_itinerarytenant") in tenants)


def _apart(evidence: Evidence) -> Iterator[str]:
    for value in evidence.trips:
        text = canonical_json(value)
        for other in evidence.tenants:
            if other != value["tenant"] and canary(other).encode() in text:
                yield f"trip {value['id']} of {value['tenant']} shows what is {other}'s"
    for entry in _events(evidence):
        told = entry.headers["ce_itinerarytenant"].decode()
        for other in evidence.tenants:
            if other != told and canary(other).encode() in (entry.value or b""):
                yield f"event {entry.headers['ce_id'].decode()} of {told} tells what is {other}'s"


def _in_time(evidence: Evidence) -> Iterator[str]:
    yield from evidence.unfinished


def _little_twice(evidence: Evidence) -> Iterator[str]:
    told, distinct = 0, set[str]()
    for entry in _events(evidence):
        told += 1
        distinct.add(entry.headers["ce_id"].decode())
    if told > len(distinct) * (1 + evidence.tellers):
        yield f"{len(distinct)} events were told {told} times"
    inputs = sum(1 for _ in evidence.inputs())
    if len(evidence.trips) > 3 * inputs + 10:
        yield f"{inputs} statements made {len(evidence.trips)} values of trips.v1"


def _rebuilt(evidence: Evidence) -> Iterator[str]:
    """What the records alone come to is what is written."""
    states: dict[str, TravellerState] = {}
    for record in _records(evidence).values():
        if not isinstance(record, SettingsRecord):
            known = TravellerState(tenant=record.tenant, traveller=record.traveller)
            states.setdefault(record.traveller, known).restore_record(record)
    yield from _unlike(_expected(evidence, states.values()), evidence.contents())


def _silent(evidence: Evidence) -> Iterator[str]:
    for tenant in evidence.tenants:
        if canary(tenant) in evidence.logs:
            yield f"a log says what is in the bookings of {tenant}"


_CHECKS: tuple[tuple[str, Callable[[Evidence], Iterator[str]]], ...] = (
    ("I1", _nothing_lost),
    ("I1", _newest_kept),
    ("I2", _converged),
    ("I3", _never_back),
    ("I4", _shown),
    ("I5", _told),
    ("I6", _apart),
    ("I7", _in_time),
    ("I8", _little_twice),
    ("I9", _rebuilt),
    ("I10", _silent),
)
