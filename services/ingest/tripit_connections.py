"""Travellers connect and disconnect their accounts at TripIt, and TripIt hints at what changed."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from schemas.identifiers import normal_code
from services.ingest.domain.tripit.known import Known
from services.ingest.postgres import QUERIES
from services.ingest.settings import TripItSettings
from services.ingest.tripit import TripIt, is_feed_address
from services.ingest.tripit_authorisations import Claim, claim
from services.ingest.tripit_hints import take_hints
from services.ingest.tripit_postgres import (
    TRIPIT_QUERIES,
    consumer_of,
    of_tenant,
    own_consumer,
    token_hash,
    token_secret,
)
from services.ingest.tripit_requests import Credentials, Revoked, Trouble
from services.platform.sealing import Seal, SealBroken

log = structlog.get_logger()

_AUTHORISATION_SECONDS = 900.0


class NotPossible(Exception):
    """What was asked for cannot be done here; the text says why, to the person who asked."""


class TripItConnections:
    """What travellers have connected, for the routes. Every method raises `Unavailable`."""

    def __init__(self, pool: Any, *, tripit: TripIt, seal: Seal, settings: TripItSettings) -> None:  # noqa: ANN401 - asyncpg carries no types
        self._pool = pool
        self._tripit = tripit
        self._seal = seal
        self._settings = settings

    async def traveller(self, *, tenant: str, login: str) -> str:
        """Return the traveller who has a login.

        Raises:
            NotPossible: where the directory knows no such login.
        """
        async with of_tenant(self._pool, tenant) as connection:
            found = [
                row["traveller"]
                async for row in QUERIES.find_travellers(connection, logins=[normal_code(login)])
            ]
        if not found:
            raise NotPossible("the directory knows no such login")
        return found[0]

    async def connect_feed(self, address: str, *, tenant: str, traveller: str) -> None:
        """Follow a private calendar feed; whoever knows its address may read it, so it is a secret.

        Raises:
            NotPossible: where it is no address of such a feed.
        """
        if not is_feed_address(address, origins=self._settings.feed_origins):
            raise NotPossible("give the address of a private calendar feed, as TripIt's settings show it")
        async with of_tenant(self._pool, tenant) as connection:
            await self._connect(connection, tenant, traveller, kind="feed", secret={"address": address})

    async def begin(self, *, tenant: str, traveller: str) -> str:
        """Begin to connect by the API, and return where the traveller agrees.

        Raises:
            NotPossible: where there is no key at TripIt.
            SealBroken: where no sealing key opens the company's own.
            Trouble, Revoked: where TripIt does not begin it.
        """
        consumer = await self._consumer(tenant, secret={})
        if consumer is None or self._settings.callback_url is None:
            raise NotPossible("neither the company nor this system has a key at TripIt; give a calendar feed")
        request = await self._tripit.request_token(consumer)
        secret = token_secret(request, consumer=consumer)
        sealed = self._seal.seal(secret, belongs_to=(tenant, traveller))
        async with of_tenant(self._pool, tenant) as connection:
            await TRIPIT_QUERIES.begin_authorisation(
                connection,
                tenant=tenant,
                traveller=traveller,
                request_hash=token_hash(request.key),
                sealed=sealed,
                seconds=_AUTHORISATION_SECONDS,
            )
        return self._tripit.authorise_url(request)

    async def complete(self, request_key: str) -> bool:
        """End what was begun, when the traveller comes back; false where nothing such is under way.

        TripIt calls back the same way whether the traveller agreed or not: only the exchange tells. Where
        that fails for another reason, what was begun can still be ended.

        Raises:
            NotPossible: where the key that it was begun with is gone.
            BeingEnded: where another request is ending it.
            SealBroken: where no sealing key opens what was begun, or the company's key.
            Trouble: where TripIt does not answer.
            Revoked: where the traveller did not agree.
        """
        begun = await claim(
            self._pool, request_key, seal=self._seal, attempt_seconds=self._settings.request_seconds
        )
        if begun is None:
            return False
        try:
            secret = await self._exchanged(begun)
        except Revoked:
            await begun.drop()
            raise
        except (Trouble, NotPossible, SealBroken):
            await begun.release()
            raise
        async with of_tenant(self._pool, begun.tenant) as connection:
            if not await begun.end(connection):
                return False
            await self._connect(connection, begun.tenant, begun.traveller, kind="api", secret=secret)
        return True

    async def _exchanged(self, begun: Claim) -> dict[str, str]:
        """Return what is to be sealed of the token that TripIt gives for an authorisation."""
        consumer = await self._consumer(begun.tenant, secret=begun.secret)
        if consumer is None:
            raise NotPossible("the key at TripIt that this was begun with is gone; begin again")
        request = Credentials(begun.secret["key"], begun.secret["secret"])
        token = await self._tripit.access_token(consumer, request=request, hold=begun.renew)
        return token_secret(token, consumer=consumer)

    async def disconnect(self, *, tenant: str, traveller: str) -> bool:
        """Have an account forgotten and what it told taken back; false where there is none."""
        async with of_tenant(self._pool, tenant) as connection:
            found = await TRIPIT_QUERIES.disconnect(connection, tenant=tenant, traveller=traveller)
        return bool(found)

    async def status(self, *, tenant: str, traveller: str) -> dict[str, Any] | None:
        """Return what a traveller may know of the account; None where none is connected."""
        async with of_tenant(self._pool, tenant) as connection:
            row = await TRIPIT_QUERIES.find_account(connection, tenant=tenant, traveller=traveller)
        if row is None:
            return None
        try:
            known = Known.decode(row["known"])
        except ValidationError:
            known = None  # a visit says so as well, in its trouble
        plans = {} if known is None else known.plans
        doubtful = [
            {"plan": key, "rule": rule} for key, plan in sorted(plans.items()) for rule in plan.problems
        ]
        said: dict[str, Any] = {
            "kind": row["kind"],
            "state": row["state"],
            "connected_at": row["connected_at"],
            "succeeded_at": row["succeeded_at"],
            "notifications": row["is_subscribed"],
            "failures": row["failures"],
            "trouble": row["trouble"],
            "next_visit_at": row["due_at"] if row["state"] != "revoked" else None,
            "plans": None if known is None else len(plans),
            "doubtful": doubtful,
        }
        return said

    async def take_hints(self, tokens: Iterable[str], *, trip: str) -> int:
        """Note that a trip changed, for each account that has one of the tokens; return how many have.

        A notification is not signed and proves nothing: the account's own credentials will be asked.
        """
        again_seconds = self._settings.hint_again_seconds
        return await take_hints(self._pool, tokens, trip=trip, again_seconds=again_seconds)

    async def keep_consumer(self, consumer: Credentials, *, tenant: str) -> None:
        """Keep a company's own key at TripIt."""
        sealed = self._seal.seal(consumer._asdict(), belongs_to=(tenant,))
        async with of_tenant(self._pool, tenant) as connection:
            await TRIPIT_QUERIES.keep_consumer(connection, tenant=tenant, sealed=sealed)

    async def _connect(
        self,
        connection: Any,  # noqa: ANN401 - as above
        tenant: str,
        traveller: str,
        *,
        kind: str,
        secret: dict[str, str],
    ) -> None:
        await TRIPIT_QUERIES.connect(
            connection,
            tenant=tenant,
            traveller=traveller,
            kind=kind,
            sealed=self._seal.seal(secret, belongs_to=(tenant, traveller)),
            token_hash=token_hash(secret["key"]) if kind == "api" else None,
        )
        if kind == "feed":
            await TRIPIT_QUERIES.forget_hints(connection, tenant=tenant, traveller=traveller)
        log.info("account.connected", traveller=traveller, kind=kind)

    async def _consumer(self, tenant: str, *, secret: Mapping[str, str]) -> Credentials | None:
        """Return the key that a token is for; a new one is for the company's own, where it has one."""
        async with of_tenant(self._pool, tenant) as connection:
            sealed = await TRIPIT_QUERIES.find_consumer(connection, tenant=tenant)
        companys = Credentials(**self._seal.open(sealed, belongs_to=(tenant,))) if sealed else None
        return consumer_of(secret, companys=companys, systems=own_consumer(self._settings))
