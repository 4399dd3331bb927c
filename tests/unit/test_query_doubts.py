"""What is asked of trips, over a read model in memory that holds some of those that it lists."""

# ruff: noqa: ARG002 - a read model of one traveller's trips need not look at what it is asked

from collections.abc import Collection, Sequence
from typing import Any

from schemas.booking_record import Owner
from schemas.segments import FieldGroup
from schemas.trip import Trip
from services.platform.principals import Principal
from services.query.domain.listing import Cursor
from services.query.feed import ChangeFeed
from services.query.handlers import TripQueries
from services.query.page.doubts import Doubted, doubts_of
from tests.support.one_trip import NOW, OneTrip
from tests.support.query_trips import an_id, hotel, trip

MARIA = Principal(tenant="acme", kind="traveller", subject="maria@acme.example", client="page")


class Trips(OneTrip):
    """A read model that lists trips, of which some are gone when they are asked for."""

    def __init__(self, *listed: Trip, gone: Collection[str] = ()) -> None:
        super().__init__(listed[0], parties={})
        self.listed = sorted(listed, key=lambda one: one.id)
        self.gone = {an_id(name) for name in gone}

    async def trip(self, trip: str, *, traveller: str | None) -> Trip | None:
        return next((one for one in self.listed if one.id == trip and trip not in self.gone), None)

    async def trips(self, filters: Any, *, after: Cursor | None = None, **_: Any) -> Sequence[Trip]:
        return [one for one in self.listed if after is None or one.id > after.id]


def with_beds(name: str, number: int) -> Trip:
    """A trip of which nobody can tell in how many of its beds somebody sleeps."""
    owners = [dict.fromkeys(FieldGroup, Owner(party=f"mail {n}", source="email")) for n in range(number)]
    return trip(name, segments=tuple(hotel(f"{name} {n}", owners=of_one) for n, of_one in enumerate(owners)))


async def asked(store: Any, *, cursor: str | None = None) -> tuple[Sequence[Doubted], str | None]:
    unawaited: Any = None
    queries = TripQueries(store=store, catching_up=unawaited, now=lambda: NOW)
    changes = ChangeFeed(store=store, turns=unawaited, epoch=1, partitions=1)
    return await doubts_of(queries, changes, MARIA, cursor=cursor)


async def test_a_trip_that_vanishes_after_it_was_listed_is_not_asked_about_and_the_others_are() -> None:
    stays = with_beds("stays", 2)

    doubted, following = await asked(Trips(with_beds("goes", 2), stays, gone={"goes"}))

    assert [one.trip for one in doubted] == [stays]
    assert following is None


async def test_a_page_of_questions_ends_once_it_is_full_and_the_next_goes_on_behind_its_last_trip() -> None:
    store = Trips(*(with_beds(name, 8) for name in "abcd"))
    in_order = [one.id for one in store.listed]

    first, following = await asked(store)
    second, end = await asked(store, cursor=following)

    assert [len(one.pairs) for one in (*first, *second)] == [28] * 4
    assert [[one.trip.id for one in page] for page in (first, second)] == [in_order[:2], in_order[2:]]
    assert end is None


async def test_of_one_trip_at_most_fifty_pairs_are_asked_and_that_there_are_more_is_known() -> None:
    small, large = with_beds("small", 10), with_beds("large", 11)

    ((few,), _), ((many,), _) = [await asked(Trips(one)) for one in (small, large)]

    assert (len(few.pairs), few.has_more) == (45, False)
    assert (len(many.pairs), many.has_more) == (50, True)
