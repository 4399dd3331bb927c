"""`itinerary rebuild`: makes the trips anew beside those that are shown, compares, and exchanges them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.topics import TRIPS
from services.command_line.admission import admitted_to
from services.command_line.progress import shown_progress
from services.command_line.rebuild_parts import TROUBLE, recomputed_parts
from services.command_line.running import System, system_of
from services.consolidator.bulk import Recomputed
from services.consolidator.comparison import Difference
from services.platform import faults
from services.platform.awaiting import CannotStart
from services.platform.kafka_jars import silent
from services.platform.postgres import wait_for_postgres
from services.query.aside import Aside, NotExchangeable, RowDifference, open_aside

rebuild = typer.Typer(
    name="rebuild",
    help="Make the shown trips anew from the log, compare, cut over and cut back while traffic goes on.",
    no_args_is_help=True,
)

_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Compare what would be exchanged, and change nothing.")
]
_Data = Annotated[Path | None, typer.Option(help="The data folder of the `up` to work on.")]
_Processes = Annotated[int, typer.Option(min=1, help="How many processes compute; one for each core.")]

_WAIT_SECONDS = 10.0
_SHOWN = 50
"""As many differences are listed for people; JSON has all."""


class _Report(NamedTuple):
    recomputed: Sequence[Recomputed]
    seconds: float
    rows: Sequence[RowDifference]

    def computed(self) -> list[Difference]:
        """Return where `trips.v1` is not what the records come to."""
        return sorted(difference for part in self.recomputed for difference in part.differences)

    def differs(self) -> bool:
        """Say whether anything does."""
        return bool(self.rows or self.computed())


@rebuild.command()
def build(*, processes: _Processes = 2, as_json: _AsJson = False, data: _Data = None) -> None:
    """Make the copy from the log and compare it; nobody sees it yet. Exit 1 on any difference."""
    system = system_of(data)
    with _reporting():
        report = asyncio.run(_built(system, processes=processes, quiet=as_json))
    _tell(report, as_json=as_json)


@rebuild.command()
def compare(*, as_json: _AsJson = False, data: _Data = None) -> None:
    """Compare what stands aside with what is shown, both as of this moment. Exit 1 on any difference."""
    with _reporting():
        rows = asyncio.run(_with_aside(system_of(data), Aside.differences))
    _tell(_Report((), 0, rows), as_json=as_json)


@rebuild.command()
def cut_over(*, dry_run: _DryRun = False, as_json: _AsJson = False, data: _Data = None) -> None:
    """Show the copy that was built, and set aside what was shown."""
    _exchange(kind="built", dry_run=dry_run, as_json=as_json, data=data)


@rebuild.command()
def cut_back(*, dry_run: _DryRun = False, as_json: _AsJson = False, data: _Data = None) -> None:
    """Show again what was shown before the cut over; it is brought up to date first."""
    _exchange(kind="before", dry_run=dry_run, as_json=as_json, data=data)


@rebuild.command()
def drop(*, dry_run: _DryRun = False, as_json: _AsJson = False, data: _Data = None) -> None:
    """Let go of what stands aside."""

    async def dropped(aside: Aside) -> str | None:
        kind = await aside.kind()
        if not dry_run:
            await aside.drop()
        return kind

    with _reporting():
        kind = asyncio.run(_with_aside(system_of(data), dropped))
    _say({"dropped": kind, "dry_run": dry_run}, f"Stood aside: {kind or 'nothing'}.", as_json=as_json)


def _exchange(*, kind: str, dry_run: bool, as_json: bool, data: Path | None) -> None:
    async def exchanged(aside: Aside) -> None:
        stands = await aside.kind()
        if stands != kind:
            raise NotExchangeable(f"What stands aside is not what this asks for, but: {stands or 'nothing'}.")
        await aside.exchange()

    if dry_run:
        compare(as_json=as_json, data=data)
        return
    with _reporting():
        asyncio.run(_with_aside(system_of(data), exchanged))
    _say({"shown": kind}, "Exchanged. `itinerary rebuild drop` lets go of the other copy.", as_json=as_json)


async def _with_aside(system: System, do: Callable[[Aside], Awaitable[Any]]) -> Any:  # noqa: ANN401 - what `do` returns
    await admitted_to(system.kafka)
    await wait_for_postgres(system.postgres, deadline_seconds=_WAIT_SECONDS)
    async with open_aside(system.postgres, kafka=system.kafka) as aside:
        return await do(aside)


async def _built(system: System, *, processes: int, quiet: bool) -> _Report:
    partitions = await admitted_to(system.kafka)
    await wait_for_postgres(system.postgres, deadline_seconds=_WAIT_SECONDS)
    # Held from the first to the last: another rebuild would take away what is being filled.
    async with open_aside(system.postgres, kafka=system.kafka) as aside:
        await aside.make()
        started = time.monotonic()
        parts = await asyncio.to_thread(
            _filled, system, partitions=partitions, processes=processes, quiet=quiet
        )
        seconds = time.monotonic() - started
        await aside.finish()
        return _Report(parts, seconds, await aside.differences())


def _filled(system: System, *, partitions: int, processes: int, quiet: bool) -> list[Recomputed]:
    doing, parts, started = "Computing trips from records", list[Recomputed](), time.monotonic()
    with nullcontext(silent) if quiet else shown_progress(doing) as report:
        report(doing, 0, partitions)
        for part in recomputed_parts(system, partitions=partitions, processes=processes):
            parts.append(part)
            faults.point("rebuild.filled")
            rate = sum(part.records for part in parts) / (time.monotonic() - started)
            left = (time.monotonic() - started) / len(parts) * (partitions - len(parts))
            report(f"{doing}, {rate:,.0f} records/s, {left:,.0f} s left", len(parts), partitions)
    return parts


class _reporting:  # noqa: N801 - read as a verb: with _reporting()
    """Tells an operator of trouble in one line, and ends with 1."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, trouble: BaseException | None, _: object) -> None:
        if isinstance(trouble, CannotStart):
            text = str(trouble)
        elif isinstance(trouble, TROUBLE):
            text = f"Could not rebuild: {type(trouble).__name__} {trouble}".rstrip()
        else:
            return
        typer.echo(text, err=True)
        raise typer.Exit(1) from trouble


