"""Reads Concur's documents: the texts that the element tree knows, by path."""

from collections.abc import Iterable

from schemas.concur.elements import ELEMENTS
from services.ingest.domain.bounded_xml import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Element,
    MalformedXml,
    document,
    local_name,
)

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_ELEMENTS", "MalformedXml", "parse"]

MAX_BYTES = 1024 * 1024

MAX_ALIKE = 1_000
"""Elements of one name in one place: more than any rule of bookings allows, so that what breaks such a rule
is told by it, and what is absurd costs nothing."""

_NEVER_ABSENT = frozenset({"Booking"})
"""Where empty does not mean absent: the sender must hear what is missing. Its path ends with a slash."""


def parse(body: bytes, *, roots: Iterable[str], max_bytes: int = MAX_BYTES) -> dict[str, str]:
    """Return the texts of a document by path, relative to its root, in the order of the document.

    Namespaces, comments, processing instructions, attributes, empty elements, `xsi:nil` elements and
    elements that the element tree does not know are left out; of an element that stands twice where it
    may stand once, the first with a text counts.

    Raises:
        MalformedXml: where it is no such document, or larger, deeper or fuller than allowed.
    """
    root = document(body, roots=roots, max_bytes=max_bytes)
    texts: dict[str, str] = {}
    _collect(root, local_name(root), "", texts, {})
    return texts


def _collect(element: Element, name: str, path: str, texts: dict[str, str], numbers: dict[str, int]) -> None:
    """Walk along the tables; depth is bounded by them and by `document`.

    An element that holds repeated ones may itself stand twice: their numbers go on.
    """
    inside = ELEMENTS[name]
    for child in element:
        tag = local_name(child)
        inner = f"{path}{tag}"
        if tag in inside.texts:
            text = child.text or ""
            if text.strip():
                texts.setdefault(inner, text)
        elif tag in inside.parents:
            _collect(child, tag, f"{inner}/", texts, numbers)
        elif tag in inside.repeated:
            number = numbers.get(inner, 0) + 1
            member = f"{inner}[{number}]/"
            if number > MAX_ALIKE:
                raise MalformedXml("too_many_elements", f"it holds more than {MAX_ALIKE} {tag} in one place")
            before = len(texts)
            _collect(child, tag, member, texts, numbers)
            if tag in _NEVER_ABSENT and len(texts) == before:
                texts[member] = ""
            if len(texts) > before:  # an empty one takes no number: it is absent
                numbers[inner] = number
