"""Airports by their names in scripts that have no capitals, which no table of airports knows."""

import re
from functools import cache

from schemas.segments import Place
from services.ingest.domain.email.flight_marks import Mark
from services.ingest.domain.email.words import table

_SIGNS = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2}")
_EXPLAINS = re.compile(r"(?:国际)?(?:机场)?\s?[(（/・]?\s?")
"""Between the name of a city and that of its airport: `東京（羽田）`."""


def airports_in_signs(text: str) -> list[Mark]:
    """Return the airports that a text names in Chinese, Japanese or Korean, each with where it stands."""
    if _SIGNS.search(text) is None:
        return []
    found: list[Mark] = []
    for match in _names().finditer(text):
        mark = Mark("airport", match.start(), match.end(), Place(code=_codes()[match[0]], name=match[0]))
        if found and _EXPLAINS.fullmatch(text, found[-1].end, mark.start):
            found[-1] = mark._replace(start=found[-1].start)
        else:
            found.append(mark)
    return found


@cache
def _codes() -> dict[str, str]:
    return {
        name: code
        for language in table("airports").values()
        for code, names in language.items()
        for name in names.split("|")
    }


@cache
def _names() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _codes()), key=len, reverse=True)))
