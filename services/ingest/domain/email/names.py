"""What a sentence or the subject calls the house, the restaurant, the event."""

import re
from functools import cache

from services.ingest.domain.email.numbers import number_in
from services.ingest.domain.email.values import prose
from services.ingest.domain.email.words import table


@cache
def _name_patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    names = table("phrases")["names"]
    return tuple(
        re.compile(
            rf"{start}([A-Z0-9À-ÞŁ\u3040-\u9fff][^\n\t]{{1,70}}?)(?={names['ends']}|[.](?:\s|$)|$)",
            re.IGNORECASE | re.MULTILINE,
        )
        for start in names[kind]
    )


def named(kind: str, text: str, *, subject: str) -> str | None:
    """Return what a sentence or the subject calls the house, the restaurant, the event."""
    for source in (subject, text[:4_000]):
        for pattern in _name_patterns(kind):
            found = pattern.search(source)
            name = prose(found[1]) if found is not None else None
            if (
                name is not None
                and any(sign.isupper() for sign in name)
                and number_in(name.split()[0]) is None
            ):
                return name.strip(" .!\"'“”")
    return None
