"""Random changes of a partition's local state, and all that one can be asked for."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from schemas.topics import RECORDS, TRIPS
from services.consolidator.partition import LocalState
from services.consolidator.values import Note, Output

TENANTS = ("a", "a-b", "ab")
TRAVELLERS = ("", "u", "u1")
_KEYS = ("k", "k1", "l")


class Change(NamedTuple):
    """One write, or forgetting everything."""

    values: tuple[Output, ...]
    gone: tuple[tuple[str, bytes], ...]
    note: Note | None

    def apply(self, state: LocalState) -> None:
        if self.note is None:
            state.forget()
        else:
            state.write(self.values, gone=self.gone, note=self.note)


def _value(topic: str, key: str, text: int) -> Output:
    """A key belongs to one traveller for ever, as on the topics, or is a tenant's one settings record."""
    number = _KEYS.index(key)
    traveller = TRAVELLERS[(number + 1) % 3] or ("" if topic == RECORDS.name else "u")
    return Output(topic, key.encode(), b"%d" % text, tenant=TENANTS[number % 3], traveller=traveller)


def any_changes() -> st.SearchStrategy[Change]:
    topics, keys = st.sampled_from([RECORDS.name, TRIPS.name]), st.sampled_from(_KEYS)
    values = st.lists(st.builds(_value, topics, keys, st.integers(0, 9)), max_size=4)
    gone = st.lists(st.tuples(topics, keys.map(str.encode)), max_size=2)
    notes = st.builds(Note, epoch=st.integers(1, 3), done=st.integers(-1, 9))
    return st.builds(_written, values, gone, notes) | st.just(Change((), (), None))


def _written(values: list[Output], gone: list[tuple[str, bytes]], note: Note) -> Change:
    """What is gone is not written at the same time."""
    return Change(tuple(v for v in values if (v.topic, v.key) not in gone), tuple(gone), note)


def held(state: LocalState) -> Any:
    """Return everything that a state says."""
    every = [_value(topic, key, 0) for topic in (RECORDS.name, TRIPS.name) for key in _KEYS]
    return (
        state.note(),
        state.stored(every),
        sorted(state.settings()),
        {
            (tenant, traveller): sorted(state.of_traveller(tenant=tenant, traveller=traveller))
            for tenant in TENANTS
            for traveller in TRAVELLERS
        },
        {(t, after): state.travellers_of(t, after=after, most=2) for t in TENANTS for after in (None, "u")},
    )
