"""What became of mails, by ingest's own register: also of those in which nothing was found, or that wait."""

# asyncpg carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from schemas.hops import Hop, ms_of
from services.ingest.domain.emails import EmailEntry
from services.ingest.postgres import QUERIES, ROLE
from services.ingest.raw_hops import RawPlace
from services.platform.settings import PostgresSettings


class TracedMail(NamedTuple):
    """A mail as the register has it."""

    message: str
    traveller: str | None
    """Whose it is, or may be."""
    raw: RawPlace
    hops: tuple[Hop, ...]


async def mails_named(
    postgres: PostgresSettings, *, tenant: str, messages: Collection[str], code: str | None
) -> Sequence[TracedMail]:
    """Return mails by their ids, and those in which a locator was found.

    Args:
        postgres: where the register is.
        tenant: whose.
        messages: ids of messages, which need be no mails.
        code: a locator as codes are compared; None asks for none.

    Raises:
        OSError, asyncpg.PostgresError: trouble with the database.
    """
    connection = await asyncpg.connect(
        postgres.database_url.get_secret_value(), server_settings={"role": ROLE}, timeout=10
    )
    try:
        async with connection.transaction(readonly=True):
            await QUERIES.set_tenant(connection, tenant=tenant)
            rows = QUERIES.find_traced_mails(connection, messages=sorted(messages), code=code)
            entries = [EmailEntry.decode(row["entry"]) async for row in rows]
    finally:
        await connection.close()
    return [
        TracedMail(
            entry.message,
            entry.traveller or entry.proposed_traveller,
            (entry.partition, entry.offset),
            tuple(_hops(entry)),
        )
        for entry in entries
    ]


def _hops(entry: EmailEntry) -> Iterator[Hop]:
    if entry.reviewed is not None:
        yield Hop(
            stage="mail",
            where="own.emails",
            at_ms=ms_of(datetime.fromisoformat(entry.reviewed.at)),
            decision=f"{entry.outcome} by a person",
            message=entry.message,
        )
    yield Hop(
        stage="mail",
        where="own.emails",
        decision=f"mail {entry.outcome.replace('_', ' ')}",
        reason=_why(entry),
        message=entry.message,
    )


def _why(entry: EmailEntry) -> str:
    taken = sum(booking.taken for booking in entry.bookings)
    found = f"{taken} of {len(entry.bookings)} bookings that were found are taken"
    return "; ".join(part for part in (entry.reason, entry.why, found) if part)
