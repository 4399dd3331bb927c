"""`itinerary trace`: which way did it take, why is this booking in that trip, and whence each value?

Prints what travellers' bookings say, to the operator's own terminal and nowhere else.
"""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import orjson
import typer
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it carries no types
from pydantic import SecretStr
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from schemas.hops import Hop
from services.command_line.admission import admitted_to
from services.command_line.progress import shown_progress
from services.command_line.running import running_up
from services.command_line.trace_hops import Way, follow
from services.command_line.trace_rows import Asked
from services.command_line.value_text import harmless, in_a_line
from services.consolidator.domain import wording
from services.consolidator.domain.explanation import SegmentExplained, TripExplained, ValuesLost
from services.consolidator.trace import Finding
from services.consolidator.trace import trace as find
from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent
from services.platform.settings import GivenBacking, KafkaSettings, PostgresSettings

_DOING = "Reading the log"


class _Traced(NamedTuple):
    findings: list[Finding]
    way: Way


def trace(
    what: Annotated[
        str,
        typer.Argument(
            help="A locator, number or record key, or the id of a trip, segment, message or mail."
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
    """Show each hop on the way of a booking, trip, message or mail, and why its trip is as it is."""
    asked = Asked(what.strip(), tenant, traveller)
    try:
        traced = asyncio.run(_trace(asked, _place(data), quiet=as_json))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except (KafkaError, OSError, TimeoutError) as trouble:
        typer.echo(f"Could not trace: {type(trouble).__name__} {trouble}".rstrip(), err=True)
        raise typer.Exit(1) from trouble
    if not traced.findings and not traced.way.hops:
        whose = f"the tenant {tenant}" if traveller is None else f"the traveller {traveller} of {tenant}"
        typer.echo(f"Nothing of {whose} bears the locator, number, key or id {asked.what}.", err=True)
        for note in traced.way.notes:
            typer.echo(note, err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(_as_json(asked, traced))
        return
    console = Console(highlight=False, markup=False)
    _show_way(console, traced.way)
    for finding in traced.findings:
        _show(console, finding)


class _Place(NamedTuple):
    kafka: KafkaSettings
    postgres: PostgresSettings | None


def _place(data: Path | None) -> _Place:
    """Return what the environment names, else that of the running `up`; the log is enough to go by."""
    given = GivenBacking()
    if data is None and given.kafka is not None:
        url = given.database_url
        return _Place(
            KafkaSettings(bootstrap=given.kafka), None if url is None else PostgresSettings(database_url=url)
        )
    up = running_up(data)
    return _Place(
        KafkaSettings(bootstrap=up.kafka), PostgresSettings(database_url=SecretStr(up.database_url))
    )


async def _trace(asked: Asked, place: _Place, *, quiet: bool) -> _Traced:
    partitions = await admitted_to(place.kafka)
    with nullcontext(silent) if quiet else shown_progress(_DOING) as report:
        findings = await find(
            asked.what,
            tenant=asked.tenant,
            login=asked.login,
            kafka=place.kafka,
            partitions=partitions,
            on_progress=lambda read, total: report(_DOING, read, total),
        )
        faults.point("trace.found")
        way = await follow(
            asked,
            findings,
            kafka=place.kafka,
            partitions=partitions,
            postgres=place.postgres,
            report=report,
        )
    return _Traced(findings, way)


def _as_json(asked: Asked, traced: _Traced) -> str:
    hops = [
        {"at": _instant(hop), "place": hop.place, **hop.model_dump(exclude={"at_ms"}, exclude_none=True)}
        for hop in traced.way.hops
    ]
    found = [finding.model_dump(mode="json", exclude_none=True) for finding in traced.findings]
    said = {"what": asked.what, "tenant": asked.tenant, "hops": hops, "notes": traced.way.notes}
    return orjson.dumps({**said, "found": found}).decode()


def _instant(hop: Hop) -> str | None:
    """Return when, to the millisecond; None of what is so now."""
    if hop.at_ms is None:
        return None
    at = datetime.fromtimestamp(hop.at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _show_way(console: Console, way: Way) -> None:
    table = Table("when", Column("where", overflow="fold"), Column("what was decided", overflow="fold"))
    for hop in way.hops:
        why = "" if hop.reason is None else f"; {hop.reason}"
        ids = {"message": hop.message, "record": hop.record, "trip": hop.trip}
        lines = [f"{hop.decision}{why}", *(f"{kind} {one}" for kind, one in ids.items() if one is not None)]
        table.add_row(_instant(hop) or "now", hop.place, _text("\n".join(lines)))
    if way.hops:
        console.print(table)
    for note in way.notes:
        console.print(note)


def _show(console: Console, finding: Finding) -> None:
    console.print(f"\nTraveller {finding.traveller}: found as {wording.listed(finding.found_as)}.")
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
