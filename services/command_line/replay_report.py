"""What a replay did, or would do, as people and programs read it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from services.command_line.value_text import harmless
from services.consolidator.what_if import TripDiff
from services.ingest.replay import Report


class Replayed(NamedTuple):
    """What became of messages, and what would become of trips."""

    report: Report
    trips: TripDiff | None
    """Of a dry run."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        shown = self.report.model_dump(mode="json", exclude_none=True)
        if self.trips is not None:
            shown["trips"] = self.trips.model_dump(mode="json", exclude_defaults=False)
        return shown


def show(found: Replayed) -> None:
    """Print it."""
    console, report = Console(highlight=False, markup=False), found.report
    would = found.trips is not None
    if report.resumed:
        console.print("Went on where it was broken off; counted from its beginning.")
    console.print(
        f"{report.read} messages read again: {report.changed} {'would change' if would else 'changed'}, "
        f"{report.unchanged} are as they were, {report.refused} refused today and left as they were, "
        f"{report.settled} left to what people decided. "
        f"{report.said} statements {'would be written' if would else 'written'}."
    )
    if report.changes:
        table = Table("message", "was", "is", "stated", "withdrawn")
        for change in report.changes:
            after = change.after if change.why is None else f"{change.after}: {change.why}"
            table.add_row(
                f"{change.message}\n{change.source}",
                change.before or "unknown",
                harmless(after),
                harmless("\n".join(change.stated)),
                harmless("\n".join(change.withdrawn)),
            )
        console.print(table)
    if found.trips is not None:
        _show_trips(console, found.trips)


def _show_trips(console: Console, diff: TripDiff) -> None:
    console.print(f"{diff.trips} trips would change{_counted(diff.by_change)}.")
    if diff.by_field_group:
        console.print(f"Of those updated, these groups of fields{_counted(diff.by_field_group)}.")
    if diff.by_outcome:
        console.print(f"The statements would be{_counted(diff.by_outcome)}.")
    if not diff.listed:
        return
    table = Table("trip", "of", "what would happen")
    for trip in diff.listed:
        words = [" ".join((one.type, *one.field_groups, *one.trips)) for one in trip.changes]
        table.add_row(trip.trip, f"{trip.tenant}\n{trip.traveller}", "\n".join(words))
    console.print(table)


def _counted(counts: Mapping[Any, int]) -> str:
    return ": " + ", ".join(f"{number} {name}" for name, number in counts.items()) if counts else ""
