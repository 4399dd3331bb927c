"""What waits for webhooks, on a real PostgreSQL: its order, its end, and what people change meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from schemas.events import TripEventAttributes
from services.platform.backing import Backing
from services.platform.sealing import Seal, new_key
from services.query.webhook_secrets import Secrets
from services.query.webhook_tables import WEBHOOK_QUERIES, DeliveryQueue, TenantWebhooks
from services.query.webhook_visits import Tried, VisitEnd
from tests.support.bookings_log import own_tenant
from tests.support.one_webhook import KEY, OneWebhook, an_id, one_webhook

FAILED = VisitEnd(
    failures=3,
    pause=timedelta(hours=1),
    succeeded=False,
    trouble="status_500",
    is_gone=False,
)
ENDED = VisitEnd(failures=0, pause=timedelta(0), succeeded=True, trouble=None, is_gone=False)
ATTEMPT = {"at": "2026-01-01T00:00:00Z", "status": 500, "trouble": None, "milliseconds": 1}


def failed(events: Sequence[str]) -> list[Tried]:
    return [Tried(event, "waiting", timedelta(hours=1), 1, ATTEMPT) for event in events]


@pytest.fixture
async def one(backing: Backing) -> AsyncIterator[OneWebhook]:
    async with one_webhook(backing.database_url, tenant=own_tenant()) as webhook:
        yield webhook


async def test_two_that_queue_for_one_webhook_at_once_do_not_wait_for_each_other(one: OneWebhook) -> None:
    await one.enter()
    woken = {"tenants": [one.tenant], "webhooks": [one.webhook]}

    async def queued(connection: Any) -> None:
        delivery = one.delivery(an_id())
        columns = {name: [value] for name, value in delivery._asdict().items()}
        _ = [row async for row in WEBHOOK_QUERIES.queue_deliveries(connection, **columns)]

    async with one.pool.acquire() as first, one.pool.acquire() as second:
        beginnings = first.transaction(), second.transaction()
        for beginning in beginnings:
            await beginning.start()
        await queued(first)
        await queued(second)
        await WEBHOOK_QUERIES.wake_webhooks(first, **woken)
        late = asyncio.create_task(WEBHOOK_QUERIES.wake_webhooks(second, **woken))
        await beginnings[0].commit()
        await late
        await beginnings[1].commit()

    assert await one.states() == ["waiting", "waiting"]


async def test_a_visit_does_not_hold_up_who_queues_for_its_webhook(one: OneWebhook) -> None:
    await one.enter()
    async with one.pool.acquire() as visiting, visiting.transaction():
        who = {"tenant": one.tenant, "webhook": one.webhook}
        assert await WEBHOOK_QUERIES.hold_webhook(visiting, **who, lease=0) == 0
        async with one.pool.acquire() as queueing, queueing.transaction():
            columns = {name: [value] for name, value in one.delivery(an_id())._asdict().items()}
            new = [row async for row in WEBHOOK_QUERIES.queue_deliveries(queueing, **columns)]

    assert len(new) == 1


async def test_a_visit_that_is_being_noted_and_what_forgets_its_trip_do_not_wait_for_each_other(
    one: OneWebhook,
) -> None:
    """The visit stands between the lock of its webhook and those of its deliveries."""
    await one.enter()
    trip = an_id()
    (event,) = await one.wait(trip)
    deleted = TripEventAttributes(
        id=an_id(),
        type="itinerary.trip.deleted.v1",
        subject=trip,
        time="2027-01-01T00:00:00Z",
        tenant=one.tenant,
        traveller=trip,
    )
    who = {"tenant": one.tenant, "webhook": one.webhook}
    async with one.pool.acquire() as noting, noting.transaction():
        await WEBHOOK_QUERIES.hold_webhook(noting, **who, lease=0)
        gone = one.delivery(trip)._replace(type=deleted.type)
        forgetting = asyncio.create_task(
            one.queue.queue([gone], group=one.tenant, topic="", places={}, gone=[deleted])
        )
        await one.until_somebody_waits_for(noting)
        await WEBHOOK_QUERIES.note_attempts(
            noting,
            **who,
            events=[event],
            states=["delivered"],
            again_in=[timedelta(0)],
            failures=[0],
            attempts=["[]"],
            is_current=True,
        )
    await forgetting

    assert await one.states() == ["waiting"]


async def test_what_is_redriven_and_what_forgets_its_trip_do_not_wait_for_each_other(one: OneWebhook) -> None:
    """The forgetting stands between the lock of the webhook and those of its deliveries."""
    await one.enter()
    trip = an_id()
    await one.wait(trip)
    await one.queue.tidy(hopeless_after=timedelta(days=4), most_waiting=0, kept_days=35)
    assert await one.states() == ["dead"]

    async def redrive() -> Sequence[str]:
        async with one.pool.acquire() as connection, connection.transaction():
            return await TenantWebhooks(connection).redrive(one.webhook, event=None)

    async with one.pool.acquire() as forgetting, forgetting.transaction():
        await WEBHOOK_QUERIES.hold_webhooks(forgetting, tenants=[one.tenant])
        redriving = asyncio.create_task(redrive())
        await one.until_somebody_waits_for(forgetting)
        await WEBHOOK_QUERIES.forget_trips(
            forgetting, tenants=[one.tenant], travellers=[trip], trips=[trip], kept=[]
        )

    assert await redriving == []


async def test_what_stands_behind_a_failure_of_its_trip_causes_no_visit(one: OneWebhook) -> None:
    await one.enter()
    rome, oslo = an_id(), an_id()
    first, _, _ = await one.wait(rome, rome, rome)
    (endpoint,) = await one.lease()
    await one.queue.end(endpoint, tried=failed([first]), visit=ENDED)

    assert await one.lease() == []
    assert (await one.row())["due_at"] == await one.due_at(first)
    (other,) = await one.wait(oslo)
    (endpoint,) = await one.lease()
    assert await one.next_events(endpoint) == [other]


async def test_a_test_comes_before_whatever_else_waits(one: OneWebhook) -> None:
    await one.enter()
    waiting = await one.wait(*(an_id() for _ in range(60)))
    async with one.pool.acquire() as connection:
        test = an_id()
        await TenantWebhooks(connection).add_test(
            tenant=one.tenant, webhook=one.webhook, event=test, type="itinerary.webhook.test.v1", body="{}"
        )
    (endpoint,) = await one.lease()

    assert await one.next_events(endpoint) == [test, *waiting[:49]]


async def test_what_a_person_changes_holds_over_a_visit_that_began_before(one: OneWebhook) -> None:
    await one.enter()
    events = await one.wait(an_id(), an_id())
    (endpoint,) = await one.lease()
    async with one.pool.acquire() as connection:
        nothing = dict.fromkeys(("description", "changes", "travellers", "concurrency", "state"))
        await TenantWebhooks(connection).change(one.webhook, **nothing, url="https://new.example/hook")
    await one.queue.end(
        endpoint, tried=failed(events[:1]), visit=FAILED._replace(is_gone=True, trouble="status_410")
    )
    row = await one.row()

    assert (row["state"], row["failures"], row["trouble"], row["paused_until"]) == ("on", 0, None, None)
    (endpoint,) = await one.lease()
    assert endpoint.url == "https://new.example/hook"
    assert await one.next_events(endpoint) == events
    assert await one.attempts(events[0]) == 1  # it stands in the log all the same


async def test_what_waits_for_its_next_try_is_tried_at_once_after_a_change(one: OneWebhook) -> None:
    await one.enter()
    events = await one.wait(an_id())
    (endpoint,) = await one.lease()
    await one.queue.end(endpoint, tried=failed(events), visit=FAILED)
    assert await one.lease() == []
    async with one.pool.acquire() as connection:
        nothing = dict.fromkeys(("url", "description", "changes", "travellers", "concurrency"))
        await TenantWebhooks(connection).change(one.webhook, **nothing, state="on")

    (endpoint,) = await one.lease()
    assert await one.next_events(endpoint) == events


async def test_a_place_is_one_of_its_log_and_moves_forward_within_it(one: OneWebhook) -> None:
    async def queued(topic: str, offset: int) -> None:
        await one.queue.queue([], group=one.tenant, topic=topic, places={0: offset})

    async def place(topic: str) -> int | None:
        return (await one.queue.places(one.tenant, topic=topic, partitions=[0])).get(0)

    await queued("before", 5000)
    await queued("before", 3000)
    assert (await place("before"), await place("anew")) == (5000, None)
    await queued("anew", 3000)
    assert (await place("before"), await place("anew")) == (None, 3000)


async def test_nothing_is_queued_where_the_database_has_lost_how_far_the_log_was_read(
    one: OneWebhook,
) -> None:
    await one.enter()

    async def queued(*, had: int) -> int | None:
        return await one.queue.queue(
            [one.delivery(an_id())], group=one.tenant, topic="log", places={0: 130}, had={0: had}
        )

    await one.queue.queue([], group=one.tenant, topic="log", places={0: 100})
    assert (await queued(had=120), await one.states()) == (None, [])
    assert (await queued(had=100), await one.states()) == (1, ["waiting"])


async def test_secrets_are_sealed_anew_so_that_an_old_key_can_be_taken_away(one: OneWebhook) -> None:
    await one.enter()
    newer = new_key()
    await DeliveryQueue(one.pool, seal=Seal(SecretStr(f"{newer},{KEY}"))).renew_seals()

    sealed = (await one.row())["sealed"]
    opened = Secrets.opened(sealed, seal=Seal(SecretStr(newer)), tenant=one.tenant, webhook=one.webhook)
    assert opened == Secrets("whsec_bmV3")


async def test_what_waits_for_a_webhook_whose_secrets_do_not_open_waits_not_for_ever(one: OneWebhook) -> None:
    await one.enter()
    await one.wait(an_id())
    stranger = DeliveryQueue(one.pool, seal=Seal(SecretStr(new_key())))
    assert [
        found for found in await stranger.lease(limit=1000, seconds=60) if found.tenant == one.tenant
    ] == []
    assert (await one.row())["trouble"] == "seal_broken"
    await one.queue.tidy(hopeless_after=timedelta(0), most_waiting=100, kept_days=35)

    assert await one.states() == ["dead"]


async def test_of_more_than_may_wait_the_oldest_are_dead_until_they_are_redriven(one: OneWebhook) -> None:
    await one.enter()
    events = await one.wait(*(an_id() for _ in range(5)))
    await one.queue.tidy(hopeless_after=timedelta(days=4), most_waiting=3, kept_days=35)
    assert await one.states() == ["dead"] * 2 + ["waiting"] * 3
    async with one.pool.acquire() as connection:
        assert sorted(await TenantWebhooks(connection).redrive(one.webhook, event=None)) == sorted(events[:2])
