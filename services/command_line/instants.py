"""Instants as people write them for an option: UTC unless they say otherwise."""

from datetime import UTC, datetime
from typing import Any

import typer


def utc_instant(text: str) -> datetime:
    """Read `2026-11-20`, `2026-11-20T08:00`, or either with `Z` or an offset.

    Raises:
        typer.BadParameter: it is no such thing.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write an instant as 2026-11-20 or 2026-11-20T08:00:00Z") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def instant_option(flag: str, *, says: str) -> Any:  # noqa: ANN401 - typer's, as it types it
    """Return an option that takes an instant."""
    return typer.Option(flag, parser=utc_instant, metavar="INSTANT", help=says)
