"""`itinerary down`: stops exactly what an `up` started."""

import signal
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.console import Console

from services.command_line.running import NotRunning, forget, known_folders
from services.platform.awaiting import CannotStart
from services.platform.child_processes import Roster
from services.platform.data_folder import STOP_GRACE_SECONDS, occupied, roster_file

# Services first, then what stands behind them: `up` takes twice the grace in the worst case.
_PATIENCE_SECONDS = 2 * STOP_GRACE_SECONDS + 10


def down(
    *,
    data: Annotated[Path | None, typer.Option(help="Of which `up`; needed where several run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was stopped as JSON.")] = False,
) -> None:
    """Stop what an `up` started; its data stays."""
    folder = data.resolve() if data is not None else _only_one()
    roster = Roster.read(roster_file(folder))
    alive = () if roster is None else tuple(c for c in (roster.owner, *roster.children) if c.running())
    if roster is not None:
        _stop_owner(roster, folder=folder)
        with occupied(folder):  # stops what a killed `up` has left behind
            forget(folder)
    stopped: dict[str, list[int]] = {}
    for child in alive:
        stopped.setdefault(child.name, []).append(child.pid)
    if as_json:
        Console(soft_wrap=True).print_json(data={"data": str(folder), "stopped": stopped}, indent=None)
    elif stopped:
        Console(highlight=False).print(f"Stopped what ran on {folder}: {', '.join(stopped)}.")
    else:
        Console(highlight=False).print(f"Nothing runs on {folder}.")


def _only_one() -> Path:
    found = known_folders()
    if not found:
        raise NotRunning("No `itinerary up` is running.")
    if len(found) > 1:
        raise NotRunning(f"Several are running; name one with --data: {', '.join(map(str, found))}.")
    return found[0]


def _stop_owner(roster: Roster, *, folder: Path) -> None:
    owner = roster.owner.running()
    if owner is None:
        return
    owner.send_signal(signal.SIGTERM)
    try:
        owner.wait(_PATIENCE_SECONDS)
    except psutil.TimeoutExpired:
        owner.kill()
        owner.wait(_PATIENCE_SECONDS)
    if roster.owner.running() is not None:
        raise CannotStart(f"The `up` of {folder}, process {owner.pid}, does not end.")
