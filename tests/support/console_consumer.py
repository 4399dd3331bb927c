"""Kafka's own console consumer: what somebody without any of our code reads."""

import asyncio
from pathlib import Path
from typing import NamedTuple

from services.platform.kafka_jars import run_java
from tests.support.console_producer import tools_class_path


class Printed(NamedTuple):
    """One message as the console consumer prints it."""

    headers: dict[str, str]
    key: str
    value: str


async def console_consumed(topic: str, *, count: int, bootstrap: str, cache: Path) -> list[Printed]:
    """Return the first so many messages of a topic, read by Java alone."""
    printing = (f"--formatter-property=print.{part}=true" for part in ("headers", "key"))
    arguments = (
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
        *("--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning"),
        *("--max-messages", str(count), "--timeout-ms", "30000"),
        *(word for option in printing for word in option.split("=", 1)),
    )
    text = await asyncio.to_thread(run_java, arguments, class_path=tools_class_path(cache))
    return [_read(line) for line in text.splitlines() if line.startswith("ce_")]


def _read(line: str) -> Printed:
    headers, key, value = line.split("\t")
    return Printed(dict(header.split(":", 1) for header in headers.split(",")), key, value)
