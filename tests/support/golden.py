"""Golden histories: who said what, line by line, and which trips come of it.

    # What the story is about.
    settings gap 1                      settings precedence status tmc supplier
    traveller Bob                       (what follows is his; before, it is Ada's)
    tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    supplier:Hilton H1 revision 3       (segments may also stand indented, one a line)
        hotel "Hilton" 2026-05-12 .. 2026-05-14
    email X into T1 late coupons OPEN: ...  (late: it arrives last before the next `=>`)
    cancel tmc ABC123                   withdraw tmc ABC123     cancel number supplier F167
    cancel tmc H1@FAIR and later posts  (what was posted of it without the trip's id, too; also withdraw,
                                         and `post FAIR "Book fair" cancelled and later posts`)
    post FAIR again                     (the very post that created it; any other with its name changes it)
    create FAIR "Other fair"            (another post under the key of the one that created it)
    post FAIR "Book fair" proposal      (with its bookings indented: `H1: hotel ...`; later `tmc H1@FAIR`)
    person merge T1 T2                  person split tmc ABC123 email X
    person same tmc A#1 email X#1       person not same ...     person undo (the last one in force)
    person correct tmc A#1: hotel "Palace"      person name T1 "Honeymoon"
    clock 2026-06-01T00:00:00Z
    refused tmc ABC123: ...             (the language itself does not take it)
    =>                                  (the trips of now, as `trip_text` writes them)

Trips are named T1, T2 … as they appear, posted ones as they were posted. Messages are received in the
order of their lines.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from tests.support.golden_telling import Expectation, Line, Telling


class StoryError(Exception):
    """A line of a story that cannot be read; says which."""


def read_lines(text: str) -> list[Line]:
    """Return the lines of a story that stand at the margin; comments and blank lines say nothing."""
    margin: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        if not raw.startswith(" "):
            margin.append(Line(number, raw.rstrip()))
        elif margin:
            margin[-1].below.append(Line(number, raw.rstrip()))
        else:
            raise StoryError(f"line {number}: nothing stands above this indented line")
    return margin


def tell(path: Path) -> Iterator[Expectation]:
    """Tell a story; yield each expectation as it is reached, and last the same history in other orders.

    Raises:
        StoryError: with the number of the line that cannot be read.
    """
    lines = read_lines(path.read_text())
    if not any(line.text == "=>" for line in lines):
        raise StoryError(f"{path.name}: nothing is expected")
    telling = Telling()
    for line in lines:
        if line.text == "=>":
            telling.arrive_late_ones()
            yield Expectation(line.number, _dedented(line.below), telling.text())
            yield from telling.as_a_whole(line=line.number)
            continue
        try:
            telling.hear(line)
        except (ValueError, LookupError, TypeError) as error:
            raise StoryError(f"{path.name}:{line.number}: {line.text.strip()!r}: {error}") from error
    yield from telling.in_other_orders(Random(path.name), last=lines[-1].number)  # noqa: S311 - no secret


def _dedented(lines: Sequence[Line]) -> str:
    margin = min((len(line.text) - len(line.text.lstrip()) for line in lines), default=0)
    return "\n".join(line.text[margin:] for line in lines)
