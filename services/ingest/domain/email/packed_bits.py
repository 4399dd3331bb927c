"""Values packed into bits without names or alignment: ASN.1 in its unaligned packed rules (ITU-T X.691).

The bytes are a stranger's: nothing is read that is not there, and every value takes bits, so that it ends.
"""

from collections.abc import Mapping
from typing import cast

from services.ingest.domain.email.packed_shapes import PLAIN, Kind, Letters, Many, Named, Shape, Shapes, Whole

_DEEPEST = 16
_MAX_BYTES = 4 * 1024
"""More than any bar code holds."""
_MAX_BYTES_OF_NUMBERS = 8


class Told:
    """What a sequence says, by the names of its fields."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str | None:
        """Return a text, or a number as one."""
        value = self._values.get(name)
        return None if value is None or isinstance(value, Told) else str(value)

    def number(self, name: str) -> int | None:
        """Return a number, or what stands for one."""
        value = self._values.get(name)
        return value if isinstance(value, int) else None

    def octets(self, name: str) -> bytes:
        """Return bytes."""
        value = self._values.get(name)
        return value if isinstance(value, bytes) else b""

    def inner(self, name: str) -> "Told":
        """Return a sequence within it, which says nothing where it is absent."""
        value = self._values.get(name)
        return value if isinstance(value, Told) else NOTHING_TOLD

    def every(self, name: str) -> list["Told"]:
        """Return the sequences of a list."""
        return [each for each in self._list(name) if isinstance(each, Told)]

    def texts(self, name: str) -> list[str]:
        """Return the texts or numbers of a list."""
        return [str(each) for each in self._list(name) if not isinstance(each, Told)]

    def _list(self, name: str) -> list[object]:
        value = self._values.get(name)
        return cast("list[object]", value) if isinstance(value, list) else []


NOTHING_TOLD = Told({})


def read_packed(body: bytes, shapes: Shapes, *, name: str) -> Told:
    """Read bytes as a shape, all of them but for zeros behind it.

    Raises:
        EOFError: they end before it does.
        ValueError: they are not of that shape, are too many, or nest too deeply.
    """
    if len(body) > _MAX_BYTES:
        raise ValueError("too many bytes")
    bits = _Bits(body)
    told = _Reader(bits, shapes).shape(name, depth=0)
    if not bits.are_spent():
        raise ValueError("something stands behind it")
    return told


class _Bits:
    """Bytes, bit by bit."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at, self._end = body, 0, len(body) * 8

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        last = self._at + count
        if last > self._end:
            raise EOFError("the bytes end within a value")
        value = int.from_bytes(self._body[self._at >> 3 : (last + 7) >> 3]) >> (-last % 8)
        self._at = last
        return value & ((1 << count) - 1)

    def octets(self, count: int) -> bytes:
        """Return the next bytes, wherever they begin."""
        return self.take(8 * count).to_bytes(count)

    def length(self) -> int:
        """Return how many there are of what follows (X.691, 11.9)."""
        if not self.take(1):
            return self.take(7)
        if self.take(1):
            raise ValueError("it is in fragments, which no code is large enough for")
        return self.take(14)

    def small(self) -> int:
        """Return a number that is mostly small (X.691, 11.6)."""
        if self.take(1):
            raise ValueError("later editions do not add so much")
        return self.take(6)

    def are_spent(self) -> bool:
        """Say whether nothing but zeros is left."""
        return self.take(self._end - self._at) == 0


class _Reader:
    """Walks shapes along bits."""

    def __init__(self, bits: _Bits, shapes: Shapes) -> None:
        self._bits, self._shapes = bits, shapes

    def shape(self, name: str, *, depth: int) -> Told:
        """Read a sequence or a choice."""
        if depth > _DEEPEST:
            raise ValueError("it nests too deeply")
        shape = self._shapes[name]
        has_more = shape.is_open and bool(self._bits.take(1))
        if shape.is_choice:
            return self._choice(shape, depth, has_more=has_more)
        present = [not field.may_lack or bool(self._bits.take(1)) for field in shape.fields]
        values: dict[str, object] = {}
        for field, is_present in zip(shape.fields, present, strict=True):
            if is_present:
                value = self._value(field.kind, depth)
                if field.name is not None:
                    values[field.name] = value
        if has_more:
            self._step_over_additions()
        return Told(values)

    def _choice(self, shape: Shape, depth: int, *, has_more: bool) -> Told:
        if has_more:
            self._bits.small()
            self._bits.octets(self._bits.length())
            return NOTHING_TOLD
        kind = self._value(Whole(0, len(shape.fields) - 1), depth)
        chosen = str(shape.fields[cast("int", kind)].kind)
        return Told({chosen: self.shape(chosen, depth=depth + 1)})

    def _step_over_additions(self) -> None:
        count = self._bits.small() + 1
        present = self._bits.take(count)
        for _ in range(present.bit_count()):
            self._bits.octets(self._bits.length())

    def _value(self, kind: Kind, depth: int) -> object:
        bits = self._bits
        match kind:
            case Whole(low, high):
                value = low + bits.take((high - low).bit_length())
                if value > high:
                    raise ValueError("a number is out of its bounds")
                return value
            case Named(count, is_open):
                if is_open and bits.take(1):
                    return count + bits.small()
                return self._value(Whole(0, count - 1), depth)
            case Letters(low, high):
                count = bits.length() if high is None else low + bits.take((high - low).bit_length())
                return "".join(chr(bits.take(7)) for _ in range(count))
            case Many(of):
                return [self._value(of, depth) for _ in range(bits.length())]
            case str():
                return self._plain(kind) if kind in PLAIN else self.shape(kind, depth=depth + 1)

    def _plain(self, kind: str) -> object:
        bits = self._bits
        if kind == "bool":
            return bool(bits.take(1))
        octets = bits.octets(bits.length())
        if kind == "int":
            if len(octets) > _MAX_BYTES_OF_NUMBERS:
                raise ValueError("no number is so large")
            return int.from_bytes(octets, signed=True)
        return octets if kind == "octets" else _decoded(octets)


def _decoded(octets: bytes) -> str:
    """Read a text that should be UTF-8, as some issuers do not know."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
