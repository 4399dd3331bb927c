"""The query service's processes: `http` answers, `projector` fills the read model. Reads the clock."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import uvicorn

from services.platform.awaiting import CannotStart
from services.platform.kafka import check_topics, client_arguments, wait_for_kafka
from services.platform.logs import configure_logs
from services.platform.settings import KafkaSettings, PostgresSettings, TokenSettings, TopicSettings
from services.query.postgres import PROJECTOR_ROLE, open_pool
from services.query.projector import Projector
from services.query.serving import QuerySetup, query_app
from services.query.settings import ProjectorSettings, QuerySettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one process until it is told to stop.

    Returns:
        The exit code: 0 after a stop, 1 where the process could not start or gave up.
    """
    parser = argparse.ArgumentParser(
        prog="query", description="Serve trips, or keep the read model up to date."
    )
    parser.add_argument("role", choices=("http", "projector"))
    role = parser.parse_args(argv).role
    configure_logs(service=f"query-{role}")
    try:
        if role == "http":
            _serve()
        else:
            asyncio.run(_project())
    except CannotStart as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - for the person who started it
        return 1
    return 0


def _serve() -> None:
    setup = QuerySetup(
        kafka=KafkaSettings(),  # pyright: ignore[reportCallIssue] - from the environment
        postgres=PostgresSettings(),  # pyright: ignore[reportCallIssue]
        topics=TopicSettings(),
        tokens=TokenSettings(),  # pyright: ignore[reportCallIssue]
        query=QuerySettings(),
        now=lambda: datetime.now(UTC),
    )
    uvicorn.run(
        query_app(setup), host=setup.query.host, port=setup.query.port, log_config=None, access_log=False
    )


async def _project() -> None:
    kafka = KafkaSettings()  # pyright: ignore[reportCallIssue] - from the environment
    await wait_for_kafka(kafka)
    await check_topics(kafka, partitions=TopicSettings().partitions)
    settings = ProjectorSettings()
    pool = await open_pool(
        PostgresSettings(),  # pyright: ignore[reportCallIssue] - from the environment
        role=PROJECTOR_ROLE,
        connections=2,
    )
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await Projector(kafka=client_arguments(kafka), pool=pool, settings=settings).run(stop)
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.exit(main())
