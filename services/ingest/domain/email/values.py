"""Texts of strangers as values of the language: clipped, never empty, or None."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TypeVar

from schemas.booking_record import Passenger
from schemas.money import Money
from schemas.segments import AirSegment, ConfirmationKind, ConfirmationNumber, Segment

T = TypeVar("T")

_CODE_LENGTH, _TEXT_LENGTH = 128, 1000
_COUNT = re.compile(r"(?<![A-Za-z\d])(\d{1,2})(?![A-Za-z\d])")


def code(value: str | None) -> str | None:
    """Return a short value on one line."""
    return _clipped(value, _CODE_LENGTH)


def prose(value: str | None) -> str | None:
    """Return a longer value on one line."""
    return _clipped(value, _TEXT_LENGTH)


def _clipped(value: str | None, length: int) -> str | None:
    if value is None:
        return None
    return " ".join(value.replace("\0", "").split())[:length].strip(" ,;:|") or None


def count_in(text: str | None) -> int | None:
    """Return the first number of at most two digits, of people or nights; None where it is zero."""
    found = _COUNT.search(text) if text else None
    return int(found[1]) if found and int(found[1]) else None


# --- people --------------------------------------------------------------------------------------

_TITLES = {
    "mr", "mrs", "ms", "miss", "mstr", "mister", "dr", "prof", "herr", "frau", "hr", "fr", "monsieur",
    "madame", "mme", "mlle",
    "m", "sr", "sra", "srta", "sig", "sigra", "sig.ra", "dhr", "mevr", "chd", "inf", "adt",
}  # fmt: skip
_GLUED_TITLE = re.compile(r"(?<=[A-Z]{2})(MRS|MSTR|MISS|MR|MS|DR)$")


def passenger_of(name: str | None) -> Passenger | None:
    """Return a person by a name, written `Anna Berg`, `Berg, Anna` or `BERG/ANNA MS`."""
    text = prose(name)
    if text is None or len(text) > 100 or "@" in text:
        return None
    last, mark, first = text.partition("/")
    if not mark:
        last, mark, first = text.partition(",")
    if mark:
        words, prefix = _without_title(first.split())
        glued = _GLUED_TITLE.search(words[-1]) if words and not prefix and "/" in text else None
        if glued:
            prefix, words = glued[0], [*words[:-1], words[-1][: glued.start()]]
        return _person(" ".join(words), last.strip(), prefix)
    words, prefix = _without_title(text.split())
    if not words:
        return None
    return _person(" ".join(words[:-1]), words[-1], prefix)


def _without_title(words: list[str]) -> tuple[list[str], str | None]:
    prefix = None
    for at in (0, -1):
        if words and words[at].strip(".").lower() in _TITLES and (len(words) > 1 or at == 0):
            prefix = words[at].strip(".")
            words = words[1:] if at == 0 else words[:-1]
    return words, prefix


def _person(first: str, last: str, prefix: str | None) -> Passenger:
    return Passenger(
        first_name=prose(_cased(first)), last_name=prose(_cased(last)), prefix=code(_cased(prefix or ""))
    )


def _cased(name: str) -> str:
    """Return a name that is shouted as it would be spoken."""
    return name.title() if name.isupper() else name


def person_text(person: Passenger) -> str:
    """Return a person's name in one line."""
    return " ".join(filter(None, (person.first_name, person.middle_name, person.last_name)))


# --- money ---------------------------------------------------------------------------------------

_SIGNS = {
    "€": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD",
    "HK$": "HKD", "NZ$": "NZD", "S$": "SGD", "R$": "BRL", "¥": "JPY", "円": "JPY", "₹": "INR", "RS": "INR",
    "₩": "KRW", "₽": "RUB", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "₺": "TRY", "฿": "THB", "SFR": "CHF",
    "SFR.": "CHF", "FR.": "CHF", "EURO": "EUR", "EUROS": "EUR", "₪": "ILS", "₫": "VND", "₴": "UAH",
    "元": "CNY",
}  # fmt: skip
_MONEY = re.compile(
    r"(?P<before>[A-Z]{0,3}[€£$¥₹₩₽₺฿₪₫₴]|[A-Z]{3}|Rs\.?|SFr\.?|Fr\.)?\s?"
    r"(?P<amount>\d{1,3}(?:[., ’']\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)(?:[.,]-)?"
    r"\s?(?P<after>[€£¥₹₩₽₺฿₪₫₴]|US\$|\$|[A-Z]{3}\b|zł|Kč|Ft\b|kr\b|円|元|[Ee]uros?\b)?"
)
CURRENCIES = frozenset(
    {
        "AED", "AUD", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR",
        "GBP", "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "ISK", "JOD", "JPY", "KES", "KRW", "KWD", "MAD",
        "MXN", "MYR", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR",
        "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
    }
)  # fmt: skip


def money_of(text: str) -> Money | None:
    """Return the first amount in a text that bears a currency."""
    for found in _MONEY.finditer(text[:500]):
        currency = _currency(found["before"]) or _currency(found["after"])
        if currency is not None:
            return Money(amount=_decimal(found["amount"]), currency=currency)
    return None


def money(amount: str | None, currency: str | None) -> Money | None:
    """Return an amount and its currency as markup gives them, apart or in one text."""
    if amount is None:
        return None
    known = _currency(currency)
    text = amount.strip()
    if known is None:
        return money_of(text)
    found = _MONEY.search(text[:100])
    if found is None:
        return None
    value = _decimal(found["amount"])
    return Money(amount=value, currency=known) if _is_positive(value) else None


def _is_positive(value: str) -> bool:
    try:
        return Decimal(value) > 0
    except InvalidOperation:
        return False


def _currency(sign: str | None) -> str | None:
    if not sign:
        return None
    named = _SIGNS.get(sign.strip().upper(), sign.strip().upper())
    return named if named in CURRENCIES else None


def _decimal(text: str) -> str:
    """Return an amount with a point: the last of point and comma with one or two digits parts the cents."""
    digits = re.sub(r"[ ’']", "", text)
    found = re.fullmatch(r"(.*)[.,](\d{1,2})", digits)
    if found is None:
        return re.sub(r"[.,]", "", digits)
    return f"{re.sub(r'[.,]', '', found[1])}.{found[2]}"


# --- numbers -------------------------------------------------------------------------------------


def numbered(
    segment: Segment, value: str | None, *, kind: ConfirmationKind, issuer: str | None = None
) -> Segment:
    """Return a segment that bears a number beside those that it has."""
    if value is None or any(n.value == value and n.kind is kind for n in segment.confirmation_numbers):
        return segment
    number = ConfirmationNumber(kind=kind, value=value, issuer=issuer)
    return segment.model_copy(update={"confirmation_numbers": (*segment.confirmation_numbers, number)})


def kind_of_number(segment: Segment, *, by_agent: bool) -> ConfirmationKind:
    """Return who gave the number of a booking: an airline's locator, the vendor, or who sold it."""
    if by_agent:
        return ConfirmationKind.BOOKING_SITE
    return ConfirmationKind.RECORD_LOCATOR if isinstance(segment, AirSegment) else ConfirmationKind.SUPPLIER


def once(values: Iterable[T]) -> tuple[T, ...]:
    """Return values without those that came before, in their order; they need not be hashable."""
    kept: list[T] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return tuple(kept)


def names_of(passengers: tuple[Passenger, ...]) -> tuple[str, ...]:
    """Return the names of people once each, in their order."""
    return tuple(dict.fromkeys(filter(None, chain(map(person_text, passengers)))))
