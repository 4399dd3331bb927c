"""Laws of looking around numbers alone: what has one is found there as it is anywhere."""

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.email import flight_marks, number_stretches
from services.ingest.domain.email.dates import hours
from services.ingest.domain.email.train_names import TRAIN, train_names

PROSE = " before you can cancel, Delta and Lufthansa\tand ICE all of them have to be told of it\n" * 8
pieces_with_numbers = st.lists(
    st.sampled_from(
        (
            PROSE, PROSE[:40], "ICE 597", "LH 123", "EZY4567", "Delta flight 1432", "10:35", " a.m. ", "+1", "(+1 Tag)", " Uhr", "次",
            "G5", "Regionale Veloce", "Flug Nr. ", "7", "1,5 kg", " ", "\n", "\t", "00", "2026", "€", "特急あずさ 3号", "Donnerstag",
        )
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(pieces_with_numbers)
def test_what_has_a_number_is_found_around_numbers_as_anywhere(text: str) -> None:
    for pattern in (flight_marks._FLIGHT, flight_marks._BY_ICAO, flight_marks._CALLED):
        assert _spans(number_stretches.finditer(pattern, text)) == _spans(pattern.finditer(text))
    assert _spans(train_names(text)) == _spans(TRAIN.finditer(text))
    # Blanks at the end make it long, and say nothing.
    short = text[:200]
    assert [hour._replace(start=0, end=0) for hour in hours(short)] == [
        hour._replace(start=0, end=0) for hour in hours(f"{short}\n{' ' * 600}")
    ]


def _spans(found: Iterator[re.Match[str]]) -> list[tuple[int, int]]:
    return [each.span() for each in found]
