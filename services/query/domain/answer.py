"""A trip in JSON as somebody reads it, in two parts: the trip, and what lies between its segments.

For whoever sees all of a trip it is written once, when the trip is stored, and sent as it stands. So nothing
in it may depend on the time, on settings of a process, or on who of those asks.
"""

from typing import NamedTuple

import orjson

from schemas.trip import Trip
from services.query.domain.between import between
from services.query.domain.trip_format import trip_json
from services.query.domain.visibility import Audience, Viewer, visible

FORM = 2
"""Raise it with every change of what is written, and with every field that a trip has more: rows stored by a
release that did not know it lack it. Rows of an earlier form are no longer sent as they stand:
`itinerary rebuild` writes them anew; until then each read does. A test notices."""


class Answer(NamedTuple):
    """What is written of a trip; `facts` is None where the reader does not see what lies between."""

    trip: str
    facts: str | None

    def whole(self) -> str:
        """Return the trip with what lies between."""
        return self.trip if self.facts is None else f'{self.trip[:-1]},"between":{self.facts}}}'


def answer_for(trip: Trip, *, viewer: Viewer, with_facts: bool = True) -> Answer:
    """Write a trip for a viewer.

    Args:
        trip: all of it.
        viewer: who reads.
        with_facts: what lies between costs more than all the rest, and lists do not tell it.
    """
    shown = visible(trip, viewer=viewer)
    # Where segments are hidden it would look as if nothing were booked.
    told = with_facts and viewer.audience is not Audience.SUPPLIER
    facts = [fact.model_dump(mode="json", exclude_none=True) for fact in between(shown)] if told else None
    return Answer(
        orjson.dumps(trip_json(shown)).decode(), None if facts is None else orjson.dumps(facts).decode()
    )


def stored_answer(trip: Trip) -> Answer:
    """Write a trip for all who see the whole of it."""
    return answer_for(trip, viewer=Viewer(Audience.INSIDER))


def mark_of(trip: Trip) -> str:
    """Return what tells an answer that was written of this very state, in this form, from any other."""
    return f"{FORM} {trip.version.epoch} {trip.version.offset} {trip.content_hash}"
