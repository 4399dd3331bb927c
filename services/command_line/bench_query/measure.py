"""Our routes beside a bare one, the projector beside a bare COPY, and how long a post takes until it is read.

Everything runs in an `up` of the benchmark's own, which ends with it.
"""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import orjson
import psutil

from services.command_line.bench_query.bare import TABLE
from services.command_line.bench_query.company import OTHER_TENANT, TENANT, Pattern, house, load, tell
from services.command_line.bench_query.http_load import Wire, delays_at, part, rate_of, request, wires
from services.command_line.running import RunningUp, running_up
from services.command_line.token import Wanted, issue
from services.platform.awaiting import CannotStart
from services.platform.free_ports import free_ports
from services.platform.settings import KafkaSettings

Say = Callable[[str], None]

_CONNECTIONS = 8
_TURNS = 3
_MOST_UNDER_WAY = 200
_LATER = 503
_TRAVELLERS = 40
_PAGES = 10
_LOOK_SECONDS, _STALL_SECONDS = 0.2, 120.0
_BOSS, _OWN = "boss@bench.example", "traveller0@bench.example"
_HOUSE = "Grand Hotel Pattern"
_FIRST = date(2027, 1, 1)


class Size(NamedTuple):
    """How much of it."""

    trips: int
    projected: int
    """Trips that the projector stores."""
    seconds: float
    """How long each load lasts."""
    rates: tuple[float, ...]
    """Bookings a second, from post to read."""


class Load(NamedTuple):
    """What a route bears: requests a second, what one costs, and milliseconds at half of that rate."""

    rate: float
    cpu_ms: float
    """Of the processor, in the process that answers: what else the machine does slows it down less."""
    database_ms: float
    """The same in PostgreSQL."""
    p50: float
    p99: float

    @property
    def all_ms(self) -> float:
        """Return what a request takes of the processor on the side of the service."""
        return self.cpu_ms + self.database_ms


class RouteFigures(NamedTuple):
    """One route beside the bare one."""

    route: str
    bytes: int
    ours: Load
    bare: Load


class EndToEnd(NamedTuple):
    """Milliseconds from the yes to a post until a read has it."""

    wanted_rate: float
    rate: float
    """Of those that came to be read."""
    refused: int
    """Told to come back later: beyond the limit."""
    p50: float
    p99: float


class Figures(NamedTuple):
    """All that was measured."""

    trips: int
    routes: tuple[RouteFigures, ...]
    copied_a_second: float
    projected_a_second: float
    end_to_end: tuple[EndToEnd, ...]


class _Scene(NamedTuple):
    route: str
    requests: list[bytes]


class _Side(NamedTuple):
    """Who is asked, and for what."""

    port: int
    process: psutil.Process
    database: psutil.Process
    requests: list[bytes]


async def measure_query(size: Size, *, say: Say) -> Figures:
    """Measure everything.

    Raises:
        CannotStart: something does not start, or stands still.
    """
    with _own_up() as up:
        connection: Any = await asyncpg.connect(up.database_url)
        try:
            pattern = await _posted(up, connection)
            say(f"loading {size.trips:,} trips")
            copied = await load(connection, pattern, trips=size.trips)
            routes = await _routes(up, connection, pattern, size=size, say=say)
            say(f"storing {size.projected:,} trips")
            projected = await _projected(up, connection, pattern, trips=size.projected)
        finally:
            await connection.close()
        ends = [await _end_to_end(up, rate=rate, seconds=size.seconds, say=say) for rate in size.rates]
    return Figures(size.trips, tuple(routes), copied, projected, tuple(ends))


