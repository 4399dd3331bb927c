"""HTML as mails have it: one tolerant parse, and the text that a person sees in it."""

from functools import cache
from importlib.resources import files
from typing import Any, cast

from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no types

from services.ingest.domain.email.bounds import MAX_HTML_BYTES, MAX_TEXT_CHARACTERS, UNREADABLE
from services.ingest.domain.email.charsets import normal_text

Node = Any
"""An element of lxml, which has no types of its own."""
_LXML = cast("Any", etree)


def parse_html(text: str) -> Node | None:
    """Return the tree of an HTML text, or None where there is none in it."""
    source = text[:MAX_HTML_BYTES].replace("\0", "")
    if not source.strip():
        return None
    try:
        parser = _LXML.HTMLParser(encoding="utf-8", remove_pis=True)
        return _LXML.fromstring(source.encode("utf-8", "replace"), parser)
    except UNREADABLE:
        return None


WITHIN_CELL = " ¦ "
"""Between the lines of one cell among others: the first is often the label of the rest."""
_LINE, _CELL = "\ue000", "\ue001"
"""Marks that `visible_text.xsl` sets between lines and cells."""
_BREAKS = ("\n", "\t", "\r")


@cache
def _marked() -> Any:  # noqa: ANN401 - lxml has no types
    """Return what writes out the texts of a tree with marks between them: in C, without an object a node."""
    sheet = files("services.ingest.domain.email").joinpath("visible_text.xsl").read_bytes()
    return _LXML.XSLT(_LXML.fromstring(sheet))


def visible_text(tree: Node) -> str:
    """Return what a person reads: a line for each block, a tab between cells, no blank at either end."""
    text = str(_marked()(tree))[:MAX_TEXT_CHARACTERS]
    for sign in _BREAKS:  # a break in the source is a blank; much faster than to translate
        text = text.replace(sign, " ")
    text = " ".join(normal_text(text).replace("\n", _LINE).split())
    for mark in (_LINE, _CELL):
        text = text.replace(f" {mark}", mark).replace(f"{mark} ", mark)
    lines = ("\t".join(filter(None, line.split(_CELL))) for line in text.split(_LINE))
    return "\n".join(filter(None, lines))
