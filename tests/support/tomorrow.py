"""Tomorrow's version of the project: today's code, changed as a release may change it.

A fresh checkout has no older release to run beside today's. What would break old processes beside new ones
breaks today's beside tomorrow's just as well.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Change(NamedTuple):
    """What a release changed in one file, wherever it stands there."""

    file: str
    today: str
    tomorrow: str


FIELD = "novelty"
"""A field that today's models do not know, in all that tomorrow writes."""
_ADDRESSED = "    tenant: TenantName\n    traveller: Identifier\n"
CHANGES: Sequence[Change] = (
    # Of each statement and each record,
    Change("schemas/booking_record.py", _ADDRESSED, f'    {FIELD}: str = "more"\n{_ADDRESSED}'),
    # each progress marker,
    Change("schemas/trip.py", "    partition: int\n", f'    {FIELD}: str = "more"\n    partition: int\n'),
    # each trip, and all that is in it.
    Change(
        "services/consolidator/domain/outputs.py", '"kind": "trip",', f'"kind": "trip", "{FIELD}": "more",'
    ),
    # What is read otherwise is numbered higher.
    Change("services/ingest/domain/statements.py", "\nNORMALISER = ", "\nNORMALISER = 1000 + "),
)


def tomorrows_code(folder: Path) -> Path:
    """Write tomorrow's code into a folder, from which its processes are started."""
    for package in ("services", "schemas"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for change in CHANGES:
        file = folder / change.file
        text = file.read_text()
        assert change.today in text, f"{change.file} has no {change.today!r} any more: say it as it is today"
        file.write_text(text.replace(change.today, change.tomorrow))
    return folder
