"""Money as a decimal string with its currency: what was posted comes back digit by digit."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from schemas.base import Model


def _finite_decimal(text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError("write amounts as decimal numbers, as in 240.35") from None
    if not amount.is_finite() or "e" in text.lower():
        raise ValueError("write amounts as plain decimal numbers, as in 240.35")
    return text


DecimalText = Annotated[str, StringConstraints(max_length=40), AfterValidator(_finite_decimal)]
"""A decimal number as text, its scale kept as it was sent."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)]


class Money(Model):
    """An amount in a currency; the currency is absent where the source named none."""

    amount: DecimalText
    currency: Currency | None = None
