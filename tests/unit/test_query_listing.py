"""Cursors of lists."""

from datetime import date

import pytest

from services.query.domain.listing import Cursor, decode_cursor, encode_cursor
from tests.support.query_trips import an_id


@pytest.mark.parametrize("start", [date(2026, 5, 12), None])
def test_a_cursor_is_read_back_as_it_was(start: date | None) -> None:
    cursor = Cursor(start, an_id("rome"))

    assert decode_cursor(encode_cursor(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "%", "ä", "bm90IGpzb24", "W10", "W251bGwsICJ4Il0", "a" * 5])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="next_cursor"):
        decode_cursor(text)
