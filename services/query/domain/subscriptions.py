"""What a webhook is told, in which form, and when it is tried again. Pure: time comes in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import orjson

from schemas.base import written_json
from schemas.events import TripEventAttributes, attribute_header, structured
from schemas.trip import ChangeType
from services.query.domain.concur_events import concur_event

Form = Literal["cloudevents", "concur"]

CONTENT_TYPES: Mapping[str, str] = {
    "cloudevents": "application/cloudevents+json; charset=utf-8",
    "concur": "application/json",
}

_AGAIN = (1, 6, 24, 120, 360, 720, 1440, 2880, 5760, 8640)
"""Times the first delay, after the n-th failure of a delivery; the last holds for all that follow."""
_IN_A_ROW = 3
"""So many failures in a row, and the endpoint as a whole is left alone for a while."""
_PAUSE = (6, 24, 120, 360, 720)
"""Times the first delay, after each failure beyond that: an endpoint that is back waits no longer."""
_SPREAD = 0.1
_LONGEST_ASKED_SECONDS = 3600.0
_LONGEST_TRACEPARENT = 64
_CLOCKS_DIFFER = timedelta(minutes=1)
"""An event bears the broker's time, in whole seconds, and a webhook the database's: rather told than lost."""


class Patience(NamedTuple):
    """How long a delivery is tried. By default from five seconds to twelve hours after each failure."""

    first_seconds: float = 5.0
    tried_for: timedelta = timedelta(days=3)
    """After this a delivery is dead; a person can have it tried again."""

    def again_in(
        self, failures: int, *, waited: timedelta, stretch: float, asked_seconds: float = 0.0
    ) -> timedelta:
        """Return how long after its n-th failure a delivery is tried again, at the latest as its days end.

        Args:
            failures: of this delivery so far, from 1.
            waited: for how long it has been tried; not over yet.
            stretch: from 0 to 1; spreads what failed together.
            asked_seconds: what the endpoint asked for (Retry-After).
        """
        planned = self.first_seconds * _AGAIN[min(failures, len(_AGAIN)) - 1] * (1 + _SPREAD * stretch)
        wanted = timedelta(seconds=max(planned, min(asked_seconds, _LONGEST_ASKED_SECONDS)))
        return min(wanted, self.tried_for - waited)

    def is_over(self, waited: timedelta) -> bool:
        """Say whether a delivery that failed after so long was tried for the last time."""
        return waited >= self.tried_for

    @property
    def hopeless_after(self) -> timedelta:
        """How long after it was queued a delivery has had its last try, however long its endpoint paused."""
        return self.tried_for + 2 * self.pause_after(_IN_A_ROW + len(_PAUSE))

    def pause_after(self, failures_in_a_row: int) -> timedelta:
        """Return for how long an endpoint is left alone."""
        if failures_in_a_row < _IN_A_ROW:
            return timedelta(0)
        beyond = min(failures_in_a_row - _IN_A_ROW, len(_PAUSE) - 1)
        return timedelta(seconds=self.first_seconds * _PAUSE[beyond])


def goes_on(failures_in_a_row: int) -> bool:
    """Say whether an endpoint that failed so often is sent more in the same visit."""
    return failures_in_a_row < _IN_A_ROW


class Subscription(NamedTuple):
    """What one webhook wants to hear; empty sets want everything."""

    tenant: str
    webhook: str
    changes: frozenset[str]
    travellers: frozenset[str]
    form: Form
    since: datetime
    """Nothing is told of what happened before."""


class Heard(NamedTuple):
    """A message of `trip-events.v1`."""

    attributes: TripEventAttributes
    data: Mapping[str, Any]
    traceparent: str | None = None
    """The trace in which it was told, as CloudEvents' extension says."""


def read_event(headers: Sequence[tuple[str, bytes | None]], value: bytes | None) -> Heard:
    """Read a message in Kafka binary mode; headers that are not known here are left out.

    Raises:
        ValueError: where it is none.
    """
    said = {name: (text or b"").decode() for name, text in headers}  # Kafka's may be null
    fields = TripEventAttributes.model_fields
    named = {field: said[attribute_header(field)] for field in fields if attribute_header(field) in said}
    attributes, data = TripEventAttributes.model_validate(named), orjson.loads(value or b"")
    if not isinstance(data, dict) or "change" not in data:
        raise ValueError("the data are not those of a trip event")
    ChangeType(data["change"])
    traceparent = said.get("ce_traceparent", "")
    return Heard(attributes, data, traceparent if 0 < len(traceparent) <= _LONGEST_TRACEPARENT else None)


def wants(subscription: Subscription, heard: Heard) -> bool:
    """Say whether a webhook hears of an event."""
    attributes = heard.attributes
    return (
        attributes.tenant == subscription.tenant
        and (not subscription.changes or heard.data["change"] in subscription.changes)
        and (not subscription.travellers or attributes.traveller in subscription.travellers)
        and datetime.fromisoformat(attributes.time) >= subscription.since - _CLOCKS_DIFFER
    )


def leaves_nothing(heard: Heard) -> bool:
    """Say whether after an event nothing may be kept of what was told of its trip before."""
    return heard.data["change"] in {ChangeType.DELETED, ChangeType.ANONYMISED}


def lasting(heard: Sequence[Heard]) -> Sequence[Heard]:
    """Leave out what was told of a trip before an event after which nothing of that may be kept."""
    gone = set[tuple[str, str, str]]()
    kept: list[Heard] = []
    for one in reversed(heard):
        trip = (one.attributes.tenant, one.attributes.traveller, one.attributes.subject)
        if leaves_nothing(one):
            gone.add(trip)
        elif trip in gone:
            continue
        kept.append(one)
    return kept[::-1]


def body(heard: Heard, *, form: Form, public_url: str) -> bytes | None:
    """Return the event as a webhook gets it, always the same; None where the form has no word for it."""
    if form == "cloudevents":
        return written_json(structured(heard.attributes, heard.data))
    told = concur_event(heard.attributes, change=heard.data["change"], public_url=public_url)
    return None if told is None else written_json(told)
