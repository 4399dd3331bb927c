"""What the world is told of a trip on Kafka: its `changes` on `trips.v1`, each a CloudEvent in binary mode.

A function of the written value alone, so that whoever relays it, however often, says the same bytes.
"""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.events import CONTENT_TYPE, TripEventAttributes, attribute_header, told_of
from schemas.trip import TripsValue


class TripEvent(NamedTuple):
    """A CloudEvent in Kafka binary mode: attributes in the headers, the data as the value."""

    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    change: str
    """What it tells of."""


def events_of(value: TripsValue) -> tuple[TripEvent, ...]:
    """Return the messages that tell of a value of `trips.v1`."""
    return tuple(
        TripEvent(
            told.attributes.subject.encode(),
            tuple(_headers(told.attributes)),
            told.data.encode(),
            told.data.change.value,
        )
        for told in told_of(value)
    )


def _headers(attributes: TripEventAttributes) -> Iterable[tuple[str, bytes]]:
    """Yield the attributes as headers; of the content type the binding takes the prefix away."""
    for field, said in attributes.model_dump(mode="json").items():
        yield attribute_header(field), str(said).encode()
    yield "content-type", CONTENT_TYPE.encode()
