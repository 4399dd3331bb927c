"""Labelled values of a text: `Check-in: 12 May`, a row of a table, or a label above its value."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from typing import NamedTuple

from services.ingest.domain.email.dates import is_month, is_weekday, plain
from services.ingest.domain.email.labels import TRIM, first_words, may_begin_with_label, meaning
from services.ingest.domain.email.words import table

_MAX_LINES = 4_000
_MAX_WORDS = 6
_MEANS_DAY = re.compile(r"\d")
_LABELLED = re.compile(r"^([^:：\t]{1,60}?)\s?[:：\t]\s*(.*)$")
_BEFORE_DIGITS = re.compile(r"^([^\d:]{2,28}?)\s(\d.*|#.*|[A-Z0-9]{6,}$)")
_DASHED = re.compile(r"^([^\d:：\t]{4,40}?)\s[-–]\s(#?[A-Z0-9][A-Z0-9-]{4,23}(?:\s\d{2,5}){0,3})$")
"""A number behind a dash."""
_HEADED = re.compile(r"(?:HOTEL|Hotel)\s[-–]\s([A-Z][^\d\n:]{3,60})")
"""`HOTEL - FRANKFURT MARRIOTT`, as agencies head a stay."""
_HOTELS = ("HOTEL", "Hotel")
_SPACED = re.compile(r"^(\S.{0,43}?)\s{2,}(\S.*)$")
_BRACKETED = re.compile(r"[【［\[]([^】］\]]{1,30})[】］\]]\s?[:：]?\s*(\S.*)")
"""A label as Japanese and Chinese mails write it: `【予約番号】6G7Q2K1X`."""
_BRACKETS = ("【", "［", "[")
_BESIDE_VALUE = (
    (re.compile(r"[:：\t]"), _LABELLED),
    (re.compile(r"\s\s"), _SPACED),
    (re.compile(r"\s(?:[\d#]|[A-Z0-9]{6,}$)"), _BEFORE_DIGITS),
    (re.compile(r"[【［\[]"), _BRACKETED),
)
"""How a label may stand beside its value, each way with what it cannot do without and is soon found."""
_MAY_STAND_BESIDE = re.compile("|".join(needed.pattern for needed, _ in _BESIDE_VALUE))


class Entry(NamedTuple):
    """A value, the fields that its label may mean, and its line."""

    fields: frozenset[str]
    value: str
    line: int
    label: str


def entries_of(text: str) -> list[Entry]:
    """Return every labelled value of a text, in order."""
    entries: list[Entry] = []
    pending: list[tuple[frozenset[str], str]] = []
    """Labels that stood in a line of their own, and wait for their values."""
    waited = 0
    for number, line in enumerate(text.split("\n")[:_MAX_LINES]):
        cells = _cells(line, beneath=len(pending))
        if not cells:
            continue
        meanings = [meaning(cell) for cell in cells]
        if len(pending) > 1 and len(cells) == len(pending) and not all(meanings):
            entries.extend(
                Entry(m, _one_line(cell), number, label)
                for (m, label), cell in zip(pending, cells, strict=True)
            )
            waited += 1
            if waited >= _MAX_BELOW or not all(m & _LONG for m, _ in pending):
                pending = []
            continue
        if _is_head(line, meanings):  # a label, or a row of them: the values stand below
            pending, waited = list(zip(meanings, cells, strict=True)), 0
            continue
        found = _of_line(cells, meanings, number)
        entries.extend(found)
        if (
            not found and len(cells) > 1 and meanings[-1]
        ):  # one column ends, and the next begins with its label
            entries.extend(Entry(m, _one_line(cells[0]), number, label) for m, label in pending)
            pending, waited = [(meanings[-1], cells[-1])], 0
            continue
        if len(found) == 1 and found[0].fields & _ENDS and not _HAS_DIGITS.search(found[0].value):
            pending, waited = [(found[0].fields, found[0].label)], _MAX_BELOW - 1  # its day stands below
            continue
        if found or len(pending) != 1:
            pending = []
            continue
        (m, label), waited = pending[0], waited + 1
        entries.append(Entry(m, _one_line(cells[0]), number, label))
        if waited >= _MAX_BELOW or not m & _LONG:
            pending = []
    return entries


def _cells(line: str, *, beneath: int) -> list[str]:
    """Return the cells of a line, also where blanks part them: a row of labels, or of as many values."""
    cells = [cell for cell in (each.strip() for each in line.split("\t")) if cell]
    if len(cells) != 1 or "  " not in cells[0]:
        return cells
    pieces = _GAP.split(cells[0])
    return pieces if len(pieces) == beneath or all(map(meaning, pieces)) else cells


def _is_head(line: str, meanings: list[frozenset[str]]) -> bool:
    """Say whether a line is a label, or a row of headings; in a wide one some may be no labels."""
    return all(meanings) or (len(meanings) > 2 and any(meanings) and _HEADS.fullmatch(line) is not None)


_HEADS = re.compile(r"[^\d:：¦]*")
"""Neither a number nor a colon is in headings."""
_LONG = frozenset({"check_in", "check_out", "pick_up", "drop_off", "departs", "arrives", "date"})
"""Fields whose values take several lines: the day, the hour, the place."""
_BEFORE_WEEKDAY = _LONG | {"hotel"}
"""Fields whose labels may stand right before a weekday."""
_BEGINS = frozenset({"pick_up", "check_in", "departs"})
_ENDS = frozenset({"pick_up", "drop_off", "check_in", "check_out", "departs", "arrives"})
_HAS_DIGITS = re.compile(r"\d\d")
_MAX_BELOW = 3


def _one_line(value: str) -> str:
    return value.replace("¦", ",").strip()


def _of_line(cells: list[str], meanings: list[frozenset[str]], number: int) -> list[Entry]:
    found: list[Entry] = []
    at = 0
    while at < len(cells):
        if meanings[at] and at + 1 < len(cells) and not meanings[at + 1]:
            values = [cells[at + 1]]
            if meanings[at] & _LONG:  # day and hour may stand in cells of their own
                is_more = _is_hour if _HAS_DIGITS.search(values[0]) else _is_when
                values += takewhile(is_more, cells[at + 2 :])
            found.append(Entry(meanings[at], _one_line(" ".join(values)), number, cells[at]))
            at += 1 + len(values)
            continue
        found.extend(_labelled_behind(cells[at], number) or _inline(cells[at], number))
        at += 1
    return found


def _is_hour(cell: str) -> bool:
    return _HOUR.fullmatch(cell) is not None


_HOUR = re.compile(
    r"\W*(?:\w+\.?\s)?\d{1,2}[:.h]\d{2}(?:\s?[ap]\.?m\.?|\s?uhr|\s?hrs?|\s?h)?\W*", re.IGNORECASE
)


def _is_when(cell: str) -> bool:
    """Say whether a cell holds a day or an hour and nothing else, as behind the place in one of its own."""
    return _is_hour(cell) or _DAY.fullmatch(cell) is not None


_DAY = re.compile(
    r"(?:[^\W\d]{2,12}\.?,?\s)?(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.?\s[^\W\d]{3,12}\.?,?\s\d{4})\.?,?"
    rf"(?:\s{_HOUR.pattern})?",
    re.IGNORECASE,
)
_GAP = re.compile(r"\s{2,}")
_LABEL_WITHIN = re.compile(r"\s+(?=[^\W\d_]{3,20}:\s)")
"""Where the next label begins in a line such as `Origen: Madrid Salida: 09:00`."""
_BESIDE_SIGN = re.compile(r"[-–|·]")
_BESIDE = re.compile(r"\s[-–|·]\s(?=[^\W\d]{3,20}\s?:?\s\d)")
"""Where the next label begins in a line such as `Partenza 12/05 10:30 - Arrivo 12/05 13:40`."""


@cache
def _second_end() -> re.Pattern[str]:
    """Return what finds where the other end begins in `Check-in 6 July Check-out 8 July`."""
    words = {
        label
        for field in ("check_out", "drop_off", "arrives")
        for label in table("labels")[field].split("|")
        if len(label) > len("dep.")
    }
    longest = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<=[\w)])\s+(?=(?:{longest})\b)", re.IGNORECASE)


_LABELS_BEHIND = re.compile(
    r"(?:HOTEL\s+)?(\S.{0,30}?\d.{0,20}?)\s+(check-?in)\s+(\S.{0,30}?\d.{0,20}?)\s+(check-?out)",
    re.IGNORECASE,
)
"""As Sabre prints a stay: the days before their labels."""


def _labelled_behind(cell: str, number: int) -> list[Entry]:
    stay = _LABELS_BEHIND.fullmatch(cell) if cell.lower().count("check") > 1 else None
    ends = () if stay is None else ((stay[2], stay[1]), (stay[4], stay[3]))
    return [Entry(meaning(label), value, number, label) for label, value in ends]


def _inline(cell: str, number: int) -> list[Entry]:
    """Read what is labelled within a cell: its lines, its columns, both ends in a line, or all of it."""
    if "¦" in cell and (stacked := _stacked(cell, number)):
        return stacked
    line = _one_line(cell)
    whole = _labelled(line, number)
    for pieces in _ways_apart(cell, line, whole):
        found = _all_labelled(pieces, number) if len(pieces) > 1 else []
        if found:
            return found
    columns = _NEXT_COLUMN.split(cell) if "   " in cell and cell.count(":") > 1 else ()
    if len(columns) > 1:
        return [entry for column in columns for entry in _inline(column, number)]
    if whole is None and ". " in cell:  # a sentence, and a labelled value behind it
        whole = _labelled(_one_line(cell.rpartition(". ")[2]), number)
    if whole is None and "  " in cell:
        return _columns(cell, number)
    return [whole] if whole is not None else []


def _ways_apart(cell: str, line: str, whole: Entry | None) -> Iterator[list[str]]:
    """Give the ways in which a cell may be parted into pieces that have labels."""
    if "  " in cell:
        yield _GAP.split(cell)
    if whole is not None and whole.fields & _BEGINS:
        yield _second_end().split(line)
    if cell.count(":") > 1:
        yield _LABEL_WITHIN.split(line)
    if _BESIDE_SIGN.search(line) is not None:
        yield _BESIDE.split(line)


def _all_labelled(pieces: list[str], number: int) -> list[Entry]:
    """Return what pieces of a line say, where each of them has a label."""
    found: list[Entry] = []
    for piece in pieces:
        entry = _labelled(piece, number)
        if entry is None:
            return []
        found.append(entry)
    return found


_NEXT_COLUMN = re.compile(r"\s{3,}(?=[^\W\d][^:\n]{2,30}:(?:\s|$))")
"""Where the next label begins in a line such as `Nom :  BERG     DOSSIER : QWZKTP`, some of them unknown."""


def _columns(cell: str, number: int) -> list[Entry]:
    """Read a label in the midst of a line that has columns of blanks: `HOTEL SONNE   CHECK-IN:   13 OCT`."""
    pieces = _GAP.split(cell)
    meanings = [meaning(piece) for piece in pieces]
    return _of_line(pieces, meanings, number) if len(pieces) > 1 and any(meanings[:-1]) else []


def _stacked(cell: str, number: int) -> list[Entry]:
    """Read a cell of several lines: a label above its value, or a day above its label and hour."""
    label, _, rest = cell.partition("¦")
    if fields := meaning(label):
        return [Entry(fields, _one_line(rest), number, label.strip())]
    below = _labelled(_one_line(rest), number) if _HAS_DIGITS.search(label) else None
    if below is None or not below.fields & _ENDS:
        return []
    return [below._replace(value=f"{label.strip()}, {below.value}")]


def _labelled(cell: str, number: int) -> Entry | None:
    if not (may_begin_with_label(cell) or cell.startswith(_BRACKETS)):
        return None
    for needed, pattern in _BESIDE_VALUE if _MAY_STAND_BESIDE.search(cell) is not None else ():
        parts = pattern.match(cell) if needed.search(cell) is not None else None
        if parts is not None and parts[2].strip() and (fields := meaning(parts[1])):
            return Entry(fields, parts[2].strip(), number, parts[1])
    dashed = _DASHED.match(cell) if "-" in cell or "–" in cell else None
    if dashed is not None and "number" in (fields := meaning(dashed[1])):
        return Entry(fields, dashed[2], number, dashed[1])
    headed = _HEADED.fullmatch(cell) if cell.startswith(_HOTELS) else None
    if headed is not None:
        return Entry(frozenset({"hotel"}), headed[1], number, "hotel")
    return _shouted(cell, number) or _before_weekday(cell, number)


_SHOUTED = re.compile(r"([A-ZÀ-Þ-]{6,}) (\S.*\d.*)")


def _shouted(cell: str, number: int) -> Entry | None:
    """Read `ABHOLUNG Barcelona 08.07.2026 12:00`: columns of an itinerary whose blanks a client joined."""
    found = _SHOUTED.fullmatch(cell)
    fields = meaning(found[1]) & {"pick_up", "drop_off"} if found is not None else frozenset[str]()
    return Entry(fields, found[2], number, found[1]) if found is not None and fields else None


def _before_weekday(cell: str, number: int) -> Entry | None:
    """Read `Check-in Friday, 12 June` and `Arrive Oct 13`: but a blank between a label and its day."""
    if not _MEANS_DAY.search(cell):
        return None
    words = cell.split(" ", _MAX_WORDS)
    if plain(words[0].strip(TRIM)) not in first_words(_BEFORE_WEEKDAY):
        return None
    for count in range(1, len(words)):
        is_day = count + 1 < len(words) and words[count + 1][:1].isdigit() and is_month(words[count])
        if is_day or is_weekday(words[count].strip(",.(")):
            if count > 1 and "hotel" in meaning(words[0]):  # `HOTEL SONNE TUE 12 MAY`
                return Entry(frozenset({"hotel"}), " ".join(words[1:count]), number, words[0])
            fields = meaning(" ".join(words[:count])) & _LONG
            return Entry(fields, " ".join(words[count:]), number, " ".join(words[:count])) if fields else None
    return None
