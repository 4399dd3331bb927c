"""The same core in Quix Streams, at its defaults: at least once, state in memory; `python -m` this module.

Its library would hold ours back to older versions, so that no group of the project names it: `uv run --with`.
"""

# pyright: basic, reportMissingImports=false

import tempfile

from quixstreams import Application, message_context
from quixstreams.models import Serializer

from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.command_line.bench_stream.states import States
from services.consolidator.partition import Message
from services.platform.settings import KafkaSettings, TopicSettings


class _Value(Serializer):
    def __call__(self, value, ctx):  # noqa: ANN001, ANN204, ARG002 - the library's
        """Return the bytes to send."""
        return value.value


def main() -> None:
    """Run until told to stop."""
    topics = TopicSettings()
    states = States(topics)
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=KafkaSettings.model_validate({}).bootstrap,
            consumer_group=f"bench-quix-{topics.epoch}",
            auto_offset_reset="earliest",
            auto_create_topics=False,
            use_changelog_topics=False,
            state_dir=folder,
            loglevel="ERROR",
        )
        read = app.topic(BOOKINGS.name, value_deserializer="bytes", key_deserializer="bytes")

        def settle(value, _key, timestamp, _headers):  # noqa: ANN001, ANN202 - the library's
            context = message_context()
            return list(
                states.settle([Message(context.offset, timestamp, value)], partition=context.partition)
            )

        settled = app.dataframe(read).apply(settle, metadata=True, expand=True)
        for name in (RECORDS.name, TRIPS.name):
            written = app.topic(name, value_serializer=_Value(), key_serializer="bytes")
            settled.filter(lambda output, name=name: output.topic == name).to_topic(
                written, key=lambda output: output.key
            )
        app.run()


if __name__ == "__main__":
    main()
