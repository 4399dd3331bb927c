"""What differs between two states of a trip, as `trip_format` writes them. Pure: JSON in, differences out.

Things with an identity, such as segments and bookings, are compared by it and not by their place in a list:
a flight that comes before another changes nothing but the list.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

Json = dict[str, Any]

_IDENTITIES: Mapping[str, str] = {"segments": "id", "bookings": "record"}
"""By the list: the field by which its things are known."""
NOT_CONTENT = frozenset(
    {"version", "modified", "created", "also_known_as", "provenance", "revision", "claims"}
)
"""What differs between any two versions, or says where values come from and not what they are."""
_ABSENT = object()


class Difference(NamedTuple):
    """One value that differs. `path` names fields and identities; None stands for absent."""

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Json, after: Json) -> tuple[Difference, ...]:
    """Return what differs, in the order of the paths."""
    return tuple(sorted(_walk((), before, after), key=lambda difference: difference.path))


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:  # noqa: ANN401 - any JSON value
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _fields(path, cast("Json", before), cast("Json", after))
    elif path and path[-1] in _IDENTITIES and isinstance(before, list) and isinstance(after, list):
        name = _IDENTITIES[path[-1]]
        yield from _fields(path, _by(name, cast("list[Json]", before)), _by(name, cast("list[Json]", after)))
    else:
        yield Difference(path, _shown(before), _shown(after))


def _fields(path: tuple[str, ...], before: Json, after: Json) -> Iterator[Difference]:
    for name in before.keys() | after.keys():
        if name not in NOT_CONTENT:
            yield from _walk((*path, name), before.get(name, _ABSENT), after.get(name, _ABSENT))


def _by(name: str, things: Sequence[Json]) -> Json:
    return {thing[name]: thing for thing in things if name in thing}


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return None if value is _ABSENT else value
