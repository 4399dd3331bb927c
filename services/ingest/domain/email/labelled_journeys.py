"""Rentals, rides and trains by labelled values: pick-up and return, departure and arrival."""

import re

from schemas.segments import CarSegment, Place, RailSegment, RideSegment, Seat, Segment
from services.ingest.domain.email.addresses import place_at
from services.ingest.domain.email.blocks import Block
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.train_names import train_named
from services.ingest.domain.email.values import code, count_in, prose
from services.ingest.domain.email.when import moment_of, stamp_on

_MAX_DAYS = 3
"""So few days are those of one journey by night."""
_RIDE = Sought(
    r"taxi|transfer|chauffeur|shuttle|ride(?<=\bride)|driver|fahrt|fahrer|abholadresse|cab\b|limousine",
    in_small=True,
)
_FETCHED = Sought(r"pick-?up[^\0]*?(?:drop-?off|passenger|vehicle)", in_small=True)
_BERTH = (
    r"\b[ck]abine?\b[:\s]{0,3}(?:no\.?|nr\.?|number)?\s?(?:\d{3}|\d(?: ?x|[ -]?(?:berth|bed|bett|pers))|(?:deck|inside|outside|innen|außen|sea ?view|meerblick)\b)|"
    r"\b(?:berth|bed|inside|outside|innen|außen|ocean|sea ?view|meerblick)[ -]?[ck]abine?\b"
)
"""A cabin that somebody sleeps in: airlines sell others, by their class."""
_ROAD_OR_SEA = (
    r"\bb[uú]s\b|(?:auto|omni|flix|mini|mega|reise|fern|linien|nacht|post)b[uú]s\b|"
    r"\bcoach\b(?!\s?[:：]?\s?(?:no\.?\s?)?[a-z0-9]{1,2}\b)|ferry|ferries|fähre|crossing|sailing|"
    r"\bhytte?\b|hytti|laiva|traghetto|autocarro|ônibus|autobuz|autogar|trajekt|автобус|паром|πλοίο|버스"
)
"""Words for what is no train; a coach that has a number is one of a train's."""
_RAIL = (
    r"train|zug|rail|bahn(?!hof|steig)|tren\b|treno|trein|tåg|pociąg|juna|comboio|trem\b|\btog\b|vonat|\bvlak|kereta|"
    r"поезд|поїзд|列車|新幹線|열차|승차권|车次|車次"
)
_BY_ROAD_OR_SEA, _BY_RAIL = Sought(rf"{_ROAD_OR_SEA}|{_BERTH}", in_small=True), Sought(_RAIL, in_small=True)
_BY_LAND_OR_SEA = Sought(
    rf"{_RAIL}|{_ROAD_OR_SEA}|{_BERTH}|\bbus(?!iness|y)|coach|gare|station|bahn", in_small=True
)
_FLIGHT = (
    r"\b(?:flights?|flug(?!h[aä]fen)\w*|vols?|vuelos?|volo|voli|voos?|vlucht\w*|"
    r"aircraft|airbus|boeing|embraer|bombardier)\b"
)
_BY_AIR = Sought(_FLIGHT, in_small=True)
"""Words for flights alone: buses go to airports, too, and ships have seats as in airlines."""
_FLOWN = Sought(
    rf"{_FLIGHT}|\b(?:flugh[aä]fen\w*|airport|aéroport|aeropuerto|aeroporto|airlines?)\b|рейс|авиа",
    in_small=True,
)
_BY_LAND_SOLD = frozenset({"rail", "bus"})
"""Of which `bus` sells ships, too."""


def rental_of(block: Block, *, within: Labelled) -> Segment | None:
    """Return a rental car."""
    is_renter = within.trade == "car"  # whose words for both are anybody's for departure and return
    # A renter checks a car out, and in again when it comes back.
    out, back = ("departs", "check_out"), ("arrives", "check_in")
    starts, origin = within.when(block.all("pick_up") or (block.all(*out) if is_renter else ()))
    ends, destination = within.when(block.all("drop_off") or (block.all(*back) if is_renter else ()))
    if starts is None or ends is None or ends.day < starts.day:
        return None
    origin_place = place_at(origin, None)
    destination_place = place_at(destination, None) or origin_place
    return CarSegment(
        start=moment_of(starts, place=origin_place),
        end=moment_of(ends, place=destination_place),
        origin=origin_place,
        destination=destination_place,
        vendor_name=prose(block.text("vendor")),
        car_class=code(block.text("car_class")),
    )


