"""Stars that texts without fonts write around what others print bold: `*Check-in:* 12 May`, `**Venue:**`."""

import re

_BOLD = re.compile(r"(?<![\w*])\*{1,2}(?=[^\s*])([^*\n]{1,80})(?<=\S)\*{1,2}(?![\w*])")


def without_emphasis(text: str) -> str:
    """Return a text without stars around words; a line that begins with one, or hides digits, keeps them."""
    return _BOLD.sub(r"\1", text) if "*" in text else text
