"""The closed list of all metrics: `/metrics` of a process shows those that name it, and there are no others.

No label may tell one traveller, company, sender or message from another. `docs/metrics.md` is this list for
people; a test compares the two.
"""

from schemas.booking_record import SOURCES
from schemas.topics import TOPICS
from schemas.trip import ChangeType
from services.platform.measuring import OTHER, Bounded, Count, Declaration, Declared, Level, Spread

_GATEWAYS = ("gateway", "ingest", "query")
_TAKING_IN = ("gateway", "ingest", "ingest-worker")
CONSUMERS = {
    "consolidator": "consolidator",
    "ingest-inbox": "ingest-worker",
    "ingest-raw": "ingest-worker",
    "ingest-mail": "ingest-worker",
    "projector": "projector",
    "relay": "relay",
    "webhooks": "webhooks",
}
"""Who reads topics in a group, and the process that it is part of."""
_READING = tuple(dict.fromkeys(CONSUMERS.values()))
_CONSUMER = {"consumer": tuple(CONSUMERS)}
_PLACE = {**_CONSUMER, "topic": tuple(topic.name for topic in TOPICS), "partition": Bounded.PARTITION}
_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)

LAG = Level(
    Declaration(
        "itinerary_consumer_lag_records",
        "Messages in the log behind what the consumer has done, transactions' own marks among them.",
        _READING,
        _PLACE,
        "records",
    )
)
WATERMARK = Level(
    Declaration(
        "itinerary_consumer_watermark_timestamp_seconds",
        "All that was in the log at this Unix time is done: now if nothing is left, else when the last "
        "message that is done was written.",
        _READING,
        _PLACE,
        "seconds",
    )
)
REBALANCES = Count(
    Declaration(
        "itinerary_consumer_rebalances_total",
        "How often the group gave the consumer its partitions anew.",
        _READING,
        _CONSUMER,
    )
)
DEAD_LETTERS = Count(
    Declaration(
        "itinerary_dead_letters_total",
        "Messages that became dead letters; `other` is a rule that the sender broke.",
        ("ingest-worker", "consolidator", "projector", "relay"),
        {
            "reason": (
                "malformed_envelope",
                "unknown_sender",
                "not_ours",
                "normaliser_failed",
                "some_bookings_refused",
                "no_value",
                "malformed_statement",
                "wrong_partition",
                "consolidation_failed",
                "too_large",
                "malformed_trips_value",
                "number_out_of_range",
                OTHER,
            )
        },
    )
)
STATEMENTS = Count(
    Declaration(
        "itinerary_ingest_statements_total",
        "Statements that are on bookings.v1, by the kind of sender.",
        (*_TAKING_IN, "tripit"),
        {"source": SOURCES},
    )
)
REFUSED = Count(
    Declaration(
        "itinerary_ingest_refused_total",
        "Posts of bookings and trips that were refused at the door, by what kind of no it was.",
        ("gateway", "ingest"),
        {"reason": ("malformed", "invalid", "forbidden", "not_found", "conflict", "too_large")},
    )
)
MAILS = Count(
    Declaration(
        "itinerary_mails_total",
        "Mails that were read, by what came of them; a mail that is read again counts again.",
        ("ingest-worker",),
        {
            "outcome": (
                "queued",
                "extracted",
                "nothing_found",
                "needs_review",
                "rejected",
                "accepted",
                "corrected",
                "discarded",
            )
        },
    )
)
TRIPIT_REQUESTS = Count(
    Declaration(
        "itinerary_tripit_requests_total",
        "Requests to TripIt and its calendar feeds, by how they ended.",
        ("gateway", "ingest", "tripit"),
        {
            "outcome": (
                "fetched",
                "unchanged",
                "not_there",
                "refused",
                "busy",
                "unreachable",
                OTHER,
            )
        },
    )
)
BATCHES = Count(
    Declaration(
        "itinerary_consolidator_batches_total",
        "Batches of one partition that were committed.",
        ("consolidator",),
    )
)
INPUTS = Count(
    Declaration(
        "itinerary_consolidator_inputs_total",
        "Messages of bookings.v1 that were done; one that is done again counts again.",
        ("consolidator",),
    )
)
OUTCOMES = Count(
    Declaration(
        "itinerary_consolidator_outcomes_total",
        "What became of statements; `stale` ones said nothing new.",
        ("consolidator",),
        {"result": ("applied", "stale", "refused")},
    )
)
TRIPS = Count(
    Declaration(
        "itinerary_consolidator_trips_total",
        "Trips that were computed: `written` because they changed, or `suppressed` because they did not.",
        ("consolidator",),
        {"result": ("written", "suppressed")},
    )
)
BATCH_SECONDS = Spread(
    Declaration(
        "itinerary_consolidator_batch_seconds",
        "From taking up a batch until it is committed.",
        ("consolidator",),
        unit="seconds",
    ),
    bounds=_QUICK,
)
RESTORE_SECONDS = Spread(
    Declaration(
        "itinerary_consolidator_restore_seconds",
        "How long a partition's state took to be restored after it was taken over.",
        ("consolidator",),
        unit="seconds",
    ),
    bounds=_SLOW,
)
ROWS = Count(
    Declaration(
        "itinerary_projector_rows_total",
        "Rows that were written into the read model.",
        ("projector",),
        {"table": ("trips", "aliases", "changes", "messages", "progress")},
    )
)
STORE_SECONDS = Spread(
    Declaration(
        "itinerary_projector_store_seconds",
        "How long the transaction of a batch took, retries among it.",
        ("projector",),
        unit="seconds",
    ),
    bounds=_QUICK,
)
REWINDS = Count(
    Declaration(
        "itinerary_projector_rewinds_total",
        "Partitions that were read again because the database no longer had all that was stored of them.",
        ("projector",),
    )
)
EVENTS = Count(
    Declaration(
        "itinerary_relay_events_total",
        "Trip events that were told; one that is told again counts again.",
        ("relay",),
        {"change": tuple(change.value for change in ChangeType)},
    )
)
ADVANCES = Count(
    Declaration(
        "itinerary_sweeper_advances_total",
        "Trips for which the consolidator was asked to let time pass.",
        ("sweeper",),
    )
)
LATE_SECONDS = Spread(
    Declaration(
        "itinerary_sweeper_late_seconds",
        "How late a trip was asked for, by the clock of the database; one that is asked for again is later.",
        ("sweeper",),
        unit="seconds",
    ),
    bounds=(1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 86400.0),
)
DELIVERIES = Count(
    Declaration(
        "itinerary_webhook_deliveries_total",
        "Attempts to tell a webhook: `waiting` failed and is tried again, `dead` was given up.",
        ("webhooks",),
        {"outcome": ("delivered", "waiting", "dead")},
    )
)
CONNECTIONS = Level(
    Declaration(
        "itinerary_postgres_connections",
        "Connections of a pool: `busy`, `idle`, or `unopened` up to the most that it may have.",
        (*_TAKING_IN, "mail-door", "tripit", "sweeper", "projector", "webhooks"),
        {
            "pool": ("ingest", "query", "tripit", "sweeper", "projector", "webhooks"),
            "state": ("busy", "idle", "unopened"),
        },
        "connections",
    )
)
REQUESTS = Count(
    Declaration(
        "itinerary_http_requests_total",
        "Requests that were answered.",
        _GATEWAYS,
        {
            "method": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", OTHER),
            "route": Bounded.ROUTE,
            "status": tuple(str(status) for status in range(100, 600)),
        },
    )
)
RESPONSE_SECONDS = Spread(
    Declaration(
        "itinerary_http_response_seconds",
        "From a request's head until the head of its answer.",
        _GATEWAYS,
        {"route": Bounded.ROUTE},
        "seconds",
    ),
    bounds=_QUICK,
)
CANARY_JOURNEYS = Count(
    Declaration(
        "itinerary_canary_journeys_total",
        "Bookings of the canary: `visible` in time, `late` where not, `refused` where the post failed.",
        ("canary",),
        {"outcome": ("visible", "late", "refused")},
    )
)
CANARY_SECONDS = Spread(
    Declaration(
        "itinerary_canary_visible_seconds",
        "From posting a booking of the canary until its trip shows it through the API.",
        ("canary",),
        unit="seconds",
    ),
    bounds=_SLOW,
)
CANARY_SEEN = Level(
    Declaration(
        "itinerary_canary_seen_timestamp_seconds",
        "The Unix time at which a booking of the canary was last seen in its trip.",
        ("canary",),
        unit="seconds",
    )
)

METRICS: tuple[Declared, ...] = tuple(one for one in tuple(globals().values()) if isinstance(one, Declared))
