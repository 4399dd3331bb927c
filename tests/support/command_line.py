"""The `itinerary` command: as people run it, a process of its own, and in the test's own process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.testing import CliRunner

from services.platform import faults

_COMMAND_SECONDS = 300
CLOSED_ORIGIN = "http://127.0.0.1:9"
"""Webhooks may go there; nobody listens."""


def said_here(
    command: Callable[..., None], *arguments: str, environment: Mapping[str, str] | None = None
) -> str:
    """Run one command in this process, and return what it says: to start another takes a second."""
    app = typer.Typer()
    app.command()(command)
    with ThreadPoolExecutor(max_workers=1) as aside:  # it begins a loop, where a test may run one
        said = aside.submit(
            CliRunner(env=environment).invoke, app, arguments, catch_exceptions=False
        ).result()
    assert said.exit_code == 0, said.output
    return said.stdout


def _plan(plan: str) -> dict[str, str]:
    return {"ITINERARY_FAULT_PLAN": plan, "ITINERARY_FAULT_TESTING": "1"}


class Installation(NamedTuple):
    """Where an `up` of a test keeps its data, apart from those of the machine's user and of other tests."""

    data: Path

    def run(
        self, *arguments: str, check: bool = True, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its output is text. `environment` is added to that of the test."""
        done = subprocess.run(
            [sys.executable, "-m", "services.command_line", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
            env={**self._environment(), **(environment or {})},
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def dies(self, *arguments: str, at: str, hit: int = 1) -> None:
        """Have a command die at a crash point, as by `kill -9`."""
        done = self.run(*arguments, check=False, environment=_plan(f"{at}:{hit}:exit"))
        assert done.returncode == faults.EXIT_CODE, f"{arguments} did not come by {at}:\n{done.stderr}"

    def hanging(self, *arguments: str, at: str) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """Begin a command that does not get past a crash point; the block's end kills it."""
        return self.begun(*arguments, environment=_plan(f"{at}:1:hang"))

    @contextmanager
    def begun(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> Generator["subprocess.Popen[bytes]"]:
        """Begin a command, and kill it at the end of the block."""
        command = [sys.executable, "-m", "services.command_line", *arguments]
        with subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**self._environment(), **(environment or {})},
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def json(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
        """Run a command with `--json` and return what it printed."""
        return json.loads(self.run(*arguments, "--json", environment=environment).stdout)

    def up(self, *arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Start everything on any free port, and return its addresses."""
        where = ("--data", str(self.data), "--port", "0")
        answer: dict[str, Any] = self.json("up", "--detach", *where, *arguments, environment=environment)
        return answer

    def down(self) -> None:
        """Stop it."""
        self.run("down", "--data", str(self.data))

    def _environment(self) -> dict[str, str]:
        state = self.data.with_name(f"{self.data.name}-state")
        own = {
            "XDG_STATE_HOME": str(state),
            "ITINERARY_WEBHOOKS_PRIVATE_ORIGINS": json.dumps({"*": [CLOSED_ORIGIN]}),
        }
        return {**os.environ, **own}  # noqa: TID251 - commands inherit the test's
