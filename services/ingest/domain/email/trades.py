"""The trade of a sender whom no table of vendors names, by what it calls itself."""

import re
from functools import cache

from services.ingest.domain.email.dates import plain
from services.ingest.domain.email.vendor_files import Vendor, domain_of
from services.ingest.domain.email.words import table


def vendor_called(name: str | None, address: str | None) -> Vendor | None:
    """Return a sender as a vendor of the trade that a word of its name or of its domain tells, if any."""
    domain = (domain_of(address) or "").partition(".")[0]
    called = plain(f"{name or ''} {domain.replace('-', ' ')}")
    trade = next((trade for trade, words in _words() if words.search(called)), None)
    return None if trade is None else Vendor(name or domain, trade, ())


@cache
def _words() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((trade, _pattern(words.split("|"))) for trade, words in table("trades").items())


def _pattern(words: list[str]) -> re.Pattern[str]:
    """Return what finds any of some words; `*` at an end of one stands for the rest of a longer word."""
    ways = (re.escape(plain(word)).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)")
