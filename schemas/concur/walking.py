"""Walks the tables of `schemas.concur.mapping`: from texts to fields, and from fields to texts.

What the language cannot give back letter by letter stays in `details` under its path, so that reading
and writing again gives every text as it was posted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.base import Model, canonical_json
from schemas.concur.made_fields import MADE
from schemas.concur.mapping import Column, ListColumn, Table
from schemas.concur.texts import (
    Texts,
    agree,
    local_time,
    may_stand_in,
    members,
    natural_order,
    numbered,
    prefixed,
)

_INSTANTS = frozenset({"StartDateUtc", "EndDateUtc"})
LOCAL_TIMES = frozenset({("booked",), ("issued",), ("start",), ("start", "local"), ("end", "local")})
"""Fields that hold a date or date-time as text."""


def fields(texts: Texts, table: Table) -> dict[str, Any]:
    """Return what the texts say as nested fields, not yet validated; see `assemble_*` in `made_fields`."""
    said: dict[str, Any] = dict(table.constants)
    for column in table.columns:
        text = texts.get(column.element, "").strip()
        if text:
            _put(said, column, text)
    for inner in table.lists:
        listed = _read_list(texts, inner)
        if listed:
            said[inner.field] = listed
    return said


def _read_list(texts: Texts, inner: ListColumn, *, read_only: bool | None = None) -> list[dict[str, Any]]:
    """Return the entries in their order; those that are only read come last, as they do when written."""
    known = [
        (inner.tables[name], found) for name, found in members(texts, inner.wrapper) if name in inner.tables
    ]
    known.sort(key=lambda entry: entry[0].read_only)
    return [fields(found, table) for table, found in known if read_only in {None, table.read_only}]


def _put(said: dict[str, Any], column: Column, text: str) -> None:
    if column.field in LOCAL_TIMES:
        time = local_time(text)
        text = text if time is None else time[0]
    *outer, last = column.field
    for part in outer:
        said = said.setdefault(part, {})
    said.setdefault(last, text)


def written(model: Model, table: Table) -> dict[str, str]:
    """Return the texts of all mapped fields; details only tell which entries stand there already."""
    texts: dict[str, str] = {}
    for column in table.columns:
        if column.read_only or column.element in texts:
            continue
        text = _text_at(model, column.field)
        if text is not None:
            texts[column.element] = text
    _drop_foreign_rate(model, texts)
    for inner in table.lists:
        if not _stands_in_details(model, inner):
            texts.update(_written_list(model, inner))
    return texts


def _stands_in_details(model: Model, inner: ListColumn) -> bool:
    """Whether a list was posted with entries of which nothing could be made: the details have all of it then.

    They name an entry that the list has not; and it is this list, for what the list says they say too, in
    the same order. Both are walked once side by side: a sender may post tens of thousands.
    """
    writable = {name for name, table in inner.tables.items() if not table.read_only}
    told = {
        member: found
        for member, found in numbered(_details(model), inner.wrapper).items()
        if member.partition("[")[0] in writable
    }
    items = _own_entries(model, inner)
    if told.keys() <= {path.rpartition("/")[2] for path in _names_of(items, inner)}:
        return False
    in_order = sorted(told, key=natural_order)
    left = {name: iter([told[m] for m in in_order if m.partition("[")[0] == name]) for name in writable}
    return all(_comes_next(item, inner, left=left) for item in items)


def _comes_next(item: Model, inner: ListColumn, *, left: Mapping[str, Iterator[Texts]]) -> bool:
    """Whether an entry says what one of those left does; those before that one are none of the list's."""
    table = _table_for(item, inner)
    said = written(item, table)
    return any(_agrees(said, found) for found in left[table.element])


def _agrees(texts: Texts, found: Texts) -> bool:
    return all(agree(found.get(path, ""), text) for path, text in texts.items())


