"""What a parent asks of its children, by name: only they load what reads mails (reader_child.py).

Loading it takes a second and sixty megabytes, which every process that has mails read would pay.
"""

from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from services.ingest.mail_proof import Answers, Envelope

CHILD = "services.ingest.reader_child"
"""Where the functions of these names are; the server from which children are forked has it loaded."""


class Confines(NamedTuple):
    """What a child may take, and what it may ask."""

    memory_mib: int
    """Of address space, beyond what it has taken before it sees a mail."""
    result_bytes: int
    cpu_seconds: int
    """In its life."""
    kitinerary: str | None = None
    """The path of `kitinerary-extractor`, where it is to be asked as well."""
    kitinerary_seconds: float = 3.0
    """For all letters of one mail."""


def confine(confines: Confines) -> None:
    """As in the child."""
    _child().confine(confines)


def read(raw: bytes, received: str, answers: dict[str, str | None] | None) -> bytes:
    """As in the child."""
    encoded: bytes = _child().read(raw, received, answers)
    return encoded


def headers(raw: bytes) -> bytes:
    """As in the child."""
    encoded: bytes = _child().headers(raw)
    return encoded


def check(raw: bytes, envelope: Envelope, answers: Answers, chains: bool) -> bytes:
    """As in the child."""
    encoded: bytes = _child().check(raw, envelope, answers, chains)
    return encoded


def _child() -> ModuleType:
    return import_module(CHILD)
