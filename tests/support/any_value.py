"""Hypothesis strategies for any value that a model allows, derived from its fields.

Nothing here knows what makes sense for a traveller; that is for the strategies of the laws themselves.
"""

import types
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, Lt, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas import identifiers, money, segments, times

_DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
_SECONDS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001 - wall clocks
    lambda wall_clock: wall_clock.replace(microsecond=0)
)
_STORABLE = st.characters(codec="utf-8", exclude_characters="\x00")

_KNOWN: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (times.LocalTime, _DAYS.map(date.isoformat) | _SECONDS.map(datetime.isoformat)),
    (times.Instant, _SECONDS.map(lambda instant: times.instant_text(instant.replace(tzinfo=UTC)))),
    (money.DecimalText, st.from_regex(r"\A-?[0-9]{1,12}(\.[0-9]{1,4})?\Z")),
    (money.Currency, st.from_regex(r"\A[A-Z]{3}\Z")),
    (identifiers.Identifier, st.uuids().map(str)),
    (identifiers.TenantName, st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,10}\Z")),
    (segments.Text, st.text(_STORABLE, min_size=1, max_size=20)),
    (segments.Code, st.text(_STORABLE, min_size=1, max_size=8)),
    (str, st.text(_STORABLE, max_size=8)),
    (int, st.integers(0, 2**63 - 1)),
    (bool, st.booleans()),
    (type(None), st.none()),
)


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a model, a union of models, or a type that their fields have.

    Raises:
        TypeError: where a field has a type that is not known here.
    """
    for known, values in _KNOWN:
        if kind == known:
            return values
    if isinstance(kind, type):
        return _of_class(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _limited(arguments[0], _limits(arguments[1:]))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(any_of, arguments))
    return _of_container(kind, at_least=0)


@cache
def _of_class(kind: type) -> st.SearchStrategy[Any]:
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    if issubclass(kind, BaseModel):
        hints = get_type_hints(kind, include_extras=True)
        fields = {name: any_of(hints[name]) for name in kind.model_fields}
        return st.fixed_dictionaries(fields).map(lambda values: kind(**values))
    raise TypeError(f"no strategy for {kind}")


def _of_container(kind: Any, *, at_least: int) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return st.lists(any_of(arguments[0]), min_size=at_least, max_size=at_least + 2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), min_size=at_least, max_size=2)
    raise TypeError(f"no strategy for {kind}")


def _limits(metadata: Iterable[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    for item in metadata:
        found.extend(item.metadata if isinstance(item, FieldInfo) else [item])
    return tuple(found)


def _limited(kind: Any, limits: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if kind is int:
        least = max((limit.ge for limit in limits if isinstance(limit, Ge)), default=0)
        highest = [limit.le for limit in limits if isinstance(limit, Le)]
        highest += [limit.lt - 1 for limit in limits if isinstance(limit, Lt)]
        return st.integers(least, min(highest, default=2**63 - 1))
    if get_origin(kind) is tuple:
        at_least = max((limit.min_length for limit in limits if isinstance(limit, MinLen)), default=0)
        return _of_container(kind, at_least=at_least)
    return any_of(kind)
