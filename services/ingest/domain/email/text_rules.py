"""The engine of our own rules: what a text says to a person, from reservation systems' lines to plain words."""

import re
from functools import cache
from typing import NamedTuple

from schemas.segments import AirSegment, RailSegment, Segment, SegmentStatus
from services.ingest.domain.email.blocks import Block, blocks_of
from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS
from services.ingest.domain.email.cancelling import Cancellation, leg_of
from services.ingest.domain.email.dates import Reader
from services.ingest.domain.email.doubts import (
    doubt_of_journeys,
    doubt_of_subject,
    doubt_of_text,
    is_disclaimed,
)
from services.ingest.domain.email.emphasis import without_emphasis
from services.ingest.domain.email.entries import Entry, entries_of
from services.ingest.domain.email.flight_marks import flights_named
from services.ingest.domain.email.flights import flights_and_unread
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.labelled_journeys import (
    goes_by_road_or_sea,
    rental_of,
    ride_of,
    speaks_of_flights,
    train_of,
)
from services.ingest.domain.email.labelled_stays import stay_of
from services.ingest.domain.email.labelled_visits import event_of, parking_of, table_of
from services.ingest.domain.email.names import headed_as_in_subject, named
from services.ingest.domain.email.numbers import booking_number, booking_numbers, number_in
from services.ingest.domain.email.partial import is_of_change
from services.ingest.domain.email.people_and_price import people_in, total_in
from services.ingest.domain.email.purpose import UNBOOKED, Purpose, confirms
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.stop_to_stop import stops_in
from services.ingest.domain.email.superseded import without_superseded
from services.ingest.domain.email.templates import segments_in, with_clocks
from services.ingest.domain.email.told_by_shape import told_by_shape
from services.ingest.domain.email.trains import trains_in
from services.ingest.domain.email.values import kind_of_number
from services.ingest.domain.email.vendor_files import Vendor

_AS_PRINTED = 92
"""What reservation systems print is booked, whatever is written around it."""


_BY_SHAPE = 60
"""What nothing but its days, its hours and its sender's trade tell."""
_TRAIN = frozenset({"train"})
_LASTS = re.compile(r"(?:\d{1,2}\s?h(?:rs?|ours?)?\s?)?(?:\d{1,2}\s?m(?:in(?:utes|s)?)?)?\.?", re.IGNORECASE)
"""How long a train takes, which some write below the word for it."""
_ENDS_OF_STAY = ("check_in", "check_out")
_FULL_JOURNEY = frozenset({"from", "to", "departs", "arrives"})
"""Labels that tell more surely than lines with an hour and a name."""
_HOUSES = {"hotel": "hotel", "dining": "restaurant"}
"""What a sender's own name may be the name of, by its trade."""
_DOUBTFUL = 45
"""What nothing speaks against, and hardly anything for: a person looks at it."""


_WITHOUT_LEGS = frozenset({"hotel", "car", "ride", "dining", "parking", "event"})
"""Trades whose mails name flights and trains that others sold: whom to meet, and when to wait for them."""


_SOLD = {
    "airline": frozenset({"air", "rail", "ride"}),
    "rail": frozenset({"rail", "ride", "air"}),
    "bus": frozenset({"rail", "ride"}),
    "car": frozenset({"car", "ride", "parking"}),
    "hotel": frozenset({"hotel", "dining", "event", "parking", "ride"}),
}
"""What trades sell: with all else of theirs comes something of these, or it is an advertisement."""


class Context(NamedTuple):
    """What is known of a mail beside the text that is read."""

    reader: Reader
    subject: str
    purpose: Purpose
    vendor: Vendor | None
    cancellation: Cancellation | None = None
    house: str | None = None
    """What the sender's name says that it is, where that is a house."""


class _Seen(NamedTuple):
    segment: Segment
    confidence: int
    number: str | None = None
    is_beside_unread: bool = False
    """Whether the words name another flight, too, of which they could not be read to tell where and when."""


def read_text(text: str, *, context: Context) -> Sight:
    """Return what a text says is booked; nothing where the mail is no booking's."""
    text = with_clocks(without_superseded(without_emphasis(text[:MAX_TEXT_CHARACTERS])))
    entries = entries_of(text)
    cancellation = context.cancellation
    stated = cancellation.number if cancellation is not None and not cancellation.is_replaced else None
    number = stated or booking_number(
        entries,
        text,
        subject=context.subject,
        by_ticket=_sells_tickets(context.vendor),
        by_airline=context.vendor is not None and context.vendor.trade == "airline",
    )
    is_said = not _is_silent(context.purpose, entries, text, number=number)
    if not is_said and (number is None or context.purpose is not Purpose.OTHER):
        return NOTHING
    seen = [
        each._replace(number=stated or each.number or number)
        for each in _seen(text, entries, context=context, number=number)
    ]
    if not is_said:
        seen = [each for each in seen if each.confidence >= _AS_PRINTED]
    if _looks_back(seen, context=context):
        return NOTHING
    doubt = _doubt(text, seen, context=context)
    people, total = people_in(entries, text), total_in(entries, text)
    found = [
        _found(each, context=context)._replace(passengers=people, total=total, doubt=doubt) for each in seen
    ]
    if not found and cancellation is not None:
        found = _cancelled_number(cancellation, number, entries, text)
    unread = _unread(number, context) if is_said and not found else None
    return Sight(found=tuple(found), needs_review=unread)