@contextmanager
def _own_up() -> Generator[RunningUp]:
    """Run a whole system for the benchmark, in which nobody asks too often."""
    settings = {"ITINERARY_QUERY_REQUESTS_PER_MINUTE": "100000000"}
    with tempfile.TemporaryDirectory(prefix="itinerary-bench-", ignore_cleanup_errors=True) as folder:
        command, data = (sys.executable, "-m", "services.command_line"), Path(folder) / "data"
        (port,) = free_ports(1)
        environment = {**os.environ, **settings}  # noqa: TID251 - a composition root, as `itinerary` is
        start = (*command, "up", "--detach", "--data", data, "--port", str(port))
        try:
            if subprocess.run(start, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
                raise CannotStart("the benchmark's own `up` did not start")
            yield running_up(data)
        finally:
            subprocess.run((*command, "down", "--data", data), stdout=subprocess.DEVNULL, check=True)


async def _bearer(up: RunningUp, *, login: str, is_admin: bool = False) -> dict[str, str]:
    kind = "admin" if is_admin else "traveller"
    issued = await issue(Wanted(tenant=TENANT, kind=kind, login=login, name=login), data=up.data)
    return {"Authorization": f"Bearer {issued.token}"}


def _booking(number: int, *, name: str, start: date) -> bytes:
    stay = {
        "type": "hotel", "name": name, "place": {"city": "London", "country": "GB"},
        "start": start.isoformat(), "end": (start + timedelta(days=2)).isoformat(),
        "total": {"amount": "240.00", "currency": "GBP"},
    }  # fmt: skip
    flight = {
        "type": "air", "carrier": "OS", "flight_number": "451", "origin": {"code": "VIE"},
        "destination": {"code": "LHR"}, "start": f"{start}T07:00:00+02:00", "end": f"{start}T08:30:00+01:00",
        "seats": [{"number": "14A"}],
    }  # fmt: skip
    booking = {"source": "email", "booking_source": "Web", "record_locator": f"BQ{number:06}"}
    return orjson.dumps(booking | {"segments": [flight, stay]})


def _post(bearer: dict[str, str], body: bytes) -> bytes:
    return request("POST", "/v1/bookings", headers={**bearer, "Content-Type": "application/json"}, body=body)


def _port(up: RunningUp) -> int:
    return int(up.url.rpartition(":")[2])


async def _posted(up: RunningUp, connection: Any) -> Pattern:  # noqa: ANN401 - asyncpg carries no types
    """Post the trip that all others are copies of, and return its row."""
    bearer = await _bearer(up, login=_OWN)
    async with wires(_port(up), wanted=1) as (wire,):
        answer = await wire.expect(_post(bearer, _booking(0, name=_HOUSE, start=_FIRST)), status=202)
        after = answer.header("itinerary-position")
        await wire.expect(request("GET", f"/v1/trips?after={after}", headers=bearer))
    found = "SELECT *, document::text AS document FROM read.trips WHERE tenant = $1"
    row = {
        name: value for name, value in (await connection.fetchrow(found, TENANT)).items() if value is not None
    }
    row["document"] = (await connection.fetchrow(found, TENANT))["document"]
    return Pattern(row, _HOUSE)


async def _scenes(up: RunningUp, pattern: Pattern, *, trips: int) -> list[_Scene]:
    boss = await _bearer(up, login=_BOSS, is_admin=True)
    own = await _bearer(up, login=_OWN)
    ids = [copy.id for copy in pattern.copies(min(trips, 500), salt=TENANT)]
    words = [house(number).replace(" ", "+") for number in range(0, min(trips, 5000), 97)]
    pages = ["/v1/trips?limit=50"]
    async with wires(_port(up), wanted=1) as (wire,):
        for _ in range(_PAGES - 1):
            answer = await wire.expect(request("GET", pages[-1], headers=boss))
            following = orjson.loads(answer.body)["next_cursor"]
            if following is None:
                break
            pages.append(f"/v1/trips?limit=50&cursor={following}")
    targets = {
        "trip by id": (boss, [f"/v1/trips/{one}" for one in ids]),
        "own upcoming": (own, ["/v1/trips?state=upcoming"]),
        "search": (boss, [f"/v1/trips?q={word}&limit=20" for word in words]),
        "company list": (boss, pages),
    }
    return [
        _Scene(route, [request("GET", target, headers=bearer) for target in found])
        for route, (bearer, found) in targets.items()
    ]


async def _routes(
    up: RunningUp,
    connection: Any,  # noqa: ANN401 - asyncpg carries no types
    pattern: Pattern,
    *,
    size: Size,
    say: Say,
) -> list[RouteFigures]:
    await connection.execute(f"CREATE TABLE {TABLE} (key int PRIMARY KEY, body bytea NOT NULL)")
    figures: list[RouteFigures] = []
    first = 0
    gateway, database = (psutil.Process(up.processes[name][0]) for name in ("gateway", "postgres"))
    async with _bare(up) as (bare_port, bare):
        for scene in await _scenes(up, pattern, trips=size.trips):
            say(scene.route)
            bodies = await _bodies(_port(up), scene.requests)
            rows = list(enumerate(bodies, start=first))
            first += len(rows)
            await connection.copy_records_to_table(TABLE, records=rows)
            same = [request("GET", f"/{key}") for key, _ in rows]
            if await _bodies(bare_port, same[:1]) != bodies[:1]:
                raise RuntimeError("the bare route answers other bytes")
            sides = (
                _Side(_port(up), gateway, database, scene.requests),
                _Side(bare_port, bare, database, same),
            )
            ours, beside = await _loaded(sides, seconds=size.seconds)
            figures.append(RouteFigures(scene.route, len(bodies[0]), ours, beside))
            say(str(figures[-1]))
    return figures


async def _bodies(port: int, requests: Sequence[bytes]) -> list[bytes]:
    async with wires(port, wanted=1) as (wire,):
        return [(await wire.expect(one)).body for one in requests]


async def _loaded(sides: Sequence[_Side], *, seconds: float) -> list[Load]:
    """Load several by turns, for what else the machine does comes and goes; the best turn of each counts."""
    turns = [[await _turn(side, seconds=seconds / _TURNS) for side in sides] for _ in range(_TURNS)]
    return [
        Load(
            rate=max(turn.rate for turn in of_side),
            cpu_ms=min(turn.cpu_ms for turn in of_side),
            database_ms=min(turn.database_ms for turn in of_side),
            p50=min(turn.p50 for turn in of_side),
            p99=min(turn.p99 for turn in of_side),
        )
        for of_side in zip(*turns, strict=True)
    ]


async def _turn(side: _Side, *, seconds: float) -> Load:
    async def ask(wire: Wire, number: int) -> float:
        await wire.expect(side.requests[number % len(side.requests)])
        return 0.0

    async with wires(side.port, wanted=_CONNECTIONS) as opened:
        await rate_of(opened, side.requests, seconds=seconds / 4)  # caches are warm from here on
        before, begin = (_cpu_seconds(side.process), _database_seconds(side.database)), time.perf_counter()
        rate = await rate_of(opened, side.requests, seconds=seconds)
        thousands = rate * (time.perf_counter() - begin) / 1000
        answering = (_cpu_seconds(side.process) - before[0]) / thousands
        looking = (_database_seconds(side.database) - before[1]) / thousands
        delays = await delays_at(opened, ask, rate=rate / 2, seconds=seconds)
    return Load(rate, answering, looking, part(delays, 0.5), part(delays, 0.99))


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _database_seconds(server: psutil.Process) -> float:
    """Return what all processes of the server have taken, those that have ended included."""
    running = 0.0
    for process in server.children():
        with suppress(psutil.NoSuchProcess):  # then it is among those that have ended
            running += _cpu_seconds(process)
    ended = server.cpu_times()
    return ended.children_user + ended.children_system + running


@asynccontextmanager
async def _bare(up: RunningUp) -> AsyncGenerator[tuple[int, psutil.Process]]:
    (port,) = free_ports(1)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.command_line.bench_query.bare",
        str(port),
        stdin=asyncio.subprocess.PIPE,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(f"{up.database_url}\n".encode())
            process.stdin.close()
        until = time.monotonic() + _STALL_SECONDS
        while not await _answers(port):
            if time.monotonic() > until or process.returncode is not None:
                raise CannotStart("the bare route does not answer")
            await asyncio.sleep(_LOOK_SECONDS)
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        async with wires(port, wanted=1):
            return True
    except ConnectionError:
        return False


async def _projected(
    up: RunningUp,
    connection: Any,  # noqa: ANN401 - asyncpg carries no types
    pattern: Pattern,
    *,
    trips: int,
) -> float:
    """Return how many trips a second the projector stores, from the first row of them to the last."""
    kafka = KafkaSettings(bootstrap=up.kafka)
    telling = asyncio.create_task(tell(kafka, pattern, trips=trips, partitions=up.partitions))
    count = "SELECT count(*) FROM read.trips WHERE tenant = $1"
    begin, stored, moved = None, 0, time.monotonic()
    while stored < trips:
        now_stored = await connection.fetchval(count, OTHER_TENANT)
        if now_stored > stored:
            moved = time.monotonic()
            if begin is None:
                begin = (moved, now_stored)
        if time.monotonic() - moved > _STALL_SECONDS:
            raise CannotStart("the projector stands still")
        stored = now_stored
        await asyncio.sleep(_LOOK_SECONDS / 4)
    await telling
    since, before = begin or (moved, 0)
    return (trips - before) / max(moved - since, _LOOK_SECONDS)


async def _end_to_end(up: RunningUp, *, rate: float, seconds: float, say: Say) -> EndToEnd:
    say(f"{rate:g} bookings a second")
    bearers = [
        await _bearer(up, login=f"traveller{number}.{rate:g}@bench.example") for number in range(_TRAVELLERS)
    ]
    posts = [
        _post(
            bearers[number % _TRAVELLERS], _booking(number, name="Hotel", start=_day(number // _TRAVELLERS))
        )
        for number in range(int(rate * seconds))
    ]

    async def post_and_read(wire: Wire, number: int) -> float | None:
        answer = await wire.ask(posts[number])
        if answer.status == _LATER:
            return None
        accepted = time.perf_counter()
        target = f"/v1/trips?limit=1&fields=id&after={answer.header('itinerary-position')}"
        read = await wire.ask(request("GET", target, headers=bearers[number % _TRAVELLERS]))
        return None if read.status == _LATER else accepted

    under_way = min(_MOST_UNDER_WAY, max(_CONNECTIONS, int(rate)))
    async with wires(_port(up), wanted=under_way) as opened:
        begin = time.perf_counter()
        delays = await delays_at(opened, post_and_read, rate=rate, seconds=seconds)
        taken = time.perf_counter() - begin
    refused = len(posts) - len(delays)
    return EndToEnd(rate, len(delays) / taken, refused, part(delays, 0.5), part(delays, 0.99))


def _day(number: int) -> date:
    """Return when a traveller's trip of a number begins: apart from the one before."""
    return _FIRST + timedelta(days=5 * number)
