"""`itinerary bench`: what the parts cost on this machine. Figures go to docs/benchmarks.md."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from services.command_line.bench_core import Figure, measure_core

bench = typer.Typer(help="Measure what the parts cost on this machine.", no_args_is_help=True)


@bench.callback()
def _group() -> None:
    """Keep the name of the one command that there is."""


@bench.command()
def core(
    seconds: Annotated[float, typer.Option(help="How long each figure is measured.")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Updates per second of the consolidation core, one process, incremental and whole."""
    figures: list[Figure] = []
    for figure in measure_core(seconds=seconds):
        figures.append(figure)
        if not as_json:
            typer.echo(f"{figure.bookings} bookings: measured", err=True)
    if as_json:
        typer.echo(orjson.dumps([figure._asdict() for figure in figures]))
        return
    table = Table("bookings", "updates/s incremental", "ms an update", "ms whole", "times as fast")
    for figure in figures:
        table.add_row(
            str(figure.bookings),
            f"{1000 / figure.incremental_ms:,.0f}",
            f"{figure.incremental_ms:.2f}",
            f"{figure.whole_ms:.1f}",
            f"{figure.whole_ms / figure.incremental_ms:.0f}",
        )
    Console().print(table)
