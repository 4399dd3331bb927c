"""Calendar parts: an event may be a flight, a train, a stay, or many legs that stand in its text alone."""

import re
from datetime import date, datetime

from schemas.segments import (
    AirSegment,
    CarSegment,
    DiningSegment,
    EventSegment,
    HotelSegment,
    Place,
    RailSegment,
    Segment,
    SegmentStatus,
)
from services.ingest.domain.email.blocks import blocks_of
from services.ingest.domain.email.bounds import MAX_CALENDAR_BYTES, MAX_EVENTS
from services.ingest.domain.email.calendar_events import Event, events_of
from services.ingest.domain.email.calendar_legs import legs_of, ride_of_event
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.entries import entries_of
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.labelled_journeys import rental_of
from services.ingest.domain.email.numbers import booking_number
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import code, kind_of_number, passenger_of, prose
from services.ingest.domain.email.when import moment_of

_STAY = re.compile(
    r"\b(?:hotel|hôtel|übernachtung|unterkunft|accommodation|airbnb|hostel|resort|inn|suites|lodging)\b",
    re.IGNORECASE,
)
_MAY_STAY = re.compile(
    r"\b(?:(?:your |my )?stay (?:at|in)|check-?in (?:at|:)|reservation at)\b", re.IGNORECASE
)
"""Words that name a stay where a number is beside them; people stay at home, too."""
_STAY_PREFIX = re.compile(
    r"^(?:hotel(?:\sreservation|\sbooking)?|stay|booking|reservation|check-?in|your stay|übernachtung|séjour|lodging|accommodation)"
    r"\s?(?:at|in|im|bei|à|:|-|–|for)?\s+", re.IGNORECASE)  # fmt: skip
_TABLE = re.compile(
    r"(?:reservation|table|dinner|lunch|dining|tisch|reservierung|réservation|reserva|prenotazione) (?:at|im|in der|bei|chez|en|da|presso) "
    r"([^\n]{2,70})", re.IGNORECASE)  # fmt: skip
_PARTY = re.compile(
    r"\b(?:for|für|pour|para|per|party of|party size:?|table for) (\d{1,2})\b(?! ?(?:night|day|nacht|nächte|nuit))|"
    r"\b(\d{1,2}) (?:people|persons|guests|personen|gäste|personnes|personas|persone)\b", re.IGNORECASE)  # fmt: skip
_FOR_PARTY = re.compile(r"\s*[,(-]?\s*(?:for|für|pour|para|per) \d{1,2}\b.*$", re.IGNORECASE)
_RENTAL = re.compile(
    r"\b(?:car rental|rental car|rent[- ]a[- ]car|car hire|mietwagen|autovermietung|location de voiture|alquiler de coches?|autonoleggio|"
    r"rental)\b", re.IGNORECASE)  # fmt: skip
_ONLINE = re.compile(
    r"https?://|zoom|teams|webex|meet\.google|online|virtual|telefon|phone|dial", re.IGNORECASE
)


def read_calendar(body: bytes, *, written: datetime) -> Sight:
    """Return the reservations in a calendar part."""
    if len(body) > MAX_CALENDAR_BYTES:
        return Sight(notes=("a calendar part is larger than is read",))
    events = events_of(body)
    if events is None:
        return Sight(notes=("a calendar part could not be read",))
    found: list[Found] = []
    skipped = 0
    for event in events[:MAX_EVENTS]:
        read = _reservations(event, written=written)
        found.extend(read)
        skipped += not read
    notes = (f"{skipped} calendar events name nothing that was booked",) if skipped else ()
    return NOTHING._replace(found=tuple(found), notes=notes)


def _reservations(event: Event, *, written: datetime) -> list[Found]:
    if event.start is None or abs(event.start.day.year - written.year) > 3:
        return []
    entries = entries_of(event.text)
    number = booking_number(entries, event.text, subject=event.summary)
    people = [passenger_of(entry.value) for entry in entries if "guest" in entry.fields]
    segments = _segments(event, is_numbered=number is not None)
    status = SegmentStatus.CANCELLED if event.is_cancelled else SegmentStatus.CONFIRMED
    return [
        Found(
            engine=Engine.CALENDAR,
            confidence=_confidence(segment, is_numbered=number is not None),
            segment=segment.model_copy(update={"status": status}),
            number=number,
            number_kind=kind_of_number(segment, by_agent=False),
            passengers=tuple(
                person for person in people if person is not None and person.first_name is not None
            ),
            provider=prose(event.organiser),
            is_cancelled=event.is_cancelled,
            is_part=isinstance(segment, AirSegment | RailSegment),
        )
        for segment in segments
    ]


