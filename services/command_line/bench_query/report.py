"""The figures in words."""

from typing import Any

from rich.console import Console
from rich.table import Table

from services.command_line.bench_query.measure import Figures


def told(figures: Figures) -> dict[str, Any]:
    """Return the figures as JSON."""
    return {
        "trips": figures.trips,
        "routes": [
            {
                "route": one.route,
                "bytes": one.bytes,
                "ours": one.ours._asdict(),
                "bare": one.bare._asdict(),
                "rate_to_bare": one.ours.rate / one.bare.rate,
                "cpu_to_bare": one.bare.cpu_ms / one.ours.cpu_ms,
                "all_cpu_to_bare": one.bare.all_ms / one.ours.all_ms,
                "p99_to_bare": one.ours.p99 / one.bare.p99,
            }
            for one in figures.routes
        ],
        "projector": {
            "copied_a_second": figures.copied_a_second,
            "projected_a_second": figures.projected_a_second,
            "to_copy": figures.projected_a_second / figures.copied_a_second,
        },
        "end_to_end": [one._asdict() for one in figures.end_to_end],
    }


def show(figures: Figures) -> None:
    """Print tables."""
    routes = Table(
        f"{figures.trips:,} trips", "bytes", "a second, bare", "of bare", "ms of processor, bare", "of bare",
        "with PostgreSQL, bare", "of bare", "p50, p99 ms", "bare", "p99 times bare",
    )  # fmt: skip
    for one in figures.routes:
        ours, bare = one.ours, one.bare
        routes.add_row(
            one.route,
            f"{one.bytes:,}",
            f"{ours.rate:,.0f}, {bare.rate:,.0f}",
            f"{ours.rate / bare.rate:.2f}",
            f"{ours.cpu_ms:.2f}, {bare.cpu_ms:.2f}",
            f"{bare.cpu_ms / ours.cpu_ms:.2f}",
            f"{ours.all_ms:.2f}, {bare.all_ms:.2f}",
            f"{bare.all_ms / ours.all_ms:.2f}",
            f"{ours.p50:.1f}, {ours.p99:.1f}",
            f"{bare.p50:.1f}, {bare.p99:.1f}",
            f"{ours.p99 / bare.p99:.1f}",
        )
    ends = Table("bookings a second", "reached", "refused", "p50 ms", "p99 ms")
    for end in figures.end_to_end:
        ends.add_row(
            f"{end.wanted_rate:g}", f"{end.rate:,.0f}", str(end.refused), f"{end.p50:,.0f}", f"{end.p99:,.0f}"
        )
    console = Console()
    console.print(routes)
    console.print(
        f"The projector stores {figures.projected_a_second:,.0f} trips a second, "
        f"COPY {figures.copied_a_second:,.0f}: "
        f"{figures.projected_a_second / figures.copied_a_second:.2f} of it."
    )
    console.print(ends)
