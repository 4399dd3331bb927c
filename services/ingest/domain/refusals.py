"""Why something is not accepted, as a value: which field, which rule, what to mend.

A refusal never repeats what the sender wrote: it goes into answers, dead letters and logs.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import ValidationError

from schemas.segments import SEGMENT_TYPES


class RefusalKind(StrEnum):
    """What kind of no it is; each edge has its own way of saying it."""

    MALFORMED = "malformed"
    """It cannot be read at all."""
    INVALID = "invalid"
    """It can be read, and breaks a rule."""
    FORBIDDEN = "forbidden"
    """This sender may not say this."""
    NOT_FOUND = "not_found"
    """It names what is not there."""
    CONFLICT = "conflict"
    """It would have been right before something else was done."""
    TOO_LARGE = "too_large"


class Problem(NamedTuple):
    """One rule that one field breaks. `field` is a dotted path; empty for the whole message."""

    field: str
    rule: str
    message: str


class Refusal(NamedTuple):
    """A no, with at least one problem."""

    kind: RefusalKind
    problems: tuple[Problem, ...]

    @property
    def text(self) -> str:
        """All problems in one line, for a person."""
        return "; ".join(f"{p.field}: {p.message}" if p.field else p.message for p in self.problems)

    def under(self, prefix: str) -> "Refusal":
        """Return the same refusal with its fields named from further out."""
        return self._replace(
            problems=tuple(
                p._replace(field=f"{prefix}.{p.field}" if p.field else prefix) for p in self.problems
            )
        )


def refusal(kind: RefusalKind, *, field: str, rule: str, message: str) -> Refusal:
    """Return a refusal for one problem."""
    return Refusal(kind, (Problem(field, rule, message),))


_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "holds characters that it may not, such as NUL, or is not in its form",
    "string_too_long": "is too long",
    "too_long": "holds too many items; a booking has at most 500 segments",
    "union_tag_invalid": f"type must be one of {', '.join(SEGMENT_TYPES)}",
    "union_tag_not_found": f"needs a type, one of {', '.join(SEGMENT_TYPES)}",
}


def broken_rules(error: ValidationError) -> Refusal:
    """Return what a model found wrong, without the input that it was given."""
    problems = tuple(
        Problem(
            field=_path(found["loc"]),
            rule=found["type"],
            message=_MESSAGES.get(found["type"], found["msg"].removeprefix("Value error, ")),
        )
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    )
    return Refusal(RefusalKind.INVALID, problems)


def _path(location: tuple[int | str, ...]) -> str:
    """Name a field as the sender wrote it: without the kind of segment that the model put in between."""
    parts = [
        str(part)
        for outer, part in zip((None, *location), location, strict=False)
        if not (isinstance(outer, int) and part in SEGMENT_TYPES)
    ]
    return ".".join(parts)
