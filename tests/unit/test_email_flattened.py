"""Tables that became lines of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.email.flattened import with_cells


def test_cells_that_were_written_out_as_lines_are_put_together_again() -> None:
    text = "Pick-up\tDrop-off\nBerlin\nTue 08:30\tHamburg\nFri 17:00\n\nCar\tCompact\nPrice\t211\n"
    assert with_cells(text) == (
        "Pick-up\tDrop-off\nBerlin ¦ Tue 08:30\tHamburg ¦ Fri 17:00\n\nCar\tCompact\nPrice\t211\n"
    )
    assert with_cells("Check-in\nMay 12\n2 PM\tCheck-out\nMay 15\n11 AM") == (
        "Check-in ¦ May 12 ¦ 2 PM\tCheck-out ¦ May 15 ¦ 11 AM"
    )


@pytest.mark.parametrize(
    "text", ["", "a\tb", "a\nb\tc", "a\nb\tc\td\ne", "a\nb\nc\td\ne", "a\tb\nx\nc\td\n\n"]
)
def test_what_is_no_two_cells_stays_as_it_is(text: str) -> None:
    assert with_cells(text) == text


@given(text=st.text(alphabet="ab \t\n", max_size=40))
def test_putting_cells_together_loses_no_word(text: str) -> None:
    assert with_cells(text).replace("¦", " ").split() == text.split()
