"""Moments as travellers live them: a wall clock somewhere, with its zone and offset where known.

The core never looks up a zone: ingest resolves offsets and marks those that it inferred.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from schemas.base import Model

_DATE_LENGTH = len("2026-05-12")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
"""Years in which people travel; 0001 and 9999 are how software writes that it does not know."""


@lru_cache(maxsize=16_384)
def _real_local_time(text: str) -> str:
    """Refuse days and hours that do not exist; the pattern has settled the form."""
    parsed = date.fromisoformat(text) if len(text) == _DATE_LENGTH else datetime.fromisoformat(text)
    if parsed.isoformat() != text:
        raise ValueError("write local times as YYYY-MM-DD or YYYY-MM-DDThh:mm:ss")
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise ValueError(f"the year must be between {_FIRST_YEAR} and {_LAST_YEAR}")
    return text


LocalTime = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2})?$"),
    AfterValidator(_real_local_time),
]
"""`YYYY-MM-DD`, or `YYYY-MM-DDThh:mm:ss`; a date alone means that the time of day is not known."""


@lru_cache(maxsize=16_384)
def _aware_instant(text: str) -> str:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("write instants as YYYY-MM-DDThh:mm:ssZ") from None
    if parsed.tzinfo is None:
        raise ValueError("an instant needs an offset or Z")
    if not _FIRST_YEAR - 1 <= parsed.year <= _LAST_YEAR + 1:  # the UTC of any local time that is allowed
        raise ValueError(f"the year must be between {_FIRST_YEAR} and {_LAST_YEAR}")
    return instant_text(parsed)


def instant_text(instant: datetime) -> str:
    """Return an instant as `YYYY-MM-DDThh:mm:ssZ`, the one form that is stored and compared."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def instant_of(milliseconds: int) -> str:
    """Return the instant of a broker's timestamp, in milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds // 1000, tz=UTC).replace(tzinfo=None).isoformat() + "Z"


Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}), AfterValidator(_aware_instant)]
"""A UTC instant in seconds, `YYYY-MM-DDThh:mm:ssZ`; texts sort as the instants do."""


class Moment(Model):
    """A local wall clock time, with the IANA zone and the UTC offset where they are known."""

    local: LocalTime
    zone: str | None = None
    offset_minutes: Annotated[int, Field(ge=-900, le=900)] | None = None
    """Of local time from UTC; of a date alone, at the end of that day."""
    inferred: bool = False
    """True where zone or offset were derived from the place and not stated by the source."""

    @property
    def date(self) -> str:
        """The local calendar date, `YYYY-MM-DD`."""
        return self.local[:_DATE_LENGTH]

    @property
    def has_time(self) -> bool:
        """Whether the time of day is known."""
        return len(self.local) > _DATE_LENGTH

    def instant(self) -> datetime | None:
        """Return the aware instant, or None where time of day or offset are not known."""
        if not self.has_time or self.offset_minutes is None:
            return None
        return _instant(self.local, self.offset_minutes)

    def utc(self) -> str | None:
        """Return the instant as text in UTC, or None where it is not known."""
        if not self.has_time or self.offset_minutes is None:
            return None
        return _utc(self.local, self.offset_minutes)


@lru_cache(maxsize=16_384)
def _utc(local: str, offset_minutes: int) -> str:
    return instant_text(_instant(local, offset_minutes))


@lru_cache(maxsize=16_384)
def _instant(local: str, offset_minutes: int) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
