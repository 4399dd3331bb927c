"""How much of everything so many travellers need: a small model over what was measured. Pure: no I/O.

What was measured stands here as data, with the command that gives each figure (docs/benchmarks.md); whoever
measures anew changes it. What is assumed of the travellers is a value of `Load`.
"""

from collections.abc import Mapping
from math import ceil
from typing import NamedTuple

DAY = 86_400.0
YEAR = 365 * DAY
GIB = 2.0**30
KB = 1000.0


class Measured(NamedTuple):
    """A figure, and the command that gives it."""

    value: float
    unit: str
    command: str


_STREAM = "itinerary bench stream --scale 0.1 --load-seconds 12"
_POSTS = "itinerary bench query --trips 20000 --projected 2000 --seconds 6 --rates 500"
_READ = "itinerary bench query --trips 20000 --projected 2000 --seconds 6 --rates 50,100"
_EVENTS = "itinerary bench events --trips 100000"
_TRIPIT = "itinerary bench tripit"
_SIZES = "SELECT pg_total_relation_size(...)"
_EXAMPLES = "wc -c schemas/examples/*"

MEASURED: Mapping[str, Measured] = {
    "consolidate_cpu": Measured(1.25e-3, "core seconds a statement", _STREAM),
    "posts": Measured(137, "posts a second and gateway, all services on its two cores", _POSTS),
    "reads": Measured(1253, "lists of a traveller's trips a second and gateway", _READ),
    "stored": Measured(550, "trips a second and projector", _POSTS),
    "events": Measured(1096, "events a second and relay", _EVENTS),
    "advances": Measured(365, "trips a second and sweeper", _EVENTS),
    "deliveries": Measured(218, "deliveries a second and webhook sender, some endpoints hang", _EVENTS),
    "mails": Measured(294, "mails a core second, the slowest way of forwarding", "just email-samples DIR"),
    "mail_bytes": Measured(47 * KB, "bytes a mail", "just email-samples DIR"),
    "tripit_requests": Measured(51, "requests a day and account", _TRIPIT),
    "tripit_cpu": Measured(47 * 4.9e-3 + 22.7e-3, "core seconds a day and account", _TRIPIT),
    "post_bytes": Measured(5943, "bytes a post", "wc -c tests/samples/concur/booking.xml"),
    "statement_bytes": Measured(2232, "bytes a statement of a booking, and a record", _EXAMPLES),
    "trip_bytes": Measured(15885, "bytes a trip that three sources tell", _EXAMPLES),
    "row": Measured(1.39, "bytes of read.trips a byte of a trip, with indexes", _SIZES),
    "change": Measured(0.51, "bytes of read.changes a byte of a trip and change", _SIZES),
    "outcome_bytes": Measured(382, "bytes of read.messages a statement", _SIZES),
    "alias_bytes": Measured(259, "bytes of read.aliases a booking", _SIZES),
}


class Load(NamedTuple):
    """What travellers are assumed to do; the defaults are those of people who travel on business."""

    travellers: int
    trips_a_year: float = 6
    bookings_a_trip: float = 3
    statements_a_booking: float = 5
    """Several sources tell of one booking, repeat themselves and change it."""
    changes_a_statement: float = 0.4
    """Most of what is said again changes no trip; of what is suppressed nothing is written."""
    mail_share: float = 0.2
    """Of statements, those that arrive as mails."""
    tripit_share: float = 0.05
    """Of travellers, those who connect an account."""
    reads_a_day: float = 0.5
    webhooks_an_event: float = 1
    years_kept: float = 3
    peak: float = 4
    """Times the mean of the year, in the busiest hour."""


class Limits(NamedTuple):
    """What a part of the system is allowed."""

    busy: float = 0.5
    """The share of a core or process that is used at the peak: the rest is for catching up after a fault."""
    partition_bytes: float = 2 * GIB
    """Of `records.v1` and `trips.v1` in a partition: `rebuild` and a dry run sort one on disk, and a
    consolidator without its state reads one before it works."""
    postgres_bytes: float = 4096 * GIB
    """Of one PostgreSQL server; beyond it companies are shared out among systems that know of no other."""
    partitions: int = 1024
    """Of one topic; beyond it likewise."""
    kept_seconds: float = 30 * DAY
    """Of what topics and the journal of changes keep for a time only."""
    replicas: int = 3
    bloat: float = 1.5
    """Times what PostgreSQL takes when everything was just written: room for rows that are changed."""


