"""How fast TripIt is asked: so many requests a second by each consumer key, of all processes together."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import asyncio
from collections import defaultdict
from typing import Any

from services.ingest.tripit_postgres import TRIPIT_QUERIES, token_hash, transaction


class _Turns:
    """Turns that a process was given, all in one span of time."""

    def __init__(self) -> None:
        self.asking = asyncio.Lock()
        self.left = 0
        self.begin = 0.0
        self.lapse = 0.0


class SharedPace:
    """The pace that all processes keep together: each takes turns of about a second from the database."""

    def __init__(self, pool: Any, *, per_second: float) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._pool = pool
        self._at_once = max(1, int(per_second))
        self._span_seconds = self._at_once / per_second
        self._turns: dict[str, _Turns] = defaultdict(_Turns)

    async def turn(self, way: str) -> None:
        """Wait until a request may be made.

        Raises:
            Unavailable: where the database does not answer.
        """
        turns, now = self._turns[way], asyncio.get_running_loop().time
        async with turns.asking:
            if turns.left == 0 or now() > turns.lapse:
                waits = await self._take(way)
                turns.left, turns.begin = self._at_once, now() + waits
                turns.lapse = turns.begin + self._span_seconds
            turns.left -= 1
            begin = turns.begin
        await asyncio.sleep(max(0.0, begin - now()))

    async def hold_back(self, way: str, *, seconds: float) -> None:
        """Make no request by that key for so long; processes that have turns left still use those.

        Raises:
            Unavailable: where the database does not answer.
        """
        async with transaction(self._pool) as connection:
            await TRIPIT_QUERIES.hold_back(connection, way=token_hash(way), seconds=seconds)
        self._turns[way].left = 0

    async def _take(self, way: str) -> float:
        async with transaction(self._pool) as connection:
            waits = await TRIPIT_QUERIES.take_turns(
                connection, way=token_hash(way), seconds=self._span_seconds
            )
        return float(waits)
