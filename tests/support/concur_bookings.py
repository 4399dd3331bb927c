"""Bookings as clients of the Concur API may post them: any elements of its tree, any writable text."""

from datetime import datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

from schemas.concur.elements import ELEMENTS, SEGMENT_ELEMENTS, SET_BY_US
from schemas.concur.wire import document
from services.ingest.domain.concur.posts import PostedBooking
from services.ingest.domain.concur.reading import read_booking

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
NEVER = {"StartDateUtc", "EndDateUtc", "BookingSource", "RecordLocator"}


@st.composite
def element(draw: st.DrawFn, name: str) -> dict[str, str]:
    """Texts of an element of the tree, by path: some of its children, none of them blank."""
    inside = ELEMENTS[name]
    plain = sorted(inside.texts - NEVER - SET_BY_US.get(name, frozenset()))
    chosen = draw(st.lists(st.sampled_from(plain), unique=True, max_size=8)) if plain else []
    texts = {child: draw(TYPED.get(child, FREE)) for child in chosen}
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


def posted(texts: dict[str, str]) -> PostedBooking:
    """Read what a client would send; a booking that ends before it starts is refused, and no case here."""
    read = read_booking(document("Booking", texts, namespace=None))
    assume(all(problem.rule != "ends_before_start" for problem in read.problems))
    assert read.problems == ()
    return read
