"""Which keys clients sent, and what they were answered: in PostgreSQL, schema `own`."""

# asyncpg carries no types.
# pyright: reportUnknownMemberType=false

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import orjson

from services.platform.once import Answer, Claim
from services.platform.sql_files import statements_of

_QUERIES: Any = statements_of(Path(__file__).with_name("kept_answers.sql"))

Transaction = Callable[[str], AbstractAsyncContextManager[Any]]
"""Opens a transaction on a connection that sees one tenant."""


class PostgresKeys:
    """Idempotency keys and the answers that they stand for."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def claim(self, key: str, *, tenant: str, request_hash: str) -> Claim:
        """Take a key, unless it is taken."""
        async with self._transaction(tenant) as connection:
            await _QUERIES.forget_old_keys(connection)
            mine = await _QUERIES.claim_key(connection, tenant=tenant, id=key, request_hash=request_hash)
            if mine:
                return Claim(mine=True, request_hash=request_hash)
            known = await _QUERIES.find_key(connection, id=key)
        if known is None:  # released between the two statements: let the client come again
            return Claim(mine=False, request_hash=request_hash)
        answer = None
        if known["status"] is not None:
            answer = Answer(known["status"], orjson.loads(known["headers"]), known["body"])
        return Claim(mine=False, request_hash=known["request_hash"], answer=answer)

    async def keep(self, key: str, *, tenant: str, answer: Answer) -> None:
        """Remember the answer."""
        headers = orjson.dumps(dict(answer.headers)).decode()
        async with self._transaction(tenant) as connection:
            await _QUERIES.keep_answer(
                connection, id=key, status=answer.status, headers=headers, body=answer.body
            )

    async def release(self, key: str, *, tenant: str) -> None:
        """Forget the key: what it stood for failed."""
        async with self._transaction(tenant) as connection:
            await _QUERIES.release_key(connection, id=key)
