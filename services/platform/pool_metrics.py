"""How much of a pool of connections to PostgreSQL is in use, for its metrics."""

from typing import Protocol

from services.platform.metrics import CONNECTIONS


class Pool(Protocol):
    """What asyncpg's pool says of itself."""

    def get_size(self) -> int:
        """Return how many connections are open."""
        ...

    def get_idle_size(self) -> int:
        """Return how many of them nobody uses."""
        ...

    def get_max_size(self) -> int:
        """Return how many there may be."""
        ...


def watch_pool(pool: Pool, *, name: str) -> None:
    """Show a pool from now on; `name` is one of those in `metrics.CONNECTIONS`."""
    CONNECTIONS.follow(lambda: pool.get_size() - pool.get_idle_size(), pool=name, state="busy")
    CONNECTIONS.follow(pool.get_idle_size, pool=name, state="idle")
    CONNECTIONS.follow(lambda: pool.get_max_size() - pool.get_size(), pool=name, state="unopened")
