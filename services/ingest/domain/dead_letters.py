"""What is said over HTTP of dead letters: which a decision is about."""

from pydantic import AwareDatetime, Field

from schemas.base import Model
from schemas.dead_letter import Stage
from schemas.identifiers import Identifier

MOST_AT_ONCE = 1_000


class DeadLetterChoice(Model):
    """Which dead letters a decision is about; each thing said narrows the choice."""

    messages: tuple[Identifier, ...] = Field(default=(), max_length=MOST_AT_ONCE)
    reason: str | None = None
    stage: Stage | None = None
    source: str | None = None
    since: AwareDatetime | None = Field(default=None, alias="from")
    """Buried at this instant or later."""
    until: AwareDatetime | None = Field(default=None, alias="to")
    """Buried before this instant."""
    dry_run: bool = False
    """Say what would be done, and do nothing."""
