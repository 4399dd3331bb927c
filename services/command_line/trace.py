"""`itinerary trace`: why is this booking in that trip, and where does each value come from?

Prints what travellers' bookings say, to the operator's own terminal and nowhere else.
"""

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from services.command_line.admission import admitted_to
from services.command_line.progress import shown_progress
from services.command_line.running import running_up
from services.command_line.value_text import harmless, in_a_line
from services.consolidator.domain import wording
from services.consolidator.domain.explanation import SegmentExplained, TripExplained, ValuesLost
from services.consolidator.trace import Finding
from services.consolidator.trace import trace as traced
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent
from services.platform.settings import GivenBacking, KafkaSettings

_DOING = "Reading the log"


class _Asked(NamedTuple):
    what: str
    tenant: str
    login: str | None


def trace(
    what: Annotated[
        str,
        typer.Argument(
            help="A locator, confirmation number or record key, or the id of a trip, segment or message."
        ),
    ],
    *,
    tenant: Annotated[str, typer.Option(help="The company that the traveller belongs to.")],
    traveller: Annotated[
        str | None, typer.Option(help="The login under which the traveller first became known.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to look at.")] = None,
) -> None:
    """Show the trip, why each booking is in it, and where each value came from."""
    asked = _Asked(what.strip(), tenant, traveller)
    try:
        findings = asyncio.run(_trace(asked, _kafka(data), quiet=as_json))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except (KafkaError, OSError, TimeoutError) as trouble:
        typer.echo(f"Could not trace: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    if not findings:
        whose = f"the tenant {tenant}" if traveller is None else f"the traveller {traveller} of {tenant}"
        typer.echo(f"Nothing of {whose} bears the locator, number, key or id {asked.what}.", err=True)
        raise typer.Exit(1)
    if as_json:
        found = [finding.model_dump(mode="json", exclude_none=True) for finding in findings]
        typer.echo(orjson.dumps({"what": asked.what, "tenant": tenant, "found": found}).decode())
        return
    console = Console(highlight=False, markup=False)
    for finding in findings:
        _show(console, finding)


def _kafka(data: Path | None) -> KafkaSettings:
    """Return what the environment names, else that of the running `up`."""
    given = GivenBacking().kafka if data is None else None
    return KafkaSettings(bootstrap=given or running_up(data).kafka)


async def _trace(asked: _Asked, kafka: KafkaSettings, *, quiet: bool) -> list[Finding]:
    partitions = await admitted_to(kafka)
    with nullcontext(silent) if quiet else shown_progress(_DOING) as report:
        return await traced(
            asked.what,
            tenant=asked.tenant,
            login=asked.login,
            kafka=kafka,
            partitions=partitions,
            on_progress=lambda read, total: report(_DOING, read, total),
        )


def _show(console: Console, finding: Finding) -> None:
    console.print(f"Traveller {finding.traveller}: found as {wording.listed(finding.found_as)}.")
    for outcome in finding.outcomes:
        reason = "" if outcome.reason is None else f", {outcome.reason}"
        console.print(harmless(f"Record {outcome.record}: {outcome.result.value}{reason}."))
    for written in finding.written:
        leads = "" if written.into is None else f" to {written.into}"
        version = f"{written.version.epoch}/{written.version.offset}"
        console.print(f"Trip {written.id}: {written.state}{leads}, version {version} of {written.modified}.")
    for trip in finding.trips:
        _show_trip(console, trip)
    for entry in finding.not_shown:
        named = entry.record if entry.speaker is None else wording.name(entry.speaker)
        console.print(harmless(f"\n{named}: {entry.words}"))
    for note in finding.notes:
        console.print(f"\n{note}")


def _show_trip(console: Console, trip: TripExplained) -> None:
    dates = "undated" if trip.dates is None else wording.span(trip.dates)
    console.print()
    console.print(Text(harmless(f"{trip.name}, {dates}, {trip.status.value}"), style="bold"))
    for words in trip.words:
        console.print(harmless(words))
    table = Table("booking", "why it is in this trip", show_lines=True)
    for booking in trip.bookings:
        table.add_row(_text(wording.name(booking.speaker)), _text("\n".join(booking.words)))
    console.print(table)
    for segment in trip.segments:
        _show_segment(console, segment)


def _show_segment(console: Console, segment: SegmentExplained) -> None:
    console.print()
    console.print(Text(harmless(segment.title), style="bold"))
    told = [segment.standing.words, *(match.words for match in segment.matches)]
    told += [claim.words for claim in segment.claims if not claim.live]
    told += [apart.words for apart in segment.kept_apart]
    for words in dict.fromkeys(told):
        console.print(harmless(words))
    table = Table(Column("field", overflow="fold"), "value", "from", "instead of")
    for won in segment.values:
        speaker = wording.name(won.speaker) + (" (fills a gap)" if won.filled else "")
        for field, value in won.values.items():
            instead = [line for lost in won.lost if (line := _instead(lost, field, value)) is not None]
            table.add_row(field, _text(in_a_line(value)), _text(speaker), _text("\n".join(instead)))
    for lost in segment.unfit:
        for field, value in lost.values.items():
            table.add_row(field, "", "", _text(f"{in_a_line(value)}: {lost.words}"))
    console.print(table)


def _instead(lost: ValuesLost, field: str, shown: object) -> str | None:
    value = lost.values.get(field)
    if value is None or value == shown:
        return None
    return f"{in_a_line(value)} of {wording.name(lost.speaker)}: {lost.words}"


def _text(text: str) -> Text:
    """Return a cell; what looks like markup is shown as it is."""
    return Text("\n".join(harmless(line) for line in text.split("\n")))
