"""Tests against third parties' documents, which are no part of this project.

They are collected only where `ITINERARY_REFERENCE` names the folder that holds them.
"""

import os
from pathlib import Path

import pytest

FOLDER = os.environ.get("ITINERARY_REFERENCE")

collect_ignore_glob: list[str] = [] if FOLDER else ["test_*.py"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with the reference documents."""
    assert FOLDER is not None
    return Path(FOLDER)
