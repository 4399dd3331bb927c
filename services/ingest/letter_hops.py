"""Which messages could not be processed, where that was, and what was decided about it since."""

from collections.abc import Collection
from typing import NamedTuple

from schemas.hops import Hop, ms_of
from schemas.topics import DEAD_LETTERS, RAW
from services.ingest.dead_letters import Buried, Wanted, find
from services.ingest.raw_hops import RawPlace
from services.platform.reading import Progress
from services.platform.settings import KafkaSettings


class TracedLetter(NamedTuple):
    """A dead letter's hop, and where the message lies on `raw.v1`, if it was one of there."""

    message: str
    raw: RawPlace | None
    hop: Hop


async def letters_of(
    messages: Collection[str], *, tenant: str, kafka: KafkaSettings, on_progress: Progress
) -> list[TracedLetter]:
    """Return the dead letters of messages, decided ones among them.

    One of which nobody could tell the tenant is found by its id alone.

    Raises:
        KafkaError: trouble with the broker.
    """
    wanted = Wanted(messages=frozenset(messages), decided_too=True)
    found = await find(kafka, wanted=wanted, on_progress=on_progress) if messages else ()
    return [_traced(one) for one in found if one.letter.tenant in {None, tenant}]


def _traced(buried: Buried) -> TracedLetter:
    letter = buried.letter
    place = f"{letter.topic}-{letter.partition}@{letter.offset}"
    hop = Hop(
        stage="buried",
        where=DEAD_LETTERS.name,
        partition=buried.partition,
        offset=buried.offset,
        at_ms=ms_of(buried.buried_at),
        decision=f"dead letter of {letter.stage.value}, {buried.state}",
        reason=f"{letter.reason}: {letter.detail} ({place})",
        message=letter.message,
    )
    raw = (letter.partition, letter.offset) if letter.topic == RAW.name else None
    return TracedLetter(letter.message, raw, hop)
