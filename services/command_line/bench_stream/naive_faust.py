"""The worker as Faust's guide would have it: one agent, one message at a time, sends that nobody awaits.

Unsafe, and here for comparison alone (docs/decisions/0004): `python -m` this module.
"""

# pyright: basic, reportPrivateImportUsage=false
# ruff: noqa: TID251 - for comparison, and a composition root

import faust

from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.command_line.bench_stream.states import States
from services.consolidator.partition import Message
from services.platform.settings import KafkaSettings, TopicSettings


def main() -> None:
    """Run until told to stop."""
    topics, states = TopicSettings(), States(TopicSettings())
    app = faust.App(
        f"bench-faust-{topics.epoch}",
        broker=f"kafka://{KafkaSettings.model_validate({}).bootstrap}",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        store="memory://",
        autodiscover=False,
    )
    raw = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    out = {name: app.topic(name, **raw) for name in (RECORDS.name, TRIPS.name)}

    @app.agent(app.topic(BOOKINGS.name, **raw))
    async def consolidate(stream):  # noqa: ANN001, ANN202 - Faust's
        async for event in stream.events():
            message = event.message
            one = Message(message.offset, round(message.timestamp * 1000), message.value)
            for output in states.settle([one], partition=message.partition):
                await out[output.topic].send(key=output.key, value=output.value, partition=message.partition)

    faust.Worker(app, loglevel="error").execute_from_commandline()


if __name__ == "__main__":
    main()
