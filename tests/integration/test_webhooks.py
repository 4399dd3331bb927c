"""Webhooks end to end: routes, the log, the sender as a process of its own, and real receivers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from examples.expense_subscriber.by_webhook import webhook_app
from examples.expense_subscriber.ledger import open_ledger
from schemas.events import told_of
from schemas.topics import TRIP_EVENTS
from schemas.trip import Change, ChangeType
from services.consolidator.domain.events import events_of
from services.platform.backing import Backing
from services.platform.faults import EXIT_CODE
from services.platform.kafka import client_arguments
from services.platform.sealing import new_key
from services.platform.topic_ids import topic_ids
from services.query.settings import WebhookSettings
from tests.support.query_service import QueryUnderTest, query_under_test
from tests.support.query_trips import an_id, deletion, redirect, trip
from tests.support.waiting import wait_until_async
from tests.support.webhook_receiver import Got, Receiver, receiver
from tests.support.worker_processes import WorkerProcess, worker_process

pytestmark = pytest.mark.usefixtures("sending")

Answer = int | Callable[[Got], int]

KEY = new_key()
LATER = "2099-01-01T00:00:00Z"
"""Of events: after any webhook of the tests was made."""


class Hooks:
    """A tenant's administrator, and the receiver to which webhooks go."""

    def __init__(self, query: QueryUnderTest, client: httpx.AsyncClient, receiving: Receiver) -> None:
        self.query = query
        self.client = client
        self._receiver = receiving
        self.boss = query.token("admin", subject="boss")

    async def make(self, path: str = "/hook", **wanted: Any) -> dict[str, Any]:
        body = {"url": f"{self._receiver.origin}{self.own(path)}", **wanted}
        answer = await self.client.post("/v1/webhooks", json=body, headers=self.boss)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def own(self, path: str) -> str:
        return f"/{self.query.tenant}{path}"

    def at(self, path: str) -> list[Got]:
        return self._receiver.at(self.own(path))

    def answer(self, path: str, answer: Answer) -> None:
        self._receiver.answers[self.own(path)] = answer

    def hang(self, path: str) -> None:
        self._receiver.hangs.add(self.own(path))

    def most_at_once(self, path: str) -> int:
        return self._receiver.most_at_once[self.own(path)]

    async def ask(self, method: str, path: str, **said: Any) -> httpx.Response:
        return await self.client.request(method, f"/v1/webhooks{path}", headers=self.boss, **said)

    async def delivery(self, webhook: str, event: str) -> dict[str, Any]:
        return (await self.ask("GET", f"/{webhook}/deliveries/{event}")).json()

    async def tell(
        self, *names: str, change: ChangeType = ChangeType.CREATED, traveller: str = "maria", offset: int = 1
    ) -> list[str]:
        """Put events on the log as the relay would, and return their ids."""
        producer = AIOKafkaProducer(**client_arguments(self.query.kafka))
        await producer.start()
        told: list[str] = []
        try:
            for number, name in enumerate(names):
                value = trip(
                    name,
                    tenant=self.query.tenant,
                    traveller=traveller,
                    offset=offset + number,
                    modified=LATER,
                ).model_copy(update={"changes": (Change(type=change),)})
                (event,) = events_of(value)
                partition = self.query.partition(traveller)
                await producer.send_and_wait(
                    TRIP_EVENTS.name,
                    event.value,
                    key=event.key,
                    headers=list(event.headers),
                    partition=partition,
                )
                told.append(dict(event.headers)["ce_id"].decode())
        finally:
            await producer.stop()
        return told

    async def until_got(self, path: str, count: int, *, deadline_seconds: float = 20) -> None:
        async def enough() -> bool:
            return len(self.at(path)) >= count

        await wait_until_async(enough, what=f"{count} at {path}", deadline_seconds=deadline_seconds)

    async def until_state(self, webhook: str, event: str, state: str) -> dict[str, Any]:
        async def reached() -> dict[str, Any] | None:
            found = await self.delivery(webhook, event)
            return found if found.get("state") == state else None

        found = await wait_until_async(reached, what=f"{event} to be {state}")
        assert found is not None
        return found


