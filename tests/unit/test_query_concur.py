"""How the parameters of Concur's list are read."""

from datetime import date

import pytest

from services.query.concur import read_listing
from services.query.refusals import Malformed

TODAY = date(2028, 2, 29)


def test_without_dates_the_window_runs_from_30_days_ago_to_12_months_ahead() -> None:
    filters = read_listing([], today=TODAY).filters

    assert (filters.ending_from, filters.starting_until) == (date(2028, 1, 30), date(2029, 2, 28))


def test_where_one_end_is_named_the_other_is_open() -> None:
    filters = read_listing([("startdate", "2026/05/01")], today=TODAY).filters

    assert (filters.ending_from, filters.starting_until) == (date(2026, 5, 1), None)


@pytest.mark.parametrize("kind", ["login", "login_id", "LOGIN"])
def test_a_user_is_named_by_login(kind: str) -> None:
    listing = read_listing([("UserId_Type", kind), ("userid_VALUE", " Maria@acme.example ")], today=TODAY)

    assert (listing.user, listing.everyone) == ("Maria@acme.example", False)


@pytest.mark.parametrize("everyone", ["ALL", "all"])
def test_all_names_everyone(everyone: str) -> None:
    listing = read_listing([("userid_value", everyone)], today=TODAY)

    assert (listing.user, listing.everyone) == (None, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endDate", "2026-13-01"),
        ("endDate", ""),
        ("userid_type", "xmlsyncid"),
        ("includeCanceledTrips", "maybe"),
    ],
)
def test_a_value_that_breaks_its_rule_is_named(name: str, value: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read_listing([(name, value)], today=TODAY)

    assert refusal.value.field == name
