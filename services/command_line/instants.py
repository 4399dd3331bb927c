"""Instants as people write them for an option: UTC unless they say otherwise."""

from datetime import UTC, datetime

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
