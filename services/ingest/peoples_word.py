"""What people said and which keys they sent, in PostgreSQL, schema `own`."""

# asyncpg carries no types.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

import re

import orjson

from services.ingest.once import Answer, Claim
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


class PostgresKeys:
    """Idempotency keys and the answers that they stand for."""

    def __init__(self, database: PostgresDirectory) -> None:
        self._database = database

    async def claim(self, key: str, *, tenant: str, request_hash: str) -> Claim:
        """Take a key, unless it is taken."""
        async with self._database.transaction(tenant) as connection:
            await QUERIES.forget_old_keys(connection)
            mine = await QUERIES.claim_key(connection, tenant=tenant, id=key, request_hash=request_hash)
            if mine:
                return Claim(mine=True, request_hash=request_hash)
            known = await QUERIES.find_key(connection, id=key)
        if known is None:  # released between the two statements: let the client come again
            return Claim(mine=False, request_hash=request_hash)
        answer = None
        if known["status"] is not None:
            answer = Answer(known["status"], orjson.loads(known["headers"]), known["body"])
        return Claim(mine=False, request_hash=known["request_hash"], answer=answer)

    async def keep(self, key: str, *, tenant: str, answer: Answer) -> None:
        """Remember the answer."""
        headers = orjson.dumps(dict(answer.headers)).decode()
        async with self._database.transaction(tenant) as connection:
            await QUERIES.keep_answer(
                connection, id=key, status=answer.status, headers=headers, body=answer.body
            )

    async def release(self, key: str, *, tenant: str) -> None:
        """Forget the key: what it stood for failed."""
        async with self._database.transaction(tenant) as connection:
            await QUERIES.release_key(connection, id=key)
