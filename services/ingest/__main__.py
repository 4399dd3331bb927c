"""Runs ingest: `http` takes messages, `mail` mail, `worker` normalises, `tripit` follows accounts.

Clock and environment are read here and in `roles`, nowhere else of this service.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module

import structlog
from aiokafka.errors import KafkaError  # pyright: ignore[reportMissingTypeStubs] - it has none
from pydantic import ValidationError

from services.ingest.handlers import Unavailable
from services.platform.awaiting import CannotGoOn, CannotStart
from services.platform.logs import configure_logs
from services.platform.settings import what_to_set
from services.platform.tracing import sending_traces

log = structlog.get_logger()

_ROLES = ("http", "mail", "tripit", "worker")
"""Of the package `roles`; only the one that runs is imported."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a role until it is told to stop; return the exit code: 1 where it could not start or go on."""
    parser = argparse.ArgumentParser(prog="ingest", description=__doc__)
    parser.add_argument("role", choices=_ROLES)
    role: str = parser.parse_args(arguments).role
    configure_logs(service=f"ingest-{role}")
    try:
        with sending_traces(service=f"ingest-{role}"):
            asyncio.run(import_module(f"services.ingest.roles.{role}").run())
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return 1
    except CannotStart as why:
        log.error("process.not_started", reason=str(why))  # noqa: TRY400 - as above
        return 1
    except ExceptionGroup as troubles:
        if troubles.split((Unavailable, KafkaError, CannotGoOn))[1] is not None:
            raise  # a mistake of ours; its stack is wanted
        log.error("process.ended", reasons=sorted({str(t) for t in troubles.exceptions}))  # noqa: TRY400 - as above
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
