"""What is kept of accounts at TripIt in a real PostgreSQL, while several processes write it at once."""

from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from schemas.identifiers import traveller_id
from services.ingest.domain.tripit.known import Known
from services.ingest.postgres import open_pool
from services.ingest.settings import TripItSettings
from services.ingest.tripit_accounts import Account, Visited
from services.ingest.tripit_postgres import ROLE, LeasedAccounts, check_schema, token_hash
from services.ingest.tripit_requests import Credentials
from services.platform.backing import Backing
from services.platform.sealing import Seal, new_key
from tests.support.ingest_edge import rows

TENANT = "kept-accounts"
KEY = new_key()
TOKEN = Credentials("token", "token-secret")


class Kept(NamedTuple):
    """Accounts, and the database that keeps them."""

    backing: Backing
    pool: Any
    accounts: LeasedAccounts
    seal: Seal

    async def connect(self, login: str, *, token: Credentials = TOKEN) -> str:
        """Keep an account, due at once, and return its traveller."""
        traveller = traveller_id(tenant=TENANT, login=login)
        await self.run("INSERT INTO own.tenants VALUES ($1) ON CONFLICT DO NOTHING", TENANT)
        await self.run(
            "INSERT INTO own.travellers (tenant, traveller) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            TENANT,
            traveller,
        )
        await self.run(
            "INSERT INTO own.tripit_accounts (tenant, traveller, kind, state, sealed, token_hash)"
            " VALUES ($1, $2, 'api', 'connected', $3, $4)",
            TENANT,
            traveller,
            self.seal.seal(token._asdict(), belongs_to=(TENANT, traveller)),
            token_hash(token.key),
        )
        return traveller

    async def lease(self) -> dict[str, Account]:
        """Lease whatever is due, by traveller."""
        return {account.traveller: account for account in await self.accounts.lease(limit=32, held={})}

    async def run(self, statement: str, *values: Any) -> list[Any]:
        return await rows(self.backing, statement, *values)

    async def account(self, traveller: str) -> Any:
        (row,) = await self.run("SELECT * FROM own.tripit_accounts WHERE traveller = $1", traveller)
        return row


@pytest.fixture
async def kept(backing: Backing) -> AsyncGenerator[Kept]:
    settings, seal = TripItSettings(), Seal(SecretStr(KEY))
    async with open_pool(backing.postgres_settings, role=ROLE, check=check_schema) as pool:
        yield Kept(backing, pool, LeasedAccounts(pool, seal=seal, settings=settings), seal)
        await rows(backing, "DELETE FROM own.tripit_accounts")


async def test_a_visit_under_way_does_not_undo_that_somebody_with_the_same_token_unsubscribed(
    kept: Kept,
) -> None:
    stays, leaves = await kept.connect("stays"), await kept.connect("leaves")
    leased = await kept.lease()
    await kept.accounts.note_subscribed(leased[stays])
    assert (await kept.account(stays))["is_subscribed"]
    await kept.accounts.end(leased[stays], Visited(Known(), polled=True))
    await kept.run("UPDATE own.tripit_accounts SET due_at = now() WHERE traveller = $1", stays)
    under_way = (await kept.lease())[stays]
    await kept.accounts.note_unsubscribed(leased[leaves])
    await kept.accounts.end(under_way, Visited(Known(), polled=True))
    assert not (await kept.account(stays))["is_subscribed"]