class Plan(NamedTuple):
    """What is needed; of several systems, each the same share."""

    travellers: int
    statements_a_second: float
    """At the peak, of all systems."""
    systems: int
    partitions: int
    """Of each system; fixed once topics exist."""
    consolidators: int
    gateways: int
    ingest_cores: float
    """For mails, of all ingest workers."""
    projectors: int
    relays: int
    sweepers: int
    webhook_senders: int
    tripit_requests_a_second: float
    """The pace that TripIt has to grant; mean."""
    postgres_gib: float
    kafka_gib: float
    """On all brokers together."""


def plan(load: Load, *, limits: Limits = Limits()) -> Plan:  # noqa: B008 - a value
    """Return what a load needs."""
    trips = load.travellers * load.trips_a_year * load.years_kept
    records = trips * load.bookings_a_trip
    postgres = _postgres(load, limits)
    compacted = records * _of("statement_bytes") + trips * _of("trip_bytes")
    systems = max(
        1,
        ceil(postgres / limits.postgres_bytes),
        ceil(compacted / limits.partition_bytes / limits.partitions),
    )
    said = _statements(load) * load.peak
    changed = said * load.changes_a_statement
    completed = load.travellers * load.trips_a_year / YEAR * load.peak
    reads = load.travellers * load.reads_a_day / DAY * load.peak
    consolidators = ceil(said * _of("consolidate_cpu") / limits.busy / systems)
    return Plan(
        travellers=load.travellers,
        statements_a_second=said,
        systems=systems,
        # Twice what works now: their number cannot grow, and the workers may have to.
        partitions=_power_of_two(
            max(8, 2 * consolidators, ceil(compacted / limits.partition_bytes / systems))
        ),
        consolidators=consolidators,
        gateways=ceil(
            (said * (1 - load.mail_share) / _of("posts") + reads / _of("reads")) / limits.busy / systems
        ),
        ingest_cores=said * load.mail_share / _of("mails") / limits.busy / systems,
        projectors=ceil(changed / _of("stored") / limits.busy / systems),
        relays=ceil((changed + completed) / _of("events") / limits.busy / systems),
        sweepers=ceil(completed / _of("advances") / limits.busy / systems),
        webhook_senders=ceil(
            (changed + completed) * load.webhooks_an_event / _of("deliveries") / limits.busy / systems
        ),
        tripit_requests_a_second=load.travellers * load.tripit_share * _of("tripit_requests") / DAY / systems,
        postgres_gib=postgres / GIB / systems,
        kafka_gib=(compacted + _passing(load) * limits.kept_seconds) * limits.replicas / GIB / systems,
    )


def _statements(load: Load) -> float:
    """Return the statements a second, the mean of a year."""
    return load.travellers * load.trips_a_year * load.bookings_a_trip * load.statements_a_booking / YEAR


def _postgres(load: Load, limits: Limits) -> float:
    """Return the bytes that PostgreSQL takes. Outcomes are kept for as long as trips."""
    trips = load.travellers * load.trips_a_year * load.years_kept
    bookings = trips * load.bookings_a_trip
    changes = _statements(load) * load.changes_a_statement * limits.kept_seconds
    taken = (
        trips * _of("trip_bytes") * _of("row")
        + changes * _of("trip_bytes") * _of("change")
        + bookings * load.statements_a_booking * _of("outcome_bytes")
        + bookings * _of("alias_bytes")
    )
    return taken * limits.bloat


def _passing(load: Load) -> float:
    """Return the bytes a second that topics take which keep for a time only."""
    raw = load.mail_share * _of("mail_bytes") + (1 - load.mail_share) * _of("post_bytes")
    return _statements(load) * (raw + _of("statement_bytes"))


def _of(name: str) -> float:
    return MEASURED[name].value


def _power_of_two(at_least: int) -> int:
    return 1 << (at_least - 1).bit_length()
