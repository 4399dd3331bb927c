"""The ways in which a day is written, and where in a text each of them may begin.

Every pattern here takes linear time: what a stranger writes is never matched twice over.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = r"[^\W\d_]{3,15}\.?"
_YEAR = r"(?:19|20)\d{2}"
_DAY = r"(?<![\w.:/])(?:0?[1-9]|[12]\d|3[01])"
_EAST = ("年", "월", "月", "년")
_THAI = ("ค", "พ", "ย")
"""One of them is in each name of a month."""
_VIETNAMESE = ("tháng", "Tháng", "THÁNG", "thg", "Thg", "THG")


class _Form(NamedTuple):
    """A way to write a day: with what it begins, what it cannot do without, and all of it."""

    begins: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]


_NO_SIGN: tuple[str, ...] = ()
_FORMS = tuple(
    _Form(begins, needs, re.compile(pattern))
    for begins, needs, pattern in (
        ("year", _NO_SIGN, rf"(?<!\d)(?P<y>{_YEAR})[-/.]\s?(?P<m>\d{{1,2}})[-/.]\s?(?P<d>\d{{1,2}})(?!\d)"),
        ("year", _EAST, rf"(?<!\d)(?P<y>{_YEAR})\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월]\s?(?P<d>\d{{1,2}})\s?[日일]"),
        ("day", _EAST, r"(?<!\d)(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"),
        # 12 May 2026, 12. Mai 2026, 12 de mayo de 2026, 12MAY26, 1er mai, 12th of May, 12-May-2026
        ("day", _NO_SIGN, (
            rf"{_DAY.replace('(?:', '(?P<d>', 1)}(?:st|nd|rd|th|er|ère|\.|º|:e)?[\s-]?\s?(?:de |of |di |d['’])?(?P<w>{_WORD})"
            rf"(?:(?:,[\s-]?\s?|[\s-]?)(?:de |del |of )?(?P<y>{_YEAR}|[’']?\d{{2}}(?![\d:.hH])(?!\s?[:hH.]\d)(?![\s-]\s?[^\W\d_]{{3}}\b)))?(?!\w)")),
        # May 12, 2026, May 12th
        ("word", _NO_SIGN, rf"(?<!\w)(?P<w>{_WORD})\s(?P<d>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d:.]\d)(?:,?\s(?P<y>{_YEAR})(?!\d))?(?!\d|:\S)"),
        ("parted day", _NO_SIGN, rf"{_DAY.replace('(?:', '(?P<a>', 1)}(?P<sep>[./-])(?P<b>0?[1-9]|[12]\d|3[01])(?P=sep)(?P<y>{_YEAR}|\d{{2}})(?![\d:]|\.\d)"),
        ("parted day", _NO_SIGN, r"(?<![\d.:,/])(?P<d>0?[1-9]|[12]\d|3[01])\.(?P<m>0?[1-9]|1[0-2])\.(?![\d])"),
        ("day", _THAI, rf"(?<!\d)(?P<d>[0-3]?\d)\s(?P<w>[\u0e01-\u0e4e.]{{3,14}})\s(?P<y>{_YEAR}|25\d{{2}})(?!\d)"),
        ("day", _VIETNAMESE, rf"(?<!\d)(?P<d>[0-3]?\d)\s(?i:tháng|thg)\s(?P<m>\d{{1,2}})(?:,?\s(?i:năm\s)?(?P<y>{_YEAR}))?(?!\d)"),
        # 08/12 09:25: an hour behind it tells it from a fraction
        ("parted day", ("/",), (
            r"(?<![\d./:-])(?P<a>0?[1-9]|[12]\d|3[01])(?P<sep>/)(?P<b>0?[1-9]|[12]\d|3[01])(?![\d/])"
            r"(?=[^\w\n]{1,4}(?:(?:às|at|um|à|a las|alle|kl\.?)\s)?\d{1,2}[:h]\d\d)")),
    )
)  # fmt: skip
_SEPARATORS = (".", "/", "-")
_DIGITS = re.compile(r"\d+")
_WORD_AHEAD = re.compile(r"[^\W\d_]+\.?\s\Z")
_LONGEST_WORD, _SHORTEST_WORD = len("123456789012345. "), len("May")


def day_forms_in(text: str) -> Iterator[tuple[re.Pattern[str], list[int]]]:
    """Give the ways that a text may write days in, each with where one may begin."""
    starts = _starts(text)
    for form in _FORMS:
        begins = starts[form.begins]
        if begins and (not form.needs or any(sign in text for sign in form.needs)):
            yield form.pattern, begins


def _starts(text: str) -> dict[str, list[int]]:
    """Return where days may begin: all have digits, which are found much faster than looked for at every sign."""
    spans = [digits.span() for digits in _DIGITS.finditer(text)]
    days = [span for span in spans if span[1] - span[0] <= len("31")]
    words = (_word_ahead(text, start) for start, _ in days if text[max(0, start - 1)].isspace())
    return {
        "year": [start for start, end in spans if end - start == len("2026")],
        "day": [start for start, _ in days],
        "parted day": [start for start, end in days if text[end : end + 1] in _SEPARATORS],
        "word": [word for word in words if word is not None],
    }


def _word_ahead(text: str, start: int) -> int | None:
    """Return where the word begins that stands before a number, as far as a month's name is long."""
    word = text[max(0, start - _LONGEST_WORD) : start - 1].rpartition(" ")[2]
    if word.isalpha():  # much faster than to look for it
        return start - 1 - len(word) if len(word) >= _SHORTEST_WORD else None
    if not word.endswith(".") and not word[-1:].isalpha():
        return None
    found = _WORD_AHEAD.search(text, max(0, start - _LONGEST_WORD), start)
    return None if found is None else found.start()
