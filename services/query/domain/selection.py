"""Which fields of a trip a caller wants: `fields=id,name,segments.start`. Pure: JSON in, JSON out."""

from collections.abc import Mapping
from typing import Any, cast

Json = dict[str, Any]
Selection = Mapping[str, "Selection"]
"""By field: what is wanted of it; nothing named means all of it."""

ALWAYS = "id"
"""Shown whatever is selected: without it a trip could not be asked for again."""
_MAX_DEPTH = 4


def read_selection(text: str) -> Selection:
    """Read a comma-separated list of dotted fields.

    Raises:
        ValueError: where it is none.
    """
    selection: dict[str, Any] = {}
    for path in text.split(","):
        steps = path.strip().split(".")
        if not all(step.isidentifier() for step in steps) or len(steps) > _MAX_DEPTH:
            raise ValueError("write names of fields with commas between them, as in id,segments.start")
        within = selection
        for step in steps:
            within = within.setdefault(step, {})
    return selection


def selected(value: Json, selection: Selection) -> Json:
    """Return of an object what is selected; fields that it does not have are left out."""
    return {
        name: _part(value[name], selection.get(name, {}))
        for name in value
        if name in selection or name == ALWAYS
    }


def _part(value: Any, selection: Selection) -> Any:  # noqa: ANN401 - any JSON value
    if not selection:
        return value
    if isinstance(value, list):
        return [_part(item, selection) for item in cast("list[Any]", value)]
    return selected(cast("Json", value), selection) if isinstance(value, dict) else value
