"""The trains that the flexible content of rail tickets names: reserved ones, and those of bound tickets."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from schemas.segments import Place, RailSegment, Seat
from services.ingest.domain.clocks import with_local_clocks
from services.ingest.domain.email.packed_bits import Told
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import Stamp, moment_of

OWN_CODES = "a rail ticket names stations by its railway's own codes alone"
HOW_FAR = "a rail ticket is bound to a train, and does not say how far it is taken"
BY_ROUTE = "a rail ticket names no stations but those of its route"
_CLASSES = {1: "1", 2: "2", 8: "1", 9: "1", 10: "2", 11: "2"}
"""By number: first, second, and the premium and standard ones of either; others are railways' own."""
_SECOND = 2
_BEDS = {1: "couchette", 2: "sleeper"}
_OF_CARS = 3
_PUBLIC_CODES = frozenset({0, 1, 2})
"""Tables of stations' codes that all railways share: of UIC, of UIC for reservations, of ERA."""
_FURTHEST_EAST = 4 * 60
_MAX_SEATS, _MAX_LINKS = 60, 12
_COUNTRIES = {
    "10": "FI", "24": "LT", "25": "LV", "26": "EE", "41": "AL", "50": "BA", "51": "PL", "52": "BG",
    "53": "RO", "54": "CZ", "55": "HU", "56": "SK", "60": "IE", "62": "ME", "65": "MK", "70": "GB",
    "71": "ES", "72": "RS", "73": "GR", "74": "SE", "75": "TR", "76": "NO", "78": "HR", "79": "SI",
    "80": "DE", "81": "AT", "82": "LU", "83": "IT", "84": "NL", "85": "CH", "86": "DK", "87": "FR",
    "88": "BE", "94": "PT",
}  # fmt: skip
"""How codes of stations begin, by country (UIC 920-14)."""
_CODED = re.compile(r"\d{7}")


class Ends(NamedTuple):
    """Where a train or ticket is from and to."""

    origin: Place | None
    destination: Place | None
    doubt: str | None = None
    """Why a person should see how they are told."""

    @property
    def are_known(self) -> bool:
        """Whether both are."""
        return self.origin is not None and self.destination is not None


class Train(NamedTuple):
    """A train that a ticket names."""

    segment: RailSegment
    confidence: int
    doubt: str | None


def reserved_trains(reserved: Iterable[Told], *, issued: date) -> Iterator[Train]:
    """Return the trains in which places are reserved for people."""
    for each in reserved:
        ends = ends_of(each)
        if each.number("service") == _OF_CARS or not ends.are_known:
            continue
        day = issued + timedelta(days=each.number("day") or 0)
        last, minute = day + timedelta(days=each.number("arrival_day") or 0), each.number("arrival_minute")
        places = each.inner("places")
        segment = RailSegment(
            start=moment_of(_at(day, each.number("minute") or 0), place=ends.origin),
            end=None if minute is None else moment_of(_at(last, minute), place=ends.destination),
            origin=ends.origin,
            destination=ends.destination,
            train_number=_name(each),
            cabin=_BEDS.get(each.number("service") or 0),
            class_of_service=class_of(each),
            wagon=code(places.text("coach")),
            seats=tuple(_seats(places)),
        )
        if segment.start is None:
            continue  # in a year in which nobody travels
        offset, arrival = each.number("offset"), each.number("arrival_offset")
        yield Train(_by_offsets(segment, offset, offset if arrival is None else arrival), 95, ends.doubt)


def bound_trains(opened: Told, *, issued: date) -> list[Train]:
    """Return the trains that an open ticket is bound to, out and back; none where one way is free."""
    table, back = opened.number("table") or 0, opened.inner("way_back")
    out = _linked(opened, ends_of(opened), issued=issued, table=table)
    home = _linked(back, _way_back(opened, back, table=table), issued=issued, table=table)
    if opened.number("is_return") and not (out and home):
        return []
    told = {"class_of_service": class_of(opened)}
    return [train._replace(segment=train.segment.model_copy(update=told)) for train in (*out, *home)]


