"""Where something stood on its way, when, and what was decided about it there: for whoever operates."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, get_args

from schemas.base import Model

Stage = Literal[
    "received",
    "mail",
    "stated",
    "buried",
    "accepted",
    "written",
    "consolidated",
    "told",
    "stored",
    "delivery",
    "shown",
]
"""Of the way that a booking takes, in its order."""

STAGES: tuple[Stage, ...] = get_args(Stage)


class Hop(Model):
    """One stand on the way; what it holds was read tolerantly, and is only shown."""

    stage: Stage
    where: str
    """A topic, or a table."""
    partition: int | None = None
    offset: int | None = None
    at_ms: int | None = None
    """When, in milliseconds since 1970; None of what stands so now, and tells no time."""
    decision: str
    reason: str | None = None
    message: str | None = None
    record: str | None = None
    trip: str | None = None

    @property
    def place(self) -> str:
        """Return where, in one word."""
        if self.partition is None:
            return self.where
        return f"{self.where}-{self.partition}@{self.offset}"


def ms_of(instant: datetime) -> int:
    """Return an instant as hops tell it: Unix time in milliseconds."""
    return int(instant.timestamp() * 1000)


def in_order(hops: Iterable[Hop]) -> list[Hop]:
    """Return hops by time, and what is now at the end; what is of one millisecond in the order of the way.

    Times are of several clocks, those of brokers, workers and the database: what came of something may seem
    to be a little older than it.
    """
    return sorted(
        dict.fromkeys(hops),
        key=lambda hop: (
            hop.at_ms is None,
            hop.at_ms or 0,
            STAGES.index(hop.stage),
            hop.where,
            hop.partition or 0,
            hop.offset or 0,
        ),
    )
