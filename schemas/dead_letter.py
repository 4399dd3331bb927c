"""What could not be processed, kept as it was with the reason and the way back."""

from enum import StrEnum

from schemas.base import Model
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Text


class Stage(StrEnum):
    """Where it failed."""

    INGEST = "ingest"
    CONSOLIDATION = "consolidation"
    PROJECTION = "projection"


class DeadLetter(Model):
    """The headers of a dead letter; its value is the original message, byte for byte."""

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
