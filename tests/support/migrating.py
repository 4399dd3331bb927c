"""A database whose migrations are applied and rolled back one by one, and what its schemas are in between.

Its owner is no superuser, as where an operator runs PostgreSQL: row-level security binds it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from pydantic import SecretStr
from yoyo import get_backend, read_migrations

from services.platform.migrations import migrate, migrations_folder
from services.platform.settings import PostgresSettings

Picture = dict[tuple[str, str], str]
"""By kind and name what each part of the schemas is, and who may do what with it."""

_PARTS = r"""
WITH ours AS (
    SELECT * FROM pg_namespace
     WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'public')
), relations AS (
    SELECT nspname || '.' || relname AS name, c.* FROM pg_class c JOIN ours ON ours.oid = relnamespace
)
SELECT 'schema', nspname, nspacl::text[], '' FROM ours
UNION ALL
SELECT 'relation', name, relacl::text[],
       concat_ws(' ', relkind, relrowsecurity, relforcerowsecurity, reloptions)
  FROM relations
UNION ALL
SELECT 'column', name || '.' || attname, attacl::text[],
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
                 pg_get_expr(adbin, adrelid))
  FROM relations JOIN pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
       LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT 'index', name, NULL, pg_get_indexdef(oid) FROM relations WHERE relkind = 'i'
UNION ALL
SELECT 'constraint', name || '.' || conname, NULL, pg_get_constraintdef(pg_constraint.oid)
  FROM relations JOIN pg_constraint ON conrelid = relations.oid
UNION ALL
SELECT 'policy', name || '.' || polname, NULL,
       concat_ws(' ', polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid),
                 pg_get_expr(polwithcheck, polrelid))
  FROM relations JOIN pg_policy ON polrelid = relations.oid
UNION ALL
SELECT 'trigger', name || '.' || tgname, NULL, pg_get_triggerdef(pg_trigger.oid)
  FROM relations JOIN pg_trigger ON tgrelid = relations.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function', pg_proc.oid::regprocedure::text, proacl::text[], pg_get_functiondef(pg_proc.oid)
  FROM pg_proc JOIN ours ON ours.oid = pronamespace
"""


class Migrating:
    """One database; `session` is a superuser's."""

    def __init__(self, session: psycopg.Connection, backend: Any) -> None:
        self.session = session
        self._backend = backend
        self._migrations = read_migrations(str(migrations_folder()))

    def applied(self) -> list[str]:
        """Return the names of the migrations that can be rolled back, the next one first."""
        return [one.id for one in self._backend.to_rollback(self._migrations)]

    def roll_back(self, name: str) -> None:
        (found,) = (one for one in self._migrations if one.id == name)
        self._backend.rollback_one(found)

    def apply(self) -> Iterator[str]:
        """Apply what is missing, and give the name of each before it is applied."""
        for one in self._backend.to_apply(self._migrations):
            yield one.id
            self._backend.apply_one(one)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self.session.execute(statement).fetchall()

    def picture(self) -> Picture:
        return {
            (kind, name): f"{says} {sorted(grants or ())}" for kind, name, grants, says in self.rows(_PARTS)
        }


@contextmanager
def migrating(server_url: str) -> Iterator[Migrating]:
    """Give a database of its own, migrated, at a server that knows the roles of our processes."""
    name = f"owned_{secrets.token_hex(8)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{name}'")
        (roles,) = server.execute(
            "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname LIKE 'itinerary\\_%'"
        ).fetchone() or ("",)
        server.execute(f"GRANT {roles} TO {name}")
        server.execute(f"CREATE DATABASE {name} OWNER {name}")
        try:
            address = urlsplit(server_url)
            owners = f"{name}:{name}@{address.hostname}:{address.port}/{name}"
            migrate(PostgresSettings(database_url=SecretStr(f"postgresql://{owners}")))
            backend = get_backend(f"postgresql+psycopg://{owners}")
            superusers = address._replace(path=f"/{name}").geturl()
            with psycopg.connect(superusers, autocommit=True) as session, backend.connection:
                yield Migrating(session, backend)
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"DROP ROLE {name}")
