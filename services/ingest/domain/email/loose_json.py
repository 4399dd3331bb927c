"""JSON as templates write it: commas missing or too many, brackets left open, comments, line breaks in texts.

A strict parse is tried first. The loose one never fails: it gives what it could make of the rest.
"""

import json
import re
from typing import Any

MAX_DEPTH = 40
MAX_TOKENS = 50_000

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*(?:"|$)|(?<=[{\[,:\s])'(?:[^'\\\n]|\\.|'(?=\w)){0,500}'(?=\s*[}\],:]))"""
    r"""|(?P<punctuation>[{}\[\]:,])"""
    r"""|(?P<word>[^\s{}\[\]:,"]+)""",
    re.DOTALL,
)
_WRAPPING = re.compile(
    r"<!\[CDATA\[|\]\]>|<!--|-->|^[^\S\n]*//[^\n]*$|/\*.*?\*/|;\s*$", re.MULTILINE | re.DOTALL
)
_WORDS = {"true": True, "false": False, "null": None}


def loose_json(text: str) -> list[Any]:
    """Return every JSON value in a text, in order; numbers with a fraction stay texts."""
    text = text.strip()
    if not text:
        return []
    try:
        return [json.loads(text, strict=False, parse_float=str)]
    except (ValueError, RecursionError):
        return _Loose(_WRAPPING.sub("", text)).values()


class _Loose:
    """A reader that takes the next thing for what it most likely is."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            (found.lastgroup or "", found[0])
            for _, found in zip(range(MAX_TOKENS), _TOKEN.finditer(text), strict=False)
        ]
        self._at = 0

    def values(self) -> list[Any]:
        found: list[Any] = []
        while self._at < len(self._tokens):
            value = self._value(depth=0)
            if isinstance(value, dict | list) and value:
                found.append(value)
        return found

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")
        self._at += 1
        return token

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _value(self, *, depth: int) -> Any:  # noqa: ANN401 - any JSON
        kind, sign = self._next()
        if kind == "string":
            return _string(sign)
        if sign in {"{", "["} and depth < MAX_DEPTH:
            return self._array(depth=depth + 1) if sign == "[" else self._object(depth=depth + 1)
        if kind == "word":
            return _word(sign)
        return None

    def _object(self, *, depth: int) -> dict[str, Any]:
        value: dict[str, Any] = {}
        while True:
            kind, sign = self._next()
            if kind == "end" or sign == "}":
                return value
            if kind == "string" and self._peek()[1] == ":":
                self._at += 1
                if self._peek()[1] in {"}", ","}:
                    continue  # a value that was left out
                value[_string(sign)] = self._value(depth=depth)

    def _array(self, *, depth: int) -> list[Any]:
        items: list[Any] = []
        while True:
            kind, sign = self._peek()
            if kind == "end" or sign == "]":
                self._at += 1
                return items
            if sign in {",", ":", "}"}:
                self._at += 1
                continue
            items.append(self._value(depth=depth))


def _string(token: str) -> str:
    if token.startswith("'"):
        return token[1:-1].replace("\\'", "'")
    try:
        return json.loads(token, strict=False)
    except ValueError:
        return token.strip('"').replace("\\/", "/").replace('\\"', '"')


def _word(token: str) -> Any:  # noqa: ANN401 - any JSON
    if token in _WORDS:
        return _WORDS[token]
    return int(token) if token.isdecimal() and len(token) < 16 else token.strip("'")
