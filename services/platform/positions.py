"""The position token: how far the log must have been worked off before one's own write can be read.

Clients hand it back unread; `Itinerary-Position` carries it out, `?after=` carries it in.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_MAX_TOKEN_LENGTH = 16_384
"""A batch touches at most every partition; this leaves room for a thousand of them."""

_Offset = Annotated[int, Field(ge=0)]


class Position(BaseModel):
    """The last offset written, per partition of one generation of `bookings.v1`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_by_name=True)

    epoch: Annotated[int, Field(ge=1, validation_alias="e")]
    offsets: Annotated[Mapping[_Offset, _Offset], Field(min_length=1, validation_alias="o")]


def encode_position(position: Position) -> str:
    """Return the opaque token of a position: base64url, without padding."""
    plain = {
        "e": position.epoch,
        "o": {str(partition): offset for partition, offset in position.offsets.items()},
    }
    return base64.urlsafe_b64encode(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).decode().rstrip("=")


def decode_position(token: str) -> Position:
    """Read a token that `encode_position` made.

    Raises:
        ValueError: where it is none.
    """
    if len(token) > _MAX_TOKEN_LENGTH:
        raise ValueError("a position token is shorter than this")
    try:
        plain = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        return Position.model_validate_json(plain)
    except (binascii.Error, ValidationError):
        raise ValueError("this is no position token; pass on an Itinerary-Position as it came") from None
