"""What runs in a child process of the reader pool: confined first, then one mail after the other.

Results go back as bytes of JSON, so that the parent reads a value and never an object.
"""

import ctypes
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from services.ingest import mail_proof
from services.ingest.domain.email.outside import Extractors
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.email.results import MailReading, Outcome
from services.ingest.mail_proof import Answers, Envelope
from services.ingest.reader_calls import Confines

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_MAX_OPEN_FILES = 128
_MIB = 1024 * 1024
_PAGE_BYTES = resource.getpagesize()

_WARM_UP = b"From: a@example.org\r\nContent-Type: text/html\r\n\r\n<p>nothing</p>\r\n"

_max_result_bytes = 0
_program: tuple[str, float] | None = None


def confine(confines: Confines) -> None:
    """Give up, for good, whatever reading a mail does not need."""
    global _max_result_bytes, _program  # noqa: PLW0603 - of this process, set once
    _max_result_bytes = confines.result_bytes
    if confines.kitinerary is not None:
        _program = (confines.kitinerary, confines.kitinerary_seconds)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends its children
    # Libraries that load their tables at the first use do it before the limits are drawn.
    read_mail(_WARM_UP, received=datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    memory = _address_space_bytes() + confines.memory_mib * _MIB
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, confines.cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _MAX_OPEN_FILES)
    _leave_network()


def read(raw: bytes, received: str, answers: dict[str, str | None] | None) -> bytes:
    """Return a `MailReading`, encoded; `answers` are a language model's, None where there is no model."""
    kitinerary = None if _program is None else _asking(_program[0], seconds=_program[1])
    extractors = Extractors(kitinerary=kitinerary, language_model=answers)
    reading = read_mail(raw, received=datetime.fromisoformat(received), extractors=extractors)
    encoded = reading.encode()
    if len(encoded) > _max_result_bytes:
        reading = MailReading(outcome=Outcome(kind="rejected", why="it says more than is kept of one mail"))
        encoded = reading.encode()
    return encoded


def headers(raw: bytes) -> bytes:
    """Return `mail_proof.Headers`, encoded."""
    return mail_proof.read_headers(raw).encode()


def check(raw: bytes, envelope: Envelope, answers: Answers, chains: bool) -> bytes:
    """Return `mail_proof.Checked`, encoded."""
    return mail_proof.check(raw, envelope=envelope, answers=answers, chains=chains).encode()


def _asking(program: str, *, seconds: float) -> Callable[[bytes], bytes]:
    """Return how to ask an extractor about the letters of one mail: all of them have so long together.

    One that hangs leaves the rest of the mail's time to our own engines.
    """
    left = seconds

    def ask(question: bytes) -> bytes:
        nonlocal left
        if left <= 0:
            return b""
        began = time.monotonic()
        answer = _ask_program(program, question, seconds=left)
        left -= time.monotonic() - began
        return answer

    return ask


def _ask_program(program: str, question: bytes, *, seconds: float) -> bytes:
    """Return what an extractor prints; nothing where it fails. It runs within the limits of this process."""
    try:
        done = subprocess.run(
            [program, "--no-validation"],
            input=question,
            capture_output=True,
            check=False,
            timeout=seconds,
            env={},
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with suppress(ValueError, OSError):  # a system that has not this limit
        resource.setrlimit(kind, (value, value))


def _address_space_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - of Linux alone
            return int(statm.read().split()[0]) * _PAGE_BYTES
    except OSError:
        return 4096 * _MIB


def _leave_network() -> None:
    """Enter a network of our own with nothing in it, where the kernel lets us; refuse sockets anyway."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    sys.addaudithook(_refuse_sockets)


def _refuse_sockets(event: str, _arguments: tuple[Any, ...]) -> None:
    if event == "socket.__new__":
        raise PermissionError("whoever reads mails has no network")
