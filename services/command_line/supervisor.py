"""Keeps children running: starts again what died, with growing pauses, and tells when all are ready."""

import asyncio
import time
from collections.abc import Sequence
from typing import NoReturn

import httpx
import structlog

from services.command_line.process_table import ServiceStart
from services.platform.awaiting import CannotStart, NotYet, wait_for_answer
from services.platform.child_processes import ChildCommand, last_lines
from services.platform.data_folder import DataFolder, StartedChild

log = structlog.get_logger()

_POLL_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_SOUND_SECONDS = 60.0
"""A child that ran this long was sound: its next restart comes after the shortest pause again."""
_STARTS_BEFORE_GIVING_UP = 3
_PROBE_SECONDS = 2.0


class Kept:
    """One child that is kept running."""

    def __init__(self, started: StartedChild) -> None:
        self.started = started
        self.restarts = 0
        self._since = time.monotonic()
        self._pause = _FIRST_PAUSE_SECONDS
        self._due: float | None = None

    @property
    def command(self) -> ChildCommand:
        """How it is started."""
        return self.started.command

    def look(self, folder: DataFolder) -> None:
        """Note its death, or start it again when its pause is over."""
        now = time.monotonic()
        if self._due is None and (code := self.started.exit_code) is not None:
            if now - self._since > _SOUND_SECONDS:
                self._pause = _FIRST_PAUSE_SECONDS
            log.warning(
                "process.died", process=self.command.name, exit_code=code, restart_in_seconds=self._pause
            )
            folder.stop(self.started)
            self._due = now + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)
        elif self._due is not None and now >= self._due:
            self.started = folder.start(self.command)
            self.restarts += 1
            self._since, self._due = now, None
            log.info("process.restarted", process=self.command.name, pid=self.started.child.pid)


class Supervisor:
    """The children of one `up`."""

    def __init__(self, folder: DataFolder, *, backing: Sequence[StartedChild]) -> None:
        self._folder = folder
        self._backing = [Kept(child) for child in backing]
        self._services: list[tuple[Kept, str]] = []

    def start(self, starts: Sequence[ServiceStart]) -> None:
        """Start our own processes."""
        for start in starts:
            self._services.append((Kept(self._folder.start(start.command)), start.ready_url))

    async def keep(self) -> NoReturn:
        """Look after all children until cancelled."""
        while True:
            for kept in (*self._backing, *(service for service, _ in self._services)):
                kept.look(self._folder)
            await asyncio.sleep(_POLL_SECONDS)

    async def wait_until_ready(self, *, deadline_seconds: float) -> None:
        """Wait until every process says that it is ready; `keep` must be running beside.

        Raises:
            CannotStart: one was not ready in time, or died again and again; the text shows its last words.
        """
        async with httpx.AsyncClient(timeout=_PROBE_SECONDS, trust_env=False) as client:
            for kept, url in self._services:
                await self._wait_for(kept, url=url, client=client, deadline_seconds=deadline_seconds)

    def stop_services(self) -> None:
        """Stop our own processes in order, while their backing services still answer."""
        self._folder.stop(*(kept.started for kept, _ in self._services))

    async def _wait_for(
        self, kept: Kept, *, url: str, client: httpx.AsyncClient, deadline_seconds: float
    ) -> None:
        async def attempt() -> None:
            if kept.restarts >= _STARTS_BEFORE_GIVING_UP:
                raise CannotStart(f"{kept.command.name} ends each time it is started:\n{_said(kept)}")
            try:
                response = await client.get(url)
            except httpx.HTTPError as trouble:
                raise NotYet(f"no answer from {url} ({trouble})") from trouble
            if not response.is_success:
                raise NotYet(f"{url} answers {response.status_code} {response.text[:200]}")

        try:
            await wait_for_answer(attempt, what=kept.command.name, deadline_seconds=deadline_seconds)
        except CannotStart as trouble:
            raise CannotStart(f"{trouble}\n{_said(kept)}\nMore in {kept.command.log}") from trouble


def _said(kept: Kept) -> str:
    return last_lines(kept.command.log)
