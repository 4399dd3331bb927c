"""How often a law of consolidation is tried: more often than other properties, whose cases cost more."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

_LAWS = {"ci": "laws"}
"""The profile of the laws, where it is another one than that of the whole run."""
_OFTEN = settings.get_profile(_LAWS.get(profile := settings.get_current_profile_name(), profile))
COSTLY = settings(_OFTEN, max_examples=min(_OFTEN.max_examples, max(50, _OFTEN.max_examples // 4)))
"""For a law whose cases take many times as long as the others' do."""
_ENOUGH = settings.get_profile("laws").max_examples
_JOINT = settings(_OFTEN, max_examples=max(_OFTEN.max_examples, min(3 * _OFTEN.max_examples, _ENOUGH)))

_Test = Callable[..., None]
_Case = TypeVar("_Case")


def law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try a law with what is drawn."""
    return lambda test: _OFTEN(given(**drawn)(test))


def costly_law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try a law, less often than others."""
    return lambda test: COSTLY(given(**drawn)(test))


def joint_law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try several laws with the same cases, as often as one by itself; where that is seldom three times."""
    return lambda test: _JOINT(given(**drawn)(test))


def hold(laws: Iterable[Callable[[_Case], None]], case: _Case) -> None:
    """Hold one case against several laws; a failure says which of them is broken."""
    for holds in laws:
        try:
            holds(case)
        except AssertionError as broken:
            broken.add_note(f"broken: {holds.__name__}")
            raise
