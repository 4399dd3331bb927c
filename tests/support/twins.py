"""A traveller's state, twice: what changes is there twice, what never changes is shared."""

from collections import Counter
from dataclasses import fields
from typing import Any

from pydantic import BaseModel

from services.consolidator.domain.bookings import Reader
from services.consolidator.domain.candidates import Candidates
from services.consolidator.domain.memo import Memo
from services.consolidator.domain.neighbourhoods import Neighbourhoods
from services.consolidator.domain.remembered import Remembered
from services.consolidator.domain.state import TravellerState
from services.consolidator.domain.stated import Readings

_CHANGING = {
    **{
        kind: tuple(each.name for each in fields(kind))
        for kind in (TravellerState, Memo, Reader, Readings, Neighbourhoods, Candidates)
    },
    Remembered: Remembered.__slots__,
}
"""What changes while a traveller lives, with its parts."""
_NEVER_CHANGING = {str, bytes, int, bool, type(None), tuple, frozenset}


def twin_of(state: TravellerState) -> TravellerState:
    """Return a state that goes on by itself from here, memory and all.

    To live a history again would cost fifty times as much.

    Raises:
        TypeError: it holds something of which it is not known whether that changes.
    """
    return _twin(state, {})


def _twin(thing: Any, made: dict[int, Any]) -> Any:
    kind = type(thing)
    if kind in _NEVER_CHANGING:
        return thing
    if kind is dict or kind is Counter:
        twin = kind()
        dict.update(twin, {key: _twin(value, made) for key, value in thing.items()})
        return twin
    if kind is set:
        return set(thing)
    if kind in _CHANGING:
        return made[id(thing)] if id(thing) in made else _twin_of_parts(thing, made)
    if not _is_frozen(kind):
        raise TypeError(f"{kind} might change: say of it in twins.py what its parts are")
    return thing


def _twin_of_parts(thing: Any, made: dict[int, Any]) -> Any:
    """Make each thing once, so that what several share they share in the twin."""
    twin = made[id(thing)] = object.__new__(type(thing))
    for name in _CHANGING[type(thing)]:
        setattr(twin, name, _twin(getattr(thing, name), made))
    return twin


def _is_frozen(kind: type) -> bool:
    if issubclass(kind, BaseModel):
        return bool(kind.model_config.get("frozen"))
    parameters = getattr(kind, "__dataclass_params__", None)
    return issubclass(kind, tuple) or (parameters is not None and parameters.frozen)
