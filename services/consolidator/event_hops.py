"""Where events lie on `trip-events.v1`: what the world was told of versions of trips, and when."""

from collections.abc import Collection, Iterable

from schemas.events import attribute_header
from schemas.hops import Hop
from schemas.topics import TRIP_EVENTS
from services.platform.reading import LogEntry, Progress, open_reader, read_all
from services.platform.settings import KafkaSettings

_ID, _TYPE, _SUBJECT = (attribute_header(field) for field in ("id", "type", "subject"))


async def events_told(
    events: Collection[str], *, kafka: KafkaSettings, partitions: Iterable[int], on_progress: Progress
) -> list[Hop]:
    """Return where events were told, by their ids; each as often as it was.

    Raises:
        KafkaError: trouble with the broker.
    """
    if not events:
        return []
    wanted = {event.encode() for event in events}
    async with open_reader(kafka) as reader:
        return [
            _told(entry, said)
            async for entry in read_all(
                reader, TRIP_EVENTS.name, partitions=partitions, on_progress=on_progress
            )
            if (said := dict(entry.headers)).get(_ID) in wanted
        ]


def _told(entry: LogEntry, said: dict[str, bytes]) -> Hop:
    return Hop(
        stage="told",
        where=TRIP_EVENTS.name,
        partition=entry.partition,
        offset=entry.offset,
        at_ms=entry.timestamp,
        decision=f"told {said.get(_TYPE, b'').decode(errors='replace')}",
        reason=f"event {said[_ID].decode()}",
        trip=said.get(_SUBJECT, b"").decode(errors="replace") or None,
    )
