"""What changed, as a feed: its cursors never go back, and who hears nothing has one to go on from."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from services.platform.positions import decode_position
from services.platform.principals import Principal
from services.query.change_reading import Extent, StoredChange
from services.query.feed import ChangeFeed, Quiet
from services.query.refusals import Gone, Malformed, NotYetReadable
from tests.support.one_trip import OneTrip
from tests.support.query_trips import trip

BOSS = Principal(tenant="acme", kind="admin", subject="boss@acme.example", client="own", company_wide=True)


class Filled(OneTrip):
    """A read model of two partitions; how far it is, the test says."""

    def __init__(self) -> None:
        super().__init__(trip("rome", tenant="acme"), parties={})
        self.held = {0: Extent(0, 1000), 1: Extent(0, 2000)}

    async def extents(self) -> Mapping[int, Extent]:
        return dict(self.held)

    async def changes(self, **_: Any) -> Sequence[StoredChange]:
        return []


class Busy:
    """Something is stored whenever anybody waits for it, of no concern to who does."""

    turn = 0

    def __init__(self, store: Filled) -> None:
        self._store = store

    async def beyond(self, turn: int) -> None:
        assert turn == self.turn
        kept_from, end, _ = self._store.held[1]
        self._store.held[1] = Extent(kept_from, end + 1)


def feed(store: Filled, *, epoch: int = 1) -> ChangeFeed:
    any_store: Any = store
    return ChangeFeed(store=any_store, turns=Busy(store), epoch=epoch, partitions=2, ping_seconds=0.02)


def offsets(cursor: str) -> dict[int, int]:
    return dict(decode_position(cursor).offsets)


async def first(told: AsyncIterator[Any], *, wanted: int) -> list[Any]:
    return [await anext(told) for _ in range(wanted)]


async def test_a_cursor_that_is_ahead_of_a_read_model_that_is_filled_again_waits_for_it() -> None:
    store = Filled()
    changes = feed(store)
    cursor = await changes.now(BOSS)
    store.held = {0: Extent(0, 10), 1: Extent(0, 0)}

    with pytest.raises(NotYetReadable):
        await changes.page(BOSS, cursor=cursor, limit=10)
    store.held[1] = Extent(0, 2001)  # one partition is there, the other is not
    with pytest.raises(NotYetReadable):
        await changes.page(BOSS, cursor=cursor, limit=10)
    store.held[0] = Extent(0, 1000)
    page = await changes.page(BOSS, cursor=cursor, limit=10)

    assert offsets(cursor) == {0: 1000, 1: 2000}
    assert offsets(page.next_cursor) == {0: 1000, 1: 2001}


async def test_what_is_wrong_with_a_cursor_is_said_even_while_nothing_is_there() -> None:
    store = Filled()
    cursor = await feed(store).now(BOSS)
    store.held = {}
    with pytest.raises(Malformed):
        await feed(store).page(BOSS, cursor="none", limit=10)
    begun_anew = feed(store, epoch=2)
    with pytest.raises(Gone):
        await begun_anew.page(BOSS, cursor=cursor, limit=10)


async def test_no_cursor_is_given_while_it_is_not_known_of_every_partition_what_is_there() -> None:
    store = Filled()
    changes = feed(store)
    cursor = await changes.now(BOSS)
    for held in ({}, {1: Extent(0, 3000)}):
        store.held = held
        with pytest.raises(NotYetReadable):
            await changes.now(BOSS)
        for asked in (None, cursor):
            with pytest.raises(NotYetReadable):
                await changes.page(BOSS, cursor=asked, limit=10)


async def test_a_listener_who_hears_nothing_of_a_busy_company_is_given_newer_cursors() -> None:
    store = Filled()
    changes = feed(store)

    quiet = await first(changes.listen(BOSS, cursor=await changes.now(BOSS), leaving=lambda: False), wanted=2)

    assert all(isinstance(one, Quiet) for one in quiet)
    before, after = (offsets(one.cursor) for one in quiet)
    assert before[0] == after[0] == 1000
    assert 2000 < before[1] < after[1]


async def test_a_listener_waits_where_the_read_model_is_filled_again_and_keeps_the_cursor() -> None:
    store = Filled()
    changes = feed(store)
    cursor = await changes.now(BOSS)
    store.held = {0: Extent(0, 0), 1: Extent(0, 0)}

    (quiet,) = await first(changes.listen(BOSS, cursor=cursor, leaving=lambda: False), wanted=1)

    assert quiet == Quiet(cursor)


async def test_a_listener_whose_cursor_is_no_longer_kept_is_left_and_told_why_when_it_comes_again() -> None:
    store = Filled()
    changes = feed(store)
    cursor = await changes.now(BOSS)
    store.held[0] = Extent(1500, 1600)

    told = [one async for one in changes.listen(BOSS, cursor=cursor, leaving=lambda: False)]

    assert told == []
    with pytest.raises(Gone, match="cursor=now"):
        await changes.page(BOSS, cursor=cursor, limit=10)
