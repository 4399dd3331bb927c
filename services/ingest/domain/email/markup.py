"""Markup in a mail: every reservation in JSON-LD, microdata or RDFa, before anything is made of it."""

import html
import re
from collections.abc import Iterator
from typing import Any

from services.ingest.domain.email.bounds import MAX_MARKUP_BLOCKS, MAX_RESERVATIONS
from services.ingest.domain.email.html import Node
from services.ingest.domain.email.items import Item, nodes, with_references
from services.ingest.domain.email.loose_json import loose_json
from services.ingest.domain.email.microdata import RDFA, marked_items
from services.ingest.domain.email.page_source import words_in

_MAX_BLOCK_CHARACTERS = 500_000
_MAX_DEPTH = 8
_STRAY = re.compile(r"\{[^{}]{0,200}[\"']@(?:context|type)[\"']")
"""JSON-LD that a template put where no parser looks for it."""


class Stated:
    """A reservation and what the packages around it say, which it takes over where it is silent."""

    def __init__(self, item: Item, around: tuple[Item, ...]) -> None:
        self.item = item
        self.around = around

    def text(self, *names: str) -> str | None:
        """Return a text that the reservation, or else a package around it, states."""
        return next(filter(None, (each.text(*names) for each in (self.item, *self.around))), None)

    def items(self, *names: str) -> tuple[Item, ...]:
        """Return objects that the reservation, or else a package around it, states."""
        return next(filter(None, (each.items(*names) for each in (self.item, *self.around))), ())


def reservations_in(tree: Node, text: str) -> list[Stated]:
    """Return the reservations in an HTML part; `text` is its source."""
    blocks: list[Any] = []
    words = words_in(text)
    if "reservation" not in words:
        return []
    for script in _scripts(tree):
        blocks.extend(loose_json(script))
    if "itemscope" in words:
        blocks.extend(marked_items(tree))
    if "typeof=" in words:
        blocks.extend(marked_items(tree, by=RDFA))
    found = reservations_of(blocks)
    if not found and (stray := _STRAY.search(text)) is not None:
        found = reservations_of(loose_json(text[stray.start() : stray.start() + _MAX_BLOCK_CHARACTERS]))
    return found


def _scripts(tree: Node) -> Iterator[str]:
    for count, script in enumerate(tree.iter("script")):
        if count > MAX_MARKUP_BLOCKS:
            return
        kind = (script.get("type") or "").lower()
        source = "".join(script.itertext())[:_MAX_BLOCK_CHARACTERS]
        if "json" in kind or "@type" in source:
            yield html.unescape(source) if "&quot;" in source else source


def reservations_of(values: list[Any]) -> list[Stated]:
    """Return the reservations in parsed JSON, wherever they stand, those of packages with what is around."""
    values = [with_references(value) for value in values]
    found: list[Stated] = []
    stack: list[tuple[Item, tuple[Item, ...]]] = []
    stack.extend((item, ()) for item in reversed(list(nodes(values))))
    while stack and len(found) < MAX_RESERVATIONS:
        item, around = stack.pop()
        types = item.types
        inside = tuple(item.within()) if len(around) < _MAX_DEPTH else ()
        if any(
            name.endswith("reservation") or name == "touristattractionvisit" for name in types
        ) and not item.has("subReservation"):
            found.append(Stated(item, around))
            # Some templates hang the next reservation into the one before.
            inside = tuple(
                each for each in inside if any(name.endswith("reservation") for name in each.types)
            )
        is_package = any(name.startswith("reservation") for name in types) or item.has("subReservation")
        outer = (item, *around) if is_package else around
        stack.extend((each, outer) for each in reversed(inside))
    return found
