"""What was posted in Concur's XML comes back letter by letter, and means the same when read again."""

import contextlib
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.booking_record import BookingContent
from schemas.concur.elements import ELEMENTS, SEGMENT_ELEMENTS, SET_BY_US
from schemas.concur.wire import document
from schemas.times import Moment
from services.ingest.domain.concur.posts import PostedBooking
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MalformedXml, parse
from services.query.domain.concur_format import itinerary_xml
from tests.support.concur_trips import trip_of

BASE = "https://itinerary.example"
WRITABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
FREE = st.text(WRITABLE, min_size=1, max_size=12).filter(lambda text: text.strip() != "")
DECIMAL = st.from_regex(r"\A-?[0-9]{1,6}(\.[0-9]{1,4})?\Z")
LOCAL = st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-01-01")).map(
    lambda wall_clock: wall_clock.replace(microsecond=0).isoformat()
)
OFFSETS = st.sampled_from(["", ".5", "-04:00", "Z", ".000+05:45"])
WRITTEN_LOCAL = st.builds(lambda local, rest: local + rest, LOCAL, OFFSETS) | LOCAL.map(
    lambda local: local[:10]
)
AIRPORT = st.sampled_from(["VIE", "SEA", "jfk", "QQQ", "Köln"])
TYPED: dict[str, st.SearchStrategy[str]] = {
    "Status": st.sampled_from(["HK", "hk", "UC", "HL", "??"]),
    "TimeZone": st.sampled_from(["Europe/Vienna", "America/New_York", "Pacific", "Nowhere/At_All"]),
    "Currency": st.sampled_from(["EUR", "usd", "Gbp"]),
    "StartCityCode": AIRPORT,
    "EndCityCode": AIRPORT,
    "NumCars": st.sampled_from(["1", "02", "many"]),
    "IsPaid": st.sampled_from(["true", "True", "0", "perhaps"]),
    "PlatingCarrierNumericCode": st.sampled_from(["257", "12"]),
    "PlatingControlNumber": st.sampled_from(["0123456789", "1"]),
    **dict.fromkeys(("DateBookedLocal", "IssueDateTime", "StartDateLocal", "EndDateLocal"), WRITTEN_LOCAL),
    **dict.fromkeys(("Amount", "TotalRate", "DailyRate", "Rate", "TotalFare"), DECIMAL),
    **dict.fromkeys(("AllowanceAmount", "NumUnits"), DECIMAL),
}
ALWAYS = {
    "AirSeat": "SeatNumber",
    "RailSeat": "SeatNumber",
    "FrequentFlyer": "FrequentFlyerNumber",
    "RailProgram": "ProgramNumber",
}
"""Without these the entry has no meaning of its own, and is not told from its neighbours."""
NEVER = {"StartDateUtc", "EndDateUtc", "BookingSource", "RecordLocator"}


@st.composite
def element(draw: st.DrawFn, name: str) -> dict[str, str]:
    """Texts of an element of the tree, by path: some of its children, none of them blank."""
    inside = ELEMENTS[name]
    plain = sorted(inside.texts - NEVER - SET_BY_US.get(name, frozenset()))
    chosen = draw(st.lists(st.sampled_from(plain), unique=True, max_size=8)) if plain else []
    texts = {child: draw(TYPED.get(child, FREE)) for child in chosen}
    if name in ALWAYS:
        texts[ALWAYS[name]] = draw(FREE)
    if name in SEGMENT_ELEMENTS and name != "Travel":
        texts |= draw(both_clocks())
    wrappers = sorted(inside.parents)
    for wrapper in draw(st.lists(st.sampled_from(wrappers), unique=True, max_size=3)) if wrappers else []:
        inner = draw(repeated(wrapper) if ELEMENTS[wrapper].repeated else element(wrapper))
        texts |= {f"{wrapper}/{path}": text for path, text in inner.items()}
    return texts


@st.composite
def repeated(draw: st.DrawFn, wrapper: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    numbers: dict[str, int] = {}
    allowed = sorted(ELEMENTS[wrapper].repeated - ({"RailSeat"} if wrapper == "Seats" else set()))
    for name in draw(st.lists(st.sampled_from(allowed), max_size=3)):
        inner = draw(repeated(name) if ELEMENTS[name].repeated else element(name))
        if inner:
            numbers[name] = numbers.get(name, 0) + 1
            texts |= {f"{name}[{numbers[name]}]/{path}": text for path, text in inner.items()}
    return texts


@st.composite
def both_clocks(draw: st.DrawFn) -> dict[str, str]:
    """Nothing, or a start in local time and in UTC, as apart as clocks are."""
    if draw(st.booleans()):
        return {}
    local = draw(LOCAL)
    apart = timedelta(minutes=15 * draw(st.integers(-48, 56)))
    return {"StartDateLocal": local, "StartDateUtc": (datetime.fromisoformat(local) - apart).isoformat()}


@st.composite
def bookings(draw: st.DrawFn) -> dict[str, str]:
    return draw(element("Booking")) | {"BookingSource": "Example Travel", "RecordLocator": draw(FREE).strip()}


def as_read_again(content: BookingContent) -> dict[str, Any]:
    """The content without whether offsets were inferred, for the answer states them.

    Nor in which order charges of different kinds stood: a charge whose values are kept as details only
    comes after the others.
    """

    def plain(name: str, value: Any) -> Any:
        if isinstance(value, Moment):
            return (value.local, value.offset_minutes, None if value.inferred else value.zone)
        return sorted(value, key=repr) if name == "charges" else value

    said = content.model_dump(mode="json", exclude={"segments", "charges"})
    return said | {
        "charges": sorted(content.charges, key=repr),
        "segments": [{name: plain(name, value) for name, value in segment} for segment in content.segments],
    }


def read(texts: dict[str, str]) -> PostedBooking:
    """Read what a client would send; a booking that ends before it starts is refused, and no case here."""
    posted = read_booking(document("Booking", texts, namespace=None))
    assume(all(problem.rule != "ends_before_start" for problem in posted.problems))
    assert posted.problems == ()
    return posted


@given(texts=bookings())
def test_every_posted_element_comes_back_as_it_was_posted(texts: dict[str, str]) -> None:
    posted = read(texts)
    answer = parse(itinerary_xml(trip_of([posted]), base_url=BASE), roots=["Itinerary"])
    came_back = {path: answer.get(f"Bookings/Booking[1]/{path}") for path in texts}
    assert came_back == texts


@given(texts=bookings())
def test_what_was_written_reads_as_what_was_read(texts: dict[str, str]) -> None:
    posted = read(texts)
    again = read_trip(itinerary_xml(trip_of([posted]), base_url=BASE))
    # What was inferred is stated in the answer, and a contradiction among stated times is a problem.
    assert [problem for problem in again.problems if problem.rule != "ends_before_start"] == []
    assert as_read_again(again.bookings[0].content) == as_read_again(posted.content)


@given(
    body=st.binary(max_size=200)
    | st.text(st.sampled_from("<>/&;!?[]=\"' BookingAirx\x00é"), max_size=80).map(str.encode)
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for whole in (body, b"<Booking>" + body + b"</Booking>"):
        with contextlib.suppress(MalformedXml):
            read_booking(whole)
