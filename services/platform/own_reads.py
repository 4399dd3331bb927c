"""What one of our services reads of another to answer a caller: in the caller's name, yet our own.

Known by a secret that only the services share; where there is none, nothing is believed.
"""

import hmac
from collections.abc import Mapping

_HEADER = "Itinerary-Own-Read"


def own_read(secret: str | None) -> dict[str, str]:
    """Return the header that marks a request as our own; nothing without a secret."""
    return {} if secret is None else {_HEADER: secret}


def is_own_read(headers: Mapping[str, str], *, secret: str | None) -> bool:
    """Whether a request is one of ours."""
    said = headers.get(_HEADER)
    return said is not None and secret is not None and hmac.compare_digest(said.encode(), secret.encode())
