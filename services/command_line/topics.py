"""`itinerary topics`: creates the topics that are missing, and shows them."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import TOPICS
from services.command_line.running import running_up
from services.platform.kafka import create_topics, partition_counts, wait_for_kafka
from services.platform.settings import GivenBacking, KafkaSettings, TopicSettings


def topics(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the topics as JSON.")] = False,
    data: Annotated[Path | None, typer.Option(help="Of which `up`, unless KAFKA_BOOTSTRAP is set.")] = None,
) -> None:
    """Create the topics that are missing, and show them all."""
    created, counts = asyncio.run(_topics(data))
    rows = [
        {"topic": t.name, "partitions": counts[t.name], "created": t.name in created, "purpose": t.purpose}
        for t in TOPICS
    ]
    if as_json:
        Console(soft_wrap=True).print_json(data=rows, indent=None)
        return
    table = Table("topic", "partitions", "", "what it is for")
    for row in rows:
        table.add_row(
            str(row["topic"]),
            str(row["partitions"]),
            "created" if row["created"] else "",
            str(row["purpose"]),
        )
    Console().print(table)


async def _topics(data: Path | None) -> tuple[tuple[str, ...], dict[str, int]]:
    settings = TopicSettings()
    if (bootstrap := GivenBacking().kafka) is None:
        found = running_up(data)
        bootstrap = found.kafka
        settings = settings.model_copy(update={"partitions": found.partitions})
    kafka = KafkaSettings(bootstrap=bootstrap)
    await wait_for_kafka(kafka)
    created = await create_topics(kafka, topics=settings)
    return created, await partition_counts(kafka)