@pytest.fixture(scope="module")
async def receiving() -> AsyncIterator[Receiver]:
    async with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def sending(backing: Backing, receiving: Receiver) -> Generator[WorkerProcess]:
    """One sender for all tests that let it live."""
    with sender(backing, receiving, group="test") as worker:
        yield worker


@pytest.fixture
async def hooks(backing: Backing, receiving: Receiver, tmp_path: Path) -> AsyncIterator[Hooks]:
    query = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    await query.enrol("maria", "john")
    settings = WebhookSettings(sealing_keys=SecretStr(KEY), private_origins={"*": (receiving.origin,)})
    async with query.client(webhooks=settings, now=now) as client:
        yield Hooks(query, client, receiving)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - receivers' library looks at the clock, too


@contextmanager
def sender(
    backing: Backing, receiving: Receiver, *, group: str, crash: str = "", for_tenant: str = "*"
) -> Generator[WorkerProcess]:
    environment = {
        "ITINERARY_WEBHOOKS_GROUP": group,
        "ITINERARY_WEBHOOKS_SEALING_KEYS": KEY,
        "ITINERARY_WEBHOOKS_PRIVATE_ORIGINS": orjson.dumps({for_tenant: [receiving.origin]}).decode(),
        "ITINERARY_WEBHOOKS_PUBLIC_URL": "https://trips.example",
        "ITINERARY_WEBHOOKS_FIRST_AGAIN_SECONDS": "0.05",
        "ITINERARY_WEBHOOKS_LOOK_SECONDS": "0.05",
        "ITINERARY_WEBHOOKS_REQUEST_SECONDS": "0.5",
        "ITINERARY_WEBHOOKS_VISIT_SECONDS": "1",
        "ITINERARY_WEBHOOKS_LEASE_SECONDS": "2",
    }
    if crash:
        environment |= {"ITINERARY_FAULT_PLAN": crash, "ITINERARY_FAULT_TESTING": "1"}
    with worker_process("services.query", "webhooks", backing=backing, environment=environment) as worker:
        if not crash:  # which may come before
            worker.await_saying("events.followed")
        yield worker


async def test_an_event_reaches_its_webhook_signed_and_as_it_is_on_kafka(
    hooks: Hooks,
) -> None:
    made = await hooks.make()
    (event,) = await hooks.tell("rome", change=ChangeType.READY_TO_EXPENSE)
    await hooks.until_got("/hook", 1)
    delivered = await hooks.until_state(made["id"], event, "delivered")

    (got,) = hooks.at("/hook")
    said = orjson.loads(got.body)
    assert got.is_signed_by(made["secret"])
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    assert got.id == said["id"] == event
    assert (said["type"], said["subject"]) == ("itinerary.trip.ready_to_expense.v1", an_id("rome"))
    assert said["data"]["expense"]["ready"] is False
    assert delivered["body"].encode() == got.body
    assert [attempt["status"] for attempt in delivered["attempts"]] == [204]
    assert made["secret"] not in (await hooks.ask("GET", f"/{made['id']}")).text


async def test_a_webhook_hears_of_the_changes_and_travellers_that_it_asked_for(
    hooks: Hooks,
) -> None:
    await hooks.make("/ready", changes=["ready_to_expense", "no_longer_expensable"])
    await hooks.make("/johns", travellers=["john@acme.example"])
    await hooks.make("/concur", form="concur")
    (marias,) = await hooks.tell("rome")
    (ready,) = await hooks.tell("rome", change=ChangeType.READY_TO_EXPENSE, offset=2)
    (johns,) = await hooks.tell("oslo", traveller="john")
    for path, count in (("/ready", 1), ("/johns", 1), ("/concur", 2)):
        await hooks.until_got(path, count)

    assert [got.id for got in hooks.at("/ready")] == [ready]
    assert [got.id for got in hooks.at("/johns")] == [johns]
    told = {got.id: orjson.loads(got.body) for got in hooks.at("/concur")}
    assert told.keys() == {marias, johns}
    assert told[marias] == {
        "id": marias,
        "correlationId": marias,
        "eventType": "ItineraryCreated",
        "topic": "public.concur.travel.itinerary",
        "timeStamp": LATER,
        "facts": {
            "id": an_id("rome"),
            "companyId": hooks.query.tenant,
            "userId": an_id("maria"),
            "hrefs": {"v4": f"https://trips.example/travel/v4/trips/{an_id('rome')}"},
        },
    }


