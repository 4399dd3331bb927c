"""Parses the XML that strangers send: bounded, without entities, networks or namespaces.

Nothing else in the project may parse XML from outside. Why each bound is there: a document type may
change what a text means without an error, and depth and counts are what bombs are made of.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol, cast

from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no types

from schemas.concur.elements import ELEMENTS

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
_PROLOGUE_BYTES = 4096

_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "utf-16", "utf-16le", "utf-16be"})
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DECLARED = re.compile(r"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")

_NEVER_ABSENT = frozenset({"Booking"})
"""Where empty does not mean absent: the sender must hear what is missing. Its path ends with a slash."""

Reason = Literal[
    "empty", "too_large", "encoding", "doctype", "not_well_formed", "too_deep", "too_many_elements",
    "wrong_root",
]  # fmt: skip


_ETREE = cast("Any", etree)
"""lxml has no types of its own; `_Node` says what is used of its elements."""


class _Node(Protocol):
    """An element of a parsed tree."""

    tag: str
    text: str | None
    sourceline: int | None

    def __iter__(self) -> "Iterator[_Node]": ...


class MalformedXml(Exception):
    """The bytes are no document that we read; `detail` says what to mend and echoes no content."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail


def parse(body: bytes, *, roots: Iterable[str], max_bytes: int = MAX_BYTES) -> dict[str, str]:
    """Return the texts of a document by path, relative to its root, in the order of the document.

    Namespaces, comments, processing instructions, attributes, empty elements, `xsi:nil` elements and
    elements that the element tree does not know are left out; of an element that stands twice where it
    may stand once, the first with a text counts.

    Raises:
        MalformedXml: where it is no such document, or larger, deeper or fuller than allowed.
    """
    root = _root(body, max_bytes=max_bytes)
    name = _name(root)
    allowed = tuple(roots)
    if name not in allowed:
        raise MalformedXml("wrong_root", f"the root element must be {' or '.join(allowed)}")
    _measure(root)
    texts: dict[str, str] = {}
    _collect(root, name, "", texts, {})
    return texts


def _root(body: bytes, *, max_bytes: int) -> _Node:
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


def _name(element: _Node) -> str:
    return _ETREE.QName(element).localname


def _measure(root: _Node) -> None:
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


def _collect(element: _Node, name: str, path: str, texts: dict[str, str], numbers: dict[str, int]) -> None:
    """Walk along the tables; depth is bounded by them and by `_measure`.

    An element that holds repeated ones may itself stand twice: their numbers go on.
    """
    inside = ELEMENTS[name]
    for child in element:
        tag = _name(child)
        inner = f"{path}{tag}"
        if tag in inside.texts:
            text = child.text or ""
            if text.strip():
                texts.setdefault(inner, text)
        elif tag in inside.parents:
            _collect(child, tag, f"{inner}/", texts, numbers)
        elif tag in inside.repeated:
            numbers[inner] = number = numbers.get(inner, 0) + 1
            inner = f"{inner}[{number}]/"
            before = len(texts)
            _collect(child, tag, inner, texts, numbers)
            if tag in _NEVER_ABSENT and len(texts) == before:
                texts[inner] = ""
