"""Times as senders write them in JSON: with an offset, a zone, the same instant in UTC, or neither.

Offsets are resolved here, once; the core never looks up a zone (design, section 4).
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.times import Moment
from services.ingest.domain.places import offset_at, zone_called, zone_of_airport

_ISO = re.compile(
    r"(?P<local>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?)(?:\.\d+)?(?P<offset>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_WHOLE_NUMBER: TypeAdapter[int | None] = TypeAdapter(int | None)
_WITHOUT_SECONDS = len("2026-05-12T09:30")
_HOW = "write YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss], with an offset where it is known"
_FIELDS = frozenset({"local", "zone", "offset", "utc", "offset_minutes", "inferred"})


def moment_from(value: object, *, place_code: str | None) -> Moment:
    """Return the moment that a sender wrote, its offset resolved as far as it can be.

    Args:
        value: an ISO 8601 text, or an object with `local` and any of `zone`, `offset` and `utc`, and
            `inferred: true` where the sender derived them from the place.
        place_code: IATA code of the place where it is, by which a missing zone is inferred.

    Raises:
        ValueError: where it is not written so, or contradicts itself; the text never repeats it.
    """
    if isinstance(value, str):
        local, offset = _iso(value)
        return _moment(local, zone=None, offset=offset, place_code=place_code)
    if not isinstance(value, Mapping):
        raise ValueError(_HOW)  # noqa: TRY004 - a wrong value of the sender's, reported like all others
    return _from_object(value, place_code=place_code)  # pyright: ignore[reportUnknownArgumentType] - any JSON


def _from_object(value: Mapping[str, Any], *, place_code: str | None) -> Moment:
    if unknown := value.keys() - _FIELDS:
        raise ValueError(f"has {len(unknown)} unknown fields; known are {', '.join(sorted(_FIELDS))}")
    zone = value.get("zone")
    if not isinstance(value.get("local"), str) or not (zone is None or isinstance(zone, str)):
        raise ValueError(_HOW)
    local, in_local = _iso(value["local"])
    stated = [
        in_local,
        _offset(value["offset"]) if value.get("offset") is not None else None,
        _offset_by_utc(local, utc=value["utc"]) if value.get("utc") is not None else None,
        _minutes(value.get("offset_minutes")),
    ]
    offsets = {offset for offset in stated if offset is not None}
    if len(offsets) > 1:
        raise ValueError("states offsets that contradict each other")
    moment = _moment(local, zone=zone, offset=offsets.pop() if offsets else None, place_code=place_code)
    return moment.model_copy(update={"inferred": True}) if value.get("inferred") is True else moment


def _moment(local: str, *, zone: str | None, offset: int | None, place_code: str | None) -> Moment:
    """A stated zone or offset stands; only where neither was stated is the place's zone inferred."""
    inferred = False
    if zone is None and offset is None and place_code is not None:
        zone = zone_of_airport(place_code)
        inferred = zone is not None
    if zone is not None:
        try:
            info = zone_called(zone)
        except (OSError, ValueError, KeyError):
            raise ValueError("zone is not an IANA time zone, such as Europe/Vienna") from None
        if offset is None:
            offset = offset_at(local, info)
    return Moment(local=local, zone=zone, offset_minutes=offset, inferred=inferred)


def _iso(text: str) -> tuple[str, int | None]:
    """Return the local time with seconds, and the offset in minutes where one is written."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise ValueError(_HOW)
    local, offset = found["local"], found["offset"]
    if len(local) == _WITHOUT_SECONDS:
        local += ":00"
    return local, None if offset is None else _offset(offset)


def _offset(text: object) -> int:
    if text == "Z":
        return 0
    found = re.fullmatch(r"([+-])([0-9]{2}):?([0-9]{2})", text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("write the offset as +02:00")
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes


def _minutes(value: object) -> int | None:
    try:
        return _WHOLE_NUMBER.validate_python(value)
    except ValidationError:
        raise ValueError("write offset_minutes as a whole number") from None


def _offset_by_utc(local: str, *, utc: object) -> int:
    """Return how far a wall clock was from UTC when both were read."""
    instant, written = _iso(utc) if isinstance(utc, str) else ("", None)
    if len(instant) < _WITHOUT_SECONDS or len(local) < _WITHOUT_SECONDS or written not in {None, 0}:
        raise ValueError("write utc as YYYY-MM-DDThh:mm:ssZ, beside a local time of day")
    apart = datetime.fromisoformat(local) - datetime.fromisoformat(instant)
    if abs(apart) > timedelta(hours=15):
        raise ValueError("local and utc are further apart than any time zone")
    return round(apart.total_seconds() / 60)
