"""Words that mails use, by language, as tables that anyone can add to; `table` reads one."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table of this folder: a part of the program that happens not to be code."""
    return tomllib.loads(
        files("services.ingest.domain.email.words").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    )
