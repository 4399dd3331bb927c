"""What a sentence or the subject calls the house, the restaurant, the event."""

import re
from collections.abc import Sequence
from itertools import pairwise

from services.ingest.domain.email.dates import is_weekday, plain
from services.ingest.domain.email.labels import meaning
from services.ingest.domain.email.needed_literals import needed_by
from services.ingest.domain.email.numbers import number_in
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.values import prose
from services.ingest.domain.email.vendor_files import vendor_names
from services.ingest.domain.email.words import table


def _named_behind(start: str, *, ends: str) -> Sought:
    """Return what finds a name behind its start; of the many ends, none is needed."""
    needs = map(bytes.decode, needed_by(start, re.IGNORECASE))
    return Sought(
        rf"{start}([A-Z0-9À-ÞŁ\u3040-\u9fff][^\n\t]{{1,70}}?)(?={ends}|[.](?:\s|$)|$)",
        re.IGNORECASE | re.MULTILINE,
        needs=needs,
    )


_NAMED = {
    kind: tuple(_named_behind(start, ends=table("phrases")["names"]["ends"]) for start in starts)
    for kind, starts in table("phrases")["names"].items()
    if kind != "ends"
}
"""What finds the name of a house, a restaurant or an event behind the words for it."""

_OF_BOOKING = re.compile(
    r"\b(?:you|dear|hello|hi)\b|book|reserv|confirm|ticket|itinerar|receipt|thank|your\b|buchung|bestatig|ihre?\b|votre|rechnung|prenot|boeking|bestell|"
    r"order|voucher|bokning|bekraft|rezerw|rezerv|varaus|vahvist|trip\b|reise|viaje|voyage|確認|予約|预订|예약"
)
_ADDRESS = re.compile(
    r"\b\d{1,5}[A-Za-z]?,? (?:[\w.'’-]+ ){1,4}?(?:st|street|ave|avenue|road|rd|blvd|boulevard|drive|"
    r"dr|way|quay|lane|square|place|plaza|"
    r"parkway|pkwy|highway|hwy|court|row|terrace)\b|(?:stra(?:ß|ss)e|str\.|gasse|platz|weg|allee|damm|ufer|markt|ring|graben|promenade|chaussee|gracht|straat|laan|plein|"
    r"gatan|vägen|vej|gade|katu) ?\d|\b(?:rue|cours|avenue|av\.|boulevard|place|quai|via|viale|piazza|"
    r"corso|calle|avenida|paseo|plaza|rua|praça)\b"
    r".*\d|,.*\b(?:\d{4,5}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2})\b",
    re.IGNORECASE,
)
_HOUSE = re.compile(r"[^\W\d][^\n:@?!]{2,69}")
_MAX_LINES = 120
_DATED = re.compile(r"\b\d{1,2}[.,]? (?:[^\W\d]+\.? )?(?:19|20)\d\d\b")
"""A day beside a comma and a year, which reads like a postal code."""


_IS_HOUSE = re.compile(
    r"\b(?:\w*hotel|hôtel|hotell|inn|lodge|pension|gasthof|gästehaus|guest ?house|hostel|resort|landhotel|"
    r"hostal|albergo|albergue|parador|agriturismo|ferienhaus|ferienwohnung|fewo|camping|campground|motel|riad|gîte|"
    r"jugendherberge|appartements|apartamentos|posada|ryokan|suites|residence|résidence|apartments?|b&b)\b",
    re.IGNORECASE,
)


def house_in(sender: str | None) -> str | None:
    """Return a sender's name that is a house's, without who writes there: `Sarah at The Old Mill Inn`."""
    if sender is None or not _IS_HOUSE.search(sender):
        return None
    return prose(_WHO_WRITES.sub("", sender))


_WHO_WRITES = re.compile(
    r"^[^\W\d_]+ (?:at|from|vom?|von|im|bei|de|chez|da|van|bij|fra|från|hos) (?=[A-ZÀ-Þ])"
)


def house_above_address(text: str) -> tuple[str, str] | None:
    """Return the first line that stands right above an address, and the address: letters are headed so."""
    lines = [line.strip() for line in text.split("\n")[:_MAX_LINES] if line.strip()]
    for line, below in pairwise(lines):
        if (
            _HOUSE.fullmatch(line)
            and not is_weekday(line.split()[0])
            and not _DATED.search(below)
            and len(line.split()) > 1
            and not line.endswith((".", ","))
            and (_ADDRESS.search(below[:120]) and ":" not in below and not _ADDRESS.search(line))
        ):
            return line.split("\t")[0].strip(" *★☆"), below
    return None


def without_address(value: str) -> str:
    """Return a house's name without the address behind it: `Hotel Belvedere, Via Roma 1, 38066 Riva`."""
    name, _, rest = value.partition(", ")
    return name if rest and _ADDRESS.search(f", {rest},") else value


_KIND_OF_HOME = Sought(
    r"^(?:entire |private room|shared room|room in |logement entier|chambre privée|gesamte unterkunft|"
    r"privatzimmer|alojamiento entero|habitación privada|intero alloggio|stanza privata|gehele woning|"
    r"espaço inteiro|hele boligen)", re.IGNORECASE)  # fmt: skip


def home_above_kind(text: str, *, of: Sequence[str]) -> str | None:
    """Return the line that stands above the kind of a home, as those who let homes head their mails."""
    if not _KIND_OF_HOME.may_be_in(*of):
        return None
    lines = [line.strip() for line in text.split("\n")[:_MAX_LINES] if line.strip()]
    return next((prose(line) for line, below in pairwise(lines) if _KIND_OF_HOME.match(below, of=of)), None)


def headed_as_in_subject(text: str, *, subject: str) -> str | None:
    """Return a line of its own that the subject names too, as it does the house or the restaurant."""
    title = f" {' '.join(subject.split())} "
    for line in text.split("\n")[:_MAX_LINES]:
        name = " ".join(line.split("\t")[0].split()).strip(" .!:\"'“”")
        at = title.find(name) if _HOUSE.fullmatch(name) else -1
        if at > 0 and not (title[at - 1].isalnum() and name.isascii()) and _is_name(name):
            behind = title[at + len(name)]
            if not (behind.isalnum() and name.isascii()):
                return prose(name)
    return None


def _is_name(line: str) -> bool:
    """Say whether a line may be a name: no label, no vendor, no sentence on the booking, no day."""
    words = line.split()
    return (line[0].isupper() or not line.isascii()) and not (
        meaning(line)
        or plain(line) in vendor_names()
        or is_weekday(words[0].strip(",."))
        or any(sign.isdigit() for sign in line)
        or _OF_BOOKING.search(plain(line))
    )


def named(kind: str, text: str, *, subject: str) -> str | None:
    """Return what a sentence or the subject calls the house, the restaurant, the event."""
    for source in (subject, text[:4_000]):
        for pattern in _NAMED[kind]:
            found = pattern.search(source, of=(subject if source is subject else text,))
            name = prose(found[1]) if found is not None else None
            if (
                name is not None
                and any(sign.isupper() for sign in name)
                and number_in(name.split()[0]) is None
            ):
                return name.strip(" .!\"'“”")
    return None
