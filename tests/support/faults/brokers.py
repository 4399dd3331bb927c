"""Kafka brokers that a test may stop, kill, freeze and start again: one, or three of one cluster.

Each has two listeners. The tests themselves use the direct one; our processes are sent through a proxy, so
that a fault of the network is theirs alone.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from services.platform.backing import while_it_runs
from services.platform.child_processes import ChildCommand
from services.platform.data_folder import DataFolder, StartedChild
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.kafka import wait_for_kafka
from services.platform.kafka_fast_start import fast_start_options
from services.platform.kafka_jars import java, kafka_class_path, run_java
from services.platform.settings import KafkaSettings
from tests.support.faults.network import Proxy

_CLUSTER_ID = "ZmF1bHRzLW9mLXRlc3RzIQ"
_TAIL_BYTES = 2000
_LAST_LINES = 80
_JVM = (
    "-Xms96m", "-Xmx320m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow", "-Dlog4j2.shutdownHookEnabled=false",
)  # fmt: skip
_LOG4J = """\
status=warn
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
"""


class _Ports(NamedTuple):
    direct: int
    proxied: int
    controller: int


class Broker:
    """One node: broker and controller in one Java process."""

    def __init__(self, number: int, *, folder: DataFolder, ports: _Ports, proxy: Proxy) -> None:
        self.number = number
        self.ports = ports
        self.proxy = proxy
        self.command: ChildCommand
        self._folder = folder
        self._running: StartedChild | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.child.pid

    @property
    def ended(self) -> bool:
        return self._running is None or self._running.exit_code is not None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._running = self._folder.start(self.command)
        settings = KafkaSettings(bootstrap=f"{LOOPBACK}:{self.ports.direct}")
        await while_it_runs(self._running, answer=wait_for_kafka(settings))

    def stop(self) -> None:
        """Ask it to stop in order, and wait until it has."""
        if self._running is not None:
            self._folder.stop(self._running)
            self._running = None

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._running is not None
        self._running.handle.kill()
        self._running.handle.wait()
        self.stop()

    def cut_tails(self) -> int:
        """Have a broker that is down forget the last of all its logs, as a page cache never written does.

        Returns:
            how many bytes.
        """
        assert self._running is None
        gone = 0
        for segment in (self.command.folder / "log").glob("*.v1-*/*.log"):
            size = segment.stat().st_size
            os.truncate(segment, max(0, size - _TAIL_BYTES))
            gone += min(size, _TAIL_BYTES)
        return gone

    def last_words(self) -> str:
        """Return what it warned of last, in every life."""
        said = self.command.log.read_text().splitlines()
        return "\n".join([f"kafka-{self.number}", *said[-_LAST_LINES:]])

    def freeze(self) -> None:
        assert self._running is not None
        self._running.handle.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._running is not None
        self._running.handle.send_signal(signal.SIGCONT)


class Brokers:
    """All nodes of one cluster."""

    def __init__(self, nodes: Sequence[Broker]) -> None:
        self.nodes = tuple(nodes)

    @classmethod
    async def started(cls, folder: DataFolder, *, count: int, leaving: ExitStack) -> Self:
        """Start a cluster whose data lies in the folder; the proxies close with `leaving`."""
        nodes = [_broker(number, folder=folder, leaving=leaving) for number in range(1, count + 1)]
        class_path = kafka_class_path()
        options = fast_start_options(class_path)
        for node in nodes:
            node.command = _prepared(node, nodes, folder=folder, class_path=class_path, options=options)
        cluster = cls(nodes)
        for node in nodes[:-1]:
            # A quorum needs most of its voters: the first ones can only be waited for together.
            node._running = folder.start(node.command)  # noqa: SLF001 - one module
        await nodes[-1].start()
        for node in nodes:
            await wait_for_kafka(KafkaSettings(bootstrap=f"{LOOPBACK}:{node.ports.direct}"))
        return cluster

    @property
    def direct(self) -> str:
        """Where the tests connect."""
        return ",".join(f"{LOOPBACK}:{node.ports.direct}" for node in self.nodes)

    @property
    def proxied(self) -> str:
        """Where our processes connect."""
        return ",".join(f"{LOOPBACK}:{node.proxy.port}" for node in self.nodes)

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        return tuple(node.proxy for node in self.nodes)


def _broker(number: int, *, folder: DataFolder, leaving: ExitStack) -> Broker:
    ports = _Ports(*free_ports(3))
    proxy = leaving.enter_context(Proxy.running(to=ports.proxied))
    return Broker(number, folder=folder, ports=ports, proxy=proxy)


def _prepared(
    node: Broker, nodes: Sequence[Broker], *, folder: DataFolder, class_path: str, options: tuple[str, ...]
) -> ChildCommand:
    own = folder.path / f"kafka-{node.number}"
    own.mkdir(parents=True, exist_ok=True)
    properties, logging = own / "server.properties", own / "log4j2.properties"
    properties.write_text("\n".join(f"{name}={value}" for name, value in _properties(node, nodes, own=own)))
    logging.write_text(_LOG4J)
    tool = ("kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(properties))
    run_java((*tool, "--ignore-formatted"), class_path=class_path)
    arguments = (
        java(), *_JVM, *options, f"-Dlog4j2.configurationFile={logging}", "-cp", class_path,
        "kafka.Kafka", str(properties),
    )  # fmt: skip
    return ChildCommand(
        f"kafka-{node.number}",
        arguments=arguments,
        log=folder.logs / f"kafka-{node.number}.log",
        folder=own,
    )


def _properties(node: Broker, nodes: Sequence[Broker], *, own: Path) -> list[tuple[str, object]]:
    copies, ports = len(nodes), node.ports
    listeners = (
        f"DIRECT://{LOOPBACK}:{ports.direct},PROXIED://{LOOPBACK}:{ports.proxied},"
        f"CONTROLLER://{LOOPBACK}:{ports.controller}"
    )
    voters = ",".join(f"{one.number}@{LOOPBACK}:{one.ports.controller}" for one in nodes)
    return [
        ("process.roles", "broker,controller"),
        ("node.id", node.number),
        ("controller.quorum.voters", voters),
        ("controller.listener.names", "CONTROLLER"),
        ("inter.broker.listener.name", "DIRECT"),
        ("listeners", listeners),
        ("advertised.listeners", f"DIRECT://{LOOPBACK}:{ports.direct},PROXIED://{LOOPBACK}:{node.proxy.port}"),
        ("listener.security.protocol.map", "DIRECT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        ("log.dirs", own / "log"),
        ("auto.create.topics.enable", "false"),
        ("group.initial.rebalance.delay.ms", 0),
        ("group.min.session.timeout.ms", 1000),  # quicker than a real one: the tests wait for it often
        ("offsets.topic.replication.factor", copies),
        ("offsets.topic.num.partitions", 4),
        ("transaction.state.log.replication.factor", copies),
        ("transaction.state.log.min.isr", max(1, copies - 1)),
        ("transaction.state.log.num.partitions", 4),
        ("share.coordinator.state.topic.replication.factor", 1),
        ("share.coordinator.state.topic.min.isr", 1),
        ("share.coordinator.state.topic.num.partitions", 1),
        ("log.cleaner.dedupe.buffer.size", 16777216),
        ("log.cleaner.backoff.ms", 500),  # what a test asks to be compacted is, within a second
        ("broker.session.timeout.ms", 6000),
        ("controlled.shutdown.enable", "true"),
    ]  # fmt: skip
