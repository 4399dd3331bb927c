"""The real worker and relay on a host whose clock is wrong by `WRONG_CLOCK_DAYS`."""

# ruff: noqa: TID251 - a composition root: it decides what clock there is

import os
import sys
from datetime import UTC, datetime, timedelta

import time_machine

from services.consolidator.__main__ import main

if __name__ == "__main__":
    wrong = datetime.now(UTC) + timedelta(days=float(os.environ["WRONG_CLOCK_DAYS"]))
    with time_machine.travel(wrong, tick=True):
        sys.exit(main(sys.argv[1:]))
