"""Accounts at TripIt in PostgreSQL: leased to one process at a time, and connected by travellers."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from services.ingest.domain.tripit.known import Known, named_in
from services.ingest.handlers import Unavailable
from services.ingest.postgres import QUERIES
from services.ingest.settings import TripItSettings
from services.ingest.tripit_accounts import Account, Hint, Visited
from services.ingest.tripit_requests import Credentials
from services.platform.postgres import TROUBLE
from services.platform.sealing import Seal, SealBroken
from services.platform.sql_files import statements_of

log = structlog.get_logger()

TRIPIT_QUERIES: Any = statements_of(Path(__file__).with_name("tripit.sql"))
ROLE = "itinerary_tripit"
_TIMEOUT_SECONDS = 5.0
_SWEEP_AGAIN_SECONDS = 3600.0
"""After one that failed while the rest of its visit went well."""


def token_hash(token: str) -> str:
    """Return the hash by which a token is found. Tokens are long and random: nobody guesses what it is of."""
    return hashlib.sha256(token.encode()).hexdigest()


def own_consumer(settings: TripItSettings) -> Credentials | None:
    """Return the system's own key at TripIt, where it has one."""
    if settings.consumer_key is None or settings.consumer_secret is None:
        return None
    return Credentials(settings.consumer_key, settings.consumer_secret.get_secret_value())


def consumer_of(
    secret: Mapping[str, str], *, companys: Credentials | None, systems: Credentials | None
) -> Credentials | None:
    """Return the key that a token was granted to, for no other can use it; None where it is gone.

    Where a secret does not say, the company's own goes before the system's.
    """
    named = secret.get("consumer")
    return next((key for key in (companys, systems) if key is not None and named in {None, key.key}), None)


def token_secret(token: Credentials | None, *, consumer: Credentials | None) -> dict[str, str]:
    """Return what is sealed of a token."""
    named = {} if consumer is None else {"consumer": consumer.key}
    return named if token is None else {**named, **token._asdict()}


async def check_schema(pool: Any) -> None:  # noqa: ANN401 - asyncpg carries no types
    """Fail where migrations are behind."""
    await pool.fetchval("SELECT count(*) FROM own.tripit_accounts WHERE false")


@asynccontextmanager
async def transaction(pool: Any) -> AsyncGenerator[Any]:  # noqa: ANN401 - as above
    """Give a connection in a transaction.

    Raises:
        Unavailable: where the database does not answer.
    """
    try:
        async with pool.acquire(timeout=_TIMEOUT_SECONDS) as connection, connection.transaction():
            yield connection
    except TROUBLE as trouble:
        log.warning("accounts.unanswered", error=type(trouble).__name__)
        raise Unavailable("PostgreSQL does not answer") from trouble


@asynccontextmanager
async def of_tenant(pool: Any, tenant: str) -> AsyncGenerator[Any]:  # noqa: ANN401 - as above
    """Give a connection in a transaction that sees one tenant.

    Raises:
        Unavailable: where the database does not answer.
    """
    async with transaction(pool) as connection:
        await QUERIES.set_tenant(connection, tenant=tenant)
        yield connection


