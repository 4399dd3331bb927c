"""The commands that run one process each, in the foreground; `up` starts the same ones."""

from typing import Annotated

import typer

from services.command_line.process_table import DEFAULT_PORT

# Each service is imported only by its own command: its libraries are an extra that others need not install.
# ruff: noqa: PLC0415


def gateway(*, port: Annotated[int, typer.Option(min=1, max=65535)] = DEFAULT_PORT) -> None:
    """Serve the routes of ingest and query on one base URL."""
    from services.command_line.gateway import main

    raise typer.Exit(main(["--port", str(port)]))


def ingest() -> None:
    """Serve the routes of ingest alone."""
    from services.ingest.__main__ import main

    raise typer.Exit(main(["http"]))


def query() -> None:
    """Serve the routes of query alone."""
    from services.query.__main__ import main

    raise typer.Exit(main(["http"]))


def ingest_worker() -> None:
    """Read trusted feeds and queued messages."""
    from services.ingest.__main__ import main

    raise typer.Exit(main(["worker"]))


def mail_door() -> None:
    """Take mail: SMTP, LMTP, and a mailbox by IMAP."""
    from services.ingest.__main__ import main

    raise typer.Exit(main(["mail"]))


def tripit(
    *, new_key: Annotated[bool, typer.Option("--new-key", help="Print a new sealing key, and end.")] = False
) -> None:
    """Follow travellers' accounts at TripIt."""
    if new_key:
        from services.platform.sealing import new_key as made

        typer.echo(made())
        return
    from services.ingest.__main__ import main

    raise typer.Exit(main(["tripit"]))


def consolidator() -> None:
    """Turn booking records into trips."""
    from services.consolidator.__main__ import main

    raise typer.Exit(main([]))


def relay() -> None:
    """Tell subscribers what happened to trips."""
    from services.consolidator.__main__ import main

    raise typer.Exit(main(["relay"]))


def sweeper() -> None:
    """Tell the consolidator when trips are over or ready to expense."""
    from services.consolidator.__main__ import main

    raise typer.Exit(main(["sweeper"]))


def projector() -> None:
    """Write trips into the read model."""
    from services.query.__main__ import main

    raise typer.Exit(main(["projector"]))


def webhooks(
    *, new_key: Annotated[bool, typer.Option("--new-key", help="Print a new sealing key, and end.")] = False
) -> None:
    """Tell webhooks what happened to trips."""
    if new_key:
        from services.platform.sealing import new_key as made

        typer.echo(made())
        return
    from services.query.__main__ import main

    raise typer.Exit(main(["webhooks"]))
