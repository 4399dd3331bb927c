"""Tables that a forwarder wrote out as plain text, where cells of several lines ran together.

Two cells of three lines each become five lines, with a tab in the middle one: the last line of the first
cell, and the first line of the second.
"""

from services.ingest.domain.email.html import WITHIN_CELL


def with_cells(text: str) -> str:
    """Return the text with such cells put together again, as `html` writes them.

    That is a guess, for lines above and below a row may be anything: use it where the text as it stands says
    nothing.
    """
    lines = text.split("\n")
    kept: list[str] = []
    at = taken = 0
    while at < len(lines):
        height = _height(lines, at, since=taken)
        if height:
            del kept[len(kept) - height :]
            kept.append(WITHIN_CELL.join(lines[at - height : at + height + 1]))
            taken = at + height + 1
        else:
            kept.append(lines[at])
        at += height + 1
    return "\n".join(kept)


def _height(lines: list[str], at: int, *, since: int) -> int:
    """Return how many lines, none before `since`, stand above and below a row alike; 0 for no two cells."""
    if lines[at].strip().count("\t") != 1:
        return 0
    above = below = 0
    while at - above > since and _is_within_cell(lines[at - above - 1]):
        above += 1
    while at + below + 1 < len(lines) and _is_within_cell(lines[at + below + 1]):
        below += 1
    return above if above == below else 0


def _is_within_cell(line: str) -> bool:
    return bool(line.strip()) and "\t" not in line
