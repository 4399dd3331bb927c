"""The base of every model, and the one JSON form in which equal means byte-equal."""

from typing import Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, JsonValue


class Model(BaseModel):
    """An immutable value. Strict about what we produce; `decode` is tolerant about what others sent."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    def encode(self) -> bytes:
        """Return the canonical JSON of this value; what is None is left out."""
        return written_json(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def decode(cls, encoded: bytes | str) -> Self:
        """Read a value, ignoring fields that a newer writer may have added.

        Raises:
            pydantic.ValidationError: where the bytes are not such a value.
        """
        return cls.model_validate_json(encoded, extra="ignore")


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return UTF-8 JSON with sorted keys and no white space (design, section 5, rule 7).

    Raises:
        TypeError: where the value holds a float; amounts and coordinates are decimal strings.
    """
    _refuse_floats(value)
    return written_json(value)


def written_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return canonical JSON of what was made from models, which have no floats to look for."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _refuse_floats(value: JsonValue) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)
    elif isinstance(value, float):
        raise TypeError("canonical JSON holds no floats; write decimal strings")
