"""Feeds on which calendar programs go wrong, and what each event means by the moments of its trip.

What is expected comes from the trips themselves, not from any reader. Run as a program it writes both to a
folder, for readers that are not written in Python: `just calendars`.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from schemas.segments import Place, SegmentStatus
from schemas.times import Moment
from schemas.trip import Trip, TripAir, TripSegment
from services.query.domain.calendar_format import FeedFace, calendar_ics
from services.query.domain.timeline import LASTING
from tests.support.query_trips import flight, hotel, trip

TODAY = date(2026, 5, 10)


class Meant(NamedTuple):
    """When an event begins and ends: instants in UTC, or days, of which the last is the one after."""

    begins: str
    ends: str | None


class Sample(NamedTuple):
    """A feed, and by UID what its events mean."""

    name: str
    feed: bytes
    meant: Mapping[str, Meant]


def _leg(name: str, start: tuple[str, str, int], end: tuple[str, str, int], **said: Any) -> TripAir:
    """Return a flight between local times, to the minute, each with its zone and the offset there then."""
    first, last = (
        Moment(local=f"{local}:00", zone=zone, offset_minutes=minutes)
        for local, zone, minutes in (start, end)
    )
    return flight(name, start=first, end=last, destination=Place(code="MUC"), **said)


_BERLIN, _CASABLANCA = "Europe/Berlin", "Africa/Casablanca"
_ANGELES, _YORK = "America/Los_Angeles", "America/New_York"
_HOWE, _KIRITIMATI, _PAGO = "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago"
_LEGS = (
    # Over the date line: it lands earlier by the clock, on the day before, or two days later.
    _leg("west", ("2026-05-12T20:25", "Asia/Singapore", 480), ("2026-05-12T19:50", _ANGELES, -420)),
    _leg("back", ("2026-06-02T01:00", _KIRITIMATI, 840), ("2026-06-01T05:40", _PAGO, -660)),
    _leg("east", ("2026-06-10T22:00", _ANGELES, -420), ("2026-06-12T06:30", "Pacific/Auckland", 720)),
    # Nights in which clocks change: over that, in either of two hours of one name, from one to the other.
    _leg("autumn", ("2026-10-25T01:30", _BERLIN, 120), ("2026-10-25T03:15", _BERLIN, 60)),
    _leg("once", ("2026-10-25T02:10", _BERLIN, 120), ("2026-10-25T02:50", _BERLIN, 120)),
    _leg("again", ("2026-10-25T02:10", _BERLIN, 60), ("2026-10-25T02:50", _BERLIN, 60)),
    _leg("earlier", ("2026-10-25T02:50", _BERLIN, 120), ("2026-10-25T02:20", _BERLIN, 60)),
    _leg("spring", ("2027-03-28T01:30", _BERLIN, 60), ("2027-03-28T03:30", _BERLIN, 120)),
    _leg("sharp", ("2027-03-28T03:00", _BERLIN, 120), ("2027-10-31T03:00", _BERLIN, 60)),
    _leg("south", ("2026-10-04T01:30", _HOWE, 630), ("2026-10-04T03:10", "Australia/Sydney", 660)),
    _leg("winter", ("2026-11-01T00:30", _YORK, -240), ("2026-11-01T01:40", _YORK, -300)),
    # Zones whose rules are unlike others: winter time by law, a month without summer time, three quarters.
    _leg("irish", ("2026-12-01T09:00", "Europe/Dublin", 0), ("2026-12-01T10:20", "Europe/London", 0)),
    _leg("fast", ("2026-02-14T23:00", _CASABLANCA, 60), ("2026-02-15T04:00", _CASABLANCA, 0)),
    _leg("high", ("2026-07-01T09:00", "Asia/Kathmandu", 345), ("2026-07-01T10:40", "Asia/Kolkata", 330)),
    _leg("far", ("2041-07-01T09:00", "Europe/Paris", 120), ("2041-07-01T16:40", "America/Sao_Paulo", -180)),
    # What a source calls a zone and is none.
    _leg("odd", ("2026-07-01T09:00", "Local Time", 120), ("2026-07-01T10:40", "America", -180)),
)  # fmt: skip
_OFF = _leg(
    "off",
    ("2026-06-02T01:00", "Pacific/Apia", 780),
    ("2026-06-02T05:00", "Pacific/Apia", 780),
    status=SegmentStatus.CANCELLED,
)
_DAYS = flight("days", start=Moment(local="2026-07-05"), end=Moment(local="2026-07-06"))
_NIGHTS = hotel(
    "nights",
    start=Moment(local="2026-10-24T23:30:00", zone="Asia/Tokyo", offset_minutes=540),
    end=Moment(local="2026-10-26T11:00:00", zone="Asia/Tokyo", offset_minutes=540),
)


def samples() -> Iterator[Sample]:
    """Yield each trip as a feed in UTC and as one in local times."""
    trips = (
        *(trip(f"only {leg.id}", segments=(leg,), title=f"{leg.start}") for leg in _LEGS),
        trip("whole", segments=(*_LEGS, hotel(), _NIGHTS, _DAYS), title="Söndag; hela dagen, åäö " * 5),
        trip("cancelled", segments=(_OFF, _NIGHTS), modified="2026-05-09T00:00:00Z"),
    )
    for at, shown in enumerate(trips):
        meant = dict(_meant_by(shown))
        for times in ("utc", "zoned"):
            face = FeedFace("Trips", "https://trips.example/trips/", zoned=times == "zoned")
            yield Sample(f"{at:02}-{times}", calendar_ics([shown], face=face, today=TODAY), meant)


def _meant_by(shown: Trip) -> Iterator[tuple[str, Meant]]:
    first, last = shown.content.start_date, shown.content.end_date
    if first is not None and last is not None:
        yield f"{shown.id}@itinerary", Meant(first, _day_after(last))
    for segment in shown.content.segments:
        yield from _meant_by_segment(segment)


def _meant_by_segment(segment: TripSegment) -> Iterator[tuple[str, Meant]]:
    start, end = segment.start, segment.end
    assert start is not None
    assert end is not None
    if segment.type in LASTING:
        for edge, moment in (("start", start), ("end", end)):
            utc = moment.utc()
            day = Meant(moment.date, _day_after(moment.date))
            yield f"{segment.id}-{edge}@itinerary", day if utc is None else Meant(utc, None)
    elif (utc := start.utc()) is None:
        yield f"{segment.id}@itinerary", Meant(start.date, _day_after(end.date))
    else:
        yield f"{segment.id}@itinerary", Meant(utc, end.utc())


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def main(folder: Path) -> None:
    """Write `NAME.ics`, and what it means as `NAME.json`."""
    for sample in samples():
        (folder / f"{sample.name}.ics").write_bytes(sample.feed)
        (folder / f"{sample.name}.json").write_text(json.dumps(sample.meant))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
