"""Doubts about what is kept of accounts at TripIt: plans that are to be looked at and told again."""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

from services.ingest.domain.tripit.known import Known, KnownPlan
from services.ingest.tripit_postgres import TRIPIT_QUERIES, transaction

log = structlog.get_logger()


async def doubt_plans(
    pool: Any,  # noqa: ANN401 - asyncpg carries no types
    plans: Mapping[str, KnownPlan | None],
    *,
    tenant: str,
    traveller: str,
    write: bool,
) -> list[str] | None:
    """Have plans of an account looked at and told again; return which, or None where no such account is kept.

    One whose state cannot be read has that as its trouble, and does not keep the others from being looked at.

    Raises:
        Unavailable: where the database does not answer.
    """
    who = {"tenant": tenant, "traveller": traveller}
    async with transaction(pool) as connection:
        if not await TRIPIT_QUERIES.lock_account(connection, **who):
            return None
        row = await TRIPIT_QUERIES.find_account(connection, **who)
        try:
            known = Known.decode(row["known"])
        except ValidationError:
            log.error("account.unreadable_state", traveller=traveller)  # noqa: TRY400 - no stack is wanted
            return None
        doubting = known.doubting(plans)
        if write:
            await TRIPIT_QUERIES.doubt(connection, **who, known=doubting.without_cursor().encode().decode())
    return sorted(plans.keys() & doubting.plans.keys())
