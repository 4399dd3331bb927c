"""Database migrations: the SQL files of `deploy/migrations`, applied in the order of their numbers."""

# yoyo carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

from pathlib import Path

import psycopg
import structlog
from yoyo import get_backend, read_migrations
from yoyo.exceptions import MigrationConflict

from services.platform.awaiting import CannotStart
from services.platform.settings import PostgresSettings

log = structlog.get_logger()

# yoyo's own lock is a row in a table, which a killed process would leave behind; an advisory lock falls with
# its session. The number only has to be ours among those that are used on this database.
_LOCK = 0x17_1E_4A_47
_WAIT_SECONDS = 60


class MigrationFailed(CannotStart):
    """A migration could not be applied; the database is as it was before that one."""


def migrations_folder() -> Path:
    """Return where the SQL files are: inside an installed wheel, else in the checkout."""
    installed = Path(__file__).parent / "sql_migrations"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "deploy" / "migrations"


def migrate(settings: PostgresSettings, *, folder: Path | None = None) -> tuple[str, ...]:
    """Apply the migrations that the database lacks. Safe to run by several processes at once.

    Args:
        settings: the database; its role must own it.
        folder: where the SQL files are; the project's own if None.

    Returns:
        The names of those applied, in their order.

    Raises:
        MigrationFailed: the database cannot be reached, or refused one; the text names it and says why.
    """
    url = settings.database_url.get_secret_value()
    try:
        with psycopg.connect(url, autocommit=True) as session:
            session.execute("SELECT set_config('lock_timeout', %s, false)", (f"{_WAIT_SECONDS}s",))
            session.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            return _apply(url, folder=folder or migrations_folder())
    except psycopg.errors.LockNotAvailable as trouble:
        raise MigrationFailed(f"Another process has been migrating for {_WAIT_SECONDS} s.") from trouble
    except psycopg.OperationalError as trouble:
        raise MigrationFailed(f"The database could not be reached: {trouble}") from trouble


def _apply(url: str, *, folder: Path) -> tuple[str, ...]:
    _, _, address = url.partition("://")
    backend = get_backend(f"postgresql+psycopg://{address}")
    with backend.connection:
        missing = backend.to_apply(read_migrations(str(folder)))
        for migration in missing:
            try:
                backend.apply_one(migration)
            except (psycopg.Error, MigrationConflict) as trouble:
                raise MigrationFailed(f"The migration {migration.id} failed: {trouble}") from trouble
            log.info("migration.applied", migration=migration.id)
        return tuple(str(migration.id) for migration in missing)
