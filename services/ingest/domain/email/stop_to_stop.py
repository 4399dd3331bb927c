"""Journeys from stop to stop, for carriers that name no train beside them, and what makes a further one booked."""

import re

from schemas.segments import RailSegment, RideSegment
from services.ingest.domain.email.dates import Reader, is_weekday
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.stops import stops_of
from services.ingest.domain.email.trains import leg_between, route_named
from services.ingest.domain.email.values import code

_MAX_STOPS = 60
_WAY = re.compile(
    r"\W*(?:(?:your|my|the|ihre?|deine?|meine?|votre|voyage|trajet|viaje(?: de)?|tu|su|viaggio(?: di)?|viagem(?: de)?|cesta|spoj|podróż) )?"
    r"(?:(?:outbound|outward|inbound|return|hinfahrt|rückfahrt|hinreise|rückreise|hinweg|rückweg|aller|retour|andata|ritorno|ida|vuelta|regreso|"
    r"volta|heenreis|terugreis|utresa|hemresa|återresa|retur|udrejse|hjemrejse|utreise|hjemreise|menomatka|paluu(?:matka)?|tam|powrót|zpět|"
    r"spiatočná|oda|vissza|gidiş|dönüş|dus|întors|odlazak|povratak|туда|обратно|去程|回程|返程|往路|復路|가는 편|오는 편)"
    r"(?: (?:journey|trip|travel|train|coach|bus|service|sailing|crossing|leg))?|"
    r"(?:journey|trip|leg|train|bus|fahrt|reise|voyage|trajet|viaje|viaggio|viagem|resa|cesta|podróż) \d|\d\. (?:fahrt|reise|etappe))(?!\w)",
    re.IGNORECASE,
)
"""What heads the way out, the way back or one of several journeys."""
_STACKED = re.compile(
    r"^[ \t]*(\d{1,2}:\d{2})[ \t]*\n{1,2}[ \t]*([^\W\d_][^\n\d:]{2,40})(?=\n|\Z)", re.MULTILINE
)
"""An hour alone in its line, and its stop alone in the next."""
_BESIDE_WAY = re.compile(r"\b(?:on|am|an|le|il|el|em|den|de|op|w|dne|dňa)\b", re.IGNORECASE)
_NOT_BOOKED = Sought(
    r"\b(?:(?:old|previous|original|former|cancelled|canceled) (?:journey|trip|train|coach|bus|booking|times?|service|connection|itinerary)|"
    r"alte (?:verbindung|reise|fahrt)|bisherige|ursprünglich\w*|ancien(?:ne)?s? (?:voyage|trajet|horaire)s?|precedente|anterior|"
    r"may (?:also )?like|other (?:trains|journeys|buses|coaches|trips|times|connections|departures)|weitere (?:verbindungen|fahrten|züge)|"
    r"autres (?:trains|trajets|horaires)|altri treni|otros (?:trenes|viajes|horarios)|alternatives?|alternativen|"
    r"rebook|offers?|only \W?\d|book now|angebote?|umbuchen|jetzt buchen|nur \d|offres?|réservez|offert[ae]|prenota|oferta|reserva ya|"
    r"open|opens|opening|opened|geöffnet|öffnungszeiten|ouvert\w*|horaires d['’]ouverture|apert[oaie]|abierto)\b",
    re.IGNORECASE,
)
"""Above stops of what was booked before, is offered, or tells when somebody is there."""


def stops_in(
    text: str, *, reader: Reader, by_rail: bool, train: str | None = None
) -> list[RailSegment | RideSegment]:
    """Return the journeys from stop to stop, for carriers that name no train beside them."""
    text = _STACKED.sub(r"\1 \2", text)
    days, travel = reader.days(text), reader.days_of_travel(text)
    stops = list(stops_of(text, days, travel=travel))[:_MAX_STOPS]
    legs: list[RailSegment] = []
    for at in range(0, len(stops) - 1, 2):
        first, last = stops[at : at + 2]
        until = stops[at + 2].start if at + 2 < len(stops) else len(text)
        leg = leg_between("" if legs else code(train) or "", [first, last], days=days, text=text, until=until)
        if leg is None or first.name == last.name:
            break
        if legs and not _goes_on(legs, leg, above=text[stops[at - 1].start : first.start], reader=reader):
            break
        legs.append(leg)
    if by_rail:
        return [*legs]
    return [
        RideSegment(start=leg.start, end=leg.end, origin=leg.origin, destination=leg.destination)
        for leg in legs
    ]


def _goes_on(legs: list[RailSegment], leg: RailSegment, *, above: str, reader: Reader) -> bool:
    """Say whether a journey is booked with those before it, by what stands between: a day alone heads offers, too."""
    if _NOT_BOOKED.search(above) is not None:
        return False
    ends = (legs[-1].end, leg.start)
    is_same_day = len({end.date for end in ends if end is not None}) == 1
    is_way_back = leg.destination in [each.origin for each in legs]
    is_onward = is_same_day and legs[-1].destination == leg.origin and not is_way_back
    is_placed = _places(leg) == _places(legs[0]) != (False, False)
    return is_onward or is_placed or any(_heads_way(line, reader) for line in above.split("\n")[1:])


def _places(leg: RailSegment) -> tuple[bool, bool]:
    """Say which of a coach and a seat are told of a journey."""
    return leg.wagon is not None, bool(leg.seats)


def _heads_way(line: str, reader: Reader) -> bool:
    """Say whether a line is a word for the way out or back, with a day or both ends: no sentence that begins so."""
    found = _WAY.match(line)
    if found is None:
        return False
    until = min((day.start for day in reader.days(line)), default=len(line))
    rest = _BESIDE_WAY.sub(" ", line[found.end() : until])
    bare = " ".join(word for word in rest.split() if not is_weekday(word.strip(".,()")))
    return not bare.strip(" :,;()|–-") or route_named(bare.strip(" :,;()|–-")) is not None