def _say(result: dict[str, Any], text: str, *, as_json: bool) -> None:
    typer.echo(orjson.dumps(result).decode() if as_json else text)


def _tell(report: _Report, *, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(_as_json(report)).decode())
    else:
        _show(report)
    if report.differs():
        raise typer.Exit(1)


def _as_json(report: _Report) -> dict[str, Any]:
    records = sum(part.records for part in report.recomputed)
    return {
        "records": records,
        "trips": sum(part.trips for part in report.recomputed),
        "seconds": round(report.seconds, 3),
        "computed_otherwise": [
            {**difference._asdict(), "finding": difference.finding.value} for difference in report.computed()
        ],
        "shown_otherwise": [row._asdict() for row in report.rows],
    }


def _show(report: _Report) -> None:
    console, said = Console(), _as_json(report)
    if report.recomputed:
        rate = said["records"] / max(report.seconds, 0.001)
        console.print(
            f"{said['trips']} trips from {said['records']} records in {report.seconds:,.1f} s, {rate:,.0f}/s."
        )
    if not report.differs():
        console.print("No difference.")
        return
    table = Table("tenant", "traveller", "trip", "finding")
    for one in (*report.computed(), *report.rows)[:_SHOWN]:
        table.add_row(*(str(cell or "") for cell in one))
    console.print(table)
    console.print(
        f"{len(report.computed())} trips are otherwise on {TRIPS.name} than their records come to: "
        "`itinerary verify --repair` has them written again.\n"
        f"{len(report.rows)} rows are not shown as in the copy: `itinerary rebuild cut-over` shows the copy."
    )
