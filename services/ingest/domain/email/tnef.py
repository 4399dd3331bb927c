"""`winmail.dat`: what Outlook packs a mail and its attachments into for others of its kind."""

from collections.abc import Iterable, Iterator
from typing import Any

from tnefparse import TNEF  # pyright: ignore[reportMissingTypeStubs] - it has none

from services.ingest.domain.email.bounds import MAX_PARTS, UNREADABLE
from services.ingest.domain.email.mime import Part

_TYPES = {
    ".pdf": "application/pdf", ".ics": "text/calendar", ".pkpass": "application/vnd.apple.pkpass",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
    ".html": "text/html", ".htm": "text/html", ".txt": "text/plain",
}  # fmt: skip


def unpacked(parts: Iterable[Part]) -> Iterator[Part]:
    """Return parts, each `winmail.dat` replaced by what it holds."""
    for part in parts:
        name = (part.filename or "").lower()
        if part.content_type in {"application/ms-tnef", "application/vnd.ms-tnef"} or name == "winmail.dat":
            yield from _held(part.body)
        else:
            yield part


def _held(body: bytes) -> list[Part]:
    try:
        packed: Any = TNEF(body, do_checksum=False)
        html, text = packed.htmlbody, packed.body
        files = [(_text(each.long_filename() or each.name), bytes(each.data)) for each in packed.attachments]
    except UNREADABLE:
        return []
    parts: list[Part] = []
    if html:
        parts.append(Part("text/html", _bytes(html), "utf-8"))
    elif text:
        parts.append(Part("text/plain", _bytes(text), "utf-8"))
    for name, data in files[:MAX_PARTS]:
        kind = next(
            (kind for end, kind in _TYPES.items() if name.lower().endswith(end)), "application/octet-stream"
        )
        parts.append(Part(kind, data, None, name, is_attachment=True))
    return parts


def _bytes(text: Any) -> bytes:  # noqa: ANN401 - as the library gives it
    return text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")


def _text(name: Any) -> str:  # noqa: ANN401 - as the library gives it
    return (name.decode("cp1252", "replace") if isinstance(name, bytes) else str(name or "")).rstrip("\0")
