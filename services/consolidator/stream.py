"""Reads `bookings.v1` with Faust; the only module that imports it.

Faust hands out messages, keeps the group and commits what we say, nothing else. The pattern, and why not
another (docs/decisions/0004): no message is acknowledged by an iterator, which would do so on any exception
or cancellation too; none even gets as far as an agent, because the consumer hands over in bulk what it reads;
nor is any acknowledged to Faust, which commits past some holes of a log and stands still before others.
"""

# Faust's types do not hold: pyright is basic here, and what comes from Faust is Any.
# pyright: basic, reportPrivateImportUsage=false
# ruff: noqa: ANN401

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import faust  # noqa: TID251 - the one module that may
import structlog
from aiokafka import AIOKafkaConsumer
from faust import streams  # noqa: TID251 - as above
from faust.transport.drivers import aiokafka as driver  # noqa: TID251 - as above
from faust.types import TP  # noqa: TID251 - as above
from yarl import URL

from schemas.topics import BOOKINGS
from services.consolidator.engine import REBALANCE_SECONDS, Receiver
from services.consolidator.handed_out import HandedOut
from services.consolidator.partition import Message
from services.consolidator.settings import ConsolidatorSettings
from services.platform import faults, metrics, tracing
from services.platform.awaiting import CannotStart
from services.platform.kafka import token_file
from services.platform.settings import KafkaSettings

log = structlog.get_logger()

_TRIED_VERSIONS = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
_FETCH_MAX_WAIT_MS = 100


class EngineUnfit(CannotStart):
    """The installed stream engine is not the one that the safe pattern was tried with."""


def check_engine() -> None:
    """Refuse an engine that this module was not tried with.

    Raises:
        EngineUnfit: another version, or Faust without its compiled iterator, which is the one that does
            not acknowledge stale messages.
    """
    for package, tried in _TRIED_VERSIONS.items():
        if (installed := version(package)) != tried:
            raise EngineUnfit(f"{package} is {installed}, but only {tried} was tried")
    if streams._CStreamIterator is None:  # noqa: SLF001 - it has no public name
        raise EngineUnfit("Faust's compiled stream iterator is missing; unset NO_CYTHON, install the wheel")


