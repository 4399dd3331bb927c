"""Kafka and PostgreSQL for one machine: those that the environment gives, and embedded ones for the rest."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from services.platform.awaiting import CannotStart
from services.platform.child_processes import last_lines
from services.platform.data_folder import DataFolder, StartedChild
from services.platform.embedded_kafka import KafkaPorts, prepare_kafka
from services.platform.embedded_postgres import postgres_url, prepare_postgres
from services.platform.free_ports import free_ports
from services.platform.kafka import wait_for_kafka
from services.platform.kafka_fast_start import fast_start_options
from services.platform.kafka_jars import Report, kafka_class_path, silent
from services.platform.postgres import wait_for_postgres
from services.platform.settings import GivenBacking, KafkaSettings, PostgresSettings

_POLL_SECONDS = 0.1


class Backing(NamedTuple):
    """Where Kafka and PostgreSQL answer, and which of them are our own children."""

    kafka: str
    database_url: str
    children: tuple[StartedChild, ...] = ()

    @property
    def kafka_settings(self) -> KafkaSettings:
        """Settings for clients; protocol and credentials come from the environment, as for every process."""
        return KafkaSettings(bootstrap=self.kafka)

    @property
    def postgres_settings(self) -> PostgresSettings:
        """Settings for clients."""
        return PostgresSettings(database_url=SecretStr(self.database_url))


async def start_backing(folder: DataFolder, *, given: GivenBacking, report: Report = silent) -> Backing:
    """Start what is not given, side by side, and return when both answer.

    Args:
        folder: where the data is kept, and who stops the children at the end.
        given: what the environment gives.
        report: told about the progress of the first download.

    Raises:
        CannotStart: one of them did not start or did not answer; the text names it and shows its last words.
    """
    try:
        async with asyncio.TaskGroup() as starting:
            kafka = starting.create_task(_kafka(folder, given=given, report=report))
            postgres = starting.create_task(_postgres(folder, given=given))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    (bootstrap, broker), (url, server) = kafka.result(), postgres.result()
    children = tuple(child for child in (broker, server) if child is not None)
    return Backing(kafka=bootstrap, database_url=url, children=children)


async def _kafka(
    folder: DataFolder, *, given: GivenBacking, report: Report
) -> tuple[str, StartedChild | None]:
    if given.kafka is not None:
        await wait_for_kafka(KafkaSettings(bootstrap=given.kafka))
        return given.kafka, None
    ports = KafkaPorts(*free_ports(2))

    def start() -> StartedChild:
        class_path = kafka_class_path(report=report)
        command = prepare_kafka(
            folder.path / "kafka",
            class_path=class_path,
            ports=ports,
            log=folder.logs / "kafka.log",
            options=fast_start_options(class_path, report=report),
        )
        return folder.start(command)

    child = await asyncio.to_thread(start)
    await while_it_runs(child, answer=wait_for_kafka(KafkaSettings(bootstrap=ports.bootstrap)))
    return ports.bootstrap, child


async def _postgres(folder: DataFolder, *, given: GivenBacking) -> tuple[str, StartedChild | None]:
    if given.database_url is not None:
        await wait_for_postgres(PostgresSettings(database_url=given.database_url))
        return given.database_url.get_secret_value(), None
    (port,) = free_ports(1)
    own = folder.path / "postgres"

    def start() -> StartedChild:
        return folder.start(prepare_postgres(own, port=port, log=folder.logs / "postgres.log"))

    child = await asyncio.to_thread(start)
    url = postgres_url(own, port=port)
    await while_it_runs(child, answer=wait_for_postgres(PostgresSettings(database_url=SecretStr(url))))
    return url, child


async def while_it_runs(child: StartedChild, *, answer: Awaitable[None]) -> None:
    """Wait for a child's answer, but no longer than the child lives.

    Raises:
        CannotStart: the child ended first; the text shows the end of its log.
    """
    waiting = asyncio.ensure_future(answer)
    while not waiting.done():
        if (code := child.exit_code) is not None:
            waiting.cancel()
            said = last_lines(Path(child.command.log))
            raise CannotStart(f"{child.command.name} ended with code {code} at its start:\n{said}")
        await asyncio.wait((waiting,), timeout=_POLL_SECONDS)
    await waiting
