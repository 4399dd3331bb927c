"""What subscribers are told of a trip: a CloudEvent of each change, made of the written value alone."""

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event

from schemas.events import MOST_AMOUNTS, TripEventV1, told_of
from schemas.segments import Charge, ChargeKind, SegmentStatus
from schemas.settings import TenantSettings
from schemas.trip import Change, ChangeType, ExpenseReason, Trip, TripStatus, TripsValue
from services.consolidator.domain.events import TripEvent, events_of
from tests.support.query_trips import INSTANT, an_id, deletion, flight, hotel, marker, redirect, trip
from tests.support.statements import booking, stay
from tests.support.trips import after


def _with(value: TripsValue, *changes: Change) -> TripsValue:
    return value.model_copy(update={"changes": changes})


def _read(event: TripEvent) -> tuple[dict[str, object], TripEventV1]:
    """Read an event as others do: by the CloudEvents project's own library."""
    read = from_kafka_event(KafkaMessage(headers=dict(event.headers), key=None, value=event.value))
    return read.get_attributes(), TripEventV1.model_validate(read.get_data())


def test_an_event_is_a_cloud_event_in_kafka_binary_mode() -> None:
    value = _with(trip("rome", offset=7), Change(type=ChangeType.CREATED))

    (event,) = events_of(value)
    attributes, data = _read(event)

    assert event.key == an_id("rome").encode()
    assert attributes["type"] == "itinerary.trip.created.v1"
    assert attributes["subject"] == data.trip == an_id("rome")
    assert attributes["time"].isoformat().startswith(INSTANT[:-1])  # pyright: ignore[reportAttributeAccessIssue]
    assert (attributes["itinerarytenant"], attributes["itinerarytraveller"]) == ("acme", data.traveller)
    assert attributes["datacontenttype"] == "application/json"
    assert (data.version.offset, data.start_date, data.status) == (7, "2026-05-12", TripStatus.CONFIRMED)


def test_each_change_of_a_version_is_an_event_of_its_own() -> None:
    changes = (
        Change(type=ChangeType.UPDATED, field_groups=("dates", "expense")),
        Change(type=ChangeType.READY_TO_EXPENSE),
        Change(type=ChangeType.SPLIT, trips=(an_id("milan"),)),
    )
    events = events_of(_with(trip("rome", completed=True, ready=True), *changes))

    read = [_read(event) for event in events]
    assert [data.change for _, data in read] == [change.type for change in changes]
    assert len({attributes["id"] for attributes, _ in read}) == len(changes)
    updated, ready, split = (data for _, data in read)
    assert updated.field_groups == ("dates", "expense")
    assert ready.expense is not None
    assert ready.expense.reason is ExpenseReason.OVER_WITH_EXPENSABLE_SEGMENT
    assert split.trips == (an_id("milan"),)


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (redirect("rome", into="milan", offset=3), Change(type=ChangeType.MERGED, trips=(an_id("milan"),))),
        (deletion("rome", offset=3), Change(type=ChangeType.DELETED)),
    ],
)
def test_a_trip_that_is_gone_is_told_without_content(value: TripsValue, change: Change) -> None:
    (event,) = events_of(_with(value, change))

    _, data = _read(event)
    assert (data.change, data.trips, data.status, data.expense) == (change.type, change.trips, None, None)


def test_what_changed_nothing_is_no_event() -> None:
    assert events_of(marker(7)) == ()
    assert events_of(trip("rome")) == ()


def test_another_version_or_trip_or_type_is_another_event() -> None:
    created, cancelled = Change(type=ChangeType.CREATED), Change(type=ChangeType.CANCELLED)
    values = [
        _with(trip("rome", offset=1), created, cancelled),
        _with(trip("rome", offset=2), created),
        _with(trip("rome", offset=1, epoch=2), created),
        _with(trip("milan", offset=1), created),
    ]
    ids = [dict(event.headers)["ce_id"] for value in values for event in events_of(value)]
    assert len(set(ids)) == len(ids) == 5


def test_an_event_tells_no_name_and_no_amount() -> None:
    (event,) = events_of(_with(trip("rome", title="Dinner with Ada"), Change(type=ChangeType.CREATED)))
    assert b"Ada" not in event.value
    assert "amount" not in orjson.dumps(orjson.loads(event.value)).decode()


def test_amounts_are_told_where_the_tenant_wants_them_and_of_what_stands_alone() -> None:
    charge = Charge(kind=ChargeKind.FIXED, amount="240.35", currency="EUR", is_paid=True)
    off = charge.model_copy(update={"amount": "1.00"})
    stay = hotel().model_copy(update={"charges": (charge,)})
    cancelled = flight().model_copy(update={"status": SegmentStatus.CANCELLED, "charges": (off,)})
    quiet = _with(trip("rome", segments=(stay, cancelled)), Change(type=ChangeType.CREATED))
    assert isinstance(quiet, Trip)
    telling = quiet.model_copy(update={"content": quiet.content.model_copy(update={"tells_amounts": True})})

    (silent,), (told,) = events_of(quiet), events_of(telling)

    assert _read(silent)[1].amounts is None
    (amount,) = _read(told)[1].amounts or ()
    assert (amount.amount, amount.currency, amount.segment) == ("240.35", "EUR", stay.id)


@pytest.mark.parametrize("beyond", [0, 1])
def test_an_event_never_outgrows_a_message_and_holds_no_part_of_the_amounts(beyond: int) -> None:
    longest = Charge(
        kind=ChargeKind.FIXED,
        amount="9" * 40,
        currency="EUR",
        is_paid=True,
        semantics_code="\N{SNOWMAN}" * 128,
    )
    stay = hotel().model_copy(update={"charges": (longest,) * (MOST_AMOUNTS + beyond)})
    value = _with(trip("rome", segments=(stay,)), Change(type=ChangeType.CREATED))
    assert isinstance(value, Trip)
    telling = value.model_copy(update={"content": value.content.model_copy(update={"tells_amounts": True})})

    (told,) = events_of(telling)

    assert len(told.value) < 1_000_000
    data = _read(told)[1]
    assert (len(data.amounts or ()), data.amounts_left_out) == ((0, True) if beyond else (MOST_AMOUNTS, None))


def test_the_setting_of_the_tenant_decides_whether_amounts_are_told() -> None:
    charge = Charge(kind=ChargeKind.FIXED, amount="99.00", currency="CHF")
    stay_told = stay("Inn", "2026-05-12", "2026-05-14").model_copy(update={"charges": (charge,)})
    said = {
        wanted: [
            told.data.amounts
            for value in after(
                booking("tmc", "A", stay_told, at=1), settings=TenantSettings(amounts_in_events=wanted)
            ).written
            for told in told_of(value)
        ]
        for wanted in (False, True)
    }
    assert said[False] == [None]
    assert [(one.amount, one.currency) for one in said[True][0] or ()] == [("99.00", "CHF")]
