"""`itinerary capacity`: partitions, workers and databases for so many travellers, by what was measured."""

from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from services.command_line.capacity_model import MEASURED, Load, Plan, plan

_SIZES = (10_000, 1_000_000, 100_000_000)
_USUAL = Load(0)


def capacity(  # noqa: PLR0913 - every argument is an option
    *,
    travellers: Annotated[
        list[int] | None, typer.Option(min=1, help="How many; give it again for more.")
    ] = None,
    trips_a_year: Annotated[float, typer.Option(min=0)] = _USUAL.trips_a_year,
    bookings_a_trip: Annotated[float, typer.Option(min=0)] = _USUAL.bookings_a_trip,
    statements_a_booking: Annotated[float, typer.Option(min=0)] = _USUAL.statements_a_booking,
    mail_share: Annotated[float, typer.Option(min=0, max=1)] = _USUAL.mail_share,
    tripit_share: Annotated[float, typer.Option(min=0, max=1)] = _USUAL.tripit_share,
    reads_a_day: Annotated[float, typer.Option(min=0)] = _USUAL.reads_a_day,
    years_kept: Annotated[float, typer.Option(min=0)] = _USUAL.years_kept,
    peak: Annotated[float, typer.Option(min=1, help="Times the mean, in the busiest hour.")] = _USUAL.peak,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what so many travellers need; for 10 thousand, 1 million and 100 million if none are named."""
    usual = Load(
        0,
        trips_a_year=trips_a_year,
        bookings_a_trip=bookings_a_trip,
        statements_a_booking=statements_a_booking,
        mail_share=mail_share,
        tripit_share=tripit_share,
        reads_a_day=reads_a_day,
        years_kept=years_kept,
        peak=peak,
    )
    plans = [plan(usual._replace(travellers=number)) for number in travellers or _SIZES]
    if as_json:
        measured = {name: figure._asdict() for name, figure in MEASURED.items()}
        shown = {"plans": [one._asdict() for one in plans], "measured": measured}
        typer.echo(orjson.dumps(shown).decode())
        return
    table = Table("travellers", *(f"{one.travellers:,}" for one in plans))
    for name, *values in rows(plans):
        table.add_row(name, *values)
    Console().print(table)


def rows(plans: list[Plan]) -> list[tuple[str, ...]]:
    """Return the lines of the table, below how many travellers there are."""
    return [
        (name.replace("_", " "), *(_shown(getattr(one, name)) for one in plans))
        for name in Plan._fields
        if name != "travellers"
    ]


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
