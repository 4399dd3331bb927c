"""Each process starts where nothing but its own extra is installed, which is all that an image holds."""

import importlib
import importlib.metadata
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterable

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_BLOCKED = """
import importlib, json, sys
missing, wanted = json.loads(sys.argv[1]), json.loads(sys.argv[2])
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"{name} is not of this extra")
sys.meta_path.insert(0, NotInstalled())
for name in wanted:
    importlib.import_module(name)
"""


def _processes(service: str) -> tuple[str, ...]:
    """Return the modules of a service's processes, which `__main__` imports by name."""
    roles = importlib.import_module(f"services.{service}.roles")
    return (
        f"services.{service}.__main__",
        *(f"{roles.__name__}.{one.name}" for one in pkgutil.iter_modules(roles.__path__)),
    )


EXTRAS = {
    "ingest": (
        *_processes("ingest"),
        "services.ingest.reader_child",
        "services.command_line.replay",
        "services.command_line.dead_letters",
        "services.command_line.trace",
    ),
    "consolidator": (
        *_processes("consolidator"),
        "services.command_line.verify",
    ),
    "query": _processes("query"),
    "ingest query": ("services.command_line.gateway", "services.command_line.canary"),
    "migrate": ("services.command_line.migrate", "services.command_line.topics"),
}


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_an_extra_is_for_imports_with_nothing_else_installed(extra: str) -> None:
    installed = _closure("itinerary", *extra.split())
    missing = [
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not installed & {canonicalize_name(owner) for owner in owners}
    ]
    modules = ("services.command_line.service_commands", *EXTRAS[extra])
    ended = subprocess.run(
        [sys.executable, "-c", _BLOCKED, json.dumps(missing), json.dumps(modules)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_a_missing_package_is_noticed() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _BLOCKED, '["faust"]', '["services.consolidator.roles.worker"]'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "faust is not of this extra" in ended.stderr


def _closure(name: str, *extras: str) -> frozenset[str]:
    """Return the packages that an installation brings, by their normal names."""
    found: set[str] = set()
    waiting = [(canonicalize_name(name), frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        package, wanted = waiting.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        found.add(package)
        waiting += [
            (canonicalize_name(one.name), frozenset(one.extras)) for one in _required(package, extras=wanted)
        ]
    return frozenset(found)


def _required(package: str, *, extras: Iterable[str]) -> list[Requirement]:
    try:
        texts = importlib.metadata.requires(package) or []
    except importlib.metadata.PackageNotFoundError:  # wanted on other platforms only
        return []
    needs = [Requirement(text) for text in texts]
    return [
        need
        for need in needs
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]
