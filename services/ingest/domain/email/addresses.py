"""Places by their names and addresses, as people write them below each other."""

import re

from schemas.segments import Place
from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.values import prose

_COUNTRIES = frozenset(
    ["united kingdom", "england", "scotland", "great britain", "united states", "united states of america", "germany",
     "deutschland", "france", "frankreich", "italy", "italia", "italien", "spain", "espana", "spanien", "austria",
     "osterreich", "switzerland", "schweiz", "suisse", "svizzera", "netherlands", "the netherlands", "nederland",
     "belgium", "belgie", "belgique", "portugal", "ireland", "poland", "polska", "czech republic", "czechia", "denmark",
     "danmark", "sweden", "sverige", "norway", "norge", "finland", "suomi", "greece", "turkey", "turkiye", "japan", "china",
     "singapore", "thailand", "india", "australia", "canada", "mexico", "brazil", "brasil", "united arab emirates"]
)  # fmt: skip
_POSTAL = re.compile(
    r"\b([A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}|\d{4}-\d{3}|\d{3}-\d{4}|\d{5}(?:-\d{4})?|\d{4} ?[A-Z]{2}|\d{4})\b"
)
_CODE = re.compile(r"\(([A-Z]{3})\)|\b([A-Z]{3})\b(?= airport)", re.IGNORECASE)


def place_at(name: str | None, address: str | None) -> Place | None:
    """Return a place by its name and address; the city is the word behind or before a postal code."""
    told, where = prose(name), prose(address)
    if told is None and where is None:
        return None
    airport = _CODE.search(told) if told is not None else None
    city, postal = _city(where) if where is not None else (None, None)
    return Place(
        code=(airport[1] or airport[2]).upper() if airport and len(told or "") > 5 else None,
        name=told, address=where, city=city, postal_code=postal,
    )  # fmt: skip


def _city(address: str) -> tuple[str | None, str | None]:
    pieces = [piece.strip() for piece in address.split(",") if piece.strip()]
    for piece in pieces[1:] or pieces:
        found = _POSTAL.search(piece)
        if found is not None:
            before, after = piece[: found.start()].strip(), piece[found.end() :].strip()
            if after and not _is_country(after):
                return prose(after), found[1]
            second = pieces[1] if piece not in pieces[:2] and not re.search(r"\d", pieces[1]) else None
            return prose(second or before), found[1]
    return (prose(pieces[1]) if len(pieces) > 2 else None), None


def _is_country(text: str) -> bool:
    return plain(text) in _COUNTRIES or (text.isupper() and len(text) <= len("USA"))
