"""Who travels and what it costs, for the booking that a text speaks of."""

import re

from schemas.booking_record import Passenger
from schemas.money import Money
from services.ingest.domain.email.entries import Entry
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.values import money_of, once, passenger_of
from services.ingest.domain.email.words import table


def people_in(entries: list[Entry], text: str) -> tuple[Passenger, ...]:
    """Return the travellers that labels name, or as reservation systems print them."""
    found: list[Passenger] = []
    for entry in entries:
        value = _ORDINAL.sub("", entry.value)
        if "guest" not in entry.fields or any(sign.isdigit() for sign in value) or len(value.split()) > 8:
            continue
        for name in re.split(r"\s(?:&|and|und|et|y|e|en)\s|;|\n|(?<=[a-z]),\s(?=[A-Z]\w+\s[A-Z])", value):
            person = passenger_of(name)
            if person is not None and person.last_name is not None and person.first_name is not None:
                found.append(person)
    if not found:
        found.extend(
            person
            for line in _PRINTED_NAME.findall(f"\n{text}")
            if (person := passenger_of(line)) is not None
        )
    return once(found)[:20]


_ORDINAL = re.compile(r"^\d{1,2}[.):]\s*")
_PRINTED_NAME = re.compile(
    r"\n[ \t]*(?:\d\.[\d. ]{0,3})?([A-Z][A-Z' -]{1,30}/[A-Z][A-Z ]{1,30}(?:MRS|MR|MS|MISS|DR|MSTR))[ \t]*$",
    re.MULTILINE,
)
"""As reservation systems print a traveller's name: surname, stroke, given names, title."""


_PRICE_LABELS = sorted(table("labels")["price"].split("|"), key=len, reverse=True)
_PRICE_LINE = Sought(
    rf"\n\W{{0,4}}(?:{'|'.join(map(re.escape, _PRICE_LABELS))})\b[^\d\n]{{0,40}}\d[^\n]{{0,30}}",
    re.IGNORECASE,
)
"""A line that begins with a word for the price and has an amount a little later."""


def total_in(entries: list[Entry], text: str) -> Money | None:
    """Return the price of the whole, labelled or in a line that begins with a word for it."""
    labelled = (entry.value for entry in entries if "price" in entry.fields)
    lines = (found[0] for found in _PRICE_LINE.finditer(f"\n{text}", of=(text,)))
    return next((amount for value in (*labelled, *lines) if (amount := money_of(value)) is not None), None)
