"""The engine of our own rules: what a text says to a person, from reservation systems' lines to plain words."""

import re
from functools import cache
from typing import NamedTuple

from schemas.booking_record import Passenger
from schemas.money import Money
from schemas.segments import AirSegment, RailSegment, Segment, SegmentStatus
from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.flights import flights_in
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.labelled import Block, Labelled, blocks_of
from services.ingest.domain.email.labels import Entry, entries_of
from services.ingest.domain.email.numbers import booking_number, number_in
from services.ingest.domain.email.purpose import Purpose, is_booking
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.templates import segments_in
from services.ingest.domain.email.trains import stops_in, trains_in
from services.ingest.domain.email.values import kind_of_number, money_of, once, passenger_of, prose
from services.ingest.domain.email.vendor_files import Vendor
from services.ingest.domain.email.words import table


class Context(NamedTuple):
    """What is known of a mail beside the text that is read."""

    reader: Reader
    subject: str
    purpose: Purpose
    vendor: Vendor | None


class _Seen(NamedTuple):
    segment: Segment
    confidence: int
    number: str | None = None


def read_text(text: str, *, context: Context) -> Sight:
    """Return what a text says is booked; nothing where the mail is no booking's."""
    if not is_booking(context.purpose):
        return NOTHING
    text = text[:MAX_TEXT_CHARACTERS]
    entries = entries_of(text)
    number = booking_number(entries, text, subject=context.subject)
    seen = _seen(text, entries, context=context)
    is_cancelled = context.purpose is Purpose.CANCELLED
    people, total = _people(entries, text), _total(entries, text)
    by_agent = context.vendor is not None and context.vendor.trade in {"site", "agency"}
    found = [
        Found(
            engine=Engine.RULES,
            confidence=_confidence(each, number=each.number or number),
            segment=each.segment.model_copy(update={"status": _status(is_cancelled=is_cancelled)}),
            number=each.number or number,
            number_kind=kind_of_number(each.segment, by_agent=by_agent),
            passengers=people,
            total=total,
            is_cancelled=is_cancelled,
            is_part=context.purpose is Purpose.PART,
        )
        for each in seen
    ]
    if not found and is_cancelled and number is not None:
        found = [Found(engine=Engine.RULES, confidence=75, segment=None, number=number, is_cancelled=True)]
    return Sight(found=tuple(found), needs_review=None if found else _unread(number, context.purpose))


def _unread(number: str | None, purpose: Purpose) -> str | None:
    """A mail that bears a number and speaks of a booking, but tells nothing more that we read."""
    if number is None or purpose in {Purpose.RECEIPT, Purpose.PART}:
        return None
    return "it reads like a booking, but no engine could tell what is booked"


def _status(*, is_cancelled: bool) -> SegmentStatus:
    return SegmentStatus.CANCELLED if is_cancelled else SegmentStatus.CONFIRMED


def _seen(text: str, entries: list[Entry], *, context: Context) -> list[_Seen]:
    reader, vendor = context.reader, context.vendor
    seen = [_Seen(segment, 92) for segment in segments_in(text, reader=reader)]
    if not any(isinstance(each.segment, AirSegment) for each in seen):
        carrier = vendor.code if vendor is not None and vendor.trade == "airline" else None
        seen.extend(
            _Seen(leg.segment, leg.confidence) for leg in flights_in(text, reader=reader, carrier=carrier)
        )
    seen.extend(_Seen(segment, 80) for segment in trains_in(text, reader=reader))
    if vendor is not None and vendor.trade in {"bus", "rail"} and not seen:
        seen.extend(
            _Seen(_with_vendor(leg, vendor), 75)
            for leg in stops_in(text, reader=reader, by_rail=vendor.trade == "rail")
        )
    seen.extend(_labelled(text, entries, seen, context=context))
    return seen


def _labelled(text: str, entries: list[Entry], seen: list[_Seen], *, context: Context) -> list[_Seen]:
    """Read labelled values; a flight's departure and arrival are no check-out and check-in."""
    labelled = Labelled(
        context.reader,
        names=lambda kind: _named(kind, text, context),
        by=context.vendor,
        text=f"{context.subject}\n{text}",
    )
    has_flight = any(isinstance(each.segment, AirSegment) for each in seen)
    has_train = any(isinstance(each.segment, RailSegment) for each in seen)
    found: list[_Seen] = []
    for block in [*blocks_of(entries)] or [Block({})]:
        may_stay = _is_stay(block) or not (has_flight or has_train)
        segments = [
            labelled.rental(block) or labelled.ride(block),
            (labelled.stay(block) if may_stay else None) or labelled.parking(block),
            labelled.table(block),
        ]
        if not any(segments) and not found and not seen:
            segments = [labelled.train(block) or labelled.event(block)]
        number = _own_number(block)
        found.extend(
            _Seen(_with_vendor(segment, context.vendor), _sure(segment), number)
            for segment in segments
            if segment is not None
        )
    return found


