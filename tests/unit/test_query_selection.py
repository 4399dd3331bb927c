"""Which fields of a trip are sent."""

import pytest

from services.query.domain.selection import read_selection, selected

TRIP = {
    "id": "t",
    "name": "Rome",
    "segments": [{"id": "s", "start": {"local": "x", "utc": "y"}, "type": "air"}],
}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("name", {"id": "t", "name": "Rome"}),
        ("segments", {"id": "t", "segments": TRIP["segments"]}),
        ("segments.start.utc", {"id": "t", "segments": [{"id": "s", "start": {"utc": "y"}}]}),
        ("name.first, unknown", {"id": "t", "name": "Rome"}),
    ],
)
def test_what_is_named_is_sent_and_the_id_always(fields: str, shown: object) -> None:
    assert selected(TRIP, read_selection(fields)) == shown


@pytest.mark.parametrize("fields", ["", "a,,b", "a.b.c.d.e", "a-b", "a\x00"])
def test_what_names_no_fields_is_refused(fields: str) -> None:
    with pytest.raises(ValueError, match="write names"):
        read_selection(fields)
