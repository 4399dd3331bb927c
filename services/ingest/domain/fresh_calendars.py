"""Calendars as icalendar reads them, none by what another one said."""

from typing import Any, cast

from icalendar import Calendar
from icalendar.timezone import tzp


def calendar_of(body: bytes) -> Any:  # noqa: ANN401 - the library's component
    """Return the only calendar of a text; raises whatever the library does."""
    _forget_zones()
    return Calendar.from_ical(body)


def calendars_of(body: bytes) -> list[Any]:
    """Return all calendars of a text; raises whatever the library does."""
    _forget_zones()
    return cast("list[Any]", list(Calendar.from_ical(body, multiple=True)))


def _forget_zones() -> None:
    """Drop the zones that a calendar defined: the library keeps them for those that come after it."""
    tzp.use_default()
