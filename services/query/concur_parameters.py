"""The parameters of Concur's requests; its own pages spell their names variously, so case does not count."""

import contextlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from pydantic import StrictBool, StrictStr, TypeAdapter, ValidationError

from schemas.segments import SEGMENT_TYPES, SegmentType
from services.query.domain.listing import Filters, Page
from services.query.refusals import Malformed

Given = Mapping[str, str]
"""Parameters by their name in lower case."""

_BEFORE = timedelta(days=30)
_USER_TYPES = frozenset({"login", "login_id"})
_EVERYONE = "all"
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DATES = ("startDate", "endDate", "createdAfterDate", "createdBeforeDate", "lastModifiedDate")
_ITEMS_OF_A_PAGE = 200
_MOST_ITEMS = 1000
"""Where neither page nor number of items is named; and the most that one answer holds."""
_LAST_PAGE = 1_000_000
_TRIPIT = "tripit"
_InBody = dict[str, StrictBool | int | StrictStr | None]
_IN_BODY: TypeAdapter[_InBody] = TypeAdapter(_InBody)
"""A whole number may be written as any JSON number; a truth value may not, or 1.0 would be one."""


class Listing(NamedTuple):
    """A Concur list request."""

    filters: Filters
    user: str | None
    """The login that was named; None where none was."""
    everyone: bool
    page: Page
    with_metadata: bool


def by_lower_name(parameters: Iterable[tuple[str, str]]) -> Given:
    """Return parameters under their names in lower case; of one that stands twice, the last.

    One that is empty is not given, as an empty element is not.
    """
    return {name.lower(): value.strip() for name, value in parameters if value.strip()}


def in_body(body: bytes) -> Given:
    """Read the parameters of `GetTrips`, which stand in a JSON object.

    Raises:
        Malformed: it is no object of texts, numbers and truth values.
    """
    try:
        given = _IN_BODY.validate_json(body or b"{}")
    except ValidationError:
        rule = "send a JSON object of texts, numbers and truth values"
        raise Malformed(field="body", rule=rule) from None
    return by_lower_name((name, _text(value)) for name, value in given.items() if value is not None)


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def listing(given: Given, *, today: date) -> Listing:
    """Read the parameters of a list.

    Where no date is named the window runs from 30 days ago to 12 months ahead; where one end of it is named,
    the other is open. `includeGuestBookings` is understood and changes nothing: every trip here is a
    traveller's own.

    Raises:
        Malformed: a value breaks its rule.
    """
    start, end = date_of(given, "startDate"), date_of(given, "endDate")
    if not any(name.lower() in given for name in _DATES):
        start, end = today - _BEFORE, _a_year_after(today)
    created_until = date_of(given, "createdBeforeDate")
    created_since = date_of(given, "createdAfterDate")
    _flag(given, "includeGuestBookings")
    user = user_of(given)
    everyone = user is not None and user.casefold() == _EVERYONE
    return Listing(
        Filters(
            starting_until=end,
            ending_from=start,
            modified_since=_instant(given, "lastModifiedDate"),
            created_since=None if created_since is None else _midnight(created_since),
            created_before=None if created_until is None else _day_after(created_until),
            segment_type=_booking_type(given),
            with_cancelled=_flag(given, "includeCanceledTrips"),
            with_virtual=_flag(given, "includeVirtualTrip"),
        ),
        user=None if everyone else user,
        everyone=everyone,
        page=_page(given),
        with_metadata=_flag(given, "includeMetadata"),
    )


def user_of(given: Given) -> str | None:
    """Return the login that a request names, None where it names none.

    Concur's templates of addresses call it `user_id`, everything else `userid_value`.

    Raises:
        Malformed: it is named otherwise than by login.
    """
    kind, user = given.get("userid_type"), given.get("userid_value") or given.get("user_id")
    if kind is not None and kind.lower() not in _USER_TYPES:
        raise Malformed(field="userid_type", rule="write login or login_id")
    return user or None


def wants_tripit(given: Given) -> bool:
    """Whether a trip is asked for in TripIt's format.

    Raises:
        Malformed: another format is.
    """
    system = given.get("systemformat", "").lower()
    if system not in {"", _TRIPIT}:
        raise Malformed(field="systemFormat", rule="write Tripit, or leave it out")
    return system == _TRIPIT


def _page(given: Given) -> Page:
    paged = "page" in given
    items = _number(given, "ItemsPerPage", otherwise=_ITEMS_OF_A_PAGE if paged else _MOST_ITEMS)
    return Page(_number(given, "Page", otherwise=1), min(items, _MOST_ITEMS))


def _number(given: Given, name: str, *, otherwise: int) -> int:
    text = given.get(name.lower()) or str(otherwise)
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_LAST_PAGE))
    if not is_number or not 1 <= int(text) <= _LAST_PAGE:
        raise Malformed(field=name, rule=f"write a whole number from 1 to {_LAST_PAGE}")
    return int(text)


def _booking_type(given: Given) -> SegmentType | None:
    text = given.get("bookingtype", "").lower()
    for kind in SEGMENT_TYPES:
        if text == kind:
            return kind
    if text:
        rule = f"write {', '.join(kind.capitalize() for kind in SEGMENT_TYPES)}"
        raise Malformed(field="bookingType", rule=rule)
    return None


def date_of(given: Given, name: str) -> date | None:
    """Read a date; None where it is not given.

    Raises:
        Malformed: it is written otherwise than documented.
    """
    text = given.get(name.lower())
    if text is None:
        return None
    for form in ("%Y-%m-%d", "%Y/%m/%d") if text.isascii() else ():
        with contextlib.suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
    raise Malformed(field=name, rule="write YYYY-MM-DD or YYYY/MM/DD")


def _instant(given: Given, name: str) -> datetime | None:
    """Read a date or a date with time; both are UTC unless an offset says otherwise."""
    text = given.get(name.lower())
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text.replace("/", "-").replace(" ", "T"))
        return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(field=name, rule="write YYYY-MM-DD or YYYY-MM-DDThh:mm:ss, in UTC") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _day_after(day: date) -> datetime | None:
    """Return the end of a day that is itself meant; the last day that there is has no end."""
    return None if day == date.max else _midnight(day + timedelta(days=1))


def _a_year_after(day: date) -> date:
    leap_day = (2, 29)
    return day.replace(year=day.year + 1, day=28 if (day.month, day.day) == leap_day else day.day)


def _flag(given: Given, name: str) -> bool:
    text = given.get(name.lower(), "false").lower()
    if text not in _FLAGS:
        raise Malformed(field=name, rule="write true or false")
    return _FLAGS[text]
