"""What is attached to a mail or shown in it: passes, calendars, PDFs and pictures, each to its engine."""

import base64
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from services.ingest.domain.email.bar_codes import read_codes
from services.ingest.domain.email.bounds import MAX_IMAGE_BYTES, MAX_IMAGES, UNREADABLE
from services.ingest.domain.email.calendar import read_calendar
from services.ingest.domain.email.found import NOTHING, Sight
from services.ingest.domain.email.mime import Part
from services.ingest.domain.email.page_source import may_hold_pictures
from services.ingest.domain.email.pdf import read_pdf
from services.ingest.domain.email.pictures import codes_in_file
from services.ingest.domain.email.wallet_pass import read_passes

_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif);base64,([A-Za-z0-9+/=\s]{200,8000000})")


class Attached(NamedTuple):
    """What the attachments of a mail say, and the texts in them that our rules read."""

    sights: tuple[Sight, ...]
    texts: tuple[str, ...]
    tickets: tuple[Sight, ...] = ()
    """What bar codes of rail tickets say: where nothing else names a train, or to fill what else names it."""


def read_attachments(parts: Iterable[Part], *, sources: Iterable[str], written: datetime) -> Attached:
    """Read every attachment; `sources` is HTML, for pictures that it carries within itself."""
    sights: list[Sight] = []
    texts: list[str] = []
    pictures: list[bytes] = []
    codes: list[str] = []
    for part in parts:
        kind = _kind(part)
        if kind == "pass":
            sights.append(read_passes(part.body, written=written))
        elif kind == "calendar":
            sights.append(read_calendar(part.body, written=written))
        elif kind == "pdf":
            sights.append(_pdf(part.body, texts, codes))
        elif kind == "image":
            pictures.append(part.body)
    pictures.extend(_inline(sources))
    sights.append(_pictures(pictures, codes))
    coded = read_codes(codes, written=written)
    return Attached((*sights, coded.sight), (*texts, *coded.pages), coded.tickets)


_KINDS = (
    ("pass", ("pkpass",), (".pkpass", ".pkpasses"), b"\0no pass"),
    ("calendar", ("text/calendar", "application/ics"), (".ics", ".vcs"), b"BEGIN:VCALENDAR"),
    ("pdf", ("application/pdf",), (".pdf",), b"%PDF-"),
    (
        "image",
        ("image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff", "image/webp"),
        (),
        b"\x89PNG",
    ),
    ("image", (), (".png", ".jpg", ".jpeg", ".gif"), b"\xff\xd8\xff"),
    ("image", (), (), b"GIF8"),
)
"""Kinds by what stands in the content type, how the name ends, and how the body begins."""


def _kind(part: Part) -> str | None:
    """Tell a part by its type, its name or its first bytes: many a vendor sends all as octet-stream."""
    name, head = (part.filename or "").lower(), part.body.lstrip()[:20]
    for kind, types, endings, start in _KINDS:
        if (
            any(each in part.content_type for each in types)
            or name.endswith(endings)
            or head.startswith(start)
        ):
            return kind
    return "pass" if head.startswith(b"PK\x03\x04") and b"pass.json" in part.body else None


def _pdf(body: bytes, texts: list[str], codes: list[str]) -> Sight:
    document = read_pdf(body)
    if document is None:
        return Sight(notes=("a PDF could not be read: it is broken, locked or too large",))
    if document.text.strip():
        texts.append(document.text)
    codes.extend(document.codes)
    return NOTHING


def _pictures(pictures: list[bytes], codes: list[str]) -> Sight:
    for picture in pictures[:MAX_IMAGES]:
        codes.extend(codes_in_file(picture) or [])
    skipped = len(pictures) - MAX_IMAGES
    return NOTHING if skipped <= 0 else Sight(notes=(f"{skipped} pictures were not looked at",))


def _inline(sources: Iterable[str]) -> Iterator[bytes]:
    """Return pictures that HTML carries within itself."""
    count = 0
    for found in chain.from_iterable(
        _DATA_IMAGE.finditer(source) for source in sources if may_hold_pictures(source)
    ):
        count += 1
        if count > MAX_IMAGES or len(found[1]) > MAX_IMAGE_BYTES * 4 // 3:
            continue
        try:
            yield base64.b64decode(found[1])
        except UNREADABLE:
            continue
