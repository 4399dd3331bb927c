"""What was posted in Concur's XML comes back letter by letter, and means the same when read again."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.booking_record import BookingContent
from schemas.times import Moment
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MalformedXml, parse
from services.query.domain.concur_format import itinerary_xml
from tests.support.concur_bookings import bookings, posted
from tests.support.concur_trips import OWNER, trip_of

BASE = "https://itinerary.example"


def as_read_again(content: BookingContent) -> dict[str, Any]:
    """The content without whether offsets were inferred, for the answer states them.

    Nor with a UTC that contradicts its place: that is given back to its owner alone.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, Moment):
            return (value.local, value.offset_minutes, None if value.inferred else value.zone)
        if isinstance(value, dict):
            return {path: text for path, text in value.items() if not path.endswith("DateUtc")}
        return value

    said = content.model_dump(mode="json", exclude={"segments"})
    return said | {
        "segments": [{name: plain(value) for name, value in segment} for segment in content.segments],
    }


@given(texts=bookings())
def test_every_posted_element_comes_back_to_its_owner_as_it_was_posted(texts: dict[str, str]) -> None:
    read = posted(texts)
    answer = parse(itinerary_xml(trip_of([read]), base_url=BASE, party=OWNER.party), roots=["Itinerary"])
    came_back = {path: answer.get(f"Bookings/Booking[1]/{path}") for path in texts}
    assert came_back == texts


@given(texts=bookings())
def test_what_was_written_reads_as_what_was_read(texts: dict[str, str]) -> None:
    read = posted(texts)
    again = read_trip(itinerary_xml(trip_of([read]), base_url=BASE))
    # What was inferred is stated in the answer, and a contradiction among stated times is a problem.
    assert [problem for problem in again.problems if problem.rule != "ends_before_start"] == []
    assert as_read_again(again.bookings[0].content) == as_read_again(read.content)


@given(
    body=st.binary(max_size=200)
    | st.text(st.sampled_from("<>/&;!?[]=\"' BookingAirx\x00é"), max_size=80).map(str.encode)
)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for whole in (body, b"<Booking>" + body + b"</Booking>"):
        with contextlib.suppress(MalformedXml):
            read_booking(whole)


def test_an_empty_entry_is_absent_and_doubles_no_other() -> None:
    body = b"""<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator><Charges><Rate/><Rate>
        <Amount>1</Amount><IsPaid>perhaps</IsPaid></Rate><Fixed><Amount>2</Amount></Fixed></Charges></Booking>"""

    answer = parse(itinerary_xml(trip_of([read_booking(body)]), base_url=BASE), roots=["Itinerary"])

    charges = {path.rpartition("Charges/")[2]: text for path, text in answer.items() if "Charges" in path}
    assert list(charges.items()) == [
        ("Rate[1]/Amount", "1"),
        ("Rate[1]/IsPaid", "perhaps"),
        ("Fixed[1]/Amount", "2"),
    ]


def test_an_entry_of_which_nothing_can_be_read_keeps_its_place() -> None:
    body = b"""<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator><Charges><Rate>
        <IsPaid>perhaps</IsPaid></Rate><Fixed><Amount>2</Amount></Fixed></Charges></Booking>"""

    answer = parse(itinerary_xml(trip_of([read_booking(body)]), base_url=BASE), roots=["Itinerary"])

    assert [path.rpartition("Charges/")[2] for path in answer if "Charges" in path] == [
        "Rate[1]/IsPaid",
        "Fixed[1]/Amount",
    ]
