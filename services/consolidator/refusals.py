"""Inputs that cannot be consolidated: what is told about them, and what is kept of them."""

from typing import NamedTuple

from schemas.booking_record import Statement, TenantStatement
from schemas.dead_letter import DeadLetter, Stage, header_texts
from schemas.identifiers import inbox_message_id
from schemas.topics import BOOKINGS, DEAD_LETTERS
from schemas.trip import Outcome, OutcomeResult
from services.consolidator.partition import Message
from services.consolidator.values import Output

TOO_LARGE = "too_large"
"""The reason of what would make a value that the log does not take."""


class Refusal(NamedTuple):
    """A message that becomes a dead letter, and why; `detail` holds none of its data."""

    message: Message
    reason: str
    detail: str
    statement: Statement | None = None
    """What it says, where it could be read."""

    @property
    def is_poison(self) -> bool:
        """Whether somebody has to look; that one history grew too large is a rule, and no fault."""
        return self.reason != TOO_LARGE


def refused_outcome(refusal: Refusal) -> Outcome | None:
    """Return what the sender is told; nothing where nobody knows whom it was about."""
    statement = refusal.statement
    if statement is None or isinstance(statement, TenantStatement):
        return None
    return Outcome(
        message=statement.message,
        tenant=statement.tenant,
        traveller=statement.traveller,
        record=getattr(statement, "record", None),
        result=OutcomeResult.REFUSED,
        reason=refusal.reason if refusal.is_poison else refusal.detail,
    )


def dead_letter(refusal: Refusal, *, partition: int) -> Output:
    """Return the message as it was, with the reason in its headers."""
    statement = refusal.statement
    letter = DeadLetter(
        message=statement.message
        if statement is not None
        else inbox_message_id(topic=BOOKINGS.name, partition=partition, offset=refusal.message.offset),
        stage=Stage.CONSOLIDATION,
        reason=refusal.reason,
        detail=refusal.detail,
        topic=BOOKINGS.name,
        partition=partition,
        offset=refusal.message.offset,
        tenant=None if statement is None else statement.tenant,
    )
    headers = tuple(header_texts(letter))
    return Output(DEAD_LETTERS.name, letter.message.encode(), refusal.message.value or b"", headers)
