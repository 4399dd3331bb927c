"""An account while a visit holds it: by a lease that is renewed, and lost where another process takes it."""

import asyncio

from services.ingest.domain.tripit.known import Known
from services.ingest.tripit_accounts import Account, Accounts, Visited
from services.platform import faults


class LeaseLost(Exception):
    """Another process visits this account now, or this one is stopping."""


class Holding:
    """One account that was leased, for one visit."""

    def __init__(
        self, account: Account, *, accounts: Accounts, lease_seconds: float, stopping: asyncio.Event
    ) -> None:
        self.account = account
        self._accounts = accounts
        self._lease_seconds = lease_seconds
        self._stopping = stopping
        self._noted = account.known
        self._renewed = asyncio.get_running_loop().time()
        """When the account was last known to be ours."""

    async def renew(self) -> None:
        """Go on only as long as the account is ours; asked for anew when much of the lease has passed.

        Raises:
            LeaseLost: where it is not.
            Unavailable: where the database does not answer.
        """
        now = self._now()
        if now - self._renewed >= self._lease_seconds / 4:
            self._held(await self._accounts.renew(self.account), since=now)

    async def note(self, known: Known) -> None:
        """Note what is known, and go on only if the account is still ours.

        Raises:
            LeaseLost, Unavailable: as `renew`.
        """
        now = self._now()
        self._held(await self._accounts.note(self.account, known), since=now)
        self._noted = known
        faults.point("tripit.noted")

    async def end(self, visited: Visited) -> None:
        """Note what the visit came to, unless the lease was lost."""
        await self._accounts.end(self.account, visited, noted=self._noted)

    def _now(self) -> float:
        if self._stopping.is_set():
            raise LeaseLost
        return asyncio.get_running_loop().time()

    def _held(self, is_ours: bool, *, since: float) -> None:
        if not is_ours:
            raise LeaseLost
        self._renewed = since
