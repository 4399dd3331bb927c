"""HTML as mails have it: one tolerant parse, and the text that a person sees in it."""

import re
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no types

from services.ingest.domain.email.bounds import MAX_HTML_BYTES, MAX_TEXT_CHARACTERS, UNREADABLE
from services.ingest.domain.email.charsets import normal_text

Node = Any
"""An element of lxml, which has no types of its own."""
_LXML = cast("Any", etree)

_PARSER = _LXML.HTMLParser(encoding="utf-8", remove_pis=True, collect_ids=False)


def parse_html(text: str) -> Node | None:
    """Return the tree of an HTML text, or None where there is none in it."""
    source = text[:MAX_HTML_BYTES].replace("\0", "")
    if not source.strip():
        return None
    try:
        return _LXML.fromstring(source.encode("utf-8", "replace"), _PARSER)
    except UNREADABLE:
        return None


WITHIN_CELL = " ¦ "
"""Between the lines of one cell among others: the first is often the label of the rest."""
_LINE, _CELL = "\ue000", "\ue001"
"""Marks that `visible_text.xsl` sets between lines and cells."""
_BREAKS = bytes.maketrans(b"\t\n\r", b"   ")
_UNSEEN = bytes({*range(32), 127} - set(b"\t\n\r"))


@cache
def _marked(*, may_hide: bool) -> Any:  # noqa: ANN401 - lxml has no types
    """Return what writes out the texts of a tree with marks between them: in C, without an object a node.

    To ask each element whether it is hidden takes as long as all the rest.
    """
    sheet = files("services.ingest.domain.email").joinpath("visible_text.xsl").read_bytes()
    return _LXML.XSLT(_LXML.fromstring(sheet if may_hide else _HIDDEN.sub(rb"\1nothing", sheet)))


_HIDDEN = re.compile(rb'(<!ENTITY hidden ")[^"]*')
"""What an element is that is not shown; there is none that is called `nothing`."""


def visible_text(tree: Node, *, may_hide: bool = True) -> str:
    """Return what a person reads: a line for each block, a tab between cells, no blank at either end.

    Args:
        tree: of a page.
        may_hide: whether the page may have elements that are not shown.
    """
    told = bytes(_marked(may_hide=may_hide)(tree))
    if len(told) > MAX_TEXT_CHARACTERS:
        told = told.decode()[:MAX_TEXT_CHARACTERS].encode()
    # A break in the source is a blank; as long as it is bytes, that takes a fraction of the time.
    text = normal_text(told.translate(_BREAKS, _UNSEEN).decode()).replace("\n", _LINE)
    lines = " ".join(text.split()).split(_LINE)
    return "\n".join(
        filter(None, ("\t".join(filter(None, map(str.strip, line.split(_CELL)))) for line in lines))
    )
