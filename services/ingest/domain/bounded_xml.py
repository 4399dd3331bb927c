"""Parses the XML that strangers send: bounded, without entities, networks or document types.

Nothing else in the project may parse XML from outside. Why each bound is there: a document type may
change what a text means without an error, and depth and counts are what bombs are made of.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol, cast

from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no types

MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
_PROLOGUE_BYTES = 4096

_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "utf-16", "utf-16le", "utf-16be"})
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DECLARED = re.compile(r"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")

Reason = Literal[
    "empty", "too_large", "encoding", "doctype", "not_well_formed", "too_deep", "too_many_elements",
    "wrong_root",
]  # fmt: skip


_ETREE = cast("Any", etree)
"""lxml has no types of its own; `Element` says what is used of its elements."""


class Element(Protocol):
    """An element of a parsed tree."""

    tag: str
    text: str | None
    sourceline: int | None

    def __iter__(self) -> "Iterator[Element]": ...

    def items(self) -> list[tuple[str, str]]:
        """Return the attributes."""
        ...


class MalformedXml(Exception):
    """The bytes are no document that we read; `detail` says what to mend and echoes no content."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail


def document(body: bytes, *, roots: Iterable[str], max_bytes: int) -> Element:
    """Return the root, one of `roots`, of a document no larger, deeper or fuller than allowed.

    Comments and processing instructions are left out.

    Raises:
        MalformedXml: where the bytes are no such document.
    """
    root = _root(body, max_bytes=max_bytes)
    allowed = tuple(roots)
    if local_name(root) not in allowed:
        raise MalformedXml("wrong_root", f"the root element must be {' or '.join(allowed)}")
    _measure(root)
    return root


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    return _ETREE.QName(element).localname


def _root(body: bytes, *, max_bytes: int) -> Element:
    if len(body) > max_bytes:
        raise MalformedXml("too_large", f"the document is larger than {max_bytes} bytes")
    if not body.strip():
        raise MalformedXml("empty", "there is no document")
    _refuse_prologue(body)
    parser = _ETREE.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = _ETREE.fromstring(body, parser)
    except _ETREE.XMLSyntaxError as error:
        line = error.lineno or 1
        raise MalformedXml("not_well_formed", f"the XML is not well formed at line {line}") from None
    except (ValueError, LookupError):
        raise MalformedXml("encoding", "the encoding that the document declares does not exist") from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise _with_doctype()
    return root


def _with_doctype() -> MalformedXml:
    return MalformedXml("doctype", "remove the DOCTYPE: document types and entities are not read")


def _refuse_prologue(body: bytes) -> None:
    """Judge encoding and document type before a parser sees the bytes."""
    encoding = next((name for bom, name in _BOMS.items() if body.startswith(bom)), "latin-1")
    prologue = body[:_PROLOGUE_BYTES].decode(encoding, errors="replace").lstrip("\ufeff").removeprefix("ï»¿")
    declared = _DECLARED.match(prologue)
    if declared is not None and declared[1].lower() not in _ENCODINGS:
        raise MalformedXml("encoding", "write the document in utf-8, iso-8859-1 or utf-16")
    if _DOCTYPE.search(prologue):
        raise _with_doctype()


def _measure(root: Element) -> None:
    """Bound depth and count without recursion: the tree may be deeper than our stack."""
    depth, count = 0, 0
    for event, element in _ETREE.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            line = element.sourceline or 1
            raise MalformedXml("too_deep", f"elements are nested deeper than {MAX_DEPTH} at line {line}")
        if count > MAX_ELEMENTS:
            raise MalformedXml("too_many_elements", f"there are more than {MAX_ELEMENTS} elements")
