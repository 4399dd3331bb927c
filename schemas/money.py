"""Money as a decimal string with its currency: what was posted comes back digit by digit."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.base import Model

DecimalText = Annotated[str, StringConstraints(max_length=40, pattern=r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$")]
"""A decimal number as text, its scale kept as it was sent: no exponent, separators or white space."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)]


class Money(Model):
    """An amount in a currency; the currency is absent where the source named none."""

    amount: DecimalText
    currency: Currency | None = None