def _written_list(model: Model, inner: ListColumn) -> dict[str, str]:
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for item in _own_entries(model, inner):
        table = _table_for(item, inner)
        numbers[table.element] = number = numbers.get(table.element, 0) + 1
        texts.update(prefixed(f"{inner.wrapper}/{table.element}[{number}]", written(item, table)))
    return texts


def _own_entries(model: Model, inner: ListColumn) -> list[Model]:
    """Return the entries that are written from the list; those that are only read stand in the details."""
    return _without(getattr(model, inner.field), _read_list(_details(model), inner, read_only=True))


def _without(items: Sequence[Model], elsewhere: list[dict[str, Any]]) -> list[Model]:
    """Leave out the entries that stand among the details; they are the last of their like."""
    if not elsewhere:
        return list(items)
    to_leave_out = Counter(map(canonical_json, elsewhere))
    left: list[Model] = []
    for item in reversed(items):
        said = canonical_json(item.model_dump(mode="json", exclude_none=True))
        if to_leave_out[said]:
            to_leave_out[said] -= 1
        else:
            left.append(item)
    return left[::-1]


def _details(model: Model) -> Texts:
    return getattr(model, "details", {})


def _table_for(item: Model, inner: ListColumn) -> Table:
    return next(
        table
        for table in inner.tables.values()
        if not table.read_only
        and all(getattr(item, field) == value for field, value in table.constants.items())
    )


def _drop_foreign_rate(model: Model, texts: dict[str, str]) -> None:
    """Leave out a rate in another currency than the total's: one element names the currency of both."""
    total, rate = getattr(model, "total", None), getattr(model, "rate", None)
    if total is not None and rate is not None and total.currency != rate.currency:
        texts.pop("DailyRate", None)
        texts.pop("Rate", None)


def shown(model: Model, table: Table, *, as_posted: bool = False) -> dict[str, str]:
    """Return the texts to write: mapped fields, in the posted spelling where that says the same.

    `as_posted` is for who posted it, and finds its own instants again where the zone contradicts them.
    """
    texts = written(model, table)
    details = _details(model)
    for path in sorted(details, key=natural_order):
        ours = texts.get(path)
        stands = ours is None or agree(details[path], ours) or (as_posted and path in _INSTANTS)
        if stands and may_stand_in(table.element, path):
            texts[path] = details[path]
    return _in_place(texts, places={name: at for at, name in enumerate(_member_names(model, table))})


def _member_names(model: Model, table: Table) -> Iterator[str]:
    """Yield the path of each entry of each list, in the order of the lists."""
    for inner in table.lists:
        yield from _names_of(getattr(model, inner.field), inner)


def _names_of(items: Sequence[Model], inner: ListColumn) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for item in items:
        element = _table_for(item, inner).element
        numbers[element] = number = numbers.get(element, 0) + 1
        yield f"{inner.wrapper}/{element}[{number}]"


def _in_place(texts: dict[str, str], *, places: Mapping[str, int]) -> dict[str, str]:
    """Put entries in the order of their list, those too that are written from details alone.

    What stands in no list comes first, what only the details know of comes last, as ever.
    """

    def place(path: str) -> int:
        wrapper, _, inside = path.partition("/")
        return places.get(f"{wrapper}/{inside.partition('/')[0]}", len(places)) if inside else -1

    return dict(sorted(texts.items(), key=lambda text: place(text[0]))) if places else texts


def kept(posted: Texts, model: Model, table: Table) -> dict[str, str]:
    """Return the details: what was posted and would not be written letter by letter without them."""
    known = {path: text for path, text in posted.items() if may_stand_in(table.element, path)}
    ours = written(model.model_copy(update={"details": known}), table)
    return {path: text for path, text in known.items() if ours.get(path) != text}


def _text_at(model: Any, field: tuple[str, ...]) -> str | None:  # noqa: ANN401 - any model of the language
    made = MADE.get(field)
    if made is not None:
        return made(model)
    value = model
    for part in field:
        value = None if value is None else getattr(value, part, None)
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if field in LOCAL_TIMES and "T" not in value:
        return f"{value}T00:00:00"
    return str(value)
