from typing import Any

import pytest
from pydantic import ValidationError

from schemas.base import canonical_json
from schemas.booking_record import BookingContent, MergeTrips, OverrideStatement, Passenger, Revision
from schemas.money import Money
from schemas.segments import AirSegment, HotelSegment, Place

REVISION = Revision(received_ms=1, partition=0, offset=7, normaliser=1, content_hash="c0")


def test_canonical_json_sorts_keys_and_has_no_white_space() -> None:
    assert (
        canonical_json({"b": [1, None], "a": {"d": True, "c": "é"}})
        == '{"a":{"c":"é","d":true},"b":[1,null]}'.encode()
    )


@pytest.mark.parametrize("value", [1.5, {"a": [1.0]}, ({"a": float("nan")},), [float("inf")]])
def test_canonical_json_refuses_floats_wherever_they_stand(value: Any) -> None:
    with pytest.raises(TypeError, match="no floats"):
        canonical_json(value)


def test_a_value_cannot_be_changed() -> None:
    money = Money(amount="1")
    with pytest.raises(ValidationError):
        money.amount = "2"  # type: ignore[misc]


def test_what_a_value_was_made_of_can_change_without_changing_it() -> None:
    details = {"MealCode": "V"}
    passenger = Passenger(details=details)
    details["MealCode"] = "changed"
    assert passenger.details == {"MealCode": "V"}


def test_defaults_are_not_shared_between_values() -> None:
    one, other = Passenger(), Passenger()
    assert one.details is not other.details


def test_a_writer_refuses_fields_that_do_not_exist() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Money.model_validate({"amount": "1", "curency": "EUR"})


def test_a_reader_ignores_fields_that_do_not_exist_at_any_depth() -> None:
    encoded = b'{"type":"air","origin":{"code":"FRA","planet":"earth"},"warp":9}'
    assert AirSegment.decode(encoded) == AirSegment(origin=Place(code="FRA"))


def test_an_undone_override_survives_its_own_encoding() -> None:
    statement = OverrideStatement(
        tenant="acme",
        traveller="b7e4a5a0-0000-5000-8000-000000000001",
        message="b7e4a5a0-0000-5000-8000-000000000002",
        record="b7e4a5a0-0000-5000-8000-000000000003",
        revision=REVISION,
        by="jane",
        override=None,
    )
    assert OverrideStatement.decode(statement.encode()) == statement


@pytest.mark.parametrize(
    "fields",
    [{"notes": "a\x00b"}, {"phone": "\x00"}, {"details": {"Remark": "\x00"}}, {"details": {"\x00": "x"}}],
)
def test_what_the_database_cannot_hold_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HotelSegment.model_validate(fields)


@pytest.mark.parametrize("rooms", [-1, 10**20])
def test_a_count_that_canonical_json_cannot_hold_is_refused(rooms: int) -> None:
    with pytest.raises(ValidationError):
        HotelSegment(rooms=rooms)


def test_a_refusal_never_echoes_the_input() -> None:
    with pytest.raises(ValidationError) as refusal:
        Passenger.model_validate({"last_name": ["Jane Traveller"], "details": {"a": {"secret": 1}}})
    assert "Jane" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_booking_holds_no_more_segments_than_a_trip_may() -> None:
    with pytest.raises(ValidationError, match="at most 500"):
        BookingContent(segments=(AirSegment(),) * 501)


def test_one_trip_alone_cannot_be_merged() -> None:
    with pytest.raises(ValidationError):
        MergeTrips(trips=("b7e4a5a0-0000-5000-8000-000000000001",))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"received_ms": 1}, {"received_ms": 2}),
        ({"received_ms": 1, "offset": 8}, {"received_ms": 1, "offset": 9}),
        ({"normaliser": 1}, {"normaliser": 2}),
        ({"received_ms": 9}, {"source_revision": 0, "received_ms": 1}),
        ({"source_revision": 1, "received_ms": 9}, {"source_revision": 2, "received_ms": 1}),
    ],
)
def test_a_revision_is_newer_by_the_sources_word_then_by_arrival(
    older: dict[str, int], newer: dict[str, int]
) -> None:
    def revision(change: dict[str, int]) -> Revision:
        return Revision.model_validate(REVISION.model_dump() | change)

    assert revision(older).order() < revision(newer).order()


def test_a_creation_speaks_once_and_in_the_words_of_the_latest_normaliser() -> None:
    def revision(at: int, *, opens: bool = False, normaliser: int = 1) -> Revision:
        change = {"received_ms": at, "opens": opens or None, "normaliser": normaliser}
        return Revision.model_validate(REVISION.model_dump() | change)

    oldest_first = [
        revision(9, opens=True),
        revision(5, opens=True),
        revision(5, opens=True, normaliser=2),
        revision(4),
        revision(6),
    ]

    for number, newer in enumerate(oldest_first):
        assert newer.is_newer(None)
        assert [newer.is_newer(older) for older in oldest_first] == [
            place < number for place in range(len(oldest_first))
        ]
