"""Free ports of the loopback address."""

import socket
from contextlib import ExitStack

from services.platform.awaiting import CannotStart

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports that nothing listened on a moment ago, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return tuple(one.getsockname()[1] for one in sockets)


def refuse_taken(port: int) -> None:
    """Refuse a port that another process listens on.

    Raises:
        CannotStart: it is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was only just left is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError as taken:
            raise CannotStart(
                f"Port {port} is taken or not allowed ({taken.strerror}); name another with --port."
            ) from taken
