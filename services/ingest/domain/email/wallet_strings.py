"""The words of a wallet pass, which many a pass keeps beside `pass.json`, one file for each language."""

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from services.ingest.domain.email.items import MAX_DEPTH

_STRING = re.compile(r'"((?:[^"\\]|\\.){0,120})"\s*=\s*"((?:[^"\\]|\\.){0,400})"\s*;')
_MAX_STRINGS = 400


def language_of(names: Sequence[str]) -> str | None:
    """Return the file of the words that are read: in English, or else in the first language there is."""
    spoken = sorted(name for name in names if name.endswith(".lproj/pass.strings"))
    return next((name for name in spoken if name.startswith("en")), next(iter(spoken), None))


def strings_in(content: bytes) -> Mapping[str, str]:
    """Return the words that a file gives for texts of the pass."""
    charset = "utf-16" if content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"
    found = _STRING.finditer(content.decode(charset, "replace"))
    return {each[1]: each[2].replace('\\"', '"') for _, each in zip(range(_MAX_STRINGS), found, strict=False)}


def in_words(value: Any, words: Mapping[str, str], *, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with each text that there are words for put into them."""
    if isinstance(value, str):
        return words.get(value, value)
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        return {name: in_words(each, words, depth=depth + 1) for name, each in node.items()}
    if isinstance(value, list):
        return [in_words(each, words, depth=depth + 1) for each in cast("list[Any]", value)]
    return value
