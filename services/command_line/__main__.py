"""The `itinerary` command. A command's module is imported only when it is called: each starts fast."""

import importlib
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import typer

from services.platform import faults
from services.platform.awaiting import CannotStart


class Command(NamedTuple):
    """One command: a function or a group of commands that typer reads, and the module it is in."""

    name: str
    module: str
    function: str

    def load(self) -> Callable[..., Any] | typer.Typer:
        """Import the module and return what stands for the command."""
        return getattr(importlib.import_module(f"services.command_line.{self.module}"), self.function)


COMMANDS: tuple[Command, ...] = (
    Command("up", "up", "up"),
    Command("down", "down", "down"),
    Command("demo", "demo", "demo"),
    Command("token", "token", "token"),
    Command("verify", "verify", "verify"),
    Command("trace", "trace", "trace"),
    Command("replay", "replay", "replay"),
    Command("rebuild", "rebuild", "rebuild"),
    Command("erase", "erase", "erase"),
    Command("export", "export", "export"),
    Command("dead-letters", "dead_letters", "dead_letters"),
    Command("canary", "canary", "canary"),
    Command("bench", "bench", "bench"),
    Command("capacity", "capacity", "capacity"),
    Command("topics", "topics", "topics"),
    Command("migrate", "migrate", "migrate"),
    Command("gateway", "service_commands", "gateway"),
    Command("ingest", "service_commands", "ingest"),
    Command("query", "service_commands", "query"),
    Command("ingest-worker", "service_commands", "ingest_worker"),
    Command("mail-door", "service_commands", "mail_door"),
    Command("tripit", "service_commands", "tripit"),
    Command("consolidator", "service_commands", "consolidator"),
    Command("projector", "service_commands", "projector"),
    Command("relay", "service_commands", "relay"),
    Command("sweeper", "service_commands", "sweeper"),
    Command("webhooks", "service_commands", "webhooks"),
)


def main() -> None:
    """Run the command that the arguments name; without a known one, show all."""
    asked = [command for command in COMMANDS if command.name in sys.argv[1:2]]
    app = typer.Typer(
        help="One true itinerary from contradictory, late, repeated bookings.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,  # they would show travellers' data
    )
    app.callback()(_group)
    for command in asked or COMMANDS:
        loaded = command.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=command.name)
        else:
            app.command(command.name)(loaded)
    try:
        faults.arm(faults.FaultSettings())
        app()
    except CannotStart as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - for the person at the terminal
        sys.exit(1)


def _group() -> None:
    """Keep the commands' names even where only one of them was imported."""


if __name__ == "__main__":
    main()
