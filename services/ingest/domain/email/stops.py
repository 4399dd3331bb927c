"""Where trains and buses stop, in running text: a place and an hour that stand in one line."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from services.ingest.domain.email.dates import Day, Hour, hours, is_weekday
from services.ingest.domain.email.labels import meaning
from services.ingest.domain.email.train_names import TRAIN

_NAME = re.compile(
    r"[A-ZÀ-ÞŁŚŻČŘŠ\u0386-\u03ab\u0410-\u042f\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7af][\w.()'’/-]*(?:[ -]+[\w.()'’/-]+){0,5}"
)
_PLATFORM = re.compile(
    r"\b(?:platform|plat|gleis(?:\s(?:fern|tief|süd|nord))?|gl|bstg|bahnsteig|voie|binario|vía|spår|spoor|peron|tor|nástupiště|kolej)"
    r"(?:[.:]\s?|\s)\w{1,4}\b",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"^(?:(?:stazione di|estaci[oó]n de|gare de|gare d['’]|station de) ?(?:partenza|arrivo|salida|llegada|départ|arrivée)|"
    r"(?:departure|arrival|abfahrts?|ankunfts?)[ -]?(?:station|bahnhof|ort)|ore|departure|departs?|dep\.?|arrival|arrives?|arr\.?|abfahrt|ankunft|ab|an|von|nach|départ|arrivée|de|à|salida|llegada|"
    r"partenza|arrivo|from|to|vertrek|aankomst|avgång|ankomst|at|um|uhr|hrs?|h|on|train|zug)\b[\s:.,-]*", re.IGNORECASE)  # fmt: skip
_NOT_STOPS = re.compile(
    r"(?:purchased?|booked|issued|printed|ordered|sent|gebucht|gekauft|ausgestellt|gedruckt|acheté|émis|comprado|emitido|"
    r"acquistat[oa]|emess[oa]|check-?in|boarding|einstieg|duration|dauer|durée|duración|durata|valid|gültig|valable)\b|"
    r"(?:wg|wagen|coach|carriage|voiture|coche|carrozza|vagn|wagon|vůz|pl|platz|plätze|sitz|seats?|siège|place|asiento|plaza|posti?|"
    r"plats|miejsce|místo|direct|direkt|changes?|umstiege?)\.?\s?\d|\d", re.IGNORECASE)  # fmt: skip
_PROSE = re.compile(
    r"[?!]|\+\d[\d ]{7,}|\b(?:call|weekdays|werktags|opening hours|öffnungszeiten|newsletter)\b",
    re.IGNORECASE,
)
"""In lines whose hours are those of offices and offers."""


class Stop(NamedTuple):
    """A place and an hour that stand in one line."""

    name: str
    clock: str
    start: int
    day: date | None


def stops_of(text: str, days: list[Day], *, travel: list[Day]) -> Iterator[Stop]:
    """Return the stops of a text, but in lines with days that are none of travel."""
    at = 0
    others = {day.start for day in days} - {day.start for day in travel}
    for line in text.split("\n"):
        here = [d for d in days if at <= d.start < at + len(line)]
        local = [d._replace(start=d.start - at, end=d.end - at) for d in here]
        is_stop = len(line) < 300 and not _PROSE.search(line) and others.isdisjoint(d.start for d in here)
        clocks = list(hours(line, days=local)) if is_stop else []
        ahead = _names_ahead(line, clocks, local)
        if ahead is not None:
            yield from (
                Stop(name, clock.hour.isoformat(), at + clock.start, here[0].day if here else None)
                for name, clock in zip(ahead, clocks, strict=True)
            )
            clocks = []
        for number, clock in enumerate(clocks):
            until = clocks[number + 1].start if number + 1 < len(clocks) else len(line)
            beside = clock.end + _first_cell(line[clock.end : until])
            is_behind_day = number == 0 and _is_column_behind_place(line, clock, local, only=len(clocks) == 1)
            name = (
                (_station(line[: clock.start], local, 0) if is_behind_day else None)
                or _station(line[clock.end : beside], local, clock.end)
                or (_station(line[: clock.start], local, 0) if number == 0 else None)
                or _station(line[clock.end : until], local, clock.end)
            )
            if name is not None:
                yield Stop(name, clock.hour.isoformat(), at + clock.start, here[0].day if here else None)
        at += len(line) + 1


def _is_column_behind_place(line: str, clock: Hour, days: list[Day], *, only: bool) -> bool:
    """Say whether an hour stands in a column behind the place: with its day, or with the day at the beginning."""
    is_with_day = any(_AT.fullmatch(line, day.end, clock.start) for day in days)
    is_table = only and any(_FIRST_COLUMN.match(line[day.end : clock.start]) for day in days[:1])
    return is_with_day or is_table


_FIRST_COLUMN = re.compile(r"\s{2,}\S.*\s{3,}$")
_AT = re.compile(r" (?:à|às|at|um|a las|alle|kl\.?) ", re.IGNORECASE)
"""Between a day and its hour that stand behind the place: `Nice-Ville  15/07 à 17h50  Voiture 13`."""


def _names_ahead(line: str, clocks: list[Hour], days: list[Day]) -> list[str] | None:
    """Return the names of `Helsinki 10:19 - Tampere 11:55`; None where a name stands behind the last hour."""
    if len(clocks) < 2 or _station(line[clocks[-1].end :], days, clocks[-1].end) is not None:
        return None
    begins = [0, *(clock.end for clock in clocks)]
    names = [
        _station(line[begin : clock.start], days, begin) for begin, clock in zip(begins, clocks, strict=False)
    ]
    known = [name for name in names if name is not None]
    return known if len(known) == len(clocks) else None


def _first_cell(piece: str) -> int:
    """Return where the first cell of a piece of a line ends."""
    end = _CELL_END.search(piece, len(piece) - len(piece.lstrip()))
    return len(piece) if end is None else end.start()


def _station(piece: str, days: list[Day], offset: int) -> str | None:
    for day in sorted(days, reverse=True):
        start, end = day.start - offset, day.end - offset
        if end > 0 and start < len(piece):
            piece = f"{piece[: max(0, start)]}\t{piece[max(0, end) :]}"
    piece = TRAIN.sub("\t", _PLATFORM.sub("\t", piece))
    for cell in re.split(r"\t|,|，|、|\||;| - | – |→|>|·|～|〜", piece):
        bare = _WORDS.sub("", _WORDS.sub("", _without_label(cell).strip(" :-–").lstrip(".")))
        found = _NAME.match(bare)
        if found is None or _is_no_stop(found[0]):
            continue
        if len(found[0]) > 2 or _TWO_SIGNS.fullmatch(found[0]):
            return _HOUR_WORD.sub("", _FULL_STOP.sub("", found[0].rstrip(" ,-(")))
    return None


def _without_label(cell: str) -> str:
    """Return what stands behind a label: `区間：東京駅`."""
    label, sign, rest = cell.partition("：")
    return rest if sign and meaning(label) else cell


_TWO_SIGNS = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2}")
"""A name as short as none is in letters: 東京."""
_CELL_END = re.compile(r"\t|\s{2,}")
_FULL_STOP = re.compile(r"(?<=[\w)]{4})\.+$")
_HOUR_WORD = re.compile(r"\s+(?:ab|an|dep|arr|at|um|à|alle|ore|h|kl|odj|przyj|odjezd|příjezd)\.?$")
"""Between a station and its hour."""


def _is_no_stop(name: str) -> bool:
    """Say whether a name is a label, a weekday or a word for something else that has an hour."""
    bare = name.strip(" .,:")
    return (
        bool(meaning(bare))
        or is_weekday(bare)
        or _NOT_STOPS.match(bare) is not None
        or _CODE.fullmatch(bare) is not None
    )


_CODE = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{6,}|[A-Z]{1,4} \d{2,5}")
"""What a booking or a vehicle is called by, in the cell before a stop."""