def _confidence(segment: Segment, *, is_numbered: bool) -> int:
    """What has no number may be somebody's own note or a planner's connection, but for a flight, which names itself."""
    if not (is_numbered or isinstance(segment, AirSegment)):
        return 45
    return 70 if isinstance(segment, EventSegment) else 88


def _segments(event: Event, *, is_numbered: bool) -> list[Segment]:
    start = event.start
    if start is None:
        return []
    reader = Reader(near=start.day, month_first=_writes_month_first(event.text, start.day))
    if legs := legs_of(event, reader=reader):
        return legs
    if is_numbered:
        ride = None if _STAY.search(event.summary) else ride_of_event(event)
        visit = _table(event) or _rental(event, reader=reader) or ride
        if visit is not None:
            return [visit]
    return _other(event, start.day, is_numbered=is_numbered)


def _writes_month_first(text: str, day: date) -> bool:
    """Say whether a text writes a day with its month first, where that makes another of it."""
    written = rf"\b0?{day.month}/0?{day.day}/{day.year}\b"
    return day.month != day.day and re.search(written, text) is not None


def _other(event: Event, first: date, *, is_numbered: bool) -> list[Segment]:
    """Return the stay that an event is, or what is to be attended; nothing of a meeting."""
    nights = (event.end.day - first).days if event.end is not None else 0
    names_stay = _STAY.search(event.summary) or (is_numbered and _is_told_stay(event))
    if 0 < nights <= 60 and names_stay and "parking" not in event.summary.lower():
        return [_stay(event)]
    if event.is_invitation and not is_numbered:
        return []
    if event.location and not _ONLINE.search(event.location):
        return [_plain_event(event)]
    return []


def _is_told_stay(event: Event) -> bool:
    """Say whether the words of an event tell a stay: its summary, or when to check in and out."""
    fields = {field for entry in entries_of(event.text) for field in entry.fields}
    return _MAY_STAY.search(event.summary) is not None or fields >= {"check_in", "check_out"}


def _table(event: Event) -> Segment | None:
    """Return the table that an event is: its summary says where, and something for how many."""
    found, party = _TABLE.search(event.summary), _PARTY.search(event.text)
    if found is None or party is None or event.start is None or not event.start.has_time:
        return None
    name = prose(_FOR_PARTY.sub("", found[1]))
    place = _place(event, name)
    return DiningSegment(
        start=moment_of(event.start, place=place),
        place=place,
        name=name,
        party_size=int(party[1] or party[2]),
    )


def _rental(event: Event, *, reader: Reader) -> Segment | None:
    """Return the rental that an event is: by its own labels, else from its begin to its end."""
    if _RENTAL.search(event.text) is None or event.start is None or event.end is None:
        return None
    entries = entries_of(event.text)
    labelled = Labelled(reader, names=lambda _: None, by=None, text=event.text)
    told = next(
        (rental for block in blocks_of(entries) if (rental := rental_of(block, within=labelled))), None
    )
    if told is not None:
        return told
    place = Place(name=prose(event.location)) if prose(event.location) else None
    return CarSegment(
        start=moment_of(event.start, place=place),
        end=moment_of(event.end, place=place),
        origin=place,
        destination=place,
    )


def _place(event: Event, name: str | None) -> Place | None:
    address = prose(event.location)
    place = Place(
        name=name or address,
        address=address if name is not None and address != name else None,
        latitude=event.latitude,
        longitude=event.longitude,
    )
    return place if place != Place() else None


def _stay(event: Event) -> Segment:
    name = prose(_STAY_PREFIX.sub("", event.summary)) or prose(event.location)
    place = _place(event, name)
    return HotelSegment(
        start=moment_of(event.start, place=place),
        end=moment_of(event.end, place=place),
        place=place,
        name=name,
    )


def _plain_event(event: Event) -> Segment:
    place = _place(event, None)
    return EventSegment(
        start=moment_of(event.start, place=place),
        end=moment_of(event.end, place=place),
        place=place,
        name=prose(event.summary),
        vendor_name=code(event.organiser),
    )
