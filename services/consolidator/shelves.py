"""Sorts what a log holds by traveller, on disk: however much that is, only one shelf of it is in memory.

The files have no name, so that nothing in them outlives the process, however that ends.
"""

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, NamedTuple, Self
from zlib import crc32

_SHELVES = 64
_BUFFER_BYTES = 64 * 1024
_HEAD = struct.Struct("<?HIIi")
"""Of an entry: whether it is a trip, its partition, the lengths of owner, key and value, -1 for none."""


class Entry(NamedTuple):
    """The last value of a key."""

    owner: bytes
    """Whose it is; equal for all that is one's."""
    partition: int
    value: bytes


class Shelf(NamedTuple):
    """By key, all that some of the travellers have."""

    records: dict[bytes, Entry]
    trips: dict[bytes, Entry]


class Shelves:
    """Takes entries in the order of the log; to be closed."""

    def __init__(self) -> None:
        """Begin with nothing; only inside of `with` is there a place to put things."""
        self._closing = ExitStack()
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        for _ in range(_SHELVES):
            self._files.append(self._closing.enter_context(TemporaryFile(buffering=_BUFFER_BYTES)))
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def put(
        self, key: bytes, value: bytes | None, *, owner: bytes | None, is_trip: bool, partition: int
    ) -> None:
        """Put the next entry of a topic where it belongs; without an owner, none that the key had stays.

        No key of ours ever becomes another's.
        """
        if owner is None or value is None:
            entry = _HEAD.pack(is_trip, partition, 0, len(key), -1) + key
        else:
            head = _HEAD.pack(is_trip, partition, len(owner), len(key), len(value))
            entry = head + owner + key + value
        for file in self._files if owner is None else (self._files[crc32(owner) % _SHELVES],):
            file.write(entry)

    def each(self) -> Iterator[Shelf]:
        """Yield what was put so far, a shelf at a time."""
        for file in self._files:
            yield _last_values(file)


def _last_values(file: IO[bytes]) -> Shelf:
    """Read a file to its end, where the next entry goes."""
    shelf = Shelf({}, {})
    file.seek(0)
    while head := file.read(_HEAD.size):
        is_trip, partition, owner_length, key_length, value_length = _HEAD.unpack(head)
        owner, key = file.read(owner_length), file.read(key_length)
        values = shelf.trips if is_trip else shelf.records
        if value_length < 0:
            values.pop(key, None)
        else:
            values[key] = Entry(owner, partition, file.read(value_length))
    return shelf
