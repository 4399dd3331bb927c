"""A reservation of TripIt's as a booking: every field that maps, and the rest in the details.

What is in TripIt shows up, whatever is wrong with it: nothing here refuses a plan, except one that no booking
can hold, as of more segments than fit.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.booking_record import BookingContent, LoyaltyProgram, Passenger, Ticket
from schemas.segments import Charge, ChargeKind
from services.ingest.domain.refusals import Problem
from services.ingest.domain.tripit.answers import NOTHING, Node
from services.ingest.domain.tripit.leftovers import PREFIX, fitting, leftovers, short
from services.ingest.domain.tripit.segments import read_segment
from services.ingest.domain.tripit.tables import KINDS, NUMBERS, Kind
from services.ingest.domain.tripit.texts import money
from services.ingest.domain.tripit.times import travel_day

_TICKET = re.compile(r"[0-9]{13}")
_OTHERWISE = ("record_locator", "booking_site_conf_num", "supplier_conf_num")
_UNFILED = frozenset({None, "0"})
NO_BOOKING = (ValueError, ArithmeticError)
"""What reading a plan raises that no booking can hold."""


class Plan(NamedTuple):
    """One reservation, read."""

    content: BookingContent
    problems: tuple[Problem, ...]
    """What cannot be right; it is in the content all the same."""


def plan_names(node: Node) -> tuple[str, ...]:
    """Return what names a reservation for ever: TripIt's ids of it, never the trip's; the first is its key.

    Some answers show a uuid beside the id, some only one of them. Those that other systems write in TripIt's
    form may have neither, and are known by their locator.
    """
    inner = node.child("Segment")
    ids = tuple(filter(None, (short(node.text(name)) for name in ("uuid", "id"))))
    others = (*(node.text(name) for name in _OTHERWISE), inner.text("uuid"), inner.text("id"))
    return ids or tuple(filter(None, [short(next(filter(None, others), None))]))


def plan_key(node: Node) -> str | None:
    """Return the name under which a reservation is told first; None where it has none that fits."""
    return next(iter(plan_names(node)), None)


def trip_of(node: Node) -> str | None:
    """Return the id of the trip that a plan is in; None for an unfiled one."""
    found = node.text("trip_id") or node.text("trip_uuid")
    return None if found in _UNFILED else short(found)


def read_plan(kind: str, node: Node) -> Plan:
    """Read a reservation; a segment that TripIt hides, because another superseded it, is left out.

    Raises:
        NO_BOOKING: any of these, where no booking can hold it.
    """
    table = KINDS[kind]
    read = [read_segment(table, inner, around=node) for inner in _inner(table, node)]
    people = tuple(_people(table, node))
    booked, cost = travel_day(node.text("booking_date")), _cost(table, node)
    taken = {name for one in read for name in one.taken_around}
    taken |= {name for name, _, _ in NUMBERS} | {*table.people, "Agency", "CancellationDateTime"}
    taken |= {"booking_date"} if booked is not None else set()
    taken |= {"total_cost"} if cost is not None else set()
    content = BookingContent(
        segments=tuple(one.segment for one in read),
        passengers=tuple(filter(None, map(_passenger, people))),
        tickets=tuple(_tickets(people)),
        charges=() if cost is None else (cost,),
        booked=booked,
        agency_name=fitting(node.child("Agency").text("agency_name")),
        details=_details(node, without={*taken, *filter(None, [table.inner])}),
    )
    problems = (
        problem._replace(field=f"segments.{position}.{problem.field}")
        for position, one in enumerate(read)
        for problem in one.problems
    )
    return Plan(content, tuple(problems))


def _inner(table: Kind, node: Node) -> Iterator[Node]:
    """Return the elements that are segments."""
    if table.inner is None:
        yield node
        return
    shown = [inner for inner in node.all(table.inner) if not inner.says_yes("is_hidden")]
    if table.is_one_journey and len(shown) > 1:
        yield _journey(shown)
    else:
        yield from shown


def _journey(stops: list[Node]) -> Node:
    """Join the ports of a cruise: it begins where the first is left and is over when the last is reached."""
    first, last = stops[0], stops[-1]
    times = {
        "StartDateTime": _either(first, "EndDateTime", "StartDateTime"),
        "EndDateTime": _either(last, "StartDateTime", "EndDateTime"),
    }
    ports = ", ".join(name for stop in stops if (name := stop.text("location_name")) is not None)
    children = dict(first.children) | {
        **{name: (node,) for name, node in times.items()},
        "LastLocationAddress": (last.child("LocationAddress"),),
    }
    names = {"ports": ports, "last_location_name": last.text("location_name") or ""}
    texts = dict(first.texts) | {name: text for name, text in names.items() if text}
    return Node(texts, {name: nodes for name, nodes in children.items() if nodes[0] != NOTHING})


def _either(node: Node, *names: str) -> Node:
    return next((found for name in names if (found := node.child(name)) != NOTHING), NOTHING)


def _people(table: Kind, node: Node) -> Iterator[Node]:
    """Return each person once: whoever holds a reservation may stand among its guests as well."""
    seen: list[Node] = []
    for person in (person for name in table.people for person in node.all(name)):
        if person not in seen:
            seen.append(person)
            yield person


def _passenger(person: Node) -> Passenger | None:
    first, middle, last = (fitting(person.text(f"{which}_name")) for which in ("first", "middle", "last"))
    if first is None and middle is None and last is None:
        return None
    number = short(person.text("frequent_traveler_num"))
    vendor = short(person.text("frequent_traveler_supplier"))
    programs = () if number is None else (LoyaltyProgram(number=number, vendor=vendor),)
    return Passenger(first_name=first, middle_name=middle, last_name=last, loyalty_programs=programs)


def _tickets(people: tuple[Node, ...]) -> Iterator[Ticket]:
    """Return the tickets that have the thirteen digits of one; other texts stand there, too."""
    for person in people:
        if _TICKET.fullmatch(number := person.text("ticket_num") or ""):
            yield Ticket(number=number)


def _cost(table: Kind, node: Node) -> Charge | None:
    """Return the price of a reservation of many segments, which belongs to none of them."""
    text = node.text("total_cost")
    if table.inner is None or text is None or (cost := money(text)) is None:
        return None
    return Charge(kind=ChargeKind.FIXED, amount=cost["amount"], currency=cost["currency"], is_primary=True)


def _details(node: Node, *, without: set[str]) -> dict[str, str]:
    agency = leftovers(
        node.child("Agency"), without=("agency_name", "agency_conf_num"), prefix=f"{PREFIX}Agency."
    )
    trip = trip_of(node)
    return leftovers(node, without=without) | agency | ({f"{PREFIX}trip_id": trip} if trip else {})
