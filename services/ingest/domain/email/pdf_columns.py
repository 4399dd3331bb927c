"""The text of a page of a PDF with its columns kept apart: rows of cells read as those of tables do."""

import re
from typing import Any

from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS

_BLANK = re.compile(r"(?<=\S) (?=\S)")
_MAX_BLANKS = 4_000
_WIDE = 1.2
"""Times the height of the letter behind it a gap is that between columns; a blank is about a third of it."""
_LOWEST = 4
"""Of a full stop or a dash, whose own height says nothing, as a small letter's in points."""
_JOINED = re.compile(
    r"(?<=[12]\d{3})(?=\d\d:\d\d)|(?<=\d\d:\d\d)(?=\d\d:\d\d|[^\W\d_]{3})|(?<=\([A-Z]{3}\))(?=\w)|"
    r"(?<=[^\W\d_]{3})(?=\d\d:\d\d)|"
    r"(?<=\b[A-Z][A-Z\d]\d{3})(?=[A-Z][a-z])|(?<=\b[A-Z][A-Z\d] \d{3})(?=[A-Z][a-z])|"
    r"(?<=\b[A-Z][A-Z\d]\d{4})(?=[A-Z][a-z])|(?<=\b[A-Z][A-Z\d] \d{4})(?=[A-Z][a-z])"
)
"""Where cells were joined: `SN 2093Brussels (BRU)London Heathrow (LHR)13 Oct 202609:4510:00`."""


def text_of(page: Any) -> str:  # noqa: ANN401 - the library has no types
    """Return the text of a page with a tab between two columns, for which PDFium writes one blank or none."""
    text: str = page.get_text_range(count=min(page.count_chars(), MAX_TEXT_CHARACTERS))
    if len(text) != page.count_chars():  # signs beyond the basic plane take two places: nobody's columns
        return _JOINED.sub(" ", text)
    signs = list(text)
    for at in [found.start() for found in _BLANK.finditer(text)][:_MAX_BLANKS]:
        left, right = page.get_charbox(at - 1), page.get_charbox(at + 1)
        if right[0] - left[2] > _WIDE * max(right[3] - right[1], _LOWEST):
            signs[at] = "\t"
    return _JOINED.sub(" ", "".join(signs))
