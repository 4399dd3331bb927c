"""`itinerary verify` on a whole running system: what is broken is told, and mended while traffic goes on."""

import asyncio
import json
from collections.abc import Collection
from itertools import count
from typing import Any, LiteralString

import orjson
import psycopg

from schemas.base import canonical_json
from schemas.identifiers import traveller_id
from schemas.topics import TRIPS
from services.command_line.running import RunningUp
from services.consolidator.comparison import Finding
from services.consolidator.verify import Sample
from services.platform.kafka import partition_for
from services.platform.settings import KafkaSettings
from tests.support.bookings_log import bookings_log
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic

_SHOWN: LiteralString = "SELECT document::text FROM read.trips WHERE tenant = %s AND id = %s"
_BREAK: LiteralString = "UPDATE read.trips SET document = '{}' WHERE tenant = %s AND id = %s"


class Broken(LiveClient):
    """Two travellers with a trip each; the one is shown wrongly, of the other something wrong is written."""

    def __init__(self, installation: Installation, running: RunningUp) -> None:
        super().__init__(installation, running)
        self.logins = ("maria@acme.example", "john@acme.example")
        self.tokens = [self.token("--traveller", login) for login in self.logins]
        self.ids = [traveller_id(tenant=self.tenant, login=login) for login in self.logins]

    def shown(self) -> list[dict[str, Any]]:
        """Return the one trip of each, as people see it."""
        return [self._one(headers) for headers in self.tokens]

    def book_both(self) -> list[dict[str, Any]]:
        """Have each book a stay; return their trips."""
        for headers in self.tokens:
            self.me = headers
            self.trips(self.book("B1", stay("Bonn", "2038-05-01", "2038-05-04")))
        return self.shown()

    def _one(self, headers: dict[str, str]) -> dict[str, Any]:
        (trip,) = self.http.get("/v1/trips", headers=headers).json()["trips"]
        return trip

    async def write(self, trip: str, value: dict[str, Any]) -> None:
        """Put a value on trips.v1 as nobody may, who is not fenced because he uses no transactions."""
        home = partition_for(tenant=self.tenant, traveller=self.ids[1], partitions=self.running.partitions)
        async with bookings_log(KafkaSettings(bootstrap=self.running.kafka)) as log:
            await log.write(TRIPS.name, trip, canonical_json(value), partition=home)

    def sql(self, statement: LiteralString, trip: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.running.database_url, autocommit=True) as session:
            done = session.execute(statement, (self.tenant, trip))
            return done.fetchall() if done.description else []

    def seed(self, *, having: Collection[int]) -> str:
        """Return a seed with which half of all travellers are looked at, of these two exactly those."""
        wanted = [number in having for number in range(2)]
        return str(next(n for n in count() if [Sample(0.5, n).has(one) for one in self.ids] == wanted))


def test_what_was_broken_is_told_and_a_repair_that_is_killed_is_finished_by_the_next(
    installation: Installation, running: RunningUp
) -> None:
    live = Broken(installation, running)
    before = live.book_both()
    hers, his = (trip["id"] for trip in before)
    ((written,),) = live.sql(_SHOWN, his)
    value = orjson.loads(written)
    of = ("--data", str(running.data))

    def told(*more: str) -> tuple[int, list[tuple[str, ...]]]:
        done = installation.run("verify", "--json", *more, *of, check=False)
        assert done.stdout, done.stderr
        found = json.loads(done.stdout)["differences"]
        return done.returncode, sorted(tuple(one.values()) for one in found)

    with traffic(running, seed=37):
        live.sql(_BREAK, hers)
        asyncio.run(live.write(his, value | {"content": value["content"] | {"name": "Elsewhere"}}))
        wrong = [
            (live.tenant, live.ids[0], hers, Finding.SHOWN_OTHERWISE.value),
            (live.tenant, live.ids[1], his, Finding.CONTENT.value),
        ]
        assert told() == (1, sorted(wrong))
        assert told("--sample", "0.5", "--seed", live.seed(having={0})) == (1, wrong[:1])
        assert told("--sample", "0.5", "--seed", live.seed(having=())) == (0, [])

        installation.dies("verify", "--repair", *of, at="verify.said")
        assert told("--repair") == (0, [])
        assert told() == (0, [])

    after = live.shown()
    again = {"version": None, "modified": None}  # it was written once more
    assert [one | again for one in after] == [one | again for one in before]
    assert all(_order(new) > _order(old) for new, old in zip(after, before, strict=True))


def _order(trip: dict[str, Any]) -> tuple[int, int]:
    return (trip["version"]["epoch"], trip["version"]["offset"])
