"""What tenants decided, in PostgreSQL, schema `own`."""

# asyncpg carries no types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

from schemas.settings import TenantSettings
from services.ingest.domain.tenant_settings import Entered, Wanted, clashes
from services.ingest.postgres import QUERIES, PostgresDirectory, sender_fields, sender_of


class PostgresRegister:
    """Settings and senders of tenants."""

    def __init__(self, database: PostgresDirectory) -> None:
        self._database = database

    async def entered(self, tenant: str) -> Entered | None:
        """Return what was entered last."""
        async with self._database.transaction(tenant) as connection:
            row = await QUERIES.find_settings(connection, tenant=tenant)
            if row is None:
                return None
            rows = [found async for found in QUERIES.list_senders(connection)]
            former = [found async for found in QUERIES.list_former_senders(connection)]
        settings = TenantSettings() if row["settings"] is None else TenantSettings.decode(row["settings"])
        bound = [*former, *(found for found in rows if found["heard"])]
        fixed = {found["client"]: (found["party"], found["source"]) for found in bound}
        return Entered(settings, tuple(map(sender_of, rows)), row["changes"], fixed)

    async def enter(self, wanted: Wanted, *, tenant: str, over: int) -> bool:
        """Enter settings and, where some are named, all senders; nothing where somebody was faster."""
        async with self._database.transaction(tenant) as connection:
            settings = wanted.settings.encode().decode()
            heard = [found async for found in QUERIES.hold_senders(connection) if found["heard"]]
            fixed = {found["client"]: (found["party"], found["source"]) for found in heard}
            if clashes(wanted, fixed=fixed):
                return False
            if not await QUERIES.enter_settings(connection, tenant=tenant, settings=settings, over=over):
                return False
            if wanted.senders is not None:
                clients = [sender.client for sender in wanted.senders]
                await QUERIES.remove_other_senders(connection, clients=clients)
                for sender in wanted.senders:
                    await QUERIES.enter_sender(connection, **sender_fields(sender))
        return True