class LeasedAccounts:
    """The accounts of all tenants, for the process that follows them."""

    def __init__(self, pool: Any, *, seal: Seal, settings: TripItSettings) -> None:  # noqa: ANN401 - as above
        self._pool = pool
        self._seal = seal
        self._settings = settings

    async def lease(self, *, limit: int, held: Mapping[str, int]) -> list[Account]:
        """Take accounts that are due, the most overdue first; nobody else gets them meanwhile.

        Args:
            limit: how many at most.
            held: by way to TripIt how many this process has; by each it may have only so many.

        Raises:
            Unavailable: where the database does not answer.
        """
        async with transaction(self._pool) as connection:
            rows = [
                row
                async for row in TRIPIT_QUERIES.lease_accounts(
                    connection,
                    limit=limit,
                    each=self._settings.concurrency_per_key,
                    ways=list(held),
                    held=list(held.values()),
                    seconds=self._settings.lease_seconds,
                )
            ]
            accounts: list[Account] = []
            for row in rows:
                try:
                    accounts.append(self._opened(row))
                except (SealBroken, ValidationError) as why:  # the others must not wait for this one
                    trouble = "seal_broken" if isinstance(why, SealBroken) else "unreadable_state"
                    log.error("account.not_opened", traveller=row["traveller"], reason=trouble)  # noqa: TRY400 - no stack is wanted
                    await TRIPIT_QUERIES.end_visit_in_trouble(
                        connection, **_who(row), trouble=trouble, pause_seconds=3600
                    )
        return accounts

    async def renew_seals(self) -> None:
        """Seal companies' keys with the newest key of ours; accounts are sealed anew by each visit."""
        async with transaction(self._pool) as connection:
            for row in [row async for row in TRIPIT_QUERIES.all_consumers(connection)]:
                tenant = row["tenant"]
                try:
                    secret = self._seal.open(row["sealed"], belongs_to=(tenant,))
                except SealBroken:
                    log.error("consumer.not_opened", tenant=tenant)  # noqa: TRY400 - no stack is wanted
                    continue
                sealed = self._seal.seal(secret, belongs_to=(tenant,))
                await TRIPIT_QUERIES.renew_consumer(
                    connection, tenant=tenant, sealed=sealed, before=row["sealed"]
                )

    async def renew(self, account: Account) -> bool:
        """Hold an account longer; false where another process has it now."""
        async with transaction(self._pool) as connection:
            held = await TRIPIT_QUERIES.renew_lease(
                connection, **_of(account), lease=account.lease, seconds=self._settings.lease_seconds
            )
        return bool(held)

    async def note(self, account: Account, known: Known) -> bool:
        """Note what is known, and hold the account longer; false where another process has it now."""
        async with transaction(self._pool) as connection:
            held = await TRIPIT_QUERIES.note_known(
                connection,
                **_of(account),
                lease=account.lease,
                known=_written(known),
                seconds=self._settings.lease_seconds,
            )
        return bool(held)

    async def note_subscribed(self, account: Account) -> None:
        """Note that TripIt notifies us with the account's token, unless the lease was lost."""
        async with transaction(self._pool) as connection:
            await TRIPIT_QUERIES.note_subscribed(connection, **_of(account), lease=account.lease)

    async def note_unsubscribed(self, account: Account) -> None:
        """Note of everybody with the account's token that TripIt notifies us no more."""
        if account.token is not None:
            async with transaction(self._pool) as connection:
                hashed = token_hash(account.token.key)
                await TRIPIT_QUERIES.note_unsubscribed(connection, token_hash=hashed)

    async def end(self, account: Account, visited: Visited, *, noted: Known) -> None:
        """Note what a visit came to, unless the lease was lost; what is known only where that changed it."""
        known = _written(visited.known)
        serials = [hint.serial for hint in visited.hints]
        settings = self._settings
        sweep_again = None if visited.trouble is None else _SWEEP_AGAIN_SECONDS
        poll_seconds = settings.feed_seconds if account.feed is not None else settings.poll_seconds
        async with self._held(account) as connection:
            if connection is None:
                return
            if serials:
                await TRIPIT_QUERIES.drop_hints(connection, **_of(account), serials=serials)
                await TRIPIT_QUERIES.put_off_hints(connection, **_of(account), serials=serials)
            await TRIPIT_QUERIES.end_visit(
                connection,
                **_of(account),
                known=None if known == _written(noted) else known,
                cursor=visited.known.cursor,
                etag=visited.etag,
                sealed=self._sealed(account),
                poll_seconds=poll_seconds if visited.polled else None,
                sweep_seconds=settings.sweep_seconds if visited.swept else sweep_again,
                trouble=visited.trouble,
            )

    async def end_in_trouble(self, account: Account, *, code: str, pause_seconds: float) -> None:
        """Note why a visit came to nothing, and when to try again."""
        async with self._held(account) as connection:
            if connection is not None:
                await TRIPIT_QUERIES.end_visit_in_trouble(
                    connection, **_of(account), trouble=code, pause_seconds=pause_seconds
                )

    async def note_revoked(self, account: Account) -> None:
        """Note that the traveller's grant does not hold any more."""
        async with self._held(account) as connection:
            if connection is not None:
                await TRIPIT_QUERIES.note_revoked(connection, **_of(account))

    async def forget(self, account: Account) -> None:
        """Forget an account and what opened it."""
        async with self._held(account) as connection:
            if connection is not None:
                await TRIPIT_QUERIES.forget_account(connection, **_of(account))

    async def release(self, account: Account) -> None:
        """Give an account back as it was."""
        async with self._held(account) as connection:
            if connection is not None:
                await TRIPIT_QUERIES.release(connection, **_of(account))

    @asynccontextmanager
    async def _held(self, account: Account) -> AsyncGenerator[Any]:
        """Give a connection on which the account is locked; None where another process has it now."""
        async with transaction(self._pool) as connection:
            held = await TRIPIT_QUERIES.hold_account(connection, **_of(account), lease=account.lease)
            yield connection if held else None

    def _opened(self, row: Any) -> Account:  # noqa: ANN401 - as above
        token, feed, consumer = self._means(row)
        return Account(
            tenant=row["tenant"],
            traveller=row["traveller"],
            way=row["way"],
            kind=row["kind"],
            state=row["state"],
            token=token,
            feed=feed,
            consumer=consumer,
            known=_known(row),
            etag=row["etag"],
            lease=row["lease"],
            failures=row["failures"],
            trouble=row["trouble"],
            trouble_seconds=row["trouble_seconds"],
            is_subscribed=row["is_subscribed"],
            sweep_is_due=row["sweep_is_due"],
            poll_is_due=row["poll_is_due"],
            hints=tuple(map(Hint, row["hinted_trips"], row["hint_serials"])),
        )

    def _means(self, row: Any) -> tuple[Credentials | None, str | None, Credentials | None]:  # noqa: ANN401 - as above
        """Return token, feed and consumer key of an account; taking back what was told needs none of them."""
        try:
            secret = self._seal.open(row["sealed"], belongs_to=(row["tenant"], row["traveller"]))
            if row["kind"] == "feed":
                return None, secret["address"], None
            companys = row["consumer"] and Credentials(
                **self._seal.open(row["consumer"], belongs_to=(row["tenant"],))
            )
            consumer = consumer_of(secret, companys=companys or None, systems=own_consumer(self._settings))
            return Credentials(secret["key"], secret["secret"]), None, consumer
        except SealBroken:
            if row["state"] != "leaving":
                raise
            return None, None, None

    def _sealed(self, account: Account) -> str:
        """Return what opens the account, sealed with the newest key: so keys are rotated."""
        if account.feed is not None:
            secret = {"address": account.feed}
        else:
            secret = token_secret(account.token, consumer=account.consumer)
        return self._seal.seal(secret, belongs_to=(account.tenant, account.traveller))


def _written(known: Known) -> str:
    return known.without_cursor().encode().decode()


def _known(row: Any) -> Known:  # noqa: ANN401 - as above
    """Return what was told of an account; who leaves is forgotten even where little of that can be read."""
    try:
        return Known.decode(row["known"]).model_copy(update={"cursor": row["cursor"]})
    except ValidationError:
        if row["state"] != "leaving":
            raise
        named = named_in(row["known"])
        log.error("account.unreadable_state", traveller=row["traveller"], plans=len(named.past))  # noqa: TRY400 - no stack is wanted
        return named


def _who(row: Any) -> dict[str, str]:  # noqa: ANN401 - as above
    return {"tenant": row["tenant"], "traveller": row["traveller"]}


def _of(account: Account) -> dict[str, str]:
    return {"tenant": account.tenant, "traveller": account.traveller}
