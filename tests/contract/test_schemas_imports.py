"""The language stands on pydantic, the JSON encoder and the standard library, and on nothing else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.export import FOLDER

ANYWHERE = {"schemas", "pydantic", "pydantic_core", "orjson"}
WIRE_FORMS = {*ANYWHERE, "pydantic_xml"}
NOT_IN_MODELS = {"asyncio", "logging", "os", "random", "socket", "subprocess", "time"}
MODULES = sorted(FOLDER.rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_language_imports_nothing_but_its_few_foundations(module: Path) -> None:
    allowed = WIRE_FORMS if module.parent.name == "concur" else ANYWHERE
    assert set(imported(module)) <= allowed | (sys.stdlib_module_names - NOT_IN_MODELS)
