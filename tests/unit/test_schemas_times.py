import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.times import Instant, LocalTime, Moment

LOCAL = TypeAdapter[str](LocalTime)
INSTANT = TypeAdapter[str](Instant)


@pytest.mark.parametrize("text", ["2026-05-12", "2028-02-29", "2026-05-12T00:00:00", "2026-05-12T23:59:59"])
def test_a_local_time_is_a_day_or_a_day_with_seconds(text: str) -> None:
    assert LOCAL.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "2026-W19-2",
        "2026-05-12T24:00:00",
        "2026-05-12T10:00",
        "2026-05-12 10:00:00",
        "2026-05-12T10:00:00Z",
        "2026-05-12T10:00:00.5",
        "2026-05-12T10:00:00\n",
        "20260512",
        "",
    ],
)
def test_any_other_form_of_local_time_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        LOCAL.validate_python(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31", "1899-12-31"])
def test_years_by_which_software_says_that_it_does_not_know_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="the year must be between 1900 and 2199"):
        LOCAL.validate_python(text)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-05-12T10:00:00Z", "2026-05-12T10:00:00Z"),
        ("2026-05-12T10:00:00+02:00", "2026-05-12T08:00:00Z"),
        ("2026-05-12T10:00:00.999+00:00", "2026-05-12T10:00:00Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
    ],
)
def test_an_instant_is_stored_in_one_form(text: str, stored: str) -> None:
    assert INSTANT.validate_python(text) == stored


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs an offset"):
        INSTANT.validate_python("2026-05-12T10:00:00")


def test_a_refused_instant_is_not_echoed() -> None:
    with pytest.raises(ValidationError) as refusal:
        Moment.model_validate({"local": "Jane Traveller"})
    assert "Jane" not in str(refusal.value)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_an_instant_that_utc_cannot_hold_is_refused_and_does_not_crash(text: str) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(text)


def test_a_moment_is_an_instant_only_where_hour_and_offset_are_known() -> None:
    assert Moment(local="2026-05-12T10:00:00", offset_minutes=120).utc() == "2026-05-12T08:00:00Z"
    assert Moment(local="2026-05-12T10:00:00").utc() is None
    assert Moment(local="2026-05-12", offset_minutes=120).utc() is None


def test_a_moment_keeps_the_local_day() -> None:
    moment = Moment(local="2026-05-12T00:30:00", offset_minutes=840)
    assert (moment.date, moment.has_time) == ("2026-05-12", True)
