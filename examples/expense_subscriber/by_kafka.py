"""Hears of trips on Kafka: a plain consumer in a group of its own."""

import asyncio

from aiokafka import AIOKafkaConsumer

from examples.expense_subscriber.ledger import Ledger, read_json


async def subscribe(ledger: Ledger, *, bootstrap: str, group: str, stop: asyncio.Event) -> None:
    """Take events until `stop` is set.

    The place in the log is committed after the ledger has what was read: a crash in between has the same
    events come again, and the ledger knows them.
    """
    consumer = AIOKafkaConsumer(
        "trip-events.v1",
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6000,
        heartbeat_interval_ms=2000,
    )
    async with consumer:
        print("subscribed", flush=True)  # noqa: T201 - for whoever runs it
        while not stop.is_set():
            fetched = await consumer.getmany(timeout_ms=500, max_records=200)
            for records in fetched.values():
                for record in records:
                    event = dict(record.headers)["ce_id"].decode()
                    await ledger.take(event, read_json(record.value))
            if fetched:
                await consumer.commit()
