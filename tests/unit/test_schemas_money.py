import pytest
from pydantic import ValidationError

from schemas.money import Money


@pytest.mark.parametrize("amount", ["240.35", "0", "-12.50", "+3", "1000000.000", ".5", "5.", "007.10"])
def test_an_amount_comes_back_digit_by_digit(amount: str) -> None:
    assert Money.decode(Money(amount=amount, currency="EUR").encode()).amount == amount


@pytest.mark.parametrize(
    "amount", ["1e3", "NaN", "Infinity", "1,000.00", "1_000", " 1", "1 ", "", ".", "١٢", "9" * 41]
)
def test_anything_but_plain_decimal_digits_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError):
        Money(amount=amount)


def test_a_float_is_not_money() -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": 240.35})


def test_currencies_are_written_in_capitals() -> None:
    assert Money(amount="1", currency="eur").currency == "EUR"


@pytest.mark.parametrize("currency", ["EU", "EURO", "E1R", ""])
def test_a_currency_has_three_letters(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money(amount="1", currency=currency)


def test_an_amount_without_currency_stays_without() -> None:
    assert Money(amount="1").encode() == b'{"amount":"1"}'