def _is_stay(block: Block) -> bool:
    """Say whether a hotel is named, or the labels are such as only hotels use."""
    labels = {
        entry.label.lower().replace("-", "").replace(" ", "") for entry in block.values.get("check_in", ())
    }
    return block.text("hotel", "room") is not None or any(label.startswith("checkin") for label in labels)


def _own_number(block: Block) -> str | None:
    return next(
        (value for entry in block.values.get("number", ()) if (value := number_in(entry.value))), None
    )


def _with_vendor(segment: Segment, vendor: Vendor | None) -> Segment:
    """The house itself, or the rental company, is known by whose mail it is."""
    if vendor is None or vendor.trade in {"site", "agency"}:
        return segment
    if "vendor_name" in type(segment).model_fields and getattr(segment, "vendor_name", None) is None:
        return segment.model_copy(update={"vendor_name": vendor.name})
    if isinstance(segment, RailSegment) and segment.carrier_name is None:
        return segment.model_copy(update={"carrier_name": vendor.name})
    return segment


def _sure(segment: Segment) -> int:
    named = getattr(segment, "name", None) or getattr(segment, "origin", None)
    return 80 if named is not None else 55


def _confidence(seen: _Seen, *, number: str | None) -> int:
    """A booking without a number is doubtful, but for what is often booked without one."""
    if number is not None or seen.segment.type in {"dining", "event"}:
        return seen.confidence
    return max(40, seen.confidence - 25)


@cache
def _name_patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    names = table("phrases")["names"]
    return tuple(
        re.compile(
            rf"{start}([A-Z0-9À-ÞŁ\u3040-\u9fff][^\n\t]{{1,70}}?)(?={names['ends']}|[.](?:\s|$)|$)",
            re.IGNORECASE | re.MULTILINE,
        )
        for start in names[kind]
    )


def _named(kind: str, text: str, context: Context) -> str | None:
    """Return what a sentence or the subject calls the house, the restaurant, the event."""
    for source in (context.subject, text[:4_000]):
        for pattern in _name_patterns(kind):
            found = pattern.search(source)
            name = prose(found[1]) if found is not None else None
            if (
                name is not None
                and any(sign.isupper() for sign in name)
                and number_in(name.split()[0]) is None
            ):
                return name.strip(" .!\"'“”")
    return None


def _people(entries: list[Entry], text: str) -> tuple[Passenger, ...]:
    found: list[Passenger] = []
    for entry in entries:
        if (
            "guest" not in entry.fields
            or any(sign.isdigit() for sign in entry.value)
            or len(entry.value.split()) > 8
        ):
            continue
        for name in re.split(
            r"\s(?:&|and|und|et|y|e|en)\s|;|\n|(?<=[a-z]),\s(?=[A-Z]\w+\s[A-Z])", entry.value
        ):
            person = passenger_of(name)
            if person is not None and person.last_name is not None and person.first_name is not None:
                found.append(person)
    if not found:
        found.extend(
            person for line in _PRINTED_NAME.findall(text) if (person := passenger_of(line)) is not None
        )
    return once(found)[:20]


_PRINTED_NAME = re.compile(
    r"^[ \t]*(?:\d\.[\d. ]{0,3})?([A-Z][A-Z' -]{1,30}/[A-Z][A-Z ]{1,30}(?:MRS|MR|MS|MISS|DR|MSTR))[ \t]*$",
    re.MULTILINE,
)
"""As reservation systems print a traveller's name: surname, stroke, given names, title."""


@cache
def _price_line() -> re.Pattern[str]:
    """A line that begins with a word for the price and has an amount a little later."""
    labels = sorted(table("labels")["price"].split("|"), key=len, reverse=True)
    return re.compile(
        rf"^\W{{0,4}}(?:{'|'.join(map(re.escape, labels))})\b[^\d\n]{{0,40}}\d[^\n]{{0,30}}",
        re.IGNORECASE | re.MULTILINE,
    )


def _total(entries: list[Entry], text: str) -> Money | None:
    labelled = (entry.value for entry in entries if "price" in entry.fields)
    lines = (found[0] for found in _price_line().finditer(text))
    return next((amount for value in (*labelled, *lines) if (amount := money_of(value)) is not None), None)
