"""What people see of long work, on the error stream: the output is for programs."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from services.platform.kafka_jars import Report


def paced(report: Report, *, clock: Callable[[], float]) -> Report:
    """Have a report say how fast it goes, and how long the rest takes at that rate."""
    began: dict[str, tuple[float, int]] = {}

    def told(doing: str, done: int, total: int) -> None:
        at, first = began.setdefault(doing, (clock(), done))
        rate = (done - first) / seconds if (seconds := clock() - at) > 0 else 0.0
        left = f", {rate:,.0f}/s, {(total - done) / rate:,.0f} s left" if rate and done < total else ""
        report(doing + left, done, total)

    return told


@contextmanager
def shown_progress(doing: str) -> Generator[Report]:
    """Show a line with what is being done, and a bar where the number of parts is known."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(doing, total=None)
        said: set[str] = set()

        def report(doing: str, done: int, total: int) -> None:
            progress.update(task, description=doing, completed=done, total=total or None)
            # Without a terminal there is no bar; a line at the beginning and one at the end must do.
            if not console.is_terminal and done in {0, total} and doing not in said:
                said.add(doing)
                console.print(doing)

        yield report
