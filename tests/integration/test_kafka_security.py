"""Every service at a Kafka that denies by default: TLS, passwords or tokens, and the rights of the list."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from schemas.access import (
    CONSOLIDATOR,
    GATEWAY,
    INGEST_WORKER,
    OPERATIONS,
    PREPARE,
    PROJECTOR,
    RELAY,
    SWEEPER,
    USERS,
)
from schemas.topics import BOOKINGS, DEAD_LETTERS, INBOX, RECORDS, TRIPS
from services.ingest.kafka import KafkaLog
from services.platform.admission import NotAllowed, check_rights
from services.platform.awaiting import CannotStart
from services.platform.backing import Backing
from services.platform.kafka import create_topics, wait_for_kafka
from services.platform.migrations import migrate
from services.platform.settings import TopicSettings
from tests.support.backing_services import backing_services
from tests.support.bookings_log import PARTITIONS, bookings_log, hotel_booking, own_tenant
from tests.support.command_line import Installation
from tests.support.ingest_edge import ingest_under_test
from tests.support.secured_kafka import (
    ADMIN,
    STRANGER,
    Grant,
    SecuredKafka,
    grant,
    secured_kafka,
    settings_of,
    token_of,
)
from tests.support.trip_events import events_of_tenant
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import worker_process


class Secured(NamedTuple):
    """The broker, and all that stands on it; who is not told otherwise comes as the administrator."""

    kafka: SecuredKafka
    backing: Backing


@pytest.fixture(scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    async with AsyncExitStack() as stack:
        kafka = await stack.enter_async_context(secured_kafka(tmp_path_factory.mktemp("secured")))
        variables = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in kafka.environment(ADMIN).items():
            variables.setenv(name, value)
        backing = await stack.enter_async_context(backing_services())
        await grant(kafka, [Grant(user.name, right) for user in USERS for right in user.rights])
        await create_topics(settings_of(kafka.environment(PREPARE.name)), topics=TopicSettings())
        await asyncio.to_thread(migrate, backing.postgres_settings)
        yield Secured(kafka, backing)


async def test_every_service_works_with_the_rights_of_the_list_alone(
    secured: Secured, tmp_path: Path
) -> None:
    kafka, backing = secured
    gateway = KafkaLog(
        settings_of(kafka.environment(GATEWAY.name)), topics=TopicSettings(), confirm_seconds=10
    )
    async with (
        bookings_log(backing.kafka_settings) as log,
        ingest_under_test(backing, folder=tmp_path) as ingest,
    ):
        await ingest.enrol()
        with ExitStack() as running:
            for user, arguments in _PROCESSES:
                running.enter_context(
                    worker_process(*arguments, backing=backing, environment=kafka.environment(user.name))
                )
            async with ingest.client(log=gateway) as client:
                answer = await client.post("/v1/bookings", json=_STAY, headers=ingest.bearer())
            assert answer.status_code == 202

            async def completed() -> bool:
                """Only after projector, sweeper and again the consolidator: it begins as a trip to come."""
                history = await log.history(ingest.tenant)
                return any(change["type"] == "completed" for one in history for change in one["changes"])

            async def told() -> bool:
                events = await events_of_tenant(backing.kafka_settings, ingest.tenant, partitions=PARTITIONS)
                kinds = {dict(copies[0].headers)["ce_type"] for copies in events.values()}
                return b"itinerary.trip.completed.v1" in kinds

            await wait_until_async(completed, what="a completed trip", deadline_seconds=120)
            await wait_until_async(told, what="the event of a completed trip", deadline_seconds=60)

            for topic in (INBOX.name, BOOKINGS.name, TRIPS.name):
                await log.write(topic, "poison", b"no message of ours", partition=0)

            async def buried() -> bool:
                return await log.count(DEAD_LETTERS.name) >= len(_BURIERS)

            await wait_until_async(buried, what="a dead letter of each who makes them", deadline_seconds=60)
        await gateway.stop()


_PROCESSES = (
    (INGEST_WORKER, ("services.ingest", "worker")),
    (CONSOLIDATOR, ("services.consolidator",)),
    (PROJECTOR, ("services.query", "projector")),
    (SWEEPER, ("services.consolidator", "sweeper")),
    (RELAY, ("services.consolidator", "relay")),
)
_STAY = {
    "booking_source": "Bookwell",
    "record_locator": "H1",
    "segments": [{"type": "hotel", "start": "2026-05-12", "end": "2026-05-14", "name": "Sacher"}],
}
_BURIERS = (INGEST_WORKER, CONSOLIDATOR, PROJECTOR, RELAY)


@pytest.mark.parametrize(("engine", "door"), [("faust", "token"), ("plain", "password")])
async def test_either_engine_logs_in_either_way(secured: Secured, engine: str, door: str) -> None:
    kafka, backing = secured
    tenant, name = own_tenant(), CONSOLIDATOR.name
    credentials = kafka.environment(name) if door == "password" else kafka.token_environment(name)
    environment = {**credentials, "ITINERARY_CONSOLIDATOR_ENGINE": engine}
    async with bookings_log(backing.kafka_settings) as log:
        with worker_process("services.consolidator", backing=backing, environment=environment) as worker:
            await log.post(hotel_booking(tenant=tenant, login="ada", locator="L1", day=1, at=0))
            await log.settled()
            assert await log.contents(tenant) == log.expected_contents(tenant)
            assert worker.stop() == 0


_NO_CERTIFICATE = {"ssl_certificate_file": None, "ssl_key_file": None}
_NO_PASSWORD = {"sasl_username": None, "sasl_password": None}


@pytest.mark.parametrize(
    ("changed", "to_mend"),
    [
        ({"sasl_password": "wrong"}, "KAFKA_SASL_USERNAME=itinerary-relay with KAFKA_SASL_PASSWORD"),
        ({"sasl_mechanism": "PLAIN"}, "KAFKA_SASL_MECHANISM=PLAIN"),
        ({"ssl_ca_file": None}, "KAFKA_SSL_CA_FILE"),
        (_NO_CERTIFICATE, "KAFKA_SSL_CERTIFICATE_FILE=none"),
        ({"security_protocol": "SSL"} | _NO_PASSWORD, "KAFKA_SECURITY_PROTOCOL=SSL"),
        ({"security_protocol": "SASL_PLAINTEXT", "ssl_ca_file": None} | _NO_CERTIFICATE, "=SASL_PLAINTEXT"),
    ],
)
async def test_who_is_not_let_in_is_told_which_variable_to_look_at(
    secured: Secured, changed: Mapping[str, object], to_mend: str
) -> None:
    settings = settings_of(secured.kafka.environment(RELAY.name), **changed)
    with pytest.raises(CannotStart, match=to_mend):
        await wait_for_kafka(settings, deadline_seconds=1)


async def test_a_token_that_is_not_taken_is_told_and_one_that_is_has_its_own_rights(secured: Secured) -> None:
    settings = settings_of(secured.kafka.token_environment(RELAY.name))
    await check_rights(settings, user=RELAY)
    file = secured.kafka.give_token(RELAY.name, token="not.a.token")
    with pytest.raises(CannotStart, match=f"KAFKA_SASL_OAUTHBEARER_TOKEN_FILE={file}"):
        await wait_for_kafka(settings, deadline_seconds=1)
    secured.kafka.give_token(RELAY.name, token=token_of(STRANGER))
    with pytest.raises(NotAllowed):
        await check_rights(settings, user=RELAY)


async def test_a_command_of_operations_without_a_right_refuses_and_names_it(
    secured: Secured, tmp_path: Path
) -> None:
    """One who only looks at trips may not repair them, and looks at no dead letters."""
    kafka, backing = secured
    # The relay reads `trips.v1`, and none of the others.
    refused, missing = kafka.environment(RELAY.name), f"Read on {RECORDS.name}"
    given = {"DATABASE_URL": backing.database_url}
    command = Installation(tmp_path)
    for arguments in (
        ("verify",),
        ("verify", "--repair"),
        ("trace", "anything", "--tenant", "acme"),
        ("rebuild", "build"),
        ("rebuild", "compare"),
        ("rebuild", "cut-over"),
        ("dead-letters", "list"),
        ("dead-letters", "redrive"),
        ("replay",),
    ):
        done = await asyncio.to_thread(command.run, *arguments, check=False, environment={**refused, **given})
        assert (done.returncode, missing in done.stderr) == (1, True), (arguments, done.stderr)
        writes = f"Write on {BOOKINGS.name}" in done.stderr
        assert writes == (arguments in {("verify", "--repair"), ("replay",)}), (arguments, done.stderr)

    allowed = {**kafka.environment(OPERATIONS.name), **given}
    for arguments in (("dead-letters", "list"), ("replay", "--dry-run"), ("replay",)):
        await asyncio.to_thread(command.run, *arguments, environment=allowed)


async def test_a_process_without_a_right_refuses_to_start_and_names_it(secured: Secured) -> None:
    environment = secured.kafka.environment(RELAY.name)
    with worker_process("services.consolidator", backing=secured.backing, environment=environment) as worker:
        assert worker.exit_code() == 1
        (refused,) = worker.facts("worker.refused")
    for said in (
        RELAY.name,
        f"Read on {BOOKINGS.name}",
        "Read on group itinerary-consolidator-*",
        "Write on transactionalId itinerary-consolidator-*",
    ):
        assert said in refused["reason"]
    assert "Read on trips.v1" not in refused["reason"]  # which it has
