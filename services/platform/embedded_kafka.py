"""A real Apache Kafka for one machine: one node in KRaft mode, broker and controller in one Java process."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from services.platform.awaiting import CannotStart
from services.platform.child_processes import ChildCommand
from services.platform.free_ports import LOOPBACK
from services.platform.kafka_jars import JavaFailed, java, run_java

# The cluster id only has to be valid and constant: nothing else ever joins this cluster.
_CLUSTER_ID = "SXRpbmVyYXJ5RW1iZWRkZQ"
_JVM = (
    "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true",
    "-XX:TieredStopAtLevel=1",  # the optimising compiler would take a small machine's processors at the start
    "--sun-misc-unsafe-memory-access=allow", "-Dlog4j2.shutdownHookEnabled=false",  # warnings of no use
)  # fmt: skip

_SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{broker_port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{broker_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={log_folder}
# Topics come from the table of topics, and from nowhere else.
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
log.cleaner.dedupe.buffer.size=16777216
"""

_LOG4J = """\
status=warn
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
"""


class KafkaPorts(NamedTuple):
    """The ports of one node. They may change from start to start: the quorum is read from the file."""

    broker: int
    controller: int

    @property
    def bootstrap(self) -> str:
        """Where clients begin."""
        return f"{LOOPBACK}:{self.broker}"


class Security(NamedTuple):
    """What makes a broker ask clients who they are; the embedded one, on loopback, asks nobody."""

    properties: Mapping[str, str]
    """Of the broker, in addition to those that it always has, or in their place."""
    passwords: Mapping[str, str]
    """By user, for SCRAM-SHA-512."""


def prepare_kafka(
    folder: Path,
    *,
    class_path: str,
    ports: KafkaPorts,
    log: Path,
    options: tuple[str, ...] = (),
    security: Security | None = None,
) -> ChildCommand:
    """Write the configuration, format the storage if it is new, and return how to start the broker.

    Args:
        folder: Kafka's own folder, kept from start to start.
        class_path: as `kafka_jars.kafka_class_path` returns it.
        ports: free ports of the loopback address.
        log: where the broker's output goes.
        options: more options of Java.
        security: how it tells its clients apart; passwords count when the storage is formatted.

    Raises:
        CannotStart: the storage could not be formatted.
    """
    security = security or Security({}, {})
    storage = folder / "log"
    folder.mkdir(parents=True, exist_ok=True)
    properties, logging = folder / "server.properties", folder / "log4j2.properties"
    properties.write_text(
        _SERVER_PROPERTIES.format(
            host=LOOPBACK, broker_port=ports.broker, controller_port=ports.controller, log_folder=storage
        )
        # Of a property that comes twice the later counts.
        + "".join(f"{name}={value}\n" for name, value in security.properties.items())
    )
    logging.write_text(_LOG4J)
    if not (formatted := folder / "formatted").exists():
        _format(properties, class_path=class_path, passwords=security.passwords)
        formatted.touch()
    arguments = (
        java(), *_JVM, *options, f"-Dlog4j2.configurationFile={logging}", "-cp", class_path,
        "kafka.Kafka", str(properties),
    )  # fmt: skip
    return ChildCommand("kafka", arguments=arguments, log=log, folder=folder)


def _format(properties: Path, *, class_path: str, passwords: Mapping[str, str]) -> None:
    tool = (
        "kafka.tools.StorageTool",
        "format",
        "-t",
        _CLUSTER_ID,
        "-c",
        str(properties),
        "--ignore-formatted",
    )
    for user, password in passwords.items():
        tool += ("--add-scram", f"SCRAM-SHA-512=[name={user},password={password}]")
    try:
        run_java(tool, class_path=class_path)
    except JavaFailed as trouble:
        raise CannotStart(f"Kafka's storage could not be formatted: {trouble}") from trouble
