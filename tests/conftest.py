"""What tests of several kinds share: real backing services, and how many cases a law is tried with.

HYPOTHESIS_PROFILE chooses that: `quick` is for every run of the tests, `ci` is what `.ci/run` has time for,
with `laws` for those of consolidation, whose cases are cheap. These try the same cases each time, so that a
change is judged by what it changed; `nightly` looks for new ones. `mutants` is for a thousand runs in a row.
None of them minds how long a case takes.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from services.command_line.running import RunningUp, running_up
from services.platform.backing import Backing
from services.platform.kafka import create_topics
from services.platform.migrations import migrate
from services.platform.settings import GivenBacking, PostgresSettings, TopicSettings
from tests.support.backing_services import backing_services, migrated_database, session_folder
from tests.support.command_line import Installation
from tests.support.prepared_backing import embedded, lay_out
from tests.support.query_service import QueryUnderTest, query_under_test

_NEEDING = pytest.StashKey[set[Path]]()
"""The modules that need the whole system."""
_STARTED = pytest.StashKey[list[Installation]]()
"""The systems that are up in this process."""
_WAITING = {"browser", "e2e", "faults", "integration"}
"""Kinds of tests that wait for processes more than they compute."""
_LAWS = Path(__file__).parent / "property" / "consolidation"
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "quick", max_examples=50, deadline=None, derandomize=True, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile("ci", parent=settings.get_profile("quick"), max_examples=250, print_blob=True)
settings.register_profile("laws", parent=settings.get_profile("ci"), max_examples=2_000)
settings.register_profile(
    "nightly", parent=settings.get_profile("ci"), max_examples=50_000, derandomize=False
)
settings.register_profile("mutants", parent=settings.get_profile("quick"), max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="module")
async def backing() -> AsyncIterator[Backing]:
    """Kafka with the project's topics and PostgreSQL with its schemas, for the tests of one module.

    Tests keep apart by travellers, tenants and consumer groups of their own. Modules cannot: what one
    writes in the place of a service, such as a progress marker, another's service would believe.
    """
    async with backing_services() as services:
        await create_topics(services.kafka_settings, topics=TopicSettings())
        await asyncio.to_thread(migrate, services.postgres_settings)
        yield services


@pytest.fixture(scope="module")
async def projecting(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[None]:
    """A projector that fills the read model of every tenant while the tests of one module run."""
    folder = tmp_path_factory.mktemp("projecting")
    under_test = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=folder
    )
    async with under_test.projector():
        yield


@pytest.fixture
async def query(backing: Backing, tmp_path: Path) -> QueryUnderTest:
    """The query service of a tenant of the test's own, with a traveller and a colleague."""
    under_test = query_under_test(
        kafka=backing.kafka_settings, postgres=backing.postgres_settings, folder=tmp_path
    )
    await under_test.enrol("maria", "john")
    return under_test


@pytest.fixture
async def fresh_database(backing: Backing) -> AsyncIterator[PostgresSettings]:
    """A migrated database of the test's own."""
    async with migrated_database(backing.database_url) as database:
        yield database


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the modules in an order in which processes side by side keep each other waiting least.

    Those that need the whole system come first, so that it need not stand idle beside the others. Of these,
    what only computes is spread over the time in which others mostly wait, the laws in front.
    """
    needing = {item.path for item in items if "running" in getattr(item, "fixturenames", ())}
    others = list(dict.fromkeys(item.path for item in items if item.path not in needing))
    waiting = [path for path in others if _WAITING.intersection(path.parts)]
    computing = sorted(
        (path for path in others if path not in waiting), key=lambda path: path.parent != _LAWS
    )
    places = dict.fromkeys(needing, 0.0) | _spread(waiting) | _spread(computing)
    items.sort(key=lambda item: places[item.path])
    config.stash[_NEEDING] = needing


def _spread(paths: Sequence[Path]) -> dict[Path, float]:
    return {path: (number + 0.5) / len(paths) for number, path in enumerate(paths)}


@pytest.fixture(scope="module", autouse=True)
def no_idle_system(request: pytest.FixtureRequest) -> None:
    """Stop what `running` started once this process has come to the modules that do not need it.

    A dozen processes that wait for work take a tenth of a small machine.
    """
    if request.path not in request.config.stash[_NEEDING]:
        for place in request.config.stash.setdefault(_STARTED, []):
            place.down()
        request.config.stash[_STARTED].clear()


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A place for an `up` of its own, which is stopped at the end whatever the tests left running."""
    with session_folder() as folder:
        place = Installation(folder)
        try:
            yield place
        finally:
            place.down()


@pytest.fixture(scope="session")
def running(installation: Installation, pytestconfig: pytest.Config) -> RunningUp:
    """A whole system, started through the real command line and shared by the modules that need it."""
    lay_out(installation.data, *embedded(GivenBacking()))
    installation.up()
    pytestconfig.stash.setdefault(_STARTED, []).append(installation)
    return running_up(installation.data)
