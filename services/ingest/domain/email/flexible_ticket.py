"""Flexible content of rail tickets' bar codes (ERA TAP TSI B.12, UIC IRS 90918-9), and what of it is booked.

Reservations name their train, and open tickets may be bound to trains: both are booked to the minute. Other
open tickets are good for a day or more. Passes, vouchers, cards, counter marks and the rest book nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, islice

from schemas.booking_record import Passenger
from schemas.money import Money
from schemas.segments import Place, RailSegment
from services.ingest.domain.email.bounds import UNREADABLE
from services.ingest.domain.email.flexible_shapes import frame_shapes, ticket_shapes
from services.ingest.domain.email.flexible_trains import (
    Train,
    bound_trains,
    class_of,
    ends_of,
    reserved_trains,
)
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.packed_bits import Told, read_packed
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import CURRENCIES, code, passenger_of, prose
from services.ingest.domain.email.when import Stamp, moment_of

UNDATED = "a rail ticket is good on several days, and does not say when its train leaves"
FALLS_SHORT = "a rail ticket goes further than the trains that it names"
MOST_DAYS = 2
"""A ticket that is good for longer does not say on which day its train leaves."""
_FORMATS = {"FCB1": 1, "FCB2": 2, "FCB3": 3}
_MAX_DOCUMENTS, _MAX_TRAINS, _MAX_PEOPLE = 20, 24, 60
_NO_PRICE = 0
_ANIMALS_AND_BICYCLES = frozenset({4, 5})


def read_flexible(body: bytes, *, version: int, order: str | None) -> Sight | None:
    """Read a ticket in a major version, 1 to 3; None where it cannot be read.

    Args:
        body: its bytes, without a frame.
        version: by which edition they are packed.
        order: the number that its frame names, where there is one.
    """
    try:
        ticket = read_packed(body, ticket_shapes(version), name="ticket")
    except UNREADABLE:
        return None
    return _sight(ticket, order=order)


def tickets_in_frame(body: bytes, *, version: int) -> Iterator[tuple[int, bytes]]:
    """Return the tickets that a frame of ASN.1 holds, each with its version; none where it cannot be read."""
    try:
        frame = read_packed(body, frame_shapes(version), name="frame")
    except UNREADABLE:
        return
    for part in frame.inner("signed").inner("content").every("parts"):
        if (told := _FORMATS.get(part.text("format") or "")) is not None:
            yield told, part.octets("body")


def _sight(ticket: Told, *, order: str | None) -> Sight:
    issued = ticket.inner("issued")
    if issued.number("specimen"):
        return NOTHING
    day = date(issued.number("year") or 0, 1, 1) + timedelta(days=(issued.number("day") or 0) - 1)
    documents = [each.inner("ticket") for each in ticket.every("documents")[:_MAX_DOCUMENTS]]
    reserved = [each.inner("reservation") for each in documents if "reservation" in each]
    opened = [each.inner("open_ticket") for each in documents if "open_ticket" in each]
    bound = (train for each in opened for train in bound_trains(each, issued=day))
    trains = list(islice(chain(reserved_trains(reserved, issued=day), bound), _MAX_TRAINS))
    trains.sort(key=lambda train: train.segment.start.local if train.segment.start else "")
    told = Found(
        engine=Engine.BOARDING_PASS,
        confidence=0,
        segment=None,
        number=order or code(issued.text("pnr")) or _reference([*reserved, *opened]),
        passengers=tuple(_people(ticket.inner("travellers").every("travellers")[:_MAX_PEOPLE])),
        total=_total(issued, [*reserved, *opened]),
        provider=prose(issued.text("issuer")),
        is_part=True,
    )
    if trains:
        return Sight(found=tuple(_booked(trains, opened, told)))
    return Sight(found=tuple(_for_a_day(opened, told, issued=day)))


def _booked(trains: Sequence[Train], opened: Sequence[Told], told: Found) -> Iterator[Found]:
    doubt = _doubt_of_way(trains, opened)
    for train in trains:
        yield told._replace(
            segment=train.segment,
            confidence=train.confidence,
            doubt=doubt or train.doubt,
        )


def _doubt_of_way(trains: Sequence[Train], opened: Sequence[Told]) -> str | None:
    """Return why the trains are not all of the way that the tickets beside them are good for."""
    ways = [ends for each in opened if (ends := ends_of(each)).are_known]
    if not ways:
        return None
    origin, destination = ways[0].origin, ways[-1].destination
    if opened[-1].number("is_return"):
        destination = ways[-1].origin
    if _is_same(trains[0].segment.origin, origin) and _is_same(trains[-1].segment.destination, destination):
        return None
    return FALLS_SHORT


def _is_same(place: Place | None, other: Place | None) -> bool:
    if place is None or other is None:
        return False
    if place.name is None or other.name is None:
        return place.code == other.code
    return place.name.casefold() == other.name.casefold()


def _for_a_day(opened: Iterable[Told], told: Found, *, issued: date) -> Iterator[Found]:
    """Return the journeys that open tickets are good for, by their days alone."""
    for each in opened:
        ends = ends_of(each)
        if not ends.are_known:
            continue
        first = issued + timedelta(days=each.number("first_day") or 0)
        is_dated = 0 <= (each.number("days") or 0) < MOST_DAYS and not each.number("is_return")
        yield told._replace(
            confidence=70,
            segment=RailSegment(
                start=moment_of(Stamp(first.isoformat()), place=ends.origin),
                origin=ends.origin,
                destination=ends.destination,
                class_of_service=class_of(each),
            ),
            doubt=ends.doubt if is_dated else UNDATED,
        )


def _reference(documents: Iterable[Told]) -> str | None:
    told = (each.text("reference_code") or each.text("reference_number") for each in documents)
    return next((code(each) for each in told if each), None)


def _people(travellers: Iterable[Told]) -> Iterator[Passenger]:
    for each in travellers:
        if each.number("kind") in _ANIMALS_AND_BICYCLES:
            continue
        given, last = " ".join(filter(None, map(each.text, ("first", "second")))), each.text("last") or ""
        person = passenger_of(f"{last}, {given}" if given and last else given or last)
        if person is not None:
            yield person


def _total(issued: Told, documents: Iterable[Told]) -> Money | None:
    prices = [each.number("price") or 0 for each in documents if each.number("price_kind") != _NO_PRICE]
    digits = issued.number("fraction") or 2
    if not prices or min(prices) < 0 or sum(prices) == 0:
        return None
    currency = issued.text("currency") or "EUR"
    amount = f"{Decimal(sum(prices)).scaleb(-digits):f}"
    return Money(amount=amount, currency=currency) if currency in CURRENCIES else None
