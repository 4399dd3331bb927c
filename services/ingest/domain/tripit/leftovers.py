"""What TripIt said beyond the fields that map: kept under its own names."""

from collections.abc import Iterable

from services.ingest.domain.tripit.answers import Node
from services.ingest.domain.tripit.tables import NOISE

PREFIX = "tripit."
LONGEST_CODE = 128
_LONGEST_TEXT = 4000


def leftovers(node: Node, *, without: Iterable[str], prefix: str = PREFIX) -> dict[str, str]:
    """Return the texts of an element by their path, except what is noise or a link."""
    left_out = {*without, *NOISE}
    found = {
        f"{prefix}{name}": text
        for name, text in node.texts.items()
        if name not in left_out and not name.endswith("_url")
    }
    for name, nodes in node.children.items():
        if name in left_out:
            continue
        for position, inner in enumerate(nodes, start=1):
            numbered = name if len(nodes) == 1 else f"{name}[{position}]"
            found |= leftovers(inner, without=left_out, prefix=f"{prefix}{numbered}.")
    return {name: text for name, text in found.items() if len(name) <= LONGEST_CODE}


def short(text: str | None) -> str | None:
    """Return a text that fits a code; None for a longer one."""
    return text if text is not None and 0 < len(text) <= LONGEST_CODE else None


def fitting(text: str | None) -> str | None:
    """Return a text that fits a text of the language; None for a longer one."""
    return text if text is not None and 0 < len(text) <= _LONGEST_TEXT else None
