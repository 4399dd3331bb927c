"""How the parameters of Concur's list are read."""

from datetime import UTC, date, datetime

import pytest

from services.query.concur_parameters import Listing, by_lower_name, in_body, listing, wants_tripit
from services.query.domain.listing import Page
from services.query.refusals import Malformed

TODAY = date(2028, 2, 29)


def read(*parameters: tuple[str, str]) -> Listing:
    return listing(by_lower_name(parameters), today=TODAY)


def test_without_dates_the_window_runs_from_30_days_ago_to_12_months_ahead() -> None:
    filters = read(("bookingType", "Air")).filters

    assert (filters.ending_from, filters.starting_until) == (date(2028, 1, 30), date(2029, 2, 28))


@pytest.mark.parametrize("name", ["startDate", "endDate", "lastModifiedDate", "includeMetadata", "Page"])
@pytest.mark.parametrize("written", ["", " "])
def test_a_parameter_without_a_value_is_not_given(name: str, written: str) -> None:
    assert read((name, written)) == read()


def test_where_one_end_is_named_the_other_is_open() -> None:
    filters = read(("startdate", "2026/05/01")).filters

    assert (filters.ending_from, filters.starting_until) == (date(2026, 5, 1), None)


@pytest.mark.parametrize("name", ["createdAfterDate", "createdBeforeDate", "lastModifiedDate"])
def test_any_date_opens_the_window(name: str) -> None:
    filters = read((name, "2026-05-01")).filters

    assert (filters.ending_from, filters.starting_until) == (None, None)


def test_both_ends_of_the_dates_of_creation_are_meant_whole() -> None:
    filters = read(("createdAfterDate", "2026-05-01"), ("createdBeforeDate", "2026-05-02")).filters

    assert filters.created_since == datetime(2026, 5, 1, tzinfo=UTC)
    assert filters.created_before == datetime(2026, 5, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-05-01", 0), ("2026/05/01", 0), ("2026-05-01T06:00:00", 6), ("2026-05-01T06:00:00+02:00", 4)],
)
def test_a_modification_is_a_date_or_an_instant(text: str, hour: int) -> None:
    modified_since = read(("LastModifiedDate", text)).filters.modified_since

    assert modified_since == datetime(2026, 5, 1, hour, tzinfo=UTC)


def test_the_last_day_that_there_is_has_no_end() -> None:
    assert read(("createdBeforeDate", "9999-12-31")).filters.created_before is None


@pytest.mark.parametrize("written", ["Air", "air", "AIR"])
def test_a_kind_of_booking_is_named_in_any_case(written: str) -> None:
    assert read(("bookingType", written)).filters.segment_type == "air"


def test_what_is_virtual_or_cancelled_is_listed_where_it_is_asked_for() -> None:
    plain = read().filters
    both = read(("includeVirtualTrip", "1"), ("includeCanceledTrips", "true")).filters

    assert (plain.with_virtual, plain.with_cancelled) == (False, False)
    assert (both.with_virtual, both.with_cancelled) == (True, True)


@pytest.mark.parametrize(
    ("parameters", "page"),
    [
        ({}, Page(1, 1000)),
        ({"Page": "3"}, Page(3, 200)),
        ({"itemsPerPage": "5"}, Page(1, 5)),
        ({"ItemsPerPage": "5", "page": "2"}, Page(2, 5)),
        ({"ItemsPerPage": "1000000"}, Page(1, 1000)),
        ({"ItemsPerPage": "", "Page": "1"}, Page(1, 200)),
    ],
)
def test_pages_are_as_long_as_documented(parameters: dict[str, str], page: Page) -> None:
    assert read(*parameters.items()).page == page


@pytest.mark.parametrize("kind", ["login", "login_id", "LOGIN"])
def test_a_user_is_named_by_login(kind: str) -> None:
    asked = read(("UserId_Type", kind), ("userid_VALUE", " Maria@acme.example "))

    assert (asked.user, asked.everyone) == ("Maria@acme.example", False)


def test_a_user_may_be_named_as_in_concurs_templates_of_addresses() -> None:
    assert read(("userid_type", "login_id"), ("user_id", "maria@acme.example")).user == "maria@acme.example"


@pytest.mark.parametrize("everyone", ["ALL", "all"])
def test_all_names_everyone(everyone: str) -> None:
    asked = read(("userid_value", everyone))

    assert (asked.user, asked.everyone) == (None, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endDate", "2026-13-01"),
        ("endDate", "\u0662\u0660\u0662\u0666-05-12"),
        ("createdAfterDate", "yesterday"),
        ("lastModifiedDate", "2026-05-01T25:00:00"),
        ("lastModifiedDate", "0001-01-01T00:00:00+14:00"),
        ("bookingType", "Boat"),
        ("Page", "0"),
        ("Page", "-1"),
        ("Page", "1" + "0" * 5000),
        ("Page", "00000001"),
        ("Page", "²"),
        ("Page", "99999999999999999999"),
        ("ItemsPerPage", "many"),
        ("userid_type", "xmlsyncid"),
        ("includeCanceledTrips", "maybe"),
        ("includeGuestBookings", "maybe"),
    ],
)
def test_a_value_that_breaks_its_rule_is_named(name: str, value: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read((name, value))

    assert refusal.value.field == name


def test_parameters_in_a_body_are_those_of_an_address() -> None:
    given = in_body(b'{"startDate": "2026-05-01", "Page": 2, "includeMetadata": true, "endDate": null}')

    assert given == {"startdate": "2026-05-01", "page": "2", "includemetadata": "true"}
    assert in_body(b"") == {}


@pytest.mark.parametrize("written", [b"1", b"1.0", b"1e0", b'"1"'])
def test_a_whole_number_is_one_however_json_writes_it(written: bytes) -> None:
    assert in_body(b'{"Page": %b}' % written) == {"page": "1"}


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"Page": [1]}', b'{"Page": 1.5}', b'"text"', b"\xff", b"null"]
)
def test_a_body_that_is_no_plain_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        in_body(body)

    assert refusal.value.field == "body"


def test_the_one_other_system_is_tripit() -> None:
    assert wants_tripit({"systemformat": "TripIt"})
    assert not wants_tripit({})
    with pytest.raises(Malformed):
        wants_tripit({"systemformat": "worldmate"})
