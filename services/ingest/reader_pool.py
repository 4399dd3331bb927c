"""Strangers' bytes are read in child processes that may take so much time and memory and no network.

A mail can be made to hurt its reader. A child that overruns its limits is killed and replaced, and the mail
is rejected with the reason; whoever waits for the next mail waits no longer for it.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as OutOfTime
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from pebble import ProcessExpired, ProcessPool

from services.ingest import reader_calls
from services.ingest.domain.email.results import MailReading, Outcome
from services.ingest.mail_proof import Answers, Checked, Envelope, Headers
from services.ingest.mails import Overrun

log = structlog.get_logger()

_TASKS_PER_CHILD = 200
"""Then it is replaced, so that nothing that a library keeps grows for ever."""
_MAX_RESULT_BYTES = 4 * 1024 * 1024
_OUTSIDE_SHARE = 0.3
"""Of a mail's time, for a program beside our own engines."""


class ReaderLimits(NamedTuple):
    """What reading one mail may take."""

    seconds: float = 10.0
    memory_mib: int = 1024
    """Of address space, beyond what a child has taken before it sees a mail."""
    children: int = 2
    kitinerary: str | None = None
    """The path of `kitinerary-extractor`, where it is to be asked as well."""


class ReaderPool:
    """The children. `close` ends them."""

    def __init__(self, limits: ReaderLimits) -> None:
        self._limits = limits
        self._pool = self._opened()
        self._used = False

    def close(self) -> None:
        """End the children, whatever they are doing."""
        self._pool.stop()
        self._pool.join()

    async def read(
        self, raw: bytes, *, received: datetime, answers: Mapping[str, str | None] | None = None
    ) -> MailReading:
        """Return what a mail says; one that overruns its limits is rejected.

        Args:
            raw: the mail.
            received: when it came.
            answers: a language model's, by question; None where none may be asked.
        """
        told = None if answers is None else dict(answers)
        try:
            encoded = await self._run(reader_calls.read, raw, received.isoformat(), told)
        except Overrun as why:
            return MailReading(outcome=Outcome(kind="rejected", why=str(why)))
        return MailReading.model_validate_json(encoded)

    async def ask(self, raw: bytes, *, received: datetime, reading: MailReading) -> MailReading:
        """Return the reading as it is: there is no language model to ask."""
        del raw, received
        return reading

    async def headers(self, raw: bytes) -> Headers:
        """Return the headers that say who sent it; none where they overrun the limits."""
        try:
            return Headers.model_validate_json(await self._run(reader_calls.headers, raw))
        except Overrun:
            return Headers()

    async def check(self, raw: bytes, *, envelope: Envelope, answers: Answers, chains: bool) -> Checked:
        """Check who sent it, as far as the answers go.

        Raises:
            Overrun: where that takes more than it may.
        """
        encoded = await self._run(reader_calls.check, raw, envelope, dict(answers), chains)
        return Checked.model_validate_json(encoded)

    async def _run(self, function: Callable[..., bytes], *arguments: Any) -> bytes:  # noqa: ANN401 - as the function takes them
        try:
            return await self._once(function, arguments)
        except (ProcessExpired, BrokenProcessPool):
            # Somebody may have killed the child for another reason; a mail that ends two is to blame.
            log.info("reader.ended", again=True)
        try:
            return await self._once(function, arguments)
        except (ProcessExpired, BrokenProcessPool) as ended:
            raise Overrun("reading it ends the reader, or takes more memory than it may") from ended

    def _opened(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([reader_calls.CHILD])
        return ProcessPool(
            max_workers=self._limits.children,
            max_tasks=_TASKS_PER_CHILD,
            initializer=reader_calls.confine,
            initargs=(
                reader_calls.Confines(
                    memory_mib=self._limits.memory_mib,
                    result_bytes=_MAX_RESULT_BYTES,
                    cpu_seconds=int(self._limits.seconds * _TASKS_PER_CHILD),
                    kitinerary=self._limits.kitinerary,
                    kitinerary_seconds=self._limits.seconds * _OUTSIDE_SHARE,
                ),
            ),
            context=context,
        )

    async def _once(self, function: Callable[..., bytes], arguments: tuple[Any, ...]) -> bytes:
        if self._used and not self._pool.active:
            # Pebble gives a pool up where children end that have nothing to do, as the system may end them.
            log.warning("readers.replaced")
            self.close()
            self._pool = self._opened()
        self._used = True
        future = self._pool.schedule(function, args=arguments, timeout=self._limits.seconds)
        try:
            return await asyncio.wrap_future(future)
        except OutOfTime as why:
            raise Overrun(f"reading it takes longer than {self._limits.seconds:g} seconds") from why
        except MemoryError as why:
            raise Overrun("reading it takes more memory than it may") from why
        except (ProcessExpired, BrokenProcessPool):
            raise
        except Exception as bug:
            # Whatever a stranger's bytes do to a library: one mail must not stop the others.
            # Without the stack: its messages may quote what the traveller booked.
            log.error("reader.failed", error=type(bug).__name__)  # noqa: TRY400 - as above
            raise Overrun(f"our reader failed with {type(bug).__name__}") from bug
