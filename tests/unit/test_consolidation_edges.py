"""Rules that no story needs and that a wrong line would break unseen: found by mutation testing."""

import orjson
import pytest

from schemas.booking_record import (
    AdvanceStatement,
    BookingRecord,
    Coupon,
    MergeTrips,
    PostedTripRecord,
    SameSegments,
    SplitTrip,
    Ticket,
)
from schemas.identifiers import birth_token
from schemas.segments import AirSegment, CarSegment, SegmentStatus
from schemas.settings import TenantSettings
from schemas.times import Moment
from services.consolidator.domain.explain import explain
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.registers import Accepted, Refused, accept
from tests.support.statements import (
    advance,
    booking,
    flight,
    moment,
    numbers,
    override,
    posted_trip,
    stay,
    trip_posted_as,
)
from tests.support.trips import Traveller, after, grouped, locators

OUT = flight("LH 400", "FRA-JFK", "2026-05-12T10:00:00", "2026-05-12T13:00:00")
BACK = flight("LH 401", "JFK-FRA", "2026-05-16T16:00:00", "2026-05-17T05:30:00")
HOTEL = stay("Grand Hotel", "2026-05-12", "2026-05-16")


def posted(reference: str, locator: str, *segments: AirSegment, at: int) -> Traveller:
    inside = booking("tmc", locator, *segments, at=at, trip=trip_posted_as(reference))
    return after(posted_trip(reference, inside, at=at), inside)


def changes(traveller: Traveller, trip_id: str) -> list[dict]:
    return orjson.loads(traveller.state.trips[trip_id])["changes"]


def test_ticketed_air_is_ready_at_once_where_the_tenant_wants_that() -> None:
    tickets = (Ticket(number="1", coupons=(Coupon(status="OPEN"),)),)
    settings = TenantSettings(pre_expense_air=True)
    [trip] = after(booking("tmc", "A", OUT, at=1, tickets=tickets), settings=settings).live()

    assert trip["expense"] == {"ready": True, "reason": "ticketed_air"}


def test_a_start_from_below_that_does_not_fit_the_end_from_above_is_left_out() -> None:
    end_only = OUT.model_copy(update={"start": None, "end": moment("2026-05-12")})
    later = flight("LH 400", "FRA-JFK", "2026-05-13T08:00:00")
    traveller = after(
        booking("tmc", "A", end_only, at=1),
        booking("email", "M", later, at=2),
    )
    ids = tuple(s["id"] for trip in traveller.live() for s in trip["segments"])
    traveller.feed(override("same", SameSegments(segments=ids), at=3))
    [trip] = traveller.live()
    [segment] = trip["segments"]

    assert segment["end"]["local"] == "2026-05-12"
    assert "start" not in segment


def test_the_newest_statement_decides_how_a_locator_is_spelt_and_how_new_its_record_is() -> None:
    traveller = after(booking("tmc", "abc", OUT, at=1), booking("tmc", "ABC", OUT, BACK, at=2))
    [record] = [r for r in traveller.state.records.values() if isinstance(r, BookingRecord)]

    assert (record.record_locator, record.offset, record.founded) == ("ABC", 1, 0)


def test_a_trip_that_was_only_sent_to_is_pinned_once_it_is_posted() -> None:
    inside = booking("tmc", "A", OUT, at=1, trip=trip_posted_as("one"))
    sent = posted_trip("one", inside, at=1, creates=False)
    traveller = after(sent, inside, posted_trip("one", inside, at=0, creates=True))
    [header] = [r for r in traveller.state.records.values() if isinstance(r, PostedTripRecord)]

    assert header.created is True
    assert list(traveller.trips()) == [trip_posted_as("one")]


def test_a_lost_booking_of_a_creation_comes_too_late_for_a_trip_that_was_changed() -> None:
    kept, lost, late = (
        booking("tmc", locator, segment, at=at, trip=trip_posted_as("one"), opens=True)
        for locator, segment, at in (("A", OUT, 1), ("B", BACK, 1), ("B", BACK, 3))
    )
    created = posted_trip("one", kept, lost, at=1, opens=True)
    healed = after(created, kept, late)
    changed = after(created, kept, posted_trip("one", kept, at=2, creates=False), late)

    assert [len(trip["bookings"]) for trip in healed.live()] == [2]
    assert [len(trip["bookings"]) for trip in changed.live()] == [1]


@pytest.mark.parametrize(("appended_ms", "refused"), [(1_778_580_000_000, False), (1_778_579_999_999, True)])
def test_an_instant_is_refused_until_its_millisecond_is_there(appended_ms: int, *, refused: bool) -> None:
    said = advance("2026-05-12T10:00:00Z", at=1)
    assert isinstance(said, AdvanceStatement)
    result = accept(None, Input(said, offset=1, appended_ms=appended_ms))

    if refused:
        assert result == Refused("the instant is later than the input's append time")
    else:
        assert isinstance(result, Accepted)


