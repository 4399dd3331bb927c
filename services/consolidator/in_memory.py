"""A local state without a disk: for tests, and for a worker that was given no folder."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from services.consolidator.values import Note, Output


class InMemory:
    """Holds every value of a partition, packed."""

    def __init__(self) -> None:
        self._note = Note()
        self._values: dict[tuple[str, str], dict[tuple[str, bytes], bytes]] = {}
        """By tenant and traveller, then by topic and key."""
        self._owners: dict[tuple[str, bytes], tuple[str, str]] = {}

    def note(self) -> Note:
        """Return up to where it holds the topics."""
        return self._note

    def stored(self, values: Sequence[Output]) -> Sequence[bytes | None]:
        """Return what is held in the place of each value."""
        return [
            self._values.get((value.tenant, value.traveller), {}).get((value.topic, value.key))
            for value in values
        ]

    def write(self, values: Iterable[Output], *, gone: Iterable[tuple[str, bytes]] = (), note: Note) -> None:
        """Hold values, let go of those in `gone`, and note it."""
        for place in gone:
            if (owner := self._owners.pop(place, None)) is not None:
                del self._values[owner][place]
                if not self._values[owner]:
                    del self._values[owner]
        for value in values:
            owner, place = (value.tenant, value.traveller), (value.topic, value.key)
            self._values.setdefault(owner, {})[place] = value.value
            self._owners[place] = owner
        self._note = note

    def of_traveller(self, *, tenant: str, traveller: str) -> Iterable[tuple[str, str, bytes]]:
        """Yield topic, key and value of all that belongs to a traveller."""
        for (topic, key), value in self._values.get((tenant, traveller), {}).items():
            yield topic, key.decode(), value

    def travellers_of(self, tenant: str, *, after: str | None, most: int) -> list[str]:
        """Return a tenant's next travellers in the order of their ids, from behind `after` on."""
        ids = sorted(one for owner, one in self._values if owner == tenant and one)
        start = 0 if after is None else bisect_right(ids, after)
        return ids[start : start + most]

    def settings(self) -> Iterable[bytes]:
        """Yield the settings of all tenants."""
        for (_, traveller), values in self._values.items():
            if not traveller:
                yield from values.values()

    def forget(self) -> None:
        """Become empty."""
        self._note = Note()
        self._values.clear()
        self._owners.clear()
