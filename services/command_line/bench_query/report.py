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
            {**one._asdict(), "rate_to_bare": one.rate / one.bare_rate, "p99_to_bare": one.p99 / one.bare_p99}
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
        f"{figures.trips:,} trips", "bytes", "a second", "of bare", "p50, p99 ms", "bare", "p99 times bare"
    )
    for one in figures.routes:
        routes.add_row(
            one.route,
            f"{one.bytes:,}",
            f"{one.rate:,.0f}",
            f"{one.rate / one.bare_rate:.2f}",
            f"{one.p50:.1f}, {one.p99:.1f}",
            f"{one.bare_rate:,.0f}; {one.bare_p50:.1f}, {one.bare_p99:.1f}",
            f"{one.p99 / one.bare_p99:.1f}",
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