async def test_after_a_rotation_both_secrets_are_believed(hooks: Hooks) -> None:
    made = await hooks.make()
    rotated = (await hooks.ask("POST", f"/{made['id']}/rotate")).json()
    await hooks.tell("rome")
    await hooks.until_got("/hook", 1)

    (got,) = hooks.at("/hook")
    assert rotated["secret"] != made["secret"]
    assert got.is_signed_by(made["secret"])
    assert got.is_signed_by(rotated["secret"])


async def test_of_two_rotations_at_once_both_secrets_are_believed_and_the_one_before(hooks: Hooks) -> None:
    made = await hooks.make()
    rotations = [hooks.ask("POST", f"/{made['id']}/rotate") for _ in range(2)]
    secrets = {answer.json()["secret"] for answer in await asyncio.gather(*rotations)} | {made["secret"]}
    await hooks.tell("rome")
    await hooks.until_got("/hook", 1)

    (got,) = hooks.at("/hook")
    assert len(secrets) == 3
    assert all(got.is_signed_by(secret) for secret in secrets)


async def test_what_is_sent_again_with_its_key_makes_renews_and_tests_a_webhook_once(hooks: Hooks) -> None:
    once = hooks.boss | {"Idempotency-Key": "the same"}
    body = {"url": f"{(await hooks.make())['url']}/again"}

    async def twice(path: str, wanted: dict[str, str] | None) -> dict[str, Any]:
        first, again = [
            await hooks.client.post(f"/v1/webhooks{path}", json=wanted, headers=once) for _ in range(2)
        ]
        assert first.is_success, first.text
        assert (again.content, again.headers.get("location")) == (
            first.content,
            first.headers.get("location"),
        )
        assert again.headers["idempotency-replayed"] == "true"
        return first.json()

    made = await twice("", body)
    await twice(f"/{made['id']}/rotate", None)
    tested = await twice(f"/{made['id']}/test", None)
    deliveries = (await hooks.ask("GET", f"/{made['id']}/deliveries")).json()["deliveries"]

    assert len((await hooks.ask("GET", "")).json()["webhooks"]) == 2
    assert [one["event"] for one in deliveries] == [tested["event"]]


