"""What we say in TripIt's form, our own reader of TripIt understands as we meant it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.booking_record import BookingContent, LoyaltyProgram, Passenger, Ticket
from schemas.segments import AirSegment, ConfirmationKind, ConfirmationNumber, Place, Seat
from schemas.times import Moment
from services.ingest.domain.concur.posts import PostedBooking
from services.ingest.domain.tripit.answers import read_answer
from services.ingest.domain.tripit.plans import plan_key, read_plan
from services.query.domain.tripit_format import tripit_xml
from tests.support.concur_trips import trip_of

AIRPORTS = st.sampled_from(["VIE", "FRA", "JFK", "NRT", "SYD", "HNL", "XXX"])
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=20)
CODES = st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


MOMENTS = (
    st.datetimes()
    .filter(lambda t: 1900 <= t.year <= 2199)
    .map(lambda t: Moment(local=t.replace(microsecond=0).isoformat()))
)
FLIGHTS = st.builds(
    AirSegment,
    start=maybe(MOMENTS),
    end=maybe(MOMENTS),
    origin=AIRPORTS.map(lambda code: Place(code=code)),
    destination=AIRPORTS.map(lambda code: Place(code=code)),
    # Never absent: in TripIt's form a flight without a carrier has that of its reservation.
    carrier=st.sampled_from(["OS", "LH", "9W", "U2"]),
    flight_number=maybe(st.from_regex(r"[0-9]{1,4}", fullmatch=True)),
    origin_terminal=maybe(CODES),
    origin_gate=maybe(CODES),
    destination_terminal=maybe(CODES),
    destination_gate=maybe(CODES),
    aircraft=maybe(CODES),
    cabin=maybe(WORDS),
    stops=maybe(st.integers(0, 3)),
    duration_minutes=maybe(st.integers(1, 1800)),
    miles=maybe(st.integers(1, 12_000)),
    seats=st.lists(st.from_regex(r"[1-9][0-9]?[A-K]", fullmatch=True), max_size=3).map(
        lambda seats: tuple(Seat(number=seat) for seat in seats)
    ),
)
PROGRAMS = st.builds(LoyaltyProgram, number=CODES, vendor=maybe(WORDS))
PEOPLE = st.builds(
    Passenger,
    first_name=maybe(WORDS),
    middle_name=maybe(WORDS),
    last_name=WORDS,
    loyalty_programs=st.lists(PROGRAMS, max_size=1).map(tuple),
)
TICKETS = st.from_regex(r"[0-9]{13}", fullmatch=True)
SAME = (
    "carrier", "flight_number", "origin_terminal", "origin_gate", "destination_terminal", "destination_gate",
    "aircraft", "cabin", "stops", "duration_minutes", "miles", "seats",
)  # fmt: skip


@given(
    flights=st.lists(FLIGHTS, min_size=1, max_size=4),
    people=st.lists(PEOPLE, max_size=3, unique_by=lambda p: (p.first_name, p.last_name)),
    ticketed=st.booleans(),
    locator=CODES,
    number=maybe(CODES),
    data=st.data(),
)
def test_flights_written_in_tripits_form_are_read_as_they_were_meant(
    flights: list[AirSegment],
    people: list[Passenger],
    ticketed: bool,
    locator: str,
    number: str | None,
    data: st.DataObject,
) -> None:
    numbers = () if number is None else (ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value=number),)
    numbered = tuple(flight.model_copy(update={"confirmation_numbers": numbers}) for flight in flights)
    tickets = tuple(Ticket(number=data.draw(TICKETS)) for _ in people) if ticketed else ()
    content = BookingContent(segments=numbered, passengers=tuple(people), tickets=tickets)
    posted = PostedBooking(booking_source="Wayfarer", record_locator=locator, content=content)

    answer = read_answer(tripit_xml(trip_of([posted])))
    ((kind, node),) = answer.plans
    read = read_plan(kind, node).content

    assert plan_key(node) == locator
    # A trip shows its segments by date, whatever the order in which they were posted.
    meant, understood = map(_said, flights), map(_said, read.segments)
    assert sorted(understood, key=repr) == sorted(meant, key=repr)
    for segment in read.segments:
        found = {(n.kind, n.value) for n in segment.confirmation_numbers}
        assert (ConfirmationKind.RECORD_LOCATOR, locator) in found
        assert number is None or (ConfirmationKind.SUPPLIER, number) in found
    assert list(read.passengers) == people
    assert read.tickets == tickets


def _said(flight: Any) -> dict[str, Any]:
    """What both forms can say; zones are TripIt's to know, and inferred from the airport."""
    assert isinstance(flight, AirSegment)
    route = [place and place.code for place in (flight.origin, flight.destination)]
    times = [moment and moment.local for moment in (flight.start, flight.end)]
    return {"route": route, "times": times} | {name: getattr(flight, name) for name in SAME}