def test_a_segment_is_at_home_with_the_trip_that_was_posted_with_it_not_with_an_older_mail() -> None:
    traveller = after(booking("email", "MAIL", OUT, BACK, at=1))
    for reference, locator, segment in (("one", "A", OUT), ("two", "B", BACK)):
        inside = booking("tmc", locator, segment, at=2, trip=trip_posted_as(reference))
        traveller.each(posted_trip(reference, inside, at=2), inside)

    shown = {trip_id: len(trip["content"]["segments"]) for trip_id, trip in traveller.trips().items()}
    assert shown == {trip_posted_as("one"): 1, trip_posted_as("two"): 1}


def test_a_booking_goes_to_the_posted_trip_with_which_it_has_most_in_common() -> None:
    early = posted("one", "A", OUT, at=1)
    more = flight("UA 9", "JFK-SFO", "2026-06-03T09:00:00")
    home = flight("UA 10", "SFO-JFK", "2026-06-05T09:00:00")
    inside = booking("tmc", "B", more, home, at=2, trip=trip_posted_as("two"))
    early.each(posted_trip("two", inside, at=2), inside, booking("email", "MAIL", OUT, more, home, at=3))

    assert [locators(content) for content in early.live()] == [["A"], ["B", "MAIL"]]


def test_of_two_posted_trips_that_people_merged_with_a_booking_the_earlier_takes_it() -> None:
    traveller = posted("two", "B", BACK, at=1)
    inside = booking("tmc", "A", OUT, at=2, trip=trip_posted_as("one"))
    loose = booking("email", "MAIL", stay("Elsewhere", "2026-09-01", "2026-09-02"), at=3)
    traveller.each(posted_trip("one", inside, at=2), inside, loose)
    own = birth_token(loose.record)
    for number, reference in enumerate(("two", "one")):
        merge = MergeTrips(trips=(own, trip_posted_as(reference)))
        traveller.feed(override(f"m{number}", merge, at=4 + number))

    assert grouped(traveller) == [["A", "MAIL"], ["B"]]


def test_a_booking_sent_to_a_posted_trip_without_dates_is_explained() -> None:
    undated = OUT.model_copy(update={"start": None, "end": None})
    traveller = posted("one", "A", undated, at=1)
    traveller.feed(booking("tmc", "B", HOTEL, at=2, explicit_trip=trip_posted_as("one")))
    [trip] = explain(traveller.state.records, settings=traveller.settings).trips

    assert [b.trip_dates for b in trip.bookings if b.speaker.record_locator == "B"] == [None]


def test_a_trip_of_a_segment_without_end_is_over_when_that_has_started() -> None:
    [trip] = after(booking("tmc", "A", flight("LH 1", "FRA-JFK", "2026-05-12"), at=1)).live()

    assert trip["completes_at"] == "2026-05-13T12:00:00Z"


def test_changes_name_the_trips_and_the_groups_that_they_are_about() -> None:
    a, b = booking("tmc", "A", OUT, at=1), booking("email", "B", HOTEL, at=2)
    first, second = birth_token(a.record), birth_token(b.record)
    apart = override("apart", SplitTrip(records=(b.record,)), at=3)
    traveller = after(a, b)
    assert changes(traveller, first) == [
        {"type": "updated", "field_groups": ["bookings", "completed", "dates", "expense", "segments"]}
    ]

    traveller.feed(apart)
    assert {"type": "split", "trips": [second]} in changes(traveller, first)

    traveller.feed(override("apart", None, at=4))
    assert changes(traveller, second) == [{"type": "merged", "trips": [first]}]


def test_who_cancels_one_of_two_bookings_of_a_thing_still_has_the_other() -> None:
    gone = OUT.model_copy(update={"status": SegmentStatus.CANCELLED})
    traveller = after(booking("tmc", "A", OUT, at=1), booking("tmc", "B", gone, at=2))

    assert [s["status"] for trip in traveller.live() for s in trip["segments"]] == ["confirmed"]


def test_a_rental_of_days_does_not_end_before_it_starts_by_the_words_of_two_sources() -> None:
    def day(local: str) -> Moment:
        return Moment(local=local, zone="Europe/Berlin", offset_minutes=120, inferred=True)

    rental = CarSegment(vendor="ZE", confirmation_numbers=numbers("C1"))
    said = rental.model_copy(update={"start": day("2026-05-12"), "end": day("2026-05-14")})
    traveller = after(
        booking("tmc", "A", rental.model_copy(update={"start": day("2026-05-15")}), at=1),
        booking("email", "M", said, at=2),
    )

    ((segment,),) = [trip["segments"] for trip in traveller.live()]
    assert segment["start"]["local"] == "2026-05-15"
    assert "end" not in segment
