"""Who hears of what, in which words, and when it is tried again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from schemas.trip import Change, ChangeType
from services.consolidator.domain.events import events_of
from services.platform.sealing import Seal, new_key
from services.query.domain.concur_events import concur_event
from services.query.domain.subscriptions import (
    Form,
    Heard,
    Patience,
    Subscription,
    body,
    lasting,
    read_event,
    wants,
)
from services.query.webhook_secrets import Secrets
from services.query.webhook_visits import signed_headers
from tests.support.query_trips import INSTANT, an_id, trip

MADE = datetime.fromisoformat(INSTANT)
EVERYTHING = Subscription("acme", "w", frozenset(), frozenset(), "cloudevents", since=MADE)


def heard(change: ChangeType = ChangeType.UPDATED, *, name: str = "rome", **said: Any) -> Heard:
    (event,) = events_of(trip(name, **said).model_copy(update={"changes": (Change(type=change),)}))
    return read_event(event.headers, event.value)


@pytest.mark.parametrize(
    ("subscription", "hears"),
    [
        (EVERYTHING, True),
        (EVERYTHING._replace(tenant="globex"), False),
        (EVERYTHING._replace(changes=frozenset({"updated", "created"})), True),
        (EVERYTHING._replace(changes=frozenset({"completed"})), False),
        (EVERYTHING._replace(travellers=frozenset({an_id("maria")})), True),
        (EVERYTHING._replace(travellers=frozenset({an_id("john")})), False),
        (EVERYTHING._replace(since=MADE + timedelta(seconds=61)), False),
        (EVERYTHING._replace(since=MADE + timedelta(seconds=59)), True),
    ],
)
def test_who_hears_of_an_event(subscription: Subscription, hears: bool) -> None:
    assert wants(subscription, heard()) is hears


@pytest.mark.parametrize("last", [ChangeType.DELETED, ChangeType.ANONYMISED])
def test_of_a_trip_that_goes_only_that_and_what_follows_is_queued(last: ChangeType) -> None:
    before, gone, again = heard(), heard(last), heard(ChangeType.CREATED)
    others = [heard(name="oslo"), heard(tenant="globex"), heard(traveller="john")]

    assert lasting([before, *others, before, gone, again]) == [*others, gone, again]
    assert lasting([heard(ChangeType.DELETED), before, gone]) == [heard(ChangeType.DELETED), gone]


def test_a_message_that_is_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="validation error"):
        read_event([("ce_id", b"1")], b"{}")


@pytest.mark.parametrize("change", ChangeType)
def test_concur_has_a_word_for_what_it_knows_and_none_for_the_rest(change: ChangeType) -> None:
    told = concur_event(heard(change).attributes, change=change.value, public_url="https://trips.example/")
    known = {
        ChangeType.CREATED: "ItineraryCreated",
        ChangeType.UPDATED: "ItineraryUpdated",
        ChangeType.CANCELLED: "ItineraryCancelled",
        ChangeType.MERGED: "ItineraryDeleted",
        ChangeType.DELETED: "ItineraryDeleted",
        ChangeType.ANONYMISED: "ItineraryAnonymized",
    }
    assert (told and told["eventType"]) == known.get(change)
    if told is not None:
        addresses = {"v4": f"https://trips.example/travel/v4/trips/{an_id('rome')}"}
        gone = {"ItineraryDeleted", "ItineraryAnonymized"}
        assert told["facts"]["hrefs"] == ({} if told["eventType"] in gone else addresses)


@pytest.mark.parametrize("form", ["cloudevents", "concur"])
def test_a_body_is_the_same_whenever_it_is_made(form: Form) -> None:
    assert body(heard(), form=form, public_url="u") == body(heard(), form=form, public_url="u")


def test_delays_grow_and_end_after_three_days() -> None:
    patience = Patience()
    tries = [timedelta(0)]
    while not patience.is_over(tries[-1]):
        tries.append(tries[-1] + patience.again_in(len(tries), waited=tries[-1], stretch=0))
    delays = [later - earlier for earlier, later in pairwise(tries)]

    assert delays[:-1] == sorted(delays[:-1])
    assert delays[0] == timedelta(seconds=5)
    assert max(delays) == timedelta(hours=12)
    assert tries[-1] == timedelta(days=3)


@pytest.mark.parametrize(
    "data", [b"[]", b'"change"', b"null", b"{}", b'{"change": "eaten"}', b"", b"{", None]
)
def test_data_that_are_not_those_of_a_trip_event_are_refused(data: bytes | None) -> None:
    (event,) = events_of(trip("rome").model_copy(update={"changes": (Change(type=ChangeType.CREATED),)}))

    with pytest.raises(ValueError, match=r"."):
        read_event(event.headers, data)


def test_a_header_without_a_value_is_no_reason_to_stop() -> None:
    (event,) = events_of(trip("rome").model_copy(update={"changes": (Change(type=ChangeType.CREATED),)}))

    assert read_event([*event.headers, ("traceparent", None)], event.value).data["change"] == "created"


def test_an_endpoint_is_left_alone_for_as_long_as_it_asks_but_not_for_ever() -> None:
    patience = Patience()
    assert patience.again_in(1, waited=timedelta(0), stretch=0, asked_seconds=90) == timedelta(seconds=90)
    assert patience.again_in(1, waited=timedelta(0), stretch=0, asked_seconds=10**6) == timedelta(hours=1)
    assert patience.pause_after(2) == timedelta(0)
    assert patience.pause_after(10**6) == timedelta(hours=1)


def test_an_old_secret_signs_for_a_day_and_no_longer() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    secrets = Secrets("whsec_b2xk").rotated("whsec_bmV3", now=now)

    during = signed_headers("event", "{}", secrets=secrets, now=now)
    after = signed_headers("event", "{}", secrets=secrets, now=now + timedelta(hours=24))

    assert len(during["webhook-signature"].split(" ")) == 2
    assert len(after["webhook-signature"].split(" ")) == 1
    assert "whsec" not in repr(secrets)


def test_after_several_rotations_within_a_day_each_secret_signs_until_its_own_end() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    later = now + timedelta(hours=20)
    secrets = (
        Secrets("whsec_Zmlyc3Q=").rotated("whsec_c2Vjb25k", now=now).rotated("whsec_dGhpcmQ=", now=later)
    )
    seal = Seal(SecretStr(new_key()))
    kept = Secrets.opened(secrets.sealed(seal, tenant="t", webhook="w"), seal=seal, tenant="t", webhook="w")

    assert kept == secrets
    assert secrets.signing(now=later) == ("whsec_dGhpcmQ=", "whsec_c2Vjb25k", "whsec_Zmlyc3Q=")
    assert secrets.signing(now=now + timedelta(hours=25)) == ("whsec_dGhpcmQ=", "whsec_c2Vjb25k")


def test_a_signature_is_that_of_the_published_example() -> None:
    """The example of the Standard Webhooks specification, for whoever verifies without our library."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, tz=UTC)

    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}', secrets=Secrets(secret), now=at
    )

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_cloud_event_in_json_has_the_data_as_they_are_on_kafka() -> None:
    (event,) = events_of(trip("rome").model_copy(update={"changes": (Change(type=ChangeType.CREATED),)}))
    said = orjson.loads(
        body(read_event(event.headers, event.value), form="cloudevents", public_url="u") or b""
    )
    assert said["data"] == orjson.loads(event.value)
    assert {f"ce_{name}" for name in said} >= {name for name, _ in event.headers if name.startswith("ce_")}