def _sells_tickets(vendor: Vendor | None) -> bool:
    """Say whether what a vendor sells may be known by the number of its ticket, where it has no other."""
    return vendor is None or (vendor.sells or vendor.trade) in {"rail", "bus", "event"}


def _looks_back(seen: list[_Seen], *, context: Context) -> bool:
    """Say whether a receipt or a cancellation is of what was over when it was written, and books nothing."""
    ends = [end.date for each in seen if (end := each.segment.end or each.segment.start) is not None]
    written = context.reader.near.isoformat()
    return context.purpose in {Purpose.RECEIPT, Purpose.CANCELLED} and bool(ends) and max(ends) < written


def _is_silent(purpose: Purpose, entries: list[Entry], text: str, *, number: str | None) -> bool:
    """Say whether a mail books nothing by its words; a number with both ends is stronger than a subject alone."""
    if purpose is Purpose.OVER or (purpose in UNBOOKED and is_disclaimed(text)):
        return True
    is_unsaid = purpose in UNBOOKED or purpose is Purpose.OTHER
    return is_unsaid and (number is None or not _has_both_ends(entries))


def _found(seen: _Seen, *, context: Context) -> Found:
    is_cancelled = context.cancellation is not None and context.cancellation.of(seen.segment)
    status = SegmentStatus.CANCELLED if is_cancelled else SegmentStatus.CONFIRMED
    by_agent = context.vendor is not None and context.vendor.trade in {"site", "agency"}
    return Found(
        engine=Engine.RULES,
        confidence=_confidence(seen),
        segment=seen.segment.model_copy(update={"status": status}),
        number=seen.number,
        number_kind=kind_of_number(seen.segment, by_agent=by_agent),
        is_cancelled=is_cancelled,
        is_part=context.purpose is Purpose.PART,
    )


def _cancelled_number(
    cancellation: Cancellation, number: str | None, entries: list[Entry], text: str
) -> list[Found]:
    """A cancellation that names nothing but numbers: sure where its own sentence has one, or there is but one."""
    named = cancellation.number or number
    if named is None:
        return []
    doubt = cancellation.doubt([])
    if cancellation.number is None and len(booking_numbers(entries, text)) > 1:
        doubt = doubt or "it cancels a booking, and names several numbers"
    return [
        Found(engine=Engine.RULES, confidence=75, segment=None, number=named, is_cancelled=True, doubt=doubt)
    ]


def _doubt(text: str, seen: list[_Seen], *, context: Context) -> str | None:
    """Return why what these words name is not sure to be booked, or to be cancelled."""
    segments = [each.segment for each in seen]
    if context.cancellation is not None and (doubt := context.cancellation.doubt(segments)) is not None:
        return doubt
    if context.purpose in UNBOOKED:
        return "its subject speaks of an offer, and its words of a booking"
    is_beside_unread = any(each.is_beside_unread for each in seen) and not is_of_change(context.subject)
    kinds = _SOLD.get(context.vendor.trade) if context.vendor is not None else None
    if kinds is not None and segments and not any(each.type in kinds for each in segments):
        return "it names nothing of what its sender sells"
    if is_beside_unread and context.cancellation is None and context.purpose is not Purpose.PART:
        return "it names a flight beside those that could be read"
    return doubt_of_journeys(segments) or doubt_of_subject(context.subject, segments) or doubt_of_text(text)


def _has_both_ends(entries: list[Entry]) -> bool:
    """Say whether something that begins and ends is named by its labels: stronger than a silent subject."""
    fields = {field for entry in entries for field in entry.fields}
    return any(
        ends <= fields
        for ends in ({"check_in", "check_out"}, {"pick_up", "drop_off"}, {"departs", "arrives"})
    )


def _unread(number: str | None, context: Context) -> str | None:
    """A mail that bears a number, or confirms a journey by its subject, but tells nothing more that we read."""
    is_confirmed = context.purpose is Purpose.BOOKED and confirms(context.subject)
    if context.purpose in {Purpose.RECEIPT, Purpose.PART} or not (number or is_confirmed):
        return None
    return "it reads like a booking, but no engine could tell what is booked"


