"""What Concur's list costs for a company with many trips, and its detail beside the JSON of the same trip.

Against a running `up`: posts one trip under a tenant of its own, puts copies of it into the read model, reads
them over HTTP, and takes the copies out again.
"""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx

from services.command_line.running import RunningUp, running_up
from services.command_line.token import Wanted, issue

_TENANT = "bench-concur"
_LOGIN = "boss@bench.example"
_ITEMS = 200
_REPEATS = 7
_DETAILS = 200
_LIST, _JSON = "/api/travel/trip/v1.1", "/v1/trips"
_MARK = "a copy of bench concur"
"""In the place of a content's hash, by which the copies are known."""
_BOOKING = {
    "booking_source": "Wayfarer",
    "record_locator": "BENCH1",
    "segments": [
        {
            "type": "air", "carrier": "OS", "flight_number": "451", "origin": {"code": "VIE"},
            "destination": {"code": "LHR"}, "start": "2027-05-12T07:00:00+02:00",
            "end": "2027-05-12T08:30:00+01:00", "seats": [{"number": "14A"}],
            "total": {"amount": "240.35", "currency": "EUR"},
        },
        {
            "type": "hotel", "name": "Grand Hotel", "place": {"city": "London", "country": "GB"},
            "start": "2027-05-12", "end": "2027-05-14", "rate": {"amount": "120.00", "currency": "GBP"},
        },
    ],
    "passengers": [{"first_name": "Maria", "last_name": "Rossi"}],
}  # fmt: skip
_COPY = """
INSERT INTO read.trips (tenant, id, traveller, epoch, version_offset, state, modified, document, content_hash,
                        start_date, end_date, status, completed, expense_ready, created, segment_types,
                        virtual)
SELECT t.tenant, copy.id, traveller, epoch, version_offset, state, modified,
       replace(document::text, t.id, copy.id)::json, $2, date '2026-01-01' + copy.n % 365,
       date '2026-01-03' + copy.n % 365, status, completed, expense_ready, created, segment_types, virtual
  FROM (SELECT n, gen_random_uuid()::text AS id FROM generate_series(1, $3::int) AS n) AS copy,
       (SELECT * FROM read.trips WHERE tenant = $1 AND state = 'live' AND content_hash <> $2 LIMIT 1) AS t
"""
_ALIASES = """
INSERT INTO read.aliases (tenant, alias, trip, epoch, version_offset)
SELECT tenant, id, id, epoch, version_offset FROM read.trips WHERE tenant = $1 AND content_hash = $2
"""
_TAKE_OUT = (
    """DELETE FROM read.aliases AS a USING read.trips AS t
        WHERE t.tenant = $1 AND t.content_hash = $2 AND a.tenant = t.tenant AND a.alias = t.id""",
    "DELETE FROM read.trips WHERE tenant = $1 AND content_hash = $2",
)


class Figures(NamedTuple):
    """What was measured; pages by their number, in milliseconds."""

    trips: int
    items: int
    pages_ms: dict[int, float]
    xml_per_second: float
    json_per_second: float

    @property
    def last_to_first(self) -> float:
        """Return how many times the first page the last one takes."""
        return self.pages_ms[max(self.pages_ms)] / self.pages_ms[1]

    @property
    def xml_to_json(self) -> float:
        """Return what share of the JSON route's rate the XML route reaches."""
        return self.xml_per_second / self.json_per_second


async def measure_concur(*, trips: int, data: Path | None) -> Figures:
    """Measure list and detail.

    Raises:
        CannotStart: no `up` runs, or it has a real issuer.
    """
    up = running_up(data)
    wanted = Wanted(tenant=_TENANT, kind="admin", login=_LOGIN, name=_LOGIN)
    headers = {"Authorization": f"Bearer {(await issue(wanted, data=data)).token}"}
    async with httpx.AsyncClient(base_url=up.url, headers=headers, timeout=60, trust_env=False) as client:
        posted = (await client.post("/v1/bookings", json=_BOOKING)).raise_for_status()
        read = await client.get(_JSON, params={"after": posted.headers["Itinerary-Position"]})
        read.raise_for_status()
        async with _copies(up, trips=trips) as ids:
            last = max(1, trips // _ITEMS)
            pages = {page: await _milliseconds(client, page) for page in (1, max(1, last // 2), last)}
            await _rate(client, _LIST, ids[:20])
            xml, json = await _rate(client, _LIST, ids), await _rate(client, _JSON, ids)
    return Figures(trips, _ITEMS, pages, xml, json)


@asynccontextmanager
async def _copies(up: RunningUp, *, trips: int) -> AsyncGenerator[list[str]]:
    """Put the copies in, give some of their ids, and take them out in any case."""
    connection: Any = await asyncpg.connect(up.database_url)
    try:
        await _take_out(connection)
        try:
            await connection.execute(_COPY, _TENANT, _MARK, trips)
            await connection.execute(_ALIASES, _TENANT, _MARK)
            await connection.execute("VACUUM ANALYZE read.trips")
            found = "SELECT id FROM read.trips WHERE tenant = $1 AND content_hash = $2 LIMIT $3"
            yield [row["id"] for row in await connection.fetch(found, _TENANT, _MARK, _DETAILS)]
        finally:
            await _take_out(connection)
    finally:
        await connection.close()


async def _take_out(connection: Any) -> None:  # noqa: ANN401 - asyncpg carries no types
    for statement in _TAKE_OUT:
        await connection.execute(statement, _TENANT, _MARK)


async def _milliseconds(client: httpx.AsyncClient, page: int) -> float:
    """Return the median of reading one page."""
    taken: list[float] = []
    params = {"startDate": "2025-01-01", "userid_value": "ALL", "includeMetadata": "true"}
    for _ in range(_REPEATS):
        begin = time.perf_counter()
        answer = await client.get(_LIST, params={**params, "ItemsPerPage": _ITEMS, "Page": page})
        answer.raise_for_status()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken)


async def _rate(client: httpx.AsyncClient, path: str, ids: Sequence[str]) -> float:
    """Return how many trips a second one client reads."""
    begin = time.perf_counter()
    for trip in ids:
        (await client.get(f"{path}/{trip}")).raise_for_status()
    return len(ids) / (time.perf_counter() - begin)
