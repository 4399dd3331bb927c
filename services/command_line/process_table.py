"""The processes of ours that make up a running system, as a table; `up` walks it."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.platform.child_processes import ChildCommand
from services.platform.free_ports import LOOPBACK, free_ports


class GivenWork(BaseSettings):
    """What the environment gives some processes to do."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_")

    tripit_sealing_keys: SecretStr | None = None
    """Without one no account at TripIt can be kept, and none is followed."""
    canary_token_file: Path | None = None
    """Without one the canary has nobody to be."""


class ServiceProcess(NamedTuple):
    """One kind of process. Its name is also the command that runs it in the foreground."""

    name: str
    serves_http: bool = False
    """True for the one behind the public base URL; the others answer about health on a port of their own."""
    many: bool = False
    """True where `up --workers N` starts N of them."""
    needs: Literal["tripit_sealing_keys", "canary_token_file"] | None = None
    """What the environment has to give; the process has nothing to do without, and is not started then."""


DEFAULT_PORT = 8080
"""Of the public base URL."""

PROCESSES: tuple[ServiceProcess, ...] = (
    ServiceProcess("gateway", serves_http=True),
    ServiceProcess("ingest-worker"),
    ServiceProcess("mail-door"),
    ServiceProcess("consolidator", many=True),
    ServiceProcess("projector"),
    ServiceProcess("relay"),
    ServiceProcess("sweeper"),
    ServiceProcess("webhooks"),
    ServiceProcess("tripit", needs="tripit_sealing_keys"),
    ServiceProcess("canary", needs="canary_token_file"),
)


class ServiceStart(NamedTuple):
    """How to start one process, and where it says that it is ready."""

    command: ChildCommand
    ready_url: str
    metrics_url: str


def service_starts(
    data: Path, *, port: int, workers: int, environment: Mapping[str, str]
) -> tuple[ServiceStart, ...]:
    """Return every process to start, with a port for each on which it tells its health and metrics.

    Args:
        data: the data folder; logs go to `logs/NAME.log` in it.
        port: of the public base URL.
        workers: how many of each process that there may be many of.
        environment: settings for all of them.
    """
    given = GivenWork()
    wanted = [
        (f"{process.name}-{number}" if process.many else process.name, process)
        for process in PROCESSES
        if process.needs is None or getattr(given, process.needs) is not None
        for number in range(1, (workers if process.many else 1) + 1)
    ]
    health_ports = iter(free_ports(len(wanted)))
    return tuple(
        _start(data, name=name, process=process, port=port, health_port=health_port, environment=environment)
        for (name, process), health_port in zip(wanted, health_ports, strict=True)
    )


def _start(
    data: Path,
    *,
    name: str,
    process: ServiceProcess,
    port: int,
    health_port: int,
    environment: Mapping[str, str],
) -> ServiceStart:
    arguments = (sys.executable, "-m", "services.command_line", process.name)
    if process.serves_http:
        arguments += ("--port", str(port))
    command = ChildCommand(
        name,
        arguments=arguments,
        log=data / "logs" / f"{name}.log",
        folder=data / "work" / name,
        environment={
            "ITINERARY_CONSOLIDATOR_STATE_FOLDER": str(data / "work" / name / "state"),
            **environment,
            "ITINERARY_HEALTH_PORT": str(health_port),
        },
    )
    answers_on = port if process.serves_http else health_port
    return ServiceStart(
        command,
        ready_url=f"http://{LOOPBACK}:{answers_on}/health/ready",
        metrics_url=f"http://{LOOPBACK}:{health_port}/metrics",
    )
