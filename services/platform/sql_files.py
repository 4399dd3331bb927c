"""The statements of a `.sql` file, by their names, over asyncpg's connections (aiosql).

aiosql's own adapter goes through the names of all attributes of what it is given, at every statement, to find
out whether it is a pool; here it is asked as it is.
"""

# aiosql carries few types.
# pyright: reportUnknownMemberType=false

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiosql
from aiosql.adapters.asyncpg import AsyncPGAdapter

_Asked = Any
"""A connection, or a pool, which lends one for each statement."""
_Found = Any
_Said = dict[str, Any]


class _AsItIs(AsyncPGAdapter):
    """Without the records that aiosql could make of rows."""

    async def select(
        self,
        conn: _Asked,
        query_name: str,
        sql: str,
        parameters: _Said,
        record_class: None = None,  # noqa: ARG002 - aiosql gives it
    ) -> AsyncGenerator[_Found]:
        for row in await conn.fetch(sql, *self.maybe_order_params(query_name, parameters)):
            yield row

    async def select_one(
        self,
        conn: _Asked,
        query_name: str,
        sql: str,
        parameters: _Said,
        record_class: None = None,  # noqa: ARG002 - aiosql gives it
    ) -> _Found:
        return await conn.fetchrow(sql, *self.maybe_order_params(query_name, parameters))

    async def select_value(self, conn: _Asked, query_name: str, sql: str, parameters: _Said) -> _Found:
        return await conn.fetchval(sql, *self.maybe_order_params(query_name, parameters))

    async def insert_update_delete(
        self, conn: _Asked, query_name: str, sql: str, parameters: _Said
    ) -> _Found:
        return await conn.execute(sql, *self.maybe_order_params(query_name, parameters))

    async def execute_script(self, conn: _Asked, sql: str) -> _Found:
        return await conn.execute(sql)


def statements_of(sql: str | Path) -> _Found:
    """Return an object with a coroutine function for each statement of a file or text, by their names.

    They are called with a connection and the statement's parameters by name, and return what its mark says:
    `^` a row or None, `$` a value, `!` the status; without a mark they are iterated over.
    """
    adapter: Any = _AsItIs
    return aiosql.from_str(sql, adapter) if isinstance(sql, str) else aiosql.from_path(sql, adapter)
