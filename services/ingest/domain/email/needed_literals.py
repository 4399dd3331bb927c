r"""What a text must hold for an expression to match in it: literals, read off the expression itself.

`(?:taxi|shuttle)\b.{0,9}(?:to|nach)` matches nowhere without `taxi` or `shuttle`. More is not asked here: a
text with none of the literals has no match, one with some may have one. Both are compared `folded`.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import product
from re import _parser  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType] - it has no public name
from typing import Any, NamedTuple, cast

_FOLDED = (
    ("\N{LATIN SMALL LETTER DOTLESS I}".encode(), b"i"),
    ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}".encode(), b"i"),
    ("\N{LATIN SMALL LETTER LONG S}".encode(), b"s"),
    ("\N{KELVIN SIGN}".encode(), b"k"),
)
"""The only letters beyond ASCII that expressions without case take for letters of ASCII."""
_MAX_WAYS = 24
"""To write a piece of an expression: what can be written in more is not taken for a choice of literals."""
_BEYOND_CASES = "\u3000"
"""The letters of alphabets stand before it, with all their cases."""


def folded(text: str) -> bytes:
    """Return a text as UTF-8 with the letters of ASCII small: each sign alone, so that pieces stay pieces."""
    told = text.encode("utf-8", "surrogatepass").lower()
    if not text.isascii():
        for letter, by in _FOLDED:
            told = told.replace(letter, by)
    return told


def needed_by(pattern: str, flags: int = 0) -> frozenset[bytes]:
    """Return literals, folded: whatever an expression matches holds one. None where none are known."""
    literals = _read(pattern, flags).literals
    return frozenset(each for each in literals if not any(other in each for other in literals - {each}))


def begun_by(pattern: str, flags: int = 0) -> frozenset[bytes]:
    """Return literals, folded: whatever an expression matches begins with one. None where none are known."""
    return _literals(_read(pattern, flags).heads or {""})


class _Piece(NamedTuple):
    """A piece of an expression: all that it can be, where that is little, or else what is known of it."""

    ways: frozenset[str] | None
    needs: frozenset[bytes] = frozenset()
    begins: frozenset[str] | None = None

    @property
    def literals(self) -> frozenset[bytes]:
        """Literals of which it holds one."""
        return self.needs if self.ways is None else _rarest(_literals(self.ways), self.needs)

    @property
    def heads(self) -> frozenset[str] | None:
        """What it begins with, where that is known."""
        return self.begins if self.ways is None else self.ways


_ANYTHING = _Piece(None)
_EMPTY = frozenset({""})


def _literals(ways: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(folded, ways)) if all(ways) else frozenset()


def _rarest(*choices: frozenset[bytes]) -> frozenset[bytes]:
    """Return the literals that the fewest texts will have: the shortest decides, then how many they are."""
    return max(choices, key=lambda each: (min(map(len, each), default=0), -len(each)))


def _read(pattern: str, flags: int) -> _Piece:
    parsed: Any = cast("Any", _parser).parse(pattern, flags)
    return _sequence(parsed, any_case=bool(parsed.state.flags & re.IGNORECASE))


def _sequence(pieces: Iterable[tuple[Any, Any]], *, any_case: bool) -> _Piece:
    """Read pieces one behind the other: those that can be written in few ways make longer literals."""
    run, needs, is_whole = _EMPTY, frozenset[bytes](), True
    begins: frozenset[str] | None = None
    for kind, told in pieces:
        piece = _piece(str(kind), told, any_case=any_case)
        longer = _joined(run, piece.ways)
        if longer is not None:
            run, needs = longer, _rarest(needs, piece.needs)
            continue
        if is_whole:
            begins, is_whole = (run if any(run) else piece.heads), False
        needs = _rarest(needs, _literals(run), piece.needs)
        run = piece.ways if piece.ways is not None else _EMPTY
    return _Piece(run, needs) if is_whole else _Piece(None, _rarest(needs, _literals(run)), begins)


def _joined(run: frozenset[str], ways: frozenset[str] | None) -> frozenset[str] | None:
    if ways is None or len(run) * len(ways) > _MAX_WAYS:
        return None
    return frozenset(map("".join, product(run, ways)))


def _piece(kind: str, told: Any, *, any_case: bool) -> _Piece:  # noqa: ANN401, PLR0911 - a tree without types; one way a kind
    match kind:
        case "LITERAL":
            return _sign(told, any_case=any_case)
        case "IN":
            return _one_of([_piece(str(way), sign, any_case=any_case) for way, sign in told])
        case "BRANCH":
            return _one_of([_sequence(way, any_case=any_case) for way in told[1]])
        case "SUBPATTERN":
            _, added, removed, inner = told
            any_case = (any_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            return _sequence(inner, any_case=any_case)
        case "ATOMIC_GROUP":
            return _sequence(told, any_case=any_case)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = told
            return _repeated(_sequence(inner, any_case=any_case), least=least, most=most)
        case "ASSERT":  # takes no place, but must stand there
            return _Piece(_EMPTY, _sequence(told[1], any_case=any_case).literals)
        case "AT" | "ASSERT_NOT":
            return _Piece(_EMPTY)
        case _:
            return _ANYTHING


def _sign(code: int, *, any_case: bool) -> _Piece:
    sign = chr(code)
    if sign.isascii() or not any_case or sign.lower() == sign.upper():
        return _Piece(frozenset({sign}))
    return _Piece(_cases(sign)) if sign < _BEYOND_CASES else _ANYTHING


@cache
def _cases(letter: str) -> frozenset[str]:
    """Return what an expression without case takes for a letter: it is asked, for there are many odd ones."""
    return frozenset(re.findall(letter, _alphabets(), re.IGNORECASE))


@cache
def _alphabets() -> str:
    return "".join(map(chr, range(ord(_BEYOND_CASES))))


def _one_of(choices: list[_Piece]) -> _Piece:
    ways = [each.ways for each in choices if each.ways is not None]
    together = frozenset[str]().union(*ways)
    if len(ways) == len(choices) and len(together) <= _MAX_WAYS:
        return _Piece(together)
    literals, heads = [each.literals for each in choices], [each.heads for each in choices]
    return _Piece(
        None,
        needs=frozenset[bytes]().union(*literals) if all(literals) else frozenset(),
        begins=frozenset[str]().union(*filter(None, heads)) if all(heads) else None,
    )


def _repeated(piece: _Piece, *, least: int, most: int) -> _Piece:
    if piece.ways is not None and (least, most) == (0, 1):
        return _Piece(piece.ways | _EMPTY)
    if piece.ways is not None and (least, most) == (1, 1):
        return piece
    return _Piece(None, piece.literals, piece.heads) if least else _ANYTHING
