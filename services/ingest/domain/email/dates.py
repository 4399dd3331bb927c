"""Days and hours in running text, in many languages; years that are not written follow from the mail's own.

Every pattern here takes linear time: what a stranger writes is never matched twice over.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from services.ingest.domain.email import number_stretches
from services.ingest.domain.email.day_forms import day_forms_in
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.words import table


class Day(NamedTuple):
    """A day that is written in a text, and where."""

    day: date
    start: int
    end: int
    has_year: bool = True


class Hour(NamedTuple):
    """A time of day in a text, where, and by how many days later a mark beside it says."""

    hour: time
    start: int
    end: int
    days_later: int = 0


_MARKS = re.compile("[\u0300-\u036f]")
_STROKES = (("ı", "i"), ("ł", "l"), ("ø", "o"), ("đ", "d"))
"""Letters whose marks are parts of them."""


def plain(word: str) -> str:
    """Return a word without case and marks."""
    if word.isascii():
        return word.lower()
    return _without_marks(word) if len(word) > _LONGEST_WORD else _word_without_marks(word)


_LONGEST_WORD = 40


def _without_marks(word: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", word.casefold()))
    for letter, without in _STROKES:  # much faster than to translate
        bare = bare.replace(letter, without)
    return unicodedata.normalize(
        "NFC", bare
    )  # syllables of Hangul, and kana with their marks, are one sign again


_word_without_marks = lru_cache(maxsize=4_096)(_without_marks)


@cache
def _named(kind: str) -> dict[str, int]:
    return {
        plain(word): int(number)
        for number, words in table("calendar")[kind].items()
        for word in words.split()
    }


# It begins with a digit, and then looks at what stands before: a sign of a few kinds is found much faster.
_HOUR = re.compile(
    r"(?P<h>\d(?<![\d:.,+/-]\d)(?:(?<=2)[0-4]|(?<=[01])\d)?)(?!\d)"
    r"(?:(?:(?P<sep>[:.h]|\sh\s|\suur\s|時|시\s?)(?P<m>[0-5]\d)(?::[0-5]\d)?(?P<minutes>[分분])?)|(?P<bare>\s?h(?:rs?)?\b(?!\w)|時|시|\sUhr)?)"
    r"(?!\s?\d{0,2}\s?m(?:ins?|inutes?|inuten)?\b)"
    r"(?:\s?(?P<half>(?:[aApP]\.?\s?[mM]\b(?!\s(?i:(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|\d{1,2}\.))\.?)|[aApP]\b(?![\w’'])))?"
    r"(?P<after>\s?(?:Uhr|uur|hrs?|h|Hs)\b)?"
    r"(?:\s?\(?(?P<later>\+\d)(?:\s?(?:d|day|days|Tag|jour|día|giorno|dag)\w?\b)?\)?(?!\d))?"
)
_ISSUED = Sought(
    r"(?:issued?|date of issue|issue date|(?<!re)booked|booking date|date of booking|order date|purchased?|ordered|printed|sent|"
    r"ausgestellt|ausstellungsdatum|gebucht|buchungsdatum|buchungstag|bestelldatum|gekauft|émise?|date d['’]émission|"
    r"date de réservation|date de commande|fecha de emisión|fecha de compra|fecha de reserva|emesso|data di emissione|"
    r"data di prenotazione|data acquisto|boekingsdatum|bokningsdatum|data rezerwacji)\b[^\d\n]{0,18}$", re.IGNORECASE)  # fmt: skip
_LABELLED_DATE = re.compile(r"\s*(?:date|datum|fecha|data|dato)\s?[:：]?\s*$", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"\d(?<!\w\d)\d?:\d{2}\s?[AP]M\b")
_MONTH_AHEAD = re.compile(r"\b([^\W\d_]{3,12}\.?) (\d{1,2})\s?[-–]\s?(\d{1,2})(?![\d:.])(,? (?:19|20)\d\d)?")
_MONTH_BEHIND = re.compile(
    r"(?<![\d.:])(\d{1,2}\.?)\s?[-–]\s?(\d{1,2}\.?) ((?:de )?[^\W\d_]{3,12}\.?)((?: de)? (?:19|20)\d\d)?"
)
_NEAR = timedelta(days=45)
_MIN_KEPT = 500
_MAX_DAYS = 400
"""Of one text: more are a calendar or a trap."""


class Reader:
    """Reads days as one mail means them: near its own date, in its own order of day and month."""

    def __init__(self, *, near: date, month_first: bool = False) -> None:
        self._near = near
        self._month_first = month_first
        self._last: tuple[str, list[Day]] = ("", [])
        """Of the whole text, in which every engine looks for days: looked for once."""

    @property
    def near(self) -> date:
        """The day on which the mail was written."""
        return self._near

    def days(self, text: str) -> list[Day]:
        """Return every day in a text, in order, none within another."""
        if text != self._last[0]:
            found = self._found(text)
            if len(text) < _MIN_KEPT:
                return found
            self._last = text, found
        return list(self._last[1])

    def _found(self, text: str) -> list[Day]:
        found: list[Day] = []
        for pattern, starts in day_forms_in(text):
            at = 0
            for start in starts:
                if start < at or (match := pattern.match(text, start)) is None:
                    continue
                is_taken = any(match.start() < day.end and day.start < match.end() for day in found)
                day = None if is_taken else self._day(match, text)
                if day is not None:
                    found.append(day)
                if len(found) >= _MAX_DAYS:
                    break
                # What only looked like a day may hide one that begins within it.
                at = match.end() if day is not None else match.start() + len(match[0].split()[0])
        return sorted(found, key=lambda day: day.start)

    def span(self, text: str) -> list[Day]:
        """Return the days in a text with both ends of `12 - 15 June`, which names the month once."""
        text = _MONTH_BEHIND.sub(r"\1 \3\4 - \2 \3\4", text)
        return self.days(_MONTH_AHEAD.sub(r"\1 \2\4 - \1 \3\4", text))

    def days_of_travel(self, text: str) -> list[Day]:
        """Return the days in a text but for those on which something was issued, booked or printed."""
        return [
            day
            for day in self.days(text)
            if not self._is_of_the_mail(day, _line_before(text, day.start), of=text)
        ]

    def _is_of_the_mail(self, day: Day, before: str, *, of: str) -> bool:
        """Say whether a day is that of the mail, by the words before it or by being it and called no more."""
        return bool(_ISSUED.search(before, of=(of,))) or (
            day.day == self._near and bool(_LABELLED_DATE.match(before))
        )

    def day(self, text: str) -> date | None:
        """Return the first day in a text."""
        return next((day.day for day in self.days(text)), None)

    def _day(self, match: re.Match[str], text: str) -> Day | None:
        parts = match.groupdict()
        month, day = self._month_and_day(parts, match, text)
        if month is None or day is None:
            return None
        year = _year(parts.get("y"))
        if "\n" in match[0] and len(parts.get("y") or "") == len("26"):
            return None  # `Terminal 1`, and below it `NOV 17, 2026`
        weekday = _weekday_beside(text, match.start(), match.end())
        resolved = (
            _real(year, month, day) if year is not None else self._without_year(month, day, weekday=weekday)
        )
        return None if resolved is None else Day(resolved, match.start(), match.end(), year is not None)

    def _month_and_day(
        self, parts: dict[str, str | None], match: re.Match[str], text: str
    ) -> tuple[int | None, int | None]:
        if (word := parts.get("w")) is not None:
            return _named("months").get(plain(word.rstrip("."))), int(parts["d"] or 0)
        if parts.get("a") is None:
            month = int(parts["m"] or 0)
            return (month if 1 <= month <= 12 else None), int(parts["d"] or 0)
        first, second = int(parts["a"] or 0), int(parts["b"] or 0)
        if parts["sep"] != "/" or second > 12:
            return (second, first) if second <= 12 else (first, second)
        if first > 12:
            return second, first
        weekday, year = _weekday_beside(text, match.start(), match.end()), _year(parts.get("y"))
        if weekday is not None and year is not None:
            fits = [
                (m, d) for m, d in ((second, first), (first, second))
                if (real := _real(year, m, d)) is not None and real.weekday() == weekday
            ]  # fmt: skip
            if len(fits) == 1:
                return fits[0]
        return (first, second) if self._month_first else (second, first)

    def _without_year(self, month: int, day: int, *, weekday: int | None) -> date | None:
        """The next such day, seen from a little before the mail; a weekday beside it decides."""
        years = [
            real for year in range(self._near.year - 1, self._near.year + 3)
            if (real := _real(year, month, day)) is not None
        ]  # fmt: skip
        ahead = [real for real in years if real >= self._near - _NEAR]
        fitting = [real for real in ahead if weekday is None or real.weekday() == weekday]
        return next(iter(fitting or ahead), None)


def _line_before(text: str, at: int) -> str:
    return text[max(0, at - 60) : at].rpartition("\n")[2]


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.strip("’'")
    year = int(digits) if len(digits) > 2 else 2000 + int(digits)
    return year - _BUDDHIST if year > _BUDDHIST + 1900 else year


_BUDDHIST = 543
"""Years that Thai calendars are ahead."""


_WORDS_BESIDE = re.compile(r"[^\W\d_]+")


def _weekday_beside(text: str, start: int, end: int) -> int | None:
    """Return the weekday that stands right before or after a day."""
    names = _named("weekdays")
    before = _WORDS_BESIDE.findall(text[max(0, start - 20) : start])
    after = _WORDS_BESIDE.findall(text[end : end + 16])
    for word in (*before[-1:], *before[-2:-1], *after[:1]):
        if (found := names.get(plain(word))) is not None:
            return found
    return None


def is_weekday(word: str) -> bool:
    """Say whether a word names a day of the week."""
    return plain(word.rstrip(".")) in _named("weekdays")


def is_month(word: str) -> bool:
    """Say whether a word names a month."""
    return plain(word.rstrip(".")) in _named("months")


def hours(text: str, *, days: list[Day] | None = None) -> Iterator[Hour]:
    """Return the times of day in a text, without digits that belong to days or stand for something else."""
    taken = [(day.start, day.end) for day in days or []]
    for match in number_stretches.finditer(_HOUR, text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        hour = _hour(match)
        if hour is not None:
            yield Hour(hour, match.start(), match.end(), int((match["later"] or "0").lstrip("+")))


def _hour(match: re.Match[str]) -> time | None:
    value, minute, half = int(match["h"]), int(match["m"] or 0), match["half"]
    is_written = match["m"] is not None and (
        match["sep"] != "." or match["after"] or half or len(match["h"]) == 2
    )
    if not (is_written or match["bare"] or (half and len(half) > 1)):
        return None
    if half:
        if not 1 <= value <= 12:
            return None
        value = value % 12 + (12 if half[0] in "pP" else 0)
    if value == 24:
        return time(0, 0) if minute == 0 else None
    return time(value, minute)


def month_first(*, texts: str, sender: str | None) -> bool:
    """Guess whether a mail writes the month before the day: US vendors do, with a dollar and AM and PM."""
    is_com = sender is None or sender.endswith((".com", ".us"))
    if not is_com or any(sign in texts for sign in ("€", "£", "GBP", "EUR", "AUD", "CAD", "NZD")):
        return False
    return "$" in texts or "USD" in texts or _HALF_OF_DAY.search(texts) is not None
