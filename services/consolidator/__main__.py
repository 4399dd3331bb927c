"""Runs the consolidator: the worker, and `relay` and `sweeper` beside it.

Clock and environment are read here and in `roles`, nowhere else of this service.
"""

import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module

import structlog
from pydantic import ValidationError

from services.consolidator.exits import EXIT_UNFIT
from services.platform.awaiting import CannotStart
from services.platform.logs import configure_logs
from services.platform.settings import what_to_set
from services.platform.tracing import sending_traces

log = structlog.get_logger()

_ROLES = ("worker", "relay", "sweeper")
"""Of the package `roles`; only the one that runs is imported."""


def main(argv: Sequence[str] = ()) -> int:
    """Run one worker, or with the argument `relay` or `sweeper` one of those, until SIGTERM or SIGINT.

    Returns:
        0 after a stop that was asked for, 1 where it refuses to start, 70 after trouble or a bug and 71
        after a stall; whoever supervises it starts it again.
    """
    role = argv[0] if argv else "worker"
    if role not in _ROLES or len(argv) > 1:
        sys.stderr.write(
            "usage: python -m services.consolidator [worker|relay|sweeper]; settings: the environment\n"
        )
        return EXIT_UNFIT
    service = "consolidator" if role == "worker" else role
    configure_logs(service=service, pretty=sys.stderr.isatty())
    try:
        with sending_traces(service=service):
            return asyncio.run(import_module(f"services.consolidator.roles.{role}").run())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return EXIT_UNFIT
    except CannotStart as reason:
        log.error("worker.refused", reason=str(reason))  # noqa: TRY400 - one line that says what to mend
        return EXIT_UNFIT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