async def test_a_test_is_delivered_at_once_and_its_answer_can_be_read(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.answer("/hook", 302)
    answer = await hooks.ask("POST", f"/{made['id']}/test")
    await hooks.until_got("/hook", 1)

    async def noted() -> Any:
        return (await hooks.delivery(made["id"], answer.json()["event"]))["attempts"]

    (attempt, *_) = await wait_until_async(noted, what="the attempt in the log")

    assert answer.status_code == 202
    assert attempt["status"] == 302
    assert hooks.at("/moved") == []
    assert (await hooks.ask("GET", f"/{made['id']}")).json()["trouble"] == "status_302"


async def test_what_fails_is_tried_again_and_later_events_of_its_trip_wait_while_others_go_on(
    hooks: Hooks,
) -> None:
    made = await hooks.make(concurrency=4)
    refusals = iter([503, 500, 429, 503])

    def flapping(got: Got) -> int:
        return next(refusals, 200) if orjson.loads(got.body)["subject"] == an_id("rome") else 200

    hooks.answer("/hook", flapping)
    rome = await hooks.tell("rome", "rome", "rome")
    (oslo,) = await hooks.tell("oslo", offset=9)
    for event in (oslo, *rome):
        await hooks.until_state(made["id"], event, "delivered")

    came = [got.id for got in hooks.at("/hook")]
    assert [event for event in came if event != oslo] == [rome[0]] * 5 + rome[1:]
    attempts = (await hooks.delivery(made["id"], rome[0]))["attempts"]
    assert [attempt["status"] for attempt in attempts] == [503, 500, 429, 503, 200]


async def test_with_one_request_at_once_everything_comes_in_order_and_never_two(
    hooks: Hooks,
) -> None:
    await hooks.make("/one")
    names = [f"trip {number}" for number in range(60)]
    told = await hooks.tell(*names)
    await hooks.until_got("/one", len(told))

    assert [got.id for got in hooks.at("/one")] == told
    assert hooks.most_at_once("/one") == 1


async def test_what_hangs_holds_up_nobody_else_and_is_left_alone_after_a_while(
    hooks: Hooks,
) -> None:
    hanging, well = await hooks.make("/hangs"), await hooks.make("/well")
    hooks.hang("/hangs")
    told = await hooks.tell(*(f"trip {number}" for number in range(20)))
    for event in told:
        await hooks.until_state(well["id"], event, "delivered")

    async def paused() -> Any:
        return (await hooks.ask("GET", f"/{hanging['id']}")).json()["paused_until"]

    await wait_until_async(paused, what="the endpoint that hangs to be left alone")
    shown = (await hooks.ask("GET", f"/{hanging['id']}")).json()

    assert (shown["trouble"], shown["waiting"]) == ("timeout", 20)
    assert shown["failures_in_a_row"] >= 3


async def test_what_failed_for_three_days_is_dead_until_a_person_has_it_tried_again(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.answer("/hook", 500)
    (event,) = await hooks.tell("rome")
    await hooks.until_got("/hook", 1)
    async with hooks.query.session() as session:
        await session.execute(
            "UPDATE own.webhook_deliveries SET since = now() - interval '3 days' WHERE webhook = $1",
            made["id"],
        )
    dead = await hooks.until_state(made["id"], event, "dead")
    hooks.answer("/hook", 200)
    assert (await hooks.ask("POST", f"/{made['id']}/deliveries/{event}/redrive")).status_code == 202
    revived = await hooks.until_state(made["id"], event, "delivered")

    assert dead["next_attempt_at"] is None
    assert revived["attempts"][-1]["status"] == 200
    assert len({got.body for got in hooks.at("/hook")}) == 1
    again = await hooks.ask("POST", f"/{made['id']}/deliveries/{event}/redrive")
    assert again.status_code == 409
    assert (await hooks.ask("POST", f"/{made['id']}/redrive")).json() == {"redriven": 0}


async def test_an_endpoint_that_says_that_it_is_gone_is_asked_no_more(hooks: Hooks) -> None:
    made = await hooks.make()
    hooks.answer("/hook", 410)
    await hooks.tell("rome", "oslo")

    async def gone() -> bool:
        return (await hooks.ask("GET", f"/{made['id']}")).json()["state"] == "gone"

    await wait_until_async(gone, what="the webhook to be gone")
    assert (await hooks.ask("POST", f"/{made['id']}/test")).status_code == 409
    assert len(hooks.at("/hook")) == 1
    hooks.answer("/hook", 200)
    await hooks.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    await hooks.until_got("/hook", 3)


async def test_a_sender_that_dies_anywhere_loses_nothing_and_repeats_only_what_it_did(
    backing: Backing, hooks: Hooks, receiving: Receiver, sending: WorkerProcess
) -> None:
    made = await hooks.make()
    told: list[str] = []
    sending.freeze()
    try:
        for number, point in enumerate(("queued", "committed", "leased", "sent", "noted")):
            group, crash = f"{hooks.query.tenant} {number}", f"webhook.{point}:1:exit"
            told += await hooks.tell("rome", "oslo", "bonn", offset=1 + 3 * number)
            with sender(backing, receiving, group=group, crash=crash) as doomed:
                assert doomed.exit_code() == EXIT_CODE
    finally:
        sending.thaw()
    for event in told:
        await hooks.until_state(made["id"], event, "delivered")

    copies: dict[str, set[bytes]] = {}
    for got in hooks.at("/hook"):
        copies.setdefault(got.id, set()).add(got.body)
    assert copies.keys() == set(told)
    assert all(len(bodies) == 1 for bodies in copies.values())


async def test_the_log_may_tell_again_and_the_webhook_hears_it_once(hooks: Hooks) -> None:
    made = await hooks.make()
    first = await hooks.tell("rome")
    again = await hooks.tell("rome")
    (fence,) = await hooks.tell("oslo", offset=2)
    await hooks.until_state(made["id"], fence, "delivered")

    assert first == again
    assert [got.id for got in hooks.at("/hook")] == [*first, fence]


async def test_what_is_no_event_stops_nobody(hooks: Hooks) -> None:
    made = await hooks.make()
    (event,) = events_of(
        trip("rome", tenant=hooks.query.tenant, modified=LATER).model_copy(
            update={"changes": (Change(type=ChangeType.CREATED),)}
        )
    )
    producer = AIOKafkaProducer(**client_arguments(hooks.query.kafka))
    await producer.start()
    try:
        for garbage in (b"[]", b"null", b"{}", b"\xff", None):
            await producer.send_and_wait(
                TRIP_EVENTS.name,
                garbage,
                key=event.key,
                headers=list(event.headers),
                partition=hooks.query.partition(),
            )
    finally:
        await producer.stop()
    (told,) = await hooks.tell("oslo", offset=2)

    await hooks.until_state(made["id"], told, "delivered")
    assert [got.id for got in hooks.at("/hook")] == [told]


@pytest.mark.parametrize("change", [ChangeType.DELETED, ChangeType.ANONYMISED])
async def test_of_a_trip_that_is_erased_no_delivery_is_kept_but_that_it_is_gone(
    hooks: Hooks, change: ChangeType
) -> None:
    made = await hooks.make()
    (before,) = await hooks.tell("rome")
    (other,) = await hooks.tell("oslo")
    for event in (before, other):
        await hooks.until_state(made["id"], event, "delivered")
    (gone,) = await hooks.tell("rome", change=change, offset=2)
    await hooks.until_state(made["id"], gone, "delivered")

    listed = (await hooks.ask("GET", f"/{made['id']}/deliveries")).json()["deliveries"]
    assert [delivery["event"] for delivery in listed] == [gone, other]


async def test_what_is_told_in_one_batch_with_the_end_of_its_trip_is_not_kept(hooks: Hooks) -> None:
    made = await hooks.make()
    changes = (ChangeType.CREATED, ChangeType.DELETED)
    events = [
        event
        for at, change in enumerate(changes, start=1)
        for event in events_of(
            trip("rome", tenant=hooks.query.tenant, modified=LATER, offset=at).model_copy(
                update={"changes": (Change(type=change),)}
            )
        )
    ]
    producer = AIOKafkaProducer(**client_arguments(hooks.query.kafka), linger_ms=1000)  # one batch
    await producer.start()
    try:
        for event in events:
            await producer.send(
                TRIP_EVENTS.name,
                event.value,
                key=event.key,
                headers=list(event.headers),
                partition=hooks.query.partition(),
            )
    finally:
        await producer.stop()
    gone = dict(events[-1].headers)["ce_id"].decode()
    await hooks.until_state(made["id"], gone, "delivered")

    listed = (await hooks.ask("GET", f"/{made['id']}/deliveries")).json()["deliveries"]
    assert [delivery["event"] for delivery in listed] == [gone]


async def test_a_database_from_a_backup_hears_again_what_it_does_not_hold(
    backing: Backing, hooks: Hooks, receiving: Receiver, sending: WorkerProcess
) -> None:
    """The backup is from before the events: neither they nor how far the log was read stand in it."""
    made = await hooks.make()
    group = hooks.query.tenant
    sending.freeze()
    try:
        with sender(backing, receiving, group=group):
            told = await hooks.tell("rome", "oslo")
            for event in told:
                await hooks.until_state(made["id"], event, "delivered")
        async with hooks.query.session() as session:
            await session.execute("DELETE FROM own.webhook_deliveries WHERE webhook = $1", made["id"])
            await session.execute(
                "UPDATE own.webhook_places SET next_offset = 0 WHERE queue_group = $1", group
            )
        with sender(backing, receiving, group=group):
            for event in told:
                await hooks.until_state(made["id"], event, "delivered")
    finally:
        sending.thaw()

    logs = await hooks.query.rows("SELECT topic_id FROM own.webhook_places WHERE queue_group = $1", group)
    assert {row["topic_id"] for row in logs} == set(
        (await topic_ids(hooks.query.kafka, [TRIP_EVENTS.name])).values()
    )
    assert [got.id for got in hooks.at("/hook")] == told * 2


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/hook", "https"),
        ("https://127.0.0.1/hook", "not public"),
        ("https://[::ffff:10.0.0.1]/hook", "not public"),
        ("https://169.254.169.254/latest", "not public"),
        ("https://localhost/hook", "not public"),
        ("https://user:pass@example.com/hook", "user"),
        ("https://93.184.216.34:5432/hook", "443"),
        (f"https://{'long' * 16}.example/hook", "resolved"),
        ("https://xn--a.example/hook", "no address"),
    ],
)
async def test_no_webhook_goes_to_a_private_address(hooks: Hooks, url: str, rule: str) -> None:
    answer = await hooks.ask("POST", "", json={"url": url})

    assert (answer.status_code, answer.json()["field"]) == (400, "url")
    assert rule in answer.json()["rule"]


