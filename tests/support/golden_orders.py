"""The same history in other orders of arrival: the content of the trips must not change.

Only the ages of records, the holders of trip ids and the offsets are a matter of the order; they are
taken from the history as it was told.
"""

from collections.abc import Iterator, Sequence
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


def contents_in_other_orders(
    said: Sequence[Statement], *, like: TravellerState, settings: TenantSettings, random: Random
) -> Iterator[tuple[str, str]]:
    """Yield, for each of some random orders, the content as told and the content as found."""
    told = _readable(like, settings)
    for _ in range(ORDERS):
        shuffled = random.sample(list(said), len(said))
        yield told, _readable(_state_after(shuffled, like=like), settings)


def _readable(state: TravellerState, settings: TenantSettings) -> str:
    contents = sorted(expected_trips(state, settings=settings).values())
    return "\n".join(orjson.dumps(orjson.loads(c), option=orjson.OPT_INDENT_2).decode() for c in contents)


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
