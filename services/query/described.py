"""What the JSON routes of query answer, by their names: for the OpenAPI document."""

from collections.abc import Mapping

from services.platform.openapi import Told
from services.query import shapes
from services.query.parameters import ListParameters, Parameters, TripParameters

_AT = "2027-03-08T12:00:00Z"
_ID = "0f5a3c1e-7b43-5c7e-9d0a-2f1f6f1f7c10"
_TRAVELLER = "6a3b1f0d-93d2-5a0e-8e0b-7a3f1c2d4e5f"
_REVISION = {"content_hash": "9f86d081884c7d65"}
_OWNER = {"party": "Wayfarer Travel", "source": "tmc"}
_MOMENT = {
    "local": "2027-03-08T13:55:00", "zone": "Europe/Berlin", "utc": "2027-03-08T12:55:00Z",
    "offset_minutes": 60, "inferred": False,
}  # fmt: skip
_PROVENANCE = {
    "group": "route_and_times", "fields": ["origin", "destination", "start", "end"], "record": _ID,
    "owner": _OWNER, "revision": _REVISION, "filled": False,
}  # fmt: skip
_SEGMENT = {
    "id": _ID, "type": "air", "carrier": "NA", "flight_number": "490", "origin": {"code": "FRA"},
    "destination": {"code": "SEA"}, "status": "confirmed", "suspected_cancelled": False, "start": _MOMENT,
    "end": None, "sources": ["tmc", "email"], "provenance": [_PROVENANCE],
}  # fmt: skip
_VERSION = {"epoch": 1, "offset": 4711}
_TRIP = {
    "id": _ID, "also_known_as": [], "traveller": _TRAVELLER, "name": "Trip to Seattle", "status": "ticketed",
    "start_date": "2027-03-08", "end_date": "2027-03-12", "completed": False, "completes_at": _AT,
    "expense": {"ready": False, "reason": "not_over", "since": None, "expensable_from": _AT},
    "segments": [_SEGMENT], "created": _AT, "modified": _AT, "version": _VERSION,
    "bookings": [
        {
            "record": _ID, "owner": _OWNER, "source": "tmc", "booking_source": "Wayfarer",
            "record_locator": "QRT5ZL", "status": "confirmed", "created": _AT, "revision": _REVISION,
        }
    ],
}  # fmt: skip
_NIGHT = {
    "code": "night_without_stay",
    "severity": "warning",
    "segments": [_ID],
    "id": _ID,
    "first": "2027-03-11",
    "days": 1,
    "dismissed": False,
}
_CHANGE = {
    "cursor": "MS40NzEy", "at": _AT, "type": "upsert", "trip_id": _ID, "version": _VERSION,
    "changes": [{"type": "updated", "field_groups": ["seat_room_class"]}],
}  # fmt: skip
_CHANGES = Told(
    shapes.ChangeList, {"changes": [_CHANGE], "next_cursor": "MS40NzEy", "more": False}, problems=(410,)
)
_SHARE = {
    "id": _ID, "trip": _ID, "created_by": "ada@acme.example", "created_at": _AT, "expires_at": _AT,
    "revoked_at": None, "last_opened_at": None, "opened_times": 0,
}  # fmt: skip
_FEED = {
    "id": _ID, "traveller": _TRAVELLER, "name": "Trips", "times": "utc", "created_at": _AT,
    "rotated_at": None, "switched_off_at": None, "last_fetched_at": None, "last_fetched_by": None,
}  # fmt: skip
_OPENED = _FEED | {"url": "https://trips.example/v1/trips.ics?feed=S3cret"}
_WEBHOOK = {
    "id": _ID, "url": "https://expense.example/trips", "description": "", "changes": ["ready_to_expense"],
    "travellers": [], "form": "cloudevents", "concurrency": 1, "state": "on", "created_at": _AT, "waiting": 0,
    "failures_in_a_row": 0, "failing_since": None, "paused_until": None, "last_success_at": None,
    "trouble": None,
}  # fmt: skip
_SECRET = _WEBHOOK | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
_DELIVERY = {
    "event": _ID, "type": "trip.updated", "trip": _ID, "state": "delivered", "queued_at": _AT,
    "next_attempt_at": None, "ended_at": _AT, "attempts": [{"at": _AT, "status": 204}],
}  # fmt: skip