async def test_an_address_that_became_private_is_not_sent_to(hooks: Hooks) -> None:
    """It is judged again at each request: what was allowed when the webhook was made is not enough."""
    async with receiver() as elsewhere:
        made = await hooks.make()
        async with hooks.query.session() as session:
            await session.execute(
                "UPDATE own.webhooks SET url = $2 WHERE webhook = $1", made["id"], f"{elsewhere.origin}/hook"
            )
        (event,) = await hooks.tell("rome")

        async def tried() -> Any:
            return (await hooks.delivery(made["id"], event)).get("attempts")

        (attempt, *_) = await wait_until_async(tried, what="an attempt")

        assert attempt["trouble"] == "not_public"
        assert elsewhere.got == []


@pytest.mark.parametrize(("owner", "trouble"), [("theirs", "not_public"), ("own", None)])
async def test_where_one_company_may_send_inside_no_other_may(
    backing: Backing,
    hooks: Hooks,
    receiving: Receiver,
    sending: WorkerProcess,
    owner: str,
    trouble: str | None,
) -> None:
    made = await hooks.make()
    for_tenant = hooks.query.tenant if owner == "own" else "another"
    sending.freeze()
    try:
        with sender(backing, receiving, group=f"of {hooks.query.tenant}", for_tenant=for_tenant):
            (event,) = await hooks.tell("rome")

            async def tried() -> Any:
                return (await hooks.delivery(made["id"], event)).get("attempts")

            (attempt, *_) = await wait_until_async(tried, what="an attempt")
    finally:
        sending.thaw()

    assert attempt["trouble"] == trouble