def ride_of(block: Block, *, within: Labelled) -> Segment | None:
    """Return a taxi or transfer, which nobody gives back."""
    if within.trade != "ride" and not (within.says(_RIDE) or within.says(_FETCHED)):
        return None
    days = {day.day for day in within.reader.days_of_travel(within.text)}
    only = next(iter(days)) if len(days) == 1 else None
    starts, origin = within.when(block.all("pick_up", "time", "date"), default=only)
    if within.trade == "ride" and (starts is None or not starts.has_time):
        starts = within.first_time() or starts
    origin = prose(block.text("from")) or origin or prose(block.text("departs"))
    if starts is None or not starts.has_time or origin is None:
        return None
    _, destination = within.when(block.all("drop_off", "to") or block.all("arrives"))
    place = place_at(origin, None)
    return RideSegment(
        start=moment_of(starts, place=place),
        origin=place,
        destination=place_at(destination, None),
        vendor_name=prose(block.text("vendor")),
        party_size=count_in(block.text("party")),
    )


def goes_by_road_or_sea(text: str) -> bool:
    """Say whether a text speaks of a bus or a ship, and of no train."""
    small = text.lower()
    return (
        _BY_ROAD_OR_SEA.search(small, of=(text,)) is not None and _BY_RAIL.search(small, of=(text,)) is None
    )


def speaks_of_flights(text: str) -> bool:
    """Say whether a text has a word for flights or those who fly them."""
    return _FLOWN.search(text.lower(), of=(text,)) is not None


def goes_by_air(text: str) -> bool:
    """Say whether a text has a word for a flight itself, or for what flies."""
    return _BY_AIR.search(text.lower(), of=(text,)) is not None


def _is_flown(block: Block, *, within: Labelled) -> bool:
    """Say whether departure and arrival are those of a flight: by who sells it or by a word, unless a train is named."""
    if any(not entry.label.lower().startswith("service") for entry in block.values.get("train", ())):
        return False
    is_sold_by_land = within.sold in _BY_LAND_SOLD
    return within.trade == "airline" or (not is_sold_by_land and within.says(_BY_AIR) is not None)


def train_of(block: Block, *, within: Labelled, may_be_train: bool = False) -> Segment | None:
    """Return a train, or a bus where it is called so; `may_be_train` where nothing but its route says so."""
    if _is_flown(block, within=within):
        return None
    stated_day = next((read.day for value in block.all("date") if (read := within.time(value)).day), None)
    if (
        stated_day is None
        and len(days := {day.day for day in within.reader.days_of_travel(within.text)}) < _MAX_DAYS
    ):
        stated_day = min(days, default=None)
    starts, departs_at = within.when(block.all("departs"), default=stated_day)
    if (
        starts is not None and not starts.has_time and stated_day is not None
    ):  # a place, and its hour elsewhere
        starts = stamp_on(starts.day, within.time(block.text("time") or "").hour)
    ends, arrives_at = within.when(block.all("arrives"), default=starts.day if starts else stated_day)
    if starts is None and stated_day is not None:
        _, hour, _ = within.time(block.text("time") or "")
        starts = stamp_on(stated_day, hour)
    origin, destination = block.text("from") or departs_at, block.text("to") or arrives_at
    has_route = block.text("line", "train", "route") is not None or within.sold in _BY_LAND_SOLD
    if origin is None and destination is None and has_route:
        origin, destination = within.route_of(block) or (None, None)
    if starts is None or not starts.has_time or origin is None or destination is None:
        return None
    is_known = block.text("line") is not None or within.sold in _BY_LAND_SOLD
    may_be = may_be_train and block.text("route") is not None and within.says(_FLOWN) is None
    if not (is_known or within.says(_BY_LAND_OR_SEA) or may_be):
        return None
    origin, destination = (
        (within.time(end).rest or end).partition(" , ")[0] for end in (origin, destination)
    )
    first, last = Place(name=prose(origin)), Place(name=prose(destination))
    vehicle = block.text("train") or train_named(within.text)
    is_no_train = (
        block.text("line", "route") or within.sold == "bus" or within.says(_BY_ROAD_OR_SEA) is not None
    )
    is_bare = vehicle is None or (vehicle.isdigit() and within.says(_BY_RAIL) is None)
    if is_no_train and is_bare:
        return RideSegment(start=moment_of(starts, place=first), end=moment_of(ends, place=last), origin=first,
                           destination=last, vendor_name=prose(block.text("vendor")))  # fmt: skip
    seat = _first_sign(block.text("seat"))
    return RailSegment(
        start=moment_of(starts, place=first),
        end=moment_of(ends, place=last),
        origin=first,
        destination=last,
        train_number=code(vehicle and vehicle.partition(" / ")[0]),
        wagon=_first_sign(block.text("coach")),
        cabin=code(block.text("cabin")),
        seats=() if seat is None else (Seat(number=seat),),
    )


def _first_sign(value: str | None) -> str | None:
    """Return `5` of `5 Lugar 67`: what a coach or a seat is called, without what stands behind it."""
    found = _SIGN.match(value or "")
    return code(value) if found is None else found[1]


_SIGN = re.compile(r"\s*(\d{1,3}[A-Z]?|[A-Z]\d{0,3})(?![\w-])")
