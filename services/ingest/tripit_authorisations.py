"""Authorisations that travellers began at TripIt: each is ended by one request at a time, and only once.

TripIt gives the token for one only once, so of two calls back at a time the second must not spoil what the
first one gets. Whoever ends one holds it no longer than an attempt takes, and says so anew before the next
attempt: if its process dies, others have to wait for that time only.
"""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Mapping
from math import ceil
from typing import Any

from services.ingest.postgres import QUERIES
from services.ingest.tripit_postgres import TRIPIT_QUERIES, of_tenant, token_hash, transaction
from services.platform.sealing import Seal

_SLACK_SECONDS = 10.0
"""Beyond what an attempt takes, for what comes before and after it."""


class BeingEnded(Exception):
    """Another request is ending an authorisation, or died at it."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__()
        self.seconds = max(1, ceil(seconds))
        """So long it keeps others away, unless it goes on."""


class Claim:
    """An authorisation that this request ends. Every method raises `Unavailable`."""

    def __init__(
        self,
        pool: Any,  # noqa: ANN401 - asyncpg carries no types
        row: Any,  # noqa: ANN401 - as above
        *,
        secret: Mapping[str, str],
        until: Any,  # noqa: ANN401 - as above
        seconds: float,
    ) -> None:
        self.tenant: str = row["tenant"]
        self.traveller: str = row["traveller"]
        self.secret = secret
        """What opened the request token, and which consumer key it was for."""
        self._pool = pool
        self._named = {"tenant": self.tenant, "request_hash": row["request_hash"]}
        self._until = until
        """The claim is ours as long as this stands beside it."""
        self._seconds = seconds

    async def renew(self) -> None:
        """Keep others away for another attempt.

        Raises:
            BeingEnded: where one has taken it since, or the traveller has begun anew.
        """
        async with of_tenant(self._pool, self.tenant) as connection:
            until = await _claimed(connection, self._named, seconds=self._seconds, held=self._until)
        if until is None:
            raise BeingEnded(seconds=self._seconds)
        self._until = until

    async def release(self) -> None:
        """Let it be ended by another request, unless that has begun."""
        async with of_tenant(self._pool, self.tenant) as connection:
            await TRIPIT_QUERIES.release_authorisation(connection, **self._named, held=self._until)

    async def drop(self) -> None:
        """Have it ended without a token, unless another request is after one."""
        async with of_tenant(self._pool, self.tenant) as connection:
            await TRIPIT_QUERIES.drop_authorisation(connection, **self._named, held=self._until)

    async def end(self, connection: Any) -> bool:  # noqa: ANN401 - as above
        """Have it ended with a token, within a transaction; false where the traveller has begun anew."""
        return bool(await TRIPIT_QUERIES.end_authorisation(connection, **self._named))


async def claim(pool: Any, request_key: str, *, seal: Seal, attempt_seconds: float) -> Claim | None:  # noqa: ANN401 - as above
    """Take an authorisation to end it; None where nothing such is under way.

    Args:
        pool: of the database.
        request_key: by which TripIt calls it.
        seal: opens it.
        attempt_seconds: what one attempt to exchange it may take.

    Raises:
        BeingEnded: where somebody else is ending it.
        SealBroken: where it does not open; then it is not taken.
        Unavailable: where the database does not answer.
    """
    hashed, seconds = token_hash(request_key), attempt_seconds + _SLACK_SECONDS
    async with transaction(pool) as connection:
        await TRIPIT_QUERIES.set_tokens(connection, hashes=[hashed])
        row = await TRIPIT_QUERIES.find_authorisation(connection, request_hash=hashed)
        if row is None:
            return None
        await QUERIES.set_tenant(connection, tenant=row["tenant"])
        named = {"tenant": row["tenant"], "request_hash": hashed}
        until = await _claimed(connection, named, seconds=seconds, held=None)
        if until is None:
            raise BeingEnded(seconds=row["claimed_seconds"])
        secret = seal.open(row["sealed"], belongs_to=(row["tenant"], row["traveller"]))
    return Claim(pool, row, secret=secret, until=until, seconds=seconds)


async def _claimed(connection: Any, named: Mapping[str, str], *, seconds: float, held: Any) -> Any:  # noqa: ANN401 - as above
    return await TRIPIT_QUERIES.claim_authorisation(connection, **named, seconds=seconds, held=held)
