"""What bar codes say, wherever a mail shows them: boarding passes, rail tickets, or nothing of a journey."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from schemas.matching import compare
from services.ingest.domain.email.boarding_pass import flights_of, looks_like_pass
from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.rail_ticket import looks_like_rail_ticket, read_rail_ticket


class Coded(NamedTuple):
    """What the bar codes of a mail say."""

    sight: Sight = NOTHING
    """Of flights, and what else there is to say."""
    tickets: tuple[Sight, ...] = ()
    """Of trains."""
    pages: tuple[str, ...] = ()
    """What is printed on tickets, in words."""


_LABELLED = re.compile(r"^\s*[^\W\d][^:\n]{1,30}:\s?\S", re.MULTILINE)
_FEWEST_LINES = 4
_SEVERAL = 2


def _is_page(code: str) -> bool:
    """Say whether a bar code holds what is printed beside it, line by line, each with its label."""
    return len(_LABELLED.findall(code)) >= _FEWEST_LINES and not code.startswith("BEGIN:")


def _in_words(code: str) -> str:
    try:
        return code.encode("latin-1").decode("utf-8")[:MAX_TEXT_CHARACTERS]
    except UnicodeError:
        return code[:MAX_TEXT_CHARACTERS]


def read_codes(codes: Iterable[str], *, written: datetime) -> Coded:
    """Read bar codes, each once; bytes are given as Latin-1."""
    flights: list[Found] = []
    tickets: list[Sight] = []
    pages: list[str] = []
    other = 0
    for code in dict.fromkeys(codes):
        ticket = read_rail_ticket(code) if looks_like_rail_ticket(code) else None
        flown = list(flights_of(code, written=written)) if looks_like_pass(code) else []
        flights.extend(flown)
        if ticket is not None:
            tickets.append(ticket.sight)
            pages.append(ticket.page)
        elif not flown and _is_page(code):
            pages.append(_in_words(code))
            continue
        other += ticket is None and not flown
    notes = (f"{other} bar codes are no boarding passes or rail tickets",) if other else ()
    return Coded(Sight(found=tuple(flights), notes=notes), _priced(tickets), tuple(filter(None, pages)))


def _priced(tickets: list[Sight]) -> tuple[Sight, ...]:
    """Return tickets without their prices where there are several: each is that of its own ticket alone."""
    if sum(bool(ticket.found) for ticket in tickets) < _SEVERAL:
        return tuple(tickets)
    return tuple(
        ticket._replace(found=tuple(each._replace(total=None) for each in ticket.found)) for ticket in tickets
    )


def beside(tickets: Iterable[Sight], named: Iterable[Found]) -> Sight:
    """Return what tickets say of the very trains that something else names, to fill what that leaves out."""
    trains = [each for each in named if not each.is_cancelled]
    sure = (each for ticket in tickets for each in ticket.found if each.doubt is None)
    same = ((each, next((train for train in trains if _is_one(each, train)), None)) for each in sure)
    return Sight(found=tuple(_filling(each, train) for each, train in same if train is not None))


def _filling(ticket: Found, train: Found) -> Found:
    """Return a ticket with the number, people and price of the booking that it is a part of."""
    return ticket._replace(
        number=train.number or ticket.number,
        number_kind=train.number_kind,
        passengers=() if train.passengers else ticket.passengers,
        total=None,
        is_part=train.is_part,
    )


def _is_one(left: Found, right: Found) -> bool:
    return (
        left.segment is not None
        and right.segment is not None
        and compare(left.segment, right.segment).matches
    )
