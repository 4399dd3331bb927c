"""Secrets that must be read again, kept sealed: Fernet, with keys that can be rotated.

Each secret is bound to whom it belongs to: copied to another row it does not open.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from services.platform.awaiting import CannotStart


class SealBroken(Exception):
    """A secret does not open: its key is gone, or it is not of this place. The text shows nothing of it."""


class Seal:
    """Seals with the first of its keys, and opens with any of them.

    To rotate: put a new key before the old one, wait until everything was visited (each visit renews the seal
    of what it opened), then take the old one away.
    """

    def __init__(self, keys: SecretStr) -> None:
        """Take keys as `Fernet.generate_key` makes them, parted by commas.

        Raises:
            ValueError: where one is none.
        """
        fernets = [Fernet(key.strip()) for key in keys.get_secret_value().split(",") if key.strip()]
        if not fernets:
            raise ValueError("name at least one key")
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def seal(self, secret: Mapping[str, Any], *, belongs_to: tuple[str, ...]) -> str:
        """Return a secret as it may be kept."""
        return self._newest.encrypt(orjson.dumps([belongs_to, secret])).decode()

    def is_newest(self, sealed: str) -> bool:
        """Say whether the newest key sealed it, and so older ones may be taken away."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def open(self, sealed: str, *, belongs_to: tuple[str, ...]) -> dict[str, Any]:
        """Return a secret that was sealed.

        Raises:
            SealBroken: where no key opens it, or it belongs to something else.
        """
        try:
            owner, secret = orjson.loads(self._all.decrypt(sealed))
        except InvalidToken:
            raise SealBroken("no key opens it") from None
        if tuple(owner) != belongs_to:
            raise SealBroken("it belongs elsewhere")
        return secret


def new_key() -> str:
    """Return a new key, for the operator to keep."""
    return Fernet.generate_key().decode()


def opened_seal(keys: SecretStr | None, *, of: str) -> Seal | None:
    """Return the seal of the process `of`; None where no key is set, and so no secret can be kept.

    Raises:
        CannotStart: where what is set are no keys.
    """
    if keys is None:
        return None
    try:
        return Seal(keys)
    except ValueError:
        variable = f"ITINERARY_{of.upper()}_SEALING_KEYS"
        raise CannotStart(
            f"{variable}: each must be a key as `itinerary {of} --new-key` makes them"
        ) from None
