"""What could not be processed, kept as it was with the reason and the way back.

Everything about a dead letter is in its headers, each field one header whose value is text, and what is
None is left out. Its value is the original message, byte for byte.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import ValidationError

from schemas.base import Model
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Text


class Stage(StrEnum):
    """Where it failed."""

    INGEST = "ingest"
    CONSOLIDATION = "consolidation"
    PROJECTION = "projection"
    RELAY = "relay"


class DeadLetter(Model):
    """Why a message is a dead letter, and where it lay."""

    message: Identifier
    stage: Stage
    reason: Text
    """A stable code, such as `malformed_json` or `unknown_traveller`."""
    detail: Text
    """What to mend, without any of the message's own data."""
    topic: Text
    partition: int
    offset: int
    tenant: TenantName | None = None
    source: Text | None = None
    original_timestamp_ms: int | None = None
    """When the message was appended to its topic, in milliseconds of Unix time; left out where redriving
    does not need it."""


class DeadLetterDecision(Model):
    """What operations decided about a dead letter: a message in the same partition that stands for it."""

    decision: Literal["redriven", "discarded"]
    message: Identifier
    letter_offset: int
    """Of the dead letter, in this partition."""


Headers = Sequence[tuple[str, bytes]]

_ORIGINAL = "original."
"""Before the name of a header that the message itself had."""


def header_texts(
    fields: DeadLetter | DeadLetterDecision, *, original: Headers = ()
) -> list[tuple[str, bytes]]:
    """Return the headers to write.

    Args:
        fields: what they say.
        original: the message's own headers, which redriving it needs.
    """
    said = fields.model_dump(mode="json", exclude_none=True)
    own = [(name, str(value).encode()) for name, value in said.items()]
    return own + [(_ORIGINAL + name, value) for name, value in original]


def read_headers(headers: Iterable[tuple[str, bytes]]) -> DeadLetter | DeadLetterDecision | None:
    """Return what the headers of a message of `dead-letters.v1` say; None where they are not ours."""
    try:
        said: Mapping[str, str] = {
            name: value.decode() for name, value in headers if not name.startswith(_ORIGINAL)
        }
        kind = DeadLetterDecision if "decision" in said else DeadLetter
        return kind.model_validate(said, extra="ignore")
    except (UnicodeDecodeError, ValidationError):
        return None


def original_headers(headers: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Return the headers that the message itself had, as far as they were kept."""
    return [(name.removeprefix(_ORIGINAL), value) for name, value in headers if name.startswith(_ORIGINAL)]
