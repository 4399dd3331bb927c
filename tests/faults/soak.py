"""`just soak HOURS`: random faults by ever new seeds until the time is over; lists what failed."""

# ruff: noqa: T201, TID251 - a command

import os
import subprocess
import sys
import time

_SEEDS_AT_ONCE = 5


def main(hours: float) -> int:
    """Run until the time is over; return 1 where a seed failed."""
    first = int(time.time())
    began, tried, failed = time.monotonic(), 0, list[str]()
    while time.monotonic() - began < hours * 3600:
        seeds = f"{first + tried}:{_SEEDS_AT_ONCE}"
        print(f"seeds {seeds}", flush=True)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "tests/faults/test_random.py",
                "-m",
                "exhaustive",
                "-n",
                "0",
                "-q",
            ],
            env={**os.environ, "ITINERARY_FAULT_SEEDS": seeds},
            check=False,
        )
        tried += _SEEDS_AT_ONCE
        if done.returncode != 0:
            failed.append(seeds)
    print(f"{tried} seeds tried; with failures: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
