"""Instants as people write them for `--from` and `--to`."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import typer

from services.command_line.instants import utc_instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T08:00:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        ("2026-11-20T08:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_an_instant_is_utc_unless_it_says_otherwise(text: str, instant: datetime) -> None:
    assert utc_instant(text) == instant


def test_what_is_no_instant_is_refused_with_how_to_write_it() -> None:
    with pytest.raises(typer.BadParameter, match="2026-11-20"):
        utc_instant("yesterday")
