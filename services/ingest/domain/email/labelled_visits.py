"""Tables, events and parking places by labelled values: what one goes to at an hour."""

import re

from schemas.segments import DiningSegment, EventSegment, ParkingSegment, Segment
from services.ingest.domain.email.addresses import place_at
from services.ingest.domain.email.blocks import Block
from services.ingest.domain.email.labelled import Labelled
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.values import code, count_in, prose
from services.ingest.domain.email.when import Stamp, moment_of

_ADMITS = Sought(
    r"\b(?:tickets?|entradas?|billets?|bigliett[oi]|eintritt\w*|karten?)\b[^\0]{0,600}\b(?:row|reihe|rang|fila|rij|rad|rząd)\s?:?\s?[A-Z\d]|"
    r"\b(?:section|sec|block|sektor|tribuna)\b[^\0]{1,80}\b(?:row|reihe|rang|fila|rij|rad)\b",
    re.IGNORECASE,
)
"""Rows of seats, as houses have that let nobody travel."""
_MEAL = Sought(
    r"\b(?:table|tisch|restaurant|dinner|lunch|brunch|ristorante|restaurante|mesa|tavolo|diner|sushi|omakase|tasting|diners|bistrot?|brasserie|"
    r"trattoria|osteria|pizzeria|steakhouse|almuerzo|comida|pranzo|déjeuner|dîner|abendessen|mittagessen|middag|ravintola\w*|restaurang\w*|bordsbokning\w*|bordbestilling\w*|bordreserv\w*|stolik\w*|stolu|asztal\w*|masa|pöytä\w*|столик\w*)\b|レストラン|餐厅|餐廳|레스토랑",
    in_small=True,
)
_NO_MEAL = Sought(
    r"\b(?:tours?|tickets?|class|lesson|games?|session|workshop|appointment|meeting|room|seats?|flights?|trains?|"
    r"treatment|massage|spa|salon|termin|kurs|führung|zimmer|visita|entradas?|cita|rendez-vous|billets?|nights?|webinar|parking)\b",
    in_small=True,
)
"""Other things that people book for some of them at an hour."""
_PARTY = Sought(
    r"(?:table|party|reservation|tisch|mesa|tavolo|tafel)\s(?:for|of|für|para|per|voor)\s(\d{1,2})\b(?![./:-]\d| [a-z]+ 20\d\d)|(\d{1,2})\s(?:people|persons|guests|diners|personen|gäste|personnes|personas|persone|pessoas|personer|pers\b|pax\b|couverts|comensales|coperti|名)",
    in_small=True,
)

_PARKING = Sought(r"park(?:ing|platz|haus|ering)|aparcamiento|parcheggio|estacionamento", in_small=True)


def parking_of(block: Block, *, within: Labelled) -> Segment | None:
    """Return a parking place."""
    if within.says(_PARKING) is None:
        return None
    handed = block.all("drop_off")  # a car is dropped off, and one returns to it
    starts, _ = within.when(block.all("entry", "check_in") or handed[:-1])
    ends, _ = within.when(block.all("exit", "check_out") or block.all("pick_up") or handed[-1:])
    name = prose(block.text("car_park", "venue"))
    if starts is None or ends is None or name is None:
        return None
    place = place_at(name, block.text("address"))
    return ParkingSegment(
        start=moment_of(starts, place=place), end=moment_of(ends, place=place), place=place, name=name
    )


def table_of(block: Block, *, within: Labelled, may_be_table: bool = False) -> Segment | None:
    """Return a table at a restaurant; with `may_be_table` one that no word tells, and nothing else either."""
    is_meal = within.trade == "dining" or block.text("restaurant") is not None or within.says(_MEAL)
    if not (is_meal or (may_be_table and within.trade is None and within.says(_NO_MEAL) is None)):
        return None
    starts, _ = within.when(block.all("date", "time"))
    party = count_in(block.text("party"))
    told = within.says(_PARTY)
    if told is not None and (party is None or starts is None):
        line = within.lowered[within.lowered.rfind("\n", 0, told.start()) + 1 :].partition("\n")[0]
        party = party or int(told[1] or told[2])
        starts = starts or within.when([line])[0]
    if within.trade == "dining" and (starts is None or not starts.has_time):
        starts = within.first_time() or starts
    if starts is None or not starts.has_time or party is None:
        return None
    name = prose(block.text("restaurant")) or within.names("restaurant")
    if name is None:
        return None
    place = place_at(name, block.text("address", "venue"))
    return DiningSegment(start=moment_of(starts, place=place), place=place, name=name, party_size=party)


def event_of(block: Block, *, within: Labelled) -> Segment | None:
    """Return something to attend."""
    where = block.text("venue")
    is_event = within.trade == "event" or block.text("event") is not None or within.says(_ADMITS)
    if where is None and not is_event:
        return None
    starts, _ = within.when(block.all("date", "time"))
    name = prose(block.text("event")) or within.names("event")
    if is_event and (starts is None or where is None or name is None):
        starts, where, name = _in_lines(starts, where, name, within=within)
    if starts is None or name is None or where is None:
        return None
    place = place_at(where, block.text("address"))
    seat = code(block.text("seat"))
    return EventSegment(
        start=moment_of(starts, place=place),
        place=place,
        name=name,
        details={"seat": seat} if seat else {},
    )


def _in_lines(
    starts: Stamp | None, where: str | None, name: str | None, *, within: Labelled
) -> tuple[Stamp | None, str | None, str | None]:
    """Return when, where and what an event is by the first line with a day and an hour, and its neighbours."""
    lines = [line for line in within.text.split("\n") if line.strip()]
    for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        stamp, _ = within.when([line])
        if stamp is not None and stamp.has_time:
            return starts or stamp, where or prose(below), name or _title(above)
    return starts, where, name


def _title(line: str) -> str | None:
    """Return a line that may name an event: no label, no number, no sentence."""
    return prose(_COUNT.sub("", line)) if line and not re.search(r"[:#!?]|\.$", line) else None


_COUNT = re.compile(r"^\d{1,2} ?[x×] ")
"""How many tickets there are, before what they are for."""