def _once(answer: type | None, example: object, status: int = 200) -> Told:
    """Return what is told of a route that makes something, once for each key."""
    return Told(answer, example, status, problems=(409, 422), asks=("Idempotency-Key",))


TOLD: Mapping[str, Told] = {
    "list_trips": Told(shapes.TripList, {"trips": [_TRIP], "next_cursor": None}, parameters=ListParameters),
    "get_trip": Told(
        shapes.ShownTrip,
        _TRIP | {"between": [_NIGHT]},
        parameters=TripParameters,
        asks=("If-None-Match",),
        tells=("ETag",),
    ),
    "get_trip_provenance": Told(
        shapes.TripProvenance,
        {
            "trip": _ID,
            "version": _VERSION,
            "segments": [
                {"id": _ID, "type": "air", "also_known_as": [], "provenance": [_PROVENANCE], "claims": []}
            ],
        },
        parameters=Parameters,
    ),
    "get_message": Told(
        shapes.MessageOutcome,
        {
            "message": _ID,
            "trips": [_ID],
            "outcomes": [
                {"record": _ID, "traveller": _TRAVELLER, "result": "applied", "reason": None, "trip": _ID}
            ],
        },
        parameters=Parameters,
    ),
    "list_changes": _CHANGES,
    "listen_to_changes": _CHANGES,
    "get_trip_history": Told(
        shapes.TripHistory,
        {
            "trip": _ID,
            "next_cursor": None,
            "versions": [
                {
                    "version": _VERSION,
                    "at": _AT,
                    "type": "upsert",
                    "into": None,
                    "changes": [],
                    "differences": [{"path": ["name"], "before": "Trip", "after": "Trip to Seattle"}],
                }
            ],
        },
    ),
    "list_trip_overrides": Told(
        shapes.OverrideList,
        {
            "overrides": [
                {
                    "override": _ID,
                    "action": "name",
                    "trips": [_ID],
                    "subjects": [],
                    "said_at": _AT,
                    "said_by": "ada@acme.example",
                    "undone_at": None,
                    "result": "applied",
                    "reason": None,
                }
            ]
        },
    ),
    "list_shares": Told(shapes.ShareList, {"shares": [_SHARE]}),
    "make_share": _once(shapes.MadeShare, _SHARE | {"url": "https://trips.example/share/S3cret"}, 201),
    "revoke_share": Told(status=204),
    "list_travellers": Told(
        shapes.TravellerList,
        {
            "travellers": [
                {"id": _TRAVELLER, "first_name": "Ada", "last_name": None, "logins": ["ada@acme.example"]}
            ],
            "next_cursor": None,
        },
    ),
    "list_calendar_feeds": Told(shapes.FeedList, {"feeds": [_FEED]}),
    "make_calendar_feed": _once(shapes.OpenedFeed, _OPENED, 201),
    "rotate_calendar_feed": _once(shapes.OpenedFeed, _OPENED),
    "switch_calendar_feed_off": Told(status=204),
    "get_calendar": Told(problems=(400, 404)),
    "list_webhooks": Told(shapes.WebhookList, {"webhooks": [_WEBHOOK]}),
    "make_webhook": _once(shapes.SecretWebhook, _SECRET, 201),
    "get_webhook": Told(shapes.ShownWebhook, _WEBHOOK),
    "change_webhook": Told(shapes.ShownWebhook, _WEBHOOK),
    "remove_webhook": Told(status=204),
    "rotate_webhook_secret": _once(shapes.SecretWebhook, _SECRET),
    "test_webhook": _once(shapes.TestEvent, {"event": _ID}, 202),
    "list_webhook_deliveries": Told(shapes.DeliveryList, {"deliveries": [_DELIVERY], "next_cursor": None}),
    "get_webhook_delivery": Told(shapes.WholeDelivery, _DELIVERY | {"body": {}}),
    "redrive_webhook_deliveries": _once(shapes.Redriven, {"redriven": 3}, 202),
    "redrive_webhook_delivery": _once(shapes.Redriven, {"redriven": 1}, 202),
    "list_code_tables": Told(shapes.CodeTables, {"tables": ["travel_segment_status"]}),
    "get_code_table": Told(
        shapes.CodeTable, {"table": "travel_segment_status", "codes": {"HK": "Confirmed"}}
    ),
}
"""By the name of a route. Calendars are no JSON: their success is what FastAPI says of it."""
