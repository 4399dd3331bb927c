"""Laws of the language: what is written is read back as it was, and equal values are equal bytes."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.base import canonical_json
from schemas.booking_record import Record, Statement, decode_record, decode_statement
from schemas.dead_letter import DeadLetter, DeadLetterDecision, header_texts, original_headers, read_headers
from schemas.directory import TravellerEntry
from schemas.events import InboxBooking, TripEventV1
from schemas.trip import TripsValue, decode_trips_value
from tests.support.any_value import any_of

# Shapes are few compared with the laws of consolidation, and large values are slow to draw.
FEWER = settings(max_examples=min(settings.default.max_examples, 200))


@FEWER
@given(any_of(Statement))
def test_a_statement_is_read_back_as_it_was_written_and_written_again_as_the_same_bytes(
    statement: Any,
) -> None:
    encoded = statement.encode()
    read = decode_statement(encoded)
    assert read == statement
    assert read.encode() == encoded


@FEWER
@given(any_of(Record))
def test_a_record_is_read_back_as_it_was_written(record: Any) -> None:
    assert decode_record(record.encode()) == record


@FEWER
@given(any_of(TripsValue))
def test_a_trip_is_read_back_as_it_was_written(value: Any) -> None:
    assert decode_trips_value(value.encode()) == value


@pytest.mark.parametrize("model", [TripEventV1, DeadLetter, InboxBooking, TravellerEntry])
@FEWER
@given(data=st.data())
def test_whatever_crosses_a_topic_is_read_back_as_it_was_written(
    model: type[BaseModel], data: st.DataObject
) -> None:
    value = data.draw(any_of(model))
    assert model.model_validate_json(value.encode()) == value


@FEWER
@given(
    any_of(DeadLetter) | any_of(DeadLetterDecision),
    st.lists(st.tuples(st.sampled_from(["decision", "message", "ce_id", "original."]), st.binary())),
)
def test_a_dead_letters_headers_say_what_was_written_whatever_the_message_had_of_its_own(
    fields: Any, own: list[tuple[str, bytes]]
) -> None:
    headers = header_texts(fields, original=own)
    assert read_headers(headers) == fields
    assert original_headers(headers) == own


@FEWER
@given(any_of(Statement))
def test_a_reader_ignores_what_a_newer_writer_added(statement: Any) -> None:
    newer = orjson.loads(statement.encode()) | {"added_later": {"x": 1}}
    assert decode_statement(orjson.dumps(newer)) == statement


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@FEWER
@given(st.dictionaries(st.text(), _JSON, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_fields_does_not_reach_canonical_json(value: dict[str, Any], draw: Any) -> None:
    names = list(value)
    draw.shuffle(names)
    shuffled = {name: value[name] for name in names}
    assert canonical_json(shuffled) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value