async def test_no_webhook_is_made_to_where_only_another_company_may_send(
    hooks: Hooks, receiving: Receiver
) -> None:
    settings = WebhookSettings(sealing_keys=SecretStr(KEY), private_origins={"another": (receiving.origin,)})
    async with hooks.query.client(webhooks=settings, now=now) as client:
        answer = await Hooks(hooks.query, client, receiving).ask(
            "POST", "", json={"url": f"{receiving.origin}/hook"}
        )

    assert (answer.status_code, answer.json()["field"]) == (400, "url")


async def test_webhooks_are_for_the_companys_administrators_alone(hooks: Hooks) -> None:
    made = await hooks.make(description="Expense")
    stranger = query_under_test(
        kafka=hooks.query.kafka,
        postgres=hooks.query.postgres,
        folder=hooks.query.issuer.private_key.parents[1],
    )
    theirs = stranger.token("admin", subject="boss")
    address = f"/v1/webhooks/{made['id']}"

    assert (await hooks.client.get("/v1/webhooks", headers=hooks.query.token())).status_code == 403
    assert (await hooks.client.get(address, headers=theirs)).status_code == 404
    assert (await hooks.client.delete(address, headers=theirs)).status_code == 404
    assert (await hooks.ask("GET", "/nonsense")).status_code == 404
    assert (await hooks.ask("GET", f"/{made['id']}/deliveries/{an_id('no event')}")).status_code == 404
    unknown = await hooks.ask("PATCH", f"/{made['id']}", json={"travellers": ["nobody"]})
    assert (unknown.status_code, unknown.json()["field"]) == (400, "travellers")
    assert (await hooks.ask("DELETE", f"/{made['id']}")).status_code == 204
    assert (await hooks.ask("GET", "")).json() == {"webhooks": []}


