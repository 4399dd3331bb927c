"""Values of a trip in a line, for a terminal."""

from typing import Any


def in_a_line(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Say a value in a line."""
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType] - JSON
        if "local" in fields:
            return f"{fields['local']} {fields.get('zone', '')}".strip()
        return ", ".join(str(part) for part in fields.values() if isinstance(part, str))
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType] - JSON
        return "; ".join(in_a_line(item) for item in items)
    return str(value)


def harmless(text: str) -> str:
    """Return what others wrote so that it cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
