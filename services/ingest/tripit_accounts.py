"""Accounts at TripIt as a visit sees them, and what is kept of them."""

from typing import NamedTuple, Protocol

from services.ingest.domain.tripit.known import Known
from services.ingest.tripit_requests import Credentials

LEASE_STEP = 1000
"""How much greater the next lease of an account is at least: so many steps may a visit have."""


class Hint(NamedTuple):
    """A trip that a notification named, and which notification it was."""

    trip: str
    serial: int


class Account(NamedTuple):
    """An account as it was leased, with what opens it."""

    tenant: str
    traveller: str
    way: str
    """By which key TripIt is asked, or that it is a feed: the accounts of one way wait for each other."""
    kind: str
    state: str
    token: Credentials | None
    feed: str | None
    consumer: Credentials | None
    known: Known
    etag: str | None
    lease: int
    failures: int
    trouble: str | None
    """What the last visit failed for; None where it did not."""
    trouble_seconds: float
    """Since when it has failed for that alone."""
    is_subscribed: bool
    """Whether TripIt was asked to notify us, with this token."""
    sweep_is_due: bool
    poll_is_due: bool
    hints: tuple[Hint, ...]

    def __repr__(self) -> str:
        return f"Account({self.tenant}, {self.traveller})"


class Visited(NamedTuple):
    """How a visit ended well, except perhaps for its sweep."""

    known: Known
    etag: str | None = None
    swept: bool = False
    polled: bool = False
    hints: tuple[Hint, ...] = ()
    trouble: str | None = None
    """What the sweep failed for, while hints and poll went on."""


class Accounts(Protocol):
    """What is kept of accounts. Every method raises `Unavailable`; some tell of a lost lease."""

    async def renew(self, account: Account) -> bool:
        """Hold an account longer; false where another process has it now."""
        ...

    async def note(self, account: Account, known: Known) -> bool:
        """Note what is known, and hold the account longer; false where another process has it now."""
        ...

    async def note_subscribed(self, account: Account) -> None:
        """Note that TripIt notifies us with the account's token, unless the lease was lost."""
        ...

    async def note_unsubscribed(self, account: Account) -> None:
        """Note of everybody with the account's token that TripIt notifies us no more."""
        ...

    async def end(self, account: Account, visited: Visited, *, noted: Known) -> None:
        """Note what a visit came to, unless the lease was lost; `noted` is what is known as it is kept."""
        ...

    async def end_in_trouble(self, account: Account, *, code: str, pause_seconds: float) -> None:
        """Note why a visit came to nothing, and when to try again."""
        ...

    async def note_revoked(self, account: Account) -> None:
        """Note that the traveller's grant does not hold any more."""
        ...

    async def forget(self, account: Account) -> None:
        """Forget an account and what opened it."""
        ...

    async def release(self, account: Account) -> None:
        """Give an account back as it was."""
        ...