def _seen(text: str, entries: list[Entry], *, context: Context, number: str | None) -> list[_Seen]:
    reader, vendor = context.reader, context.vendor
    seen = [
        _Seen(
            each.segment,
            _AS_PRINTED if each.is_sure else _DOUBTFUL,
            is_beside_unread=each.is_beside_unread,
        )
        for each in segments_in(text, reader=reader)
    ]
    if vendor is None or vendor.trade not in _WITHOUT_LEGS:
        trains = trains_in(text, reader=reader)
        if not any(isinstance(each.segment, AirSegment) for each in seen):
            carrier = vendor.code if vendor is not None and vendor.trade == "airline" else None
            flights, is_unread = flights_and_unread(text, reader=reader, carrier=carrier, number=number)
            called = {leg_of(train) for train in trains} | _called_trains(entries)
            if vendor is not None and vendor.trade == "rail" and not speaks_of_flights(text):
                flights, is_unread = [], False  # `FR 9520` is one of Trenitalia's trains
            seen.extend(
                _Seen(leg.segment, leg.confidence, is_beside_unread=is_unread)
                for leg in flights
                if leg_of(leg.segment) not in called
            )
        seen.extend(_Seen(segment, 80) for segment in trains)
    is_labelled = {field for entry in entries for field in entry.fields} >= _FULL_JOURNEY
    trade = None if vendor is None or is_labelled else vendor.sells or vendor.trade
    if vendor is not None and trade in {"bus", "rail"} and not seen:
        train = next(
            (each.value for each in entries if "train" in each.fields and not _LASTS.fullmatch(each.value)),
            None,
        )
        by_rail = trade == "rail" and not goes_by_road_or_sea(text)
        seen.extend(
            _Seen(_with_vendor(leg, vendor), 75)
            for leg in stops_in(text, reader=reader, by_rail=by_rail, train=train)
        )
    seen.extend(_labelled(text, entries, seen, context=context))
    return seen


def _called_trains(entries: list[Entry]) -> set[tuple[str, str]]:
    """Return what reads like flights where a label says that it is a train: `FR 9520` below `Treno`."""
    trains = (
        entry.value
        for entry in entries
        if entry.fields == _TRAIN and not entry.label.lower().startswith("service")  # flights have one, too
    )
    return set[tuple[str, str]]().union(*map(flights_named, trains))


def _labelled(text: str, entries: list[Entry], seen: list[_Seen], *, context: Context) -> list[_Seen]:
    """Read labelled values; a flight's departure and arrival are no check-out and check-in."""

    @cache  # it is asked for once a block
    def name_of(kind: str) -> str | None:
        return (
            named(kind, text, subject=context.subject)
            or (
                context.house
                if kind == _HOUSES.get(context.vendor.trade if context.vendor else "hotel")
                else None
            )
            or headed_as_in_subject(text, subject=context.subject)
        )

    labelled = Labelled(
        context.reader,
        names=name_of,
        by=context.vendor,
        text=text,
        subject=context.subject,
    )
    has_flight = any(isinstance(each.segment, AirSegment) for each in seen)
    has_train = any(isinstance(each.segment, RailSegment) for each in seen)
    found: list[_Seen] = []
    is_driver = context.vendor is not None and context.vendor.trade == "ride"
    blocks = [*blocks_of(entries, once=("from",) if is_driver else ())] or [Block({})]
    for block in blocks:
        may_stay = _is_stay(block) or not (has_flight or has_train)
        segments = [
            rental_of(block, within=labelled) or ride_of(block, within=labelled),
            (stay_of(block, within=labelled) if may_stay else None) or parking_of(block, within=labelled),
            table_of(block, within=labelled),
        ]
        if not any(segments) and not seen and all(each.segment.type in {"rail", "ride"} for each in found):
            journey = train_of(block, within=labelled)
            segments = [journey or (None if found else event_of(block, within=labelled))]
        number = _own_number(block)
        found.extend(
            _Seen(_with_vendor(segment, context.vendor), _sure(segment), number)
            for segment in segments
            if segment is not None
        )
    if not found and not seen and (told := told_by_shape(labelled)) is not None:
        found.append(_Seen(_with_vendor(told, context.vendor), _BY_SHAPE))
    if not found and not seen:
        doubtful = (
            train_of(block, within=labelled, may_be_train=True)
            or table_of(block, within=labelled, may_be_table=True)
            for block in blocks
        )
        found.extend(_Seen(each, _DOUBTFUL, None) for each in doubtful if each is not None)
    return found


def _is_stay(block: Block) -> bool:
    """Say whether a hotel is named, or the labels are such as only hotels use."""
    labels = {
        entry.label.lower().replace("-", "").replace(" ", "") for entry in block.values.get("check_in", ())
    }
    is_said = block.text("hotel", "room") is not None or any(label.startswith("checkin") for label in labels)
    return is_said or all(
        any(entry.fields == frozenset([field]) for entry in block.values.get(field, ()))
        for field in _ENDS_OF_STAY
    )


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


def _confidence(seen: _Seen) -> int:
    """A booking without a number is doubtful: people write of journeys, too."""
    return seen.confidence if seen.number is not None else 40
