"""What people said, in PostgreSQL, schema `own`."""

# asyncpg carries no types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

import re

from services.ingest.overriding import Note
from services.ingest.postgres import QUERIES, PostgresDirectory

_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PostgresNotes:
    """Who overrode what."""

    def __init__(self, database: PostgresDirectory) -> None:
        self._database = database

    async def note(self, note: Note, *, tenant: str) -> None:
        """Keep a note; the same one again changes nothing."""
        fields = note._asdict() | {"trips": list(note.trips), "subjects": list(note.subjects)}
        async with self._database.transaction(tenant) as connection:
            await QUERIES.note_override(connection, tenant=tenant, **fields)

    async def noted(self, override: str, *, tenant: str) -> Note | None:
        """Return a note."""
        if _IDENTIFIER.fullmatch(override) is None:
            return None
        async with self._database.transaction(tenant) as connection:
            row = await QUERIES.find_override(connection, override=override)
        return None if row is None else Note(**dict(row))

    async def note_undone(self, override: str, *, tenant: str) -> None:
        """Keep that it was taken back."""
        async with self._database.transaction(tenant) as connection:
            await QUERIES.note_undone(connection, override=override)
