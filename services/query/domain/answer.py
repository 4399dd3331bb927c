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


def answer_for(trip: Trip, *, viewer: Viewer) -> Answer:
    """Write all that a viewer may see of a trip."""
    shown = visible(trip, viewer=viewer)
    if viewer.audience is Audience.SUPPLIER:  # to whom hidden segments would look as if nothing were booked
        return Answer(listed(shown), None)
    facts = [fact.model_dump(mode="json", exclude_none=True) for fact in between(shown)]
    return Answer(listed(shown), orjson.dumps(facts).decode())


def listed(shown: Trip) -> str:
    """Write a trip, as a viewer sees it, for a list: what lies between costs more than all the rest."""
    return orjson.dumps(trip_json(shown)).decode()


def stored_answer(trip: Trip) -> Answer:
    """Write a trip for all who see the whole of it."""
    return answer_for(trip, viewer=Viewer(Audience.INSIDER))


def mark_of(trip: Trip) -> str:
    """Return what tells an answer that was written of this very state, in this form, from any other."""
    return f"{FORM} {trip.version.epoch} {trip.version.offset} {trip.content_hash}"
