"""What is new of a trip since its traveller looked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.trip import Trip, Version
from services.platform.principals import Principal, PrincipalKind
from services.query.looks import Looks
from services.query.postgres import QUERY_ROLE, open_pool
from services.query.trip_store import TripStore
from tests.support.query_service import NOW, QueryUnderTest
from tests.support.query_trips import hotel, trip

pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def looks(query: QueryUnderTest) -> AsyncIterator[Looks]:
    pool = await open_pool(query.postgres, role=QUERY_ROLE, connections=1)
    yield Looks(store=TripStore(pool), now=lambda: NOW)
    await pool.close()


def who(query: QueryUnderTest, kind: PrincipalKind, name: str) -> Principal:
    return Principal(
        tenant=query.tenant,
        kind=kind,
        subject=f"{name}@acme.example",
        client="own",
        company_wide=kind == "admin",
    )


async def stored(query: QueryUnderTest, *, offset: int, **said: Any) -> Trip:
    rome = trip("rome", tenant=query.tenant, segments=(hotel(),), offset=offset, **said)
    await query.write(rome)
    await query.until_stored("rome", offset=offset)
    return rome


async def test_what_differs_since_the_last_look_is_told_until_it_was_seen(
    query: QueryUnderTest, looks: Looks
) -> None:
    maria = who(query, "traveller", "maria")
    first = await stored(query, offset=1, title="Rome")
    assert await looks.news(maria, trip=first) is None

    await stored(query, offset=2, title="Roma")
    third = await stored(query, offset=3, title="Rome, at last")
    news = await looks.news(maria, trip=third)
    assert news is not None
    assert [(one.path, one.before, one.after) for one in news.differences or ()] == [
        (("name",), "Rome", "Rome, at last")
    ]
    assert await looks.news(maria, trip=third) == news

    await looks.look(maria, trip=third.id, version=third.version)
    assert await looks.news(maria, trip=third) is None
    await looks.look(maria, trip=third.id, version=first.version)  # a form of an older page
    assert await looks.news(maria, trip=third) is None


async def test_who_sees_a_trip_in_passing_is_told_what_is_new_and_has_not_looked(
    query: QueryUnderTest, looks: Looks
) -> None:
    maria = who(query, "traveller", "maria")
    first = await stored(query, offset=1)
    assert await looks.news(maria, trip=first, in_passing=True) is None
    second = await stored(query, offset=2, title="Roma")
    assert await looks.news(maria, trip=second, in_passing=True) is None

    assert await looks.news(maria, trip=second) is None
    third = await stored(query, offset=3, title="Rome, at last")
    assert await looks.news(maria, trip=third, in_passing=True) is not None


async def test_only_the_traveller_themselves_is_told_and_noted(query: QueryUnderTest, looks: Looks) -> None:
    maria, john = who(query, "traveller", "maria"), who(query, "traveller", "john")
    others = (john, who(query, "admin", "boss"), who(query, "supplier", "maria"), who(query, "tmc", "maria"))
    first = await stored(query, offset=1)
    await looks.news(maria, trip=first)
    second = await stored(query, offset=2, title="Roma")

    for other in others:
        await looks.look(other, trip=second.id, version=second.version)
        assert await looks.news(other, trip=second) is None

    assert await looks.news(maria, trip=second) is not None


async def test_where_what_was_seen_is_not_kept_it_is_said_that_something_changed(
    query: QueryUnderTest, looks: Looks
) -> None:
    maria = who(query, "traveller", "maria")
    first = await stored(query, offset=1)
    await looks.news(maria, trip=first)
    second = await stored(query, offset=2, title="Roma")
    async with query.session() as session:
        await session.execute("DELETE FROM read.changes WHERE tenant = $1", query.tenant)

    news = await looks.news(maria, trip=second)

    assert news is not None
    assert news.differences is None
    assert second.version == Version(epoch=1, offset=2)


async def test_a_state_that_is_not_yet_is_not_seen_and_looks_go_with_their_traveller(
    query: QueryUnderTest, looks: Looks
) -> None:
    maria = who(query, "traveller", "maria")
    first = await stored(query, offset=1)
    await looks.news(maria, trip=first)
    await looks.look(maria, trip=first.id, version=Version(epoch=9, offset=9))
    second = await stored(query, offset=2, title="Roma")
    assert await looks.news(maria, trip=second) is not None

    async with query.session() as session:
        await session.execute("DELETE FROM own.travellers WHERE tenant = $1", query.tenant)

    assert await query.rows("SELECT * FROM own.looks WHERE tenant = $1", query.tenant) == []
