import re
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import identifiers
from schemas.base import canonical_json
from schemas.identifiers import Identifier, TenantName

WHO = {"tenant": "acme", "traveller": "b7e4a5a0-0000-5000-8000-000000000001"}
BOOKING = {**WHO, "owner": "blue-agency", "booking_source": "Blue Agency", "record_locator": "XK7P2Q"}

TRAVELLER = "d8d9d76f-49f3-528f-8861-e61542fdb8b8"
RECORD = "8d42046c-876a-52d1-8857-9c282720044e"
TOKEN = "a84f4f2c-95d7-5b5e-a32c-c9c81dd49171"


def test_identifiers_never_change() -> None:
    """Keys of compacted topics for ever: a change here orphans every record that exists."""
    assert identifiers.traveller_id(tenant="acme", login="jane@acme.example") == TRAVELLER
    assert identifiers.record_key(**BOOKING) == RECORD
    assert identifiers.birth_token(RECORD) == TOKEN


@given(said=st.binary())
def test_every_identifier_is_a_uuid_of_version_5(said: bytes) -> None:
    name = canonical_json(["event", said.hex(), "1", "2", ""]).decode()
    assert identifiers.event_id(trip=said.hex(), epoch=1, offset=2, change="") == str(
        uuid5(identifiers.NAMESPACE, name)
    )
    assert TypeAdapter(Identifier).validate_python(identifiers.token_key("t"))


@pytest.mark.parametrize("locator", ["xk7p2q", " XK7P2Q ", "Xk7p2Q"])
def test_a_locator_in_other_letters_is_the_same_booking(locator: str) -> None:
    assert identifiers.record_key(**{**BOOKING, "record_locator": locator}) == identifiers.record_key(
        **BOOKING
    )


@pytest.mark.parametrize("part", ["tenant", "traveller", "owner", "booking_source", "record_locator"])
def test_every_part_of_a_bookings_identity_counts(part: str) -> None:
    assert identifiers.record_key(**{**BOOKING, part: "another"}) != identifiers.record_key(**BOOKING)


def test_a_booking_inside_a_posted_trip_is_another_record() -> None:
    assert identifiers.record_key(**BOOKING, posted_trip="t") != identifiers.record_key(**BOOKING)


def test_parts_that_read_alike_when_joined_are_kept_apart() -> None:
    ab_c = {**BOOKING, "owner": "ab", "booking_source": "c"}
    a_bc = {**BOOKING, "owner": "a", "booking_source": "bc"}
    assert identifiers.record_key(**ab_c) != identifiers.record_key(**a_bc)


def test_no_two_kinds_of_identifier_share_a_name() -> None:
    made = {
        identifiers.posted_trip_key("x"),
        identifiers.birth_token("x"),
        identifiers.token_key("x"),
        identifiers.instant_key(tenant="x", traveller="x"),
        identifiers.override_key(tenant="x", traveller="x", reference="x"),
        identifiers.settings_key(tenant="x", partition=1),
        identifiers.progress_key(topic="x", partition=1),
        identifiers.segment_id(record="x", discriminator="x"),
        identifiers.inbox_message_id(topic="x", partition=1, offset=1),
        identifiers.event_id(trip="x", epoch=1, offset=1, change="x"),
    }
    assert len(made) == 10


def test_what_is_hashed_cannot_be_read_from_the_identifier() -> None:
    made = identifiers.traveller_id(tenant="acme", login="jane@acme.example")
    assert re.fullmatch(r"[0-9a-f-]{36}", made)


def test_the_partition_key_is_not_the_message_key() -> None:
    assert identifiers.partition_key(tenant="acme", traveller="t-1") == b"acme|t-1"


@pytest.mark.parametrize("name", ["Acme", "a|b", "", "-acme", "a" * 64])
def test_a_tenants_name_cannot_hold_the_separator_of_partition_keys(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TenantName).validate_python(name)