class Stream:
    """The subscription to `bookings.v1`."""

    def __init__(
        self,
        *,
        kafka: KafkaSettings,
        group: str,
        settings: ConsolidatorSettings,
        receiver_of: Callable[[int], Receiver],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._receiver_of = receiver_of
        self._fail = fail
        self._app = _app(kafka, group=group, settings=settings)
        topic = self._app.topic(
            BOOKINGS.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
        )
        self._app.agent(topic, concurrency=1)(_expect_nothing)
        self._app.hand_over = self._hand_over
        self._assigned_once = False
        self._is_stopping = False
        self._handed_out = self._app.handed_out = HandedOut()
        self._app.on_partitions_revoked.connect(self._release, weak=False)
        self._app.on_partitions_assigned.connect(self._wake, weak=False)

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions of `bookings.v1` that are this worker's now."""
        if not self._app.started:
            return frozenset()
        return frozenset(place.partition for place in self._app.consumer.assignment())

    def hold(self, partition: int) -> None:
        """Read no more of a partition for now; what was read already still comes.

        Not by Faust's `pause_partitions`, which drops what it has read and not yet handed out.
        """
        self._app.consumer.on_buffer_full(TP(BOOKINGS.name, partition))

    def go_on(self, partition: int) -> None:
        """Read more of a partition; nothing where it was not held, or in the course of a stop."""
        if partition in self.assigned and not self._is_stopping:
            self._app.consumer.on_buffer_drop(TP(BOOKINGS.name, partition))

    def settled(self, partition: int, *, offset: int) -> None:
        """Take note that all messages of a partition up to this one are settled."""
        self._handed_out.settle(partition, offset=offset)

    @property
    def joined(self) -> bool:
        """Whether the group has given this worker its share, which may be nothing, and work goes on."""
        return self._assigned_once and not self._app.rebalancing

    @property
    def ended(self) -> bool:
        """Whether Faust has stopped or crashed."""
        return self._app.should_stop

    @property
    def failure(self) -> BaseException | None:
        """Why Faust crashed."""
        return self._app.crash_reason

    async def start(self) -> None:
        """Join the group and begin to hand out messages."""
        await self._app.start()

    async def stop(self) -> None:
        """Hand out nothing more, wait for what was handed out to be settled, commit, leave the group."""
        self._is_stopping = True
        for partition in self.assigned:
            self.hold(partition)  # what comes in spite of that, as after a rebalance, is handed out to nobody
        await self._handed_out.wait_until_settled(lambda: self.assigned)
        await self._app.stop()

    def _hand_over(self, message: Any) -> None:
        if self._is_stopping:
            return
        try:
            self._handed_out.note(message.partition, offset=message.offset)
            self._receiver_of(message.partition).put(
                Message(
                    message.offset,
                    round(message.timestamp * 1000),
                    message.value,
                    tracing.cause_of(message.headers),
                )
            )
        except Exception as bug:
            self._fail(bug)
            raise

    async def _release(self, _app: Any, revoked: set[TP], **_: Any) -> None:
        faults.point("consolidator.revoked")
        numbers = [place.partition for place in revoked]
        self._handed_out.forget(numbers)
        await asyncio.gather(*(self._receiver_of(number).release() for number in numbers))

    async def _wake(self, _app: Any, assigned: set[TP], **_: Any) -> None:
        faults.point("consolidator.assigned")
        self._assigned_once = True
        metrics.REBALANCES.add(consumer="consolidator")
        for place in assigned:
            self._receiver_of(place.partition).wake()


class _App(faust.App):
    hand_over: Callable[[Any], None]
    """Takes every message that is read."""
    handed_out: HandedOut
    """What is to be committed of them."""

    def _create_directories(self) -> None:
        """Make no folders for tables: there are none."""


async def _expect_nothing(stream: Any) -> None:
    """Have the topic subscribed to, for which Faust wants an agent; `_Consumer` reads past it."""
    async for _ in stream.noack().events():
        raise EngineUnfit("Faust has read by a way of its own")


def _app(kafka: KafkaSettings, *, group: str, settings: ConsolidatorSettings) -> Any:
    app = _App(
        group,
        broker=[URL(f"kafka://{address.strip()}") for address in kafka.bootstrap.split(",")],
        broker_credentials=_credentials(kafka),
        processing_guarantee="at_least_once",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.heartbeat_interval_seconds,
        broker_request_timeout=45,
        broker_rebalance_timeout=REBALANCE_SECONDS,
        broker_max_poll_interval=300,
        broker_max_poll_records=500,
        broker_commit_interval=1.0,
        broker_commit_every=500,
        stream_buffer_maxsize=500,
        stream_wait_empty=False,  # or every rebalance of the group would wait for all that was handed out
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_linger=0,
        producer_request_timeout=45,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        table_standby_replicas=0,
        store="memory://",
        autodiscover=False,
    )
    app.transport = _Transport(app.conf.broker_consumer, app)
    return app


def _credentials(kafka: KafkaSettings) -> Any:
    context = kafka.ssl_context()
    if (token := token_file(kafka)) is not None:
        return faust.OAuthCredentials(oauth_cb=token, ssl_context=context)
    if kafka.uses_sasl:
        password = kafka.sasl_password
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=None if password is None else password.get_secret_value(),
            ssl_context=context,
            mechanism=kafka.sasl_mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """Waits less long for nothing: until a fetch ends, a partition just read is left out of the next."""

    mundane_level = "debug"

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        assert hasattr(consumer, "_fetch_max_wait_ms")  # noqa: S101 - pinned: see check_engine
        consumer._fetch_max_wait_ms = _FETCH_MAX_WAIT_MS  # noqa: SLF001 - Faust fixes it at 1.5 s, without a setting
        return consumer


class _Consumer(driver.Consumer):
    """Hands over at once all that a poll of the broker brought.

    Faust's own way for a message, through conductor, channel, queue and stream to the agent, costs nine
    times as much (docs/decisions/0004).
    """

    mundane_level = "debug"

    async def getmany(self, timeout: float) -> Any:  # noqa: ASYNC109 - Faust's own signature
        """Hand over what was read of partitions that are ours, also while the group is being rebalanced.

        Faust drops what a poll brings at such a moment, although aiokafka has moved on past it, and seeks
        back only where something was committed before and the broker answers: on a new partition, or a bad
        network, those messages came no more, until others behind them showed the gap.
        """
        app: Any = self.app
        records, _ = await self._wait_next_records(timeout)
        ours = self.assignment()
        for place, batch in (records or {}).items():
            if place in ours:
                for record in batch:
                    app.hand_over(self._to_message(place, record))
        return
        yield  # it is a generator, and has nothing left for Faust's own way

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002 - as above
        """Commit how far our partitions are settled, and say whether that was taken.

        Faust would commit what was acknowledged message by message, and nothing more for ever once two
        messages in a row are missing from the log, as after retention (`Consumer._new_offset`).
        """
        app: Any = self.app
        offsets = app.handed_out.to_commit({place.partition for place in self.assignment()})
        places = {TP(BOOKINGS.name, number): offset for number, offset in offsets.items()}
        if not places or not await self._commit(places):
            return False
        app.handed_out.committed(offsets)
        return True

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Say nothing of messages that do not arrive where Faust expects them; worker.py watches."""

    def _new_consumer_thread(self) -> _ConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer
