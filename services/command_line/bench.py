"""`itinerary bench`: what the parts cost on this machine. Figures go to docs/benchmarks.md."""

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from services.command_line.bench_core import Figure, measure_core
from services.command_line.bench_email import Scores, Tally, measure_emails
from services.platform.awaiting import CannotStart
from services.platform.logs import configure_logs

bench = typer.Typer(help="Measure what the parts cost on this machine.", no_args_is_help=True)


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


@bench.command()
def tripit(
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 10_000,
    trips: Annotated[int, typer.Option(min=1, help="Trips in each.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Following TripIt accounts at a stand-in: accounts per second, requests, memory; in a checkout."""
    # Only here: it needs the libraries of ingest.
    from services.command_line.bench_tripit import measure_tripit, requests_a_day  # noqa: PLC0415

    configure_logs(service="bench", level="ERROR")
    figures = asyncio.run(measure_tripit(accounts=accounts, trips=trips))
    if as_json:
        typer.echo(orjson.dumps([figure._asdict() for figure in figures]))
        return
    table = Table(
        "visit of every account", "accounts/s", "processor ms each", "requests each", "requests/s", "MiB"
    )
    for figure in figures:
        table.add_row(
            figure.visit,
            f"{figure.accounts / figure.seconds:,.1f}",
            f"{figure.processor_seconds / figure.accounts * 1000:.1f}",
            f"{figure.requests / figure.accounts:.2f}",
            f"{figure.requests / figure.seconds:,.0f}",
            f"{figure.memory_mib:.0f}",
        )
    Console().print(table)
    Console().print(f"{requests_a_day(figures):.1f} requests a day for an account in which nothing changes")


@bench.command()
def concur(
    trips: Annotated[int, typer.Option(min=1, help="How many the company has.")] = 100_000,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to ask.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Concur's list for a company with many trips, first page beside last, and its detail beside JSON."""
    # Only here: it needs the libraries of ingest.
    from services.command_line.bench_concur import measure_concur  # noqa: PLC0415

    try:
        figures = asyncio.run(measure_concur(trips=trips, data=data))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    if as_json:
        told = {"last_to_first": figures.last_to_first, "xml_to_json": figures.xml_to_json}
        typer.echo(orjson.dumps(figures._asdict() | told, option=orjson.OPT_NON_STR_KEYS))
        return
    table = Table(f"page of {figures.items}, {figures.trips:,} trips", "ms", "times the first")
    for page, taken in figures.pages_ms.items():
        table.add_row(str(page), f"{taken:.0f}", f"{taken / figures.pages_ms[1]:.2f}")
    Console().print(table)
    xml, json = figures.xml_per_second, figures.json_per_second
    typer.echo(f"detail: {xml:,.0f}/s in XML, {json:,.0f}/s in JSON: {figures.xml_to_json:.2f} of it")


@bench.command()
def query(
    trips: Annotated[int, typer.Option(min=100, help="How many the company has.")] = 1_000_000,
    projected: Annotated[int, typer.Option(min=100, help="How many the projector stores.")] = 50_000,
    seconds: Annotated[float, typer.Option(min=0.2, help="How long each load lasts.")] = 10.0,
    rates: Annotated[str, typer.Option(help="Bookings a second, from post to read.")] = "50,500",
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Reading beside a bare route, storing beside a bare COPY, and a post until it is read."""
    # Only here: it needs the libraries of ingest and query.
    from services.command_line.bench_query.measure import Size, measure_query  # noqa: PLC0415
    from services.command_line.bench_query.report import show, told  # noqa: PLC0415 - as above

    size = Size(trips, projected, seconds, tuple(float(rate) for rate in rates.split(",")))
    try:
        figures = asyncio.run(measure_query(size, say=lambda doing: typer.echo(doing, err=True)))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    typer.echo(orjson.dumps(told(figures))) if as_json else show(figures)


@bench.command()
def email(
    folder: Annotated[
        Path, typer.Argument(help="Mails (*.eml), and what each should come to beside it (*.json).")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    misses: Annotated[bool, typer.Option(help="Name what was missed or invented, by mail.")] = False,
) -> None:
    """Recall, precision and F1 of reading mails, by booking and by field, and documents a second."""
    scores = measure_emails(folder)
    if as_json:
        typer.echo(orjson.dumps(_email_figures(scores)))
        return
    table = Table("", "recall", "precision", "F1", "expected")
    for name, tally in (("bookings", scores.bookings), *scores.fields.items()):
        table.add_row(
            name, f"{tally.recall:.1%}", f"{tally.precision:.1%}", f"{tally.f1:.1%}", str(tally.expected)
        )
    Console().print(table)
    typer.echo(f"{scores.mails} mails, {scores.mails_per_second:,.0f} a second")
    if scores.times_extruct is not None:
        typer.echo(f"a mail in HTML takes {scores.times_extruct:.2f} times what extruct alone takes")
    if misses:
        for name, missed in scores.misses.items():
            typer.echo(f"{name}: {'; '.join(missed)}")


def _email_figures(scores: Scores) -> dict[str, object]:
    def told(tally: Tally) -> dict[str, float]:
        return {**tally._asdict(), "recall": tally.recall, "precision": tally.precision, "f1": tally.f1}

    return {
        "mails": scores.mails,
        "mails_per_second": scores.mails_per_second,
        "times_extruct": scores.times_extruct,
        "bookings": told(scores.bookings),
        "fields": {name: told(tally) for name, tally in scores.fields.items()},
        "misses": scores.misses,
    }


@bench.command()
def stream(
    scale: Annotated[
        float, typer.Option(min=0.001, help="Of 200,000 bookings and 20,000 travellers, for small machines.")
    ] = 1.0,
    load_seconds: Annotated[float, typer.Option(help="How long each even load lasts.")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Our worker beside other engines with the same core, broker and input: throughput, delays, recovery."""
    from services.command_line.bench_stream.report import measure_all, show  # noqa: PLC0415 - an extra's libraries
    from services.command_line.bench_stream.scenes import Size  # noqa: PLC0415 - as above

    size = Size(int(200_000 * scale), int(20_000 * scale), load_seconds)
    try:
        figures = asyncio.run(measure_all(size, say=lambda doing: typer.echo(doing, err=True)))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    typer.echo(orjson.dumps(figures.as_json())) if as_json else show(figures)


@bench.command()
def recovery(
    travellers: Annotated[int, typer.Option(min=8, help="How many the killed worker knows.")] = 200_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """How long our worker takes to be back after a kill, with its state on disk and without."""
    from services.command_line.bench_stream.report import (  # noqa: PLC0415 - as above
        measure_one_recovery,
        show_recoveries,
    )

    try:
        took = asyncio.run(measure_one_recovery(travellers, say=lambda doing: typer.echo(doing, err=True)))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    typer.echo(orjson.dumps(took._asdict())) if as_json else show_recoveries([took])


@bench.command()
def events(
    trips: Annotated[int, typer.Option(min=1, help="How many trips are over at once.")] = 1_000_000,
    endpoints: Annotated[int, typer.Option(min=20, help="How many webhooks; 5 % of them hang.")] = 1000,
    each: Annotated[int, typer.Option(min=1, help="Deliveries to each.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Due trips told, and webhooks delivered while some endpoints hang."""
    # Only here: it needs the libraries of query.
    from services.command_line.bench_events import measure_due, measure_webhooks  # noqa: PLC0415

    configure_logs(service="bench", level="ERROR")

    def say(doing: str) -> None:
        typer.echo(doing, err=True)

    due = asyncio.run(measure_due(trips, say=say))
    sent = [
        asyncio.run(measure_webhooks(endpoints, hanging=hanging, each=each, say=say))
        for hanging in (0, endpoints // 20)
    ]
    if as_json:
        typer.echo(orjson.dumps({"due": due._asdict(), "webhooks": [one._asdict() for one in sent]}))
        return
    typer.echo(
        f"{due.trips} trips due: {due.advances_a_second:,.0f} advances/s,"
        f" {due.events_a_second:,.0f} events/s, the last {due.last_lag_seconds:,.0f} s after the start"
    )
    for one in sent:
        typer.echo(
            f"{one.deliveries} deliveries to {one.endpoints} endpoints, {one.hanging} of which hang:"
            f" {one.deliveries / one.seconds:,.0f}/s"
        )


@bench.command()
def rebuild(
    bookings: Annotated[int, typer.Option(min=10, help="How many, ten to a traveller.")] = 500_000,
    live: Annotated[int, typer.Option(min=10, help="How many are worked off live, to compare.")] = 20_000,
    processes: Annotated[int, typer.Option(min=1, help="How many rebuild.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """What a rebuild takes for a booking, beside the worker that did it live."""
    # Only here: it needs the libraries of consolidator and query.
    from services.command_line.bench_rebuild import Size, measure_rebuild  # noqa: PLC0415

    configure_logs(service="bench", level="ERROR")
    size = Size(bookings, min(live, bookings), processes)
    try:
        figures = asyncio.run(measure_rebuild(size, say=lambda doing: typer.echo(doing, err=True)))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    if as_json:
        typer.echo(orjson.dumps(figures.as_json()))
        return
    rebuilt = figures.rebuilt
    typer.echo(
        f"{rebuilt.trips} trips from {rebuilt.records} records in {rebuilt.seconds:,.0f} s,"
        f" at most {rebuilt.peak_mib:,.0f} MiB in a process\n"
        f"{figures.cpu_ms:.2f} ms of processor a booking, live {figures.live_cpu_ms:.2f}:"
        f" {figures.times_live:.2f} times as fast"
    )
