"""Can today's code read what a released version wrote, and the other way round?

The log is replayed: values written years ago meet today's reader, and while workers are replaced one
by one, today's values meet yesterday's reader. Readers ignore fields that they do not know. This
compares two JSON Schemas in the form that `schemas.export` writes, not any two JSON Schemas; the
general checkers call every added field a break, because they cannot know that readers are tolerant.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

JsonSchema = Mapping[str, Any]


class Breaks(StrEnum):
    """Who fails on a difference."""

    OLD_DATA = "old data"
    """New code refuses, or silently loses, what is in the log."""
    OLD_READERS = "old readers"
    """Old code refuses what new code always may write."""
    UNTIL_READERS_FOLLOW = "old readers, until they are replaced"
    """A closed set grew. Allowed: replace the readers before anyone writes the new value."""


class Difference(NamedTuple):
    """One difference that somebody notices, and where it is, such as `content.segments[].start`."""

    path: str
    what: str
    breaks: Breaks

    @property
    def allowed(self) -> bool:
        """Whether a released version may change like this."""
        return self.breaks is Breaks.UNTIL_READERS_FOLLOW

    def __str__(self) -> str:
        return f"{self.path or '(value)'}: {self.what} (breaks {self.breaks.value})"


def differences(released: JsonSchema, today: JsonSchema) -> tuple[Difference, ...]:
    """Return what sets two versions of one schema apart for those who read it, by path."""
    return tuple(sorted(set(_Comparison(released, today).of_values(released, today, ""))))


class _Comparison:
    """Walks two schemas side by side; definitions that contain themselves are entered once."""

    def __init__(self, released: JsonSchema, today: JsonSchema) -> None:
        self._released = released
        self._today = today
        self._entered: set[tuple[str, str]] = set()

    def of_values(self, old: JsonSchema, new: JsonSchema, path: str) -> Iterator[Difference]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair) and pair in self._entered:
            return
        self._entered.add(pair)
        options, new_options = _options(self._released, old), _options(self._today, new)
        in_union = len(options) > 1 or len(new_options) > 1
        before = {_kind(option, in_union=in_union): option for option in options}
        after = {_kind(option, in_union=in_union): option for option in new_options}
        for kind in before.keys() - after.keys():
            yield Difference(path, f"{kind} was removed", Breaks.OLD_DATA)
        for kind in after.keys() - before.keys():
            grows = kind.tagged and any(other.tagged for other in before)
            breaks = Breaks.UNTIL_READERS_FOLLOW if grows else Breaks.OLD_READERS
            yield Difference(path, f"{kind} was added", breaks)
        for kind in before.keys() & after.keys():
            inside = f"{path}<{kind.tag}>" if kind.tagged else path
            yield from _of_limits(before[kind], after[kind], inside)
            yield from self._of_fields(before[kind], after[kind], inside)
            yield from self._of_contents(before[kind], after[kind], inside)

    def _of_fields(self, old: JsonSchema, new: JsonSchema, path: str) -> Iterator[Difference]:
        before, after = _fields(old), _fields(new)
        was_required, is_required = set(old.get("required", ())), set(new.get("required", ()))
        for name in before:
            inside = f"{path}.{name}" if path else name
            if name not in after:
                yield Difference(inside, "the property was removed", Breaks.OLD_DATA)
                continue
            if name in was_required - is_required:
                yield Difference(inside, "is no longer always there", Breaks.OLD_READERS)
            yield from self.of_values(before[name], after[name], inside)
        for name in sorted(is_required - (was_required & before.keys())):
            yield Difference(f"{path}.{name}" if path else name, "became required", Breaks.OLD_DATA)

    def _of_contents(self, old: JsonSchema, new: JsonSchema, path: str) -> Iterator[Difference]:
        """Compare what lists and mappings hold; a schema that is left out allows anything."""
        for keyword, mark in (("items", "[]"), ("additionalProperties", "{}"), ("propertyNames", "{name}")):
            before, after = _content(old, keyword), _content(new, keyword)
            if before is not None and after is not None:
                yield from self.of_values(before, after, path + mark)
            elif after is not None:
                yield Difference(path + mark, "was narrowed", Breaks.OLD_DATA)
            elif before is not None:
                yield Difference(path + mark, "was widened", Breaks.OLD_READERS)


class _Kind(NamedTuple):
    """What tells the alternatives of a union apart: the JSON type, and the constants of an object."""

    type: str
    tag: str

    @property
    def tagged(self) -> bool:
        return self.tag != ""

    def __str__(self) -> str:
        return f"{self.type} {self.tag}" if self.tagged else self.type


def _options(document: JsonSchema, schema: JsonSchema) -> list[JsonSchema]:
    """Return the alternatives of a union, of unions within it too; of anything else, itself."""
    resolved = _resolved(document, schema)
    options = resolved.get("anyOf") or resolved.get("oneOf")
    if options is None:
        return [resolved]
    return [found for option in options for found in _options(document, option)]


def _resolved(document: JsonSchema, schema: JsonSchema) -> JsonSchema:
    while (reference := schema.get("$ref")) is not None:
        schema = document["$defs"][reference.removeprefix("#/$defs/")]
    return schema


def _kind(schema: JsonSchema, *, in_union: bool) -> _Kind:
    constants = [
        f"{name}={field['const']}" for name, field in sorted(_fields(schema).items()) if "const" in field
    ]
    return _Kind(schema.get("type", "any"), ",".join(constants) if in_union else "")


def _content(schema: JsonSchema, keyword: str) -> JsonSchema | None:
    content = schema.get(keyword)
    return None if isinstance(content, bool) else content


def _fields(schema: JsonSchema) -> Mapping[str, JsonSchema]:
    return schema.get("properties", {})


_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


def _of_limits(old: JsonSchema, new: JsonSchema, path: str) -> Iterator[Difference]:
    yield from _of_choices(_choices(old), _choices(new), path)
    before, after = old.get("pattern"), new.get("pattern")
    if before != after:
        # Whether one pattern allows more than another is not decided here: a changed one may narrow.
        breaks = Breaks.OLD_READERS if after is None else Breaks.OLD_DATA
        yield Difference(path, f"the pattern changed from {before} to {after}", breaks)
    for keyword in (*_UPPER, *_LOWER):
        lowest_is_tightest = keyword in _UPPER
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        tighter = before is None or (after is not None and (after < before) is lowest_is_tightest)
        breaks = Breaks.OLD_DATA if tighter else Breaks.UNTIL_READERS_FOLLOW
        yield Difference(path, f"{keyword} changed from {before} to {after}", breaks)


def _choices(schema: JsonSchema) -> frozenset[Any] | None:
    if "const" in schema:
        return frozenset({schema["const"]})
    return frozenset(schema["enum"]) if "enum" in schema else None


def _of_choices(
    before: frozenset[Any] | None, after: frozenset[Any] | None, path: str
) -> Iterator[Difference]:
    if before is None and after is not None:
        yield Difference(path, "any value was narrowed to a choice", Breaks.OLD_DATA)
    elif before is not None and after is None:
        yield Difference(path, "a choice was widened to any value", Breaks.OLD_READERS)
    elif before is not None and after is not None:
        for value in before - after:
            yield Difference(path, f"the value {value!r} was removed", Breaks.OLD_DATA)
        for value in after - before:
            yield Difference(path, f"the value {value!r} was added", Breaks.UNTIL_READERS_FOLLOW)
