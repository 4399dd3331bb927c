"""A history's content by other ways: consolidated as a whole, and in other orders of arrival.

The content must not change. Only the ages of records, the holders of trip ids and the offsets are a
matter of the order; they are taken from the history as it was told.
"""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any, cast

import orjson

from schemas.booking_record import Statement
from schemas.settings import TenantSettings
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.registers import Accepted, accept
from services.consolidator.domain.state import TravellerState
from tests.support.trips import APPENDED_MS

ORDERS = 5


def whole_content(state: TravellerState, *, settings: TenantSettings) -> str:
    """Write the content of all trips as computed from the records alone."""
    return _readable(expected_trips(state.records, settings=settings).values())


def written_content(state: TravellerState) -> str:
    """Write the content of all trips as it was last written, input by input."""
    values = (orjson.loads(value) for value in state.trips.values())
    return _readable(orjson.dumps(value["content"]) for value in values if value["kind"] == "trip")


def _readable(contents: Iterable[bytes]) -> str:
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return "\n".join(sorted(orjson.dumps(orjson.loads(c), option=option).decode() for c in contents))


def contents_in_other_orders(
    said: Sequence[Statement], *, like: TravellerState, settings: TenantSettings, random: Random
) -> Iterator[tuple[str, str]]:
    """Yield, for each of some random orders, the content as told and the content as found."""
    told = whole_content(like, settings=settings)
    for _ in range(ORDERS):
        shuffled = random.sample(list(said), len(said))
        yield told, whole_content(_state_after(shuffled, like=like), settings=settings)


def _state_after(history: Sequence[Statement], *, like: TravellerState) -> TravellerState:
    """Return the records that statements leave in this order, with ages and tokens as in another state."""
    made = TravellerState(like.tenant, like.traveller)
    made.records |= {key: record for key, record in like.records.items() if record.kind == "token"}
    for statement in history:
        item = Input(statement, offset=0, appended_ms=APPENDED_MS)
        key = _key(statement, like)
        accepted = accept(made.records.get(key), item)
        if isinstance(accepted, Accepted) and accepted.record is not None:
            made.records[key] = accepted.record
    ages = ("founded", "founded_ms", "offset")
    for key, record in made.records.items():
        age = {name: getattr(like.records[key], name) for name in ages}
        made.records[key] = record.model_copy(update=age)
    return made


def _key(statement: Statement, state: TravellerState) -> str:
    if statement.kind == "advance":
        return next(key for key, record in state.records.items() if record.kind == "instant")
    return cast("Any", statement).record