def _way_back(opened: Told, back: Told, *, table: int) -> Ends:
    ends, out = ends_of(back, table=table), ends_of(opened)
    return ends if ends.are_known else Ends(out.destination, out.origin, out.doubt)


def _linked(way: Told, ends: Ends, *, issued: date, table: int) -> list[Train]:
    """Return the trains of one way; none where it does not say between which stations they are taken."""
    links = [each.inner("train") for each in way.every("regions") if "train" in each]
    if len(links) > _MAX_LINKS:
        return []
    trains: list[Train] = []
    for link in links:
        between = ends_of(link, table=table)
        if not between.are_known and len(links) == 1:
            between = ends._replace(doubt=ends.doubt or HOW_FAR)
        if not between.are_known:
            return []
        day = issued + timedelta(days=link.number("day") or 0)
        segment = RailSegment(
            start=moment_of(_at(day, link.number("minute") or 0), place=between.origin),
            origin=between.origin,
            destination=between.destination,
            train_number=_name(link),
        )
        trains.append(Train(_by_offsets(segment, link.number("offset"), None), 90, between.doubt))
    return trains


def _at(day: date, minute: int) -> Stamp:
    return Stamp((datetime.combine(day, time()) + timedelta(minutes=minute)).isoformat())


def _by_offsets(segment: RailSegment, start: int | None, end: int | None) -> RailSegment:
    """Return a train by the clocks of its stations, and where these are not known by the stated offsets.

    Those say how many quarters of an hour are to be added for UTC. Issuers are asked to leave them out, and
    some mean the opposite, which would be far from Europe.
    """
    timed = with_local_clocks(segment)
    moments = {"start": (timed.start, start), "end": (timed.end, end)}
    update = {
        field: moment.model_copy(update={"offset_minutes": -15 * offset})
        for field, (moment, offset) in moments.items()
        if moment is not None and moment.offset_minutes is None
        if offset is not None and 0 <= -15 * offset <= _FURTHEST_EAST
    }
    return segment.model_copy(update={"start": timed.start, "end": timed.end} | update)


def _name(train: Told) -> str | None:
    """Return what a train is called: `ICE 597`, or its number alone."""
    text = train.text("train_number") or train.text("train_code") or ""
    brand = prose(train.text("brand")) or ""
    if brand and not text[:1].isalpha():
        text = f"{brand} {text}"
    return code(re.sub(r"^([A-Za-z]+)(?=\d)", r"\1 ", text))


def ends_of(way: Told, *, table: int = 0) -> Ends:
    """Return both ends: by name, or else by codes of the table that is stated or meant; or of the route."""
    ends = Ends(_place(way, "from"), _place(way, "to"))
    routes = [each.inner("via").every("route") for each in way.every("regions") if "via" in each]
    if ends[:2] == (None, None) and len(routes) == 1 and len(routes[0]) > 1:
        return Ends(_place(routes[0][0], "from"), _place(routes[0][-1], "from"), BY_ROUTE)
    stated = way.number("table")
    is_public = (table if stated is None else stated) in _PUBLIC_CODES
    are_named = all(place is None or place.name is not None for place in ends[:2])
    return ends._replace(doubt=None if is_public or are_named else OWN_CODES)


def _place(way: Told, end: str) -> Place | None:
    name = prose(way.text(f"{end}_name"))
    if name is not None:
        return Place(name=name)
    coded = code(way.text(f"{end}_number") or way.text(f"{end}_code"))
    if coded is None:
        return None
    return Place(code=coded, country=_COUNTRIES.get(coded[:2]) if _CODED.fullmatch(coded) else None)


def class_of(document: Told) -> str | None:
    """Return the class that a document is good for, 1 or 2; of railways' own classes nothing is said."""
    told = document.number("class")
    return _CLASSES.get(_SECOND if told is None else told)


def _seats(places: Told) -> Iterator[Seat]:
    printed = re.split(r"[\s,;/]+", places.text("places") or "")
    told = [*places.texts("codes"), *places.texts("numbers")] or printed
    for each in told[:_MAX_SEATS]:
        if (number := code(each)) is not None and any(map(str.isdigit, number)):
            yield Seat(number=number)