async def test_without_a_key_there_are_no_webhooks(hooks: Hooks) -> None:
    async with hooks.query.client() as client:
        answer = await client.post("/v1/webhooks", json={"url": "https://example.com/"}, headers=hooks.boss)
    assert answer.status_code in {400, 501}


async def test_the_example_receiver_takes_what_is_signed_once_and_nothing_else(
    hooks: Hooks, backing: Backing
) -> None:
    """The expense system of `examples/`, by webhook; its ledger is that of the Kafka subscriber."""
    made = await hooks.make("/relayed")
    hooks.answer("/relayed", 204)
    told = await hooks.tell("rome", "oslo", change=ChangeType.READY_TO_EXPENSE)
    await hooks.until_got("/relayed", 2)
    async with open_ledger(backing.database_url) as ledger:
        transport = httpx.ASGITransport(webhook_app(ledger, secret=made["secret"]))
        async with httpx.AsyncClient(transport=transport, base_url="http://expense.example") as sending_on:
            answers = [
                await sending_on.post("/hook", content=body, headers={**got.headers, **other})
                for got in hooks.at("/relayed")
                for body, other in (
                    (got.body, {}),
                    (got.body, {}),
                    (got.body + b" ", {}),
                    (got.body, {"webhook-id": "another"}),
                )
            ]
    effects = await hooks.query.rows("SELECT event::text FROM expense.effects WHERE event = ANY($1)", told)
    reports = await hooks.query.rows(
        "SELECT is_open FROM expense.reports WHERE trip = ANY($1)", [an_id("rome"), an_id("oslo")]
    )

    assert [answer.status_code for answer in answers] == [204, 204, 401, 401] * 2
    assert sorted(row["event"] for row in effects) == sorted(told)
    assert [row["is_open"] for row in reports] == [True, True]


@pytest.mark.parametrize("late_first", [False, True])
async def test_the_examples_ledger_joins_what_merged_and_forgets_whom_it_should(
    hooks: Hooks, backing: Backing, late_first: bool
) -> None:
    merged, forgotten = (f"{name}-{late_first}" for name in ("merged", "forgotten"))
    ready = Change(type=ChangeType.READY_TO_EXPENSE)
    joined = Change(type=ChangeType.MERGED, trips=(an_id("oslo"),))
    said = [
        trip(merged, offset=1).model_copy(update={"changes": (ready,)}),
        redirect(merged, into="oslo", offset=2).model_copy(update={"changes": (joined,)}),
        trip(forgotten, offset=1).model_copy(update={"changes": (ready,)}),
        deletion(forgotten, offset=2).model_copy(update={"changes": (Change(type=ChangeType.ANONYMISED),)}),
    ]
    events = [told for value in said for told in told_of(value)]
    async with open_ledger(backing.database_url) as ledger:
        for told in reversed(events) if late_first else events:
            assert await ledger.take(told.attributes.id, told.data.model_dump(mode="json", exclude_none=True))

    reports = await hooks.query.rows(
        "SELECT is_open, joined_to::text, traveller IS NULL AS is_forgotten FROM expense.reports"
        " WHERE trip = ANY($1) ORDER BY joined_to NULLS LAST",
        [an_id(merged), an_id(forgotten)],
    )
    assert [tuple(row.values()) for row in reports] == [(False, an_id("oslo"), False), (False, None, True)]
