"""How often a law of consolidation is tried: more often than other properties, whose cases cost more."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

_LAWS = {"ci": "laws"}
"""The profile of the laws, where it is another one than that of the whole run."""
_OFTEN = settings.get_profile(_LAWS.get(profile := settings.get_current_profile_name(), profile))
COSTLY = settings(_OFTEN, max_examples=min(_OFTEN.max_examples, max(50, _OFTEN.max_examples // 4)))
"""For a law whose cases take many times as long as the others' do."""
_SHARED = settings(_OFTEN, max_examples=2 * _OFTEN.max_examples)

_Test = Callable[..., None]


def law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try a law with what is drawn."""
    return lambda test: _OFTEN(given(**drawn)(test))


def costly_law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try a law, less often than others."""
    return lambda test: COSTLY(given(**drawn)(test))


def shared_law(**drawn: SearchStrategy[Any]) -> Callable[[_Test], _Test]:
    """Try laws that look at the same cases, and so at fewer of them in all: twice as often as others."""
    return lambda test: _SHARED(given(**drawn)(test))
