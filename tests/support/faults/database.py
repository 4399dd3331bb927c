"""A PostgreSQL that a test may stop, kill, freeze and start again, behind a proxy of its own."""

import asyncio
import signal
from contextlib import ExitStack
from typing import Self

import psutil
from pydantic import SecretStr

from services.platform.backing import while_it_runs
from services.platform.child_processes import ChildCommand
from services.platform.data_folder import DataFolder, StartedChild
from services.platform.embedded_postgres import postgres_url, prepare_postgres
from services.platform.free_ports import free_ports
from services.platform.migrations import migrate
from services.platform.postgres import wait_for_postgres
from services.platform.settings import PostgresSettings
from tests.support.faults.network import Proxy
from tests.support.prepared_backing import lay_out


class Database:
    """One server with the project's schemas in it."""

    def __init__(self, folder: DataFolder, *, command: ChildCommand, port: int, proxy: Proxy) -> None:
        self._folder = folder
        self._command = command
        self._running: StartedChild | None = None
        self.proxy = proxy
        self.url = postgres_url(folder.path / "postgres", port=port)
        self.proxied_url = self.url.replace(f":{port}/", f":{proxy.port}/")

    @classmethod
    async def started(cls, folder: DataFolder, *, leaving: ExitStack) -> Self:
        """Start a new server; the proxy closes with `leaving`."""
        (port,) = free_ports(1)
        await asyncio.to_thread(lay_out, folder.path, "postgres")
        command = await asyncio.to_thread(
            prepare_postgres, folder.path / "postgres", port=port, log=folder.logs / "postgres.log"
        )
        proxy = leaving.enter_context(Proxy.running(to=port))
        database = cls(folder, command=command, port=port, proxy=proxy)
        await database.start()
        await asyncio.to_thread(migrate, database.settings)
        return database

    @property
    def settings(self) -> PostgresSettings:
        return PostgresSettings(database_url=SecretStr(self.url))

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._running = self._folder.start(self._command)
        await while_it_runs(self._running, answer=wait_for_postgres(self.settings))

    async def start_again(self) -> None:
        """Start it if it has ended, and wait until it answers."""
        assert self._running is not None
        if self._running.exit_code is not None:
            self.stop()
            await self.start()
        else:
            await wait_for_postgres(self.settings)

    def said(self) -> str:
        """Return what the server wrote into its log."""
        return self._command.log.read_text()

    def stop(self) -> None:
        """Ask it to stop in order, and wait until it has."""
        assert self._running is not None
        self._folder.stop(self._running)
        self._running = None

    def kill(self) -> None:
        """Kill the server and every process of it, as a power cut would."""
        for process in self._family():
            process.send_signal(signal.SIGKILL)
        self.stop()

    def freeze(self) -> None:
        for process in self._family():
            process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        for process in self._family():
            process.send_signal(signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        assert self._running is not None
        server = psutil.Process(self._running.child.pid)
        return [server, *server.children(recursive=True)]
