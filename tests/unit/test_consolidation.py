"""What becomes of bookings, rule by rule (design, section 5)."""

import pytest

from schemas.booking_record import (
    CorrectSegment,
    Coupon,
    DifferentSegments,
    MergeTrips,
    SplitTrip,
    Ticket,
)
from schemas.money import Money
from schemas.segments import AirSegment, HotelSegment, SegmentStatus
from schemas.settings import TenantSettings
from tests.support.statements import (
    advance,
    booking,
    cancellation,
    flight,
    number_cancellation,
    override,
    posted_trip,
    rental,
    stay,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import after, all_changes, grouped, locators, values

OUT = flight("LH 400", "FRA-JFK", "2026-05-12T10:00:00", "2026-05-12T13:00:00")
BACK = flight("LH 401", "JFK-FRA", "2026-05-16T16:00:00", "2026-05-17T05:30:00")
HOTEL = stay("Grand Hotel", "2026-05-12", "2026-05-16", city="New York")
CAR = rental("AL", "SEA", "2026-05-13T12:00:00", "2026-05-15T12:00:00")
POSTED_CAR = rental("CQ", "SEA", "2026-05-12T12:00:00", "2026-05-16T12:00:00", confirmation="F1")


def test_bookings_that_overlap_are_one_trip() -> None:
    traveller = after(booking("tmc", "PNR", OUT, BACK, at=1), booking("supplier", "H1", HOTEL, at=2))

    assert grouped(traveller) == [["H1", "PNR"]]


def test_bookings_a_day_apart_are_two_trips_unless_the_tenant_allows_the_gap() -> None:
    first = booking("tmc", "A", stay("One", "2026-05-01", "2026-05-02"), at=1)
    second = booking("tmc", "B", stay("Two", "2026-05-03", "2026-05-04"), at=2)

    assert grouped(after(first, second)) == [["A"], ["B"]]
    assert grouped(after(first, second, settings=TenantSettings(merge_gap_days=1))) == [["A", "B"]]


def test_the_same_flight_from_two_sources_is_one_segment_with_values_by_precedence() -> None:
    by_mail = flight("LH 0400", "FRA-JFK", "2026-05-12T10:30:00")
    traveller = after(booking("email", "XYZ", by_mail, at=1), booking("tmc", "PNR", OUT, at=2))

    [trip] = traveller.live()
    [segment] = trip["segments"]
    assert segment["start"]["local"] == "2026-05-12T10:00:00"
    assert segment["sources"] == ["tmc", "email"]
    assert {entry["owner"]["source"] for entry in segment["provenance"]} == {"tmc"}


def test_gaps_are_filled_from_lower_sources_and_marked() -> None:
    bare = OUT.model_copy(update={"end": None})
    by_mail = OUT.model_copy(update={"cabin": "Y"})
    traveller = after(booking("tmc", "PNR", bare, at=1), booking("email", "XYZ", by_mail, at=2))

    [segment] = traveller.live()[0]["segments"]
    assert segment["end"]["local"] == "2026-05-12T13:00:00"
    filled = {
        entry["fields"][0]: entry["owner"]["source"] for entry in segment["provenance"] if entry.get("filled")
    }
    assert filled == {"end": "email"}
    assert segment["cabin"] == "Y"  # a group that the agency left alone altogether


def test_the_supplier_of_the_room_knows_its_price_and_the_agency_its_dates() -> None:
    agency = HOTEL.model_copy(update={"total": Money(amount="800.00", currency="USD")})
    hotel = HOTEL.model_copy(
        update={
            "total": Money(amount="810.00", currency="USD"),
            "end": HOTEL.end and HOTEL.end.model_copy(update={"local": "2026-05-17"}),
        }
    )
    traveller = after(booking("tmc", "PNR", agency, at=1), booking("supplier", "H1", hotel, at=2))

    [segment] = traveller.live()[0]["segments"]
    assert segment["total"]["amount"] == "810.00"
    assert segment["end"]["local"] == "2026-05-16"


def test_a_segment_missing_from_a_newer_snapshot_is_gone() -> None:
    traveller = after(booking("tmc", "PNR", OUT, BACK, at=1), booking("tmc", "PNR", OUT, at=2))

    assert values(traveller.live()[0], "air", "flight_number") == ["400"]


def test_an_older_statement_changes_nothing_and_counts_as_stale() -> None:
    traveller = after(booking("tmc", "PNR", OUT, at=5))
    made = traveller.feed(booking("tmc", "PNR", OUT, BACK, at=2))

    assert [outcome.result.value for outcome in made.outcomes] == ["stale"]
    assert made.trips == ()
    assert made.outcomes[0].trip == next(iter(traveller.trips()))


def test_the_sources_own_revision_beats_the_time_of_arrival() -> None:
    traveller = after(
        booking("tripit", "T1", OUT, at=1, source_revision=7),
        booking("tripit", "T1", OUT, BACK, at=2, source_revision=6),
    )

    assert values(traveller.live()[0], "air", "flight_number") == ["400"]


def test_a_cancellation_before_the_booking_holds() -> None:
    early = cancellation("tmc", "PNR", at=9)
    traveller = after(early, booking("tmc", "PNR", OUT, at=1))

    assert traveller.live() == []
    [trip] = traveller.trips().values()
    assert trip["content"]["status"] == "cancelled"


def test_a_cancelled_number_cancels_one_segment_and_leaves_the_other() -> None:
    first = rental("AL", "SEA", "2026-05-13T12:00:00", "2026-05-15T12:00:00", confirmation="F-167")
    second = rental("AL", "PDX", "2026-05-15T13:00:00", "2026-05-16T12:00:00", confirmation="F-168")
    traveller = after(
        number_cancellation("supplier", "f167", at=4), booking("supplier", "P50", first, second, at=1)
    )

    assert values(traveller.live()[0], "car", "status") == ["cancelled", "confirmed"]


def test_a_cancellation_from_a_lower_source_is_only_suspected() -> None:
    traveller = after(
        booking("tmc", "PNR", OUT, at=1),
        booking("email", "XYZ", OUT, at=2),
        cancellation("email", "XYZ", at=3),
    )

    [segment] = traveller.live()[0]["segments"]
    assert segment["suspected_cancelled"] is True
    assert segment["status"] == "confirmed"


def test_a_cancellation_from_the_best_source_holds_although_the_mail_still_stands() -> None:
    traveller = after(
        booking("tmc", "PNR", OUT, at=1), booking("email", "XYZ", OUT, at=2), cancellation("tmc", "PNR", at=3)
    )

    assert traveller.live() == []


def test_one_mail_that_names_two_agency_hotels_does_not_make_them_one() -> None:
    one = stay("Grand Hotel", "2026-05-12", "2026-05-14", confirmation="A1")
    two = stay("Grand Hotel", "2026-05-12", "2026-05-14", confirmation="A2")
    mail = stay("Grand Hotel", "2026-05-12", "2026-05-14")
    traveller = after(
        booking("tmc", "P1", one, at=1), booking("tmc", "P2", two, at=2), booking("email", "M", mail, at=3)
    )

    assert len(traveller.live()[0]["segments"]) == 2


def test_a_trip_posted_later_takes_over_nothing_by_dates() -> None:
    trip = trip_posted_as("one")
    inside = booking("tmc", "C1", POSTED_CAR, at=2, trip=trip)
    header = posted_trip("one", inside, at=2)
    loose = booking("supplier", "PANAMA50", CAR, at=1)

    assert sorted(grouped(after(loose, header, inside))) == [["C1"], ["PANAMA50"]]
    assert grouped(after(header, inside, loose.model_copy(update={"revision": loose.revision}))) == [
        ["C1", "PANAMA50"]
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_number_cancelled_again_years_later_leaves_cancelled_what_was(order: tuple[int, int]) -> None:
    days = 24 * 3600  # messages are a second apart, the first in November 2023
    cancelled = [number_cancellation("tmc", "F1", at=at) for at in (2, 1000 * days)]
    cars = [
        rental("AL", "SEA", f"{day}T12:00:00", f"{day}T18:00:00", confirmation="F1")
        for day in ("2023-11-20", "2026-08-20")
    ]
    traveller = after(booking("tmc", "A", cars[0], at=1), booking("tmc", "B", cars[1], at=999 * days))

    traveller.each(*(cancelled[which] for which in order))

    assert traveller.live() == []


def test_a_proposal_attracts_nothing() -> None:
    trip = trip_posted_as("one")
    inside = booking("tmc", "C1", POSTED_CAR, at=1, trip=trip)
    traveller = after(
        posted_trip("one", inside, at=1, status="proposal"), inside, booking("supplier", "P50", CAR, at=2)
    )

    assert sorted(grouped(traveller)) == [["C1"], ["P50"]]


def test_two_posted_trips_never_merge() -> None:
    first, second = trip_posted_as("one"), trip_posted_as("two")
    a = booking("tmc", "C1", POSTED_CAR, at=1, trip=first)
    b = booking("tmc", "C1", POSTED_CAR, at=2, trip=second)
    traveller = after(posted_trip("one", a, at=1), a, posted_trip("two", b, at=2), b)

    assert sorted(traveller.trips()) == sorted([first, second])


def test_a_booking_that_a_newer_header_no_longer_names_is_withdrawn() -> None:
    trip = trip_posted_as("one")
    a = booking("tmc", "C1", POSTED_CAR, at=1, trip=trip)
    b = booking("tmc", "H1", HOTEL, at=1, trip=trip)
    traveller = after(posted_trip("one", a, b, at=1), a, b, posted_trip("one", a, at=2))

    assert grouped(traveller) == [["C1"]]


def test_a_later_post_of_a_pinned_booking_without_trip_id_updates_it() -> None:
    trip = trip_posted_as("one")
    inside = booking("tmc", "C1", POSTED_CAR, at=1, trip=trip)
    moved = POSTED_CAR.model_copy(update={"end": CAR.end})
    traveller = after(posted_trip("one", inside, at=1), inside, booking("tmc", "C1", moved, at=2))

    assert grouped(traveller) == [["C1"]]
    assert values(traveller.live()[0], "car", "end") == [{"local": "2026-05-15T12:00:00"}]
    assert traveller.resolve(next(iter(traveller.trips()))) == trip


def test_a_booking_sent_to_a_trip_that_nobody_posted_joins_that_trip_and_pins_nothing() -> None:
    far = stay("Far", "2027-01-01", "2027-01-02")
    traveller = after(booking("tmc", "PNR", OUT, at=1))
    [trip] = traveller.trips()
    traveller.each(booking("tmc", "FAR", far, at=2, explicit_trip=trip))

    assert grouped(traveller) == [["FAR", "PNR"]]
    assert list(traveller.trips()) == [trip]


def test_a_withdrawn_booking_is_not_shown() -> None:
    traveller = after(booking("email", "XYZ", OUT, at=1), withdrawal("email", "XYZ", at=2))

    assert traveller.trips() == {}


def test_a_bridging_booking_merges_into_the_older_trip_and_its_cancellation_splits_again() -> None:
    one = booking("tmc", "A", stay("One", "2026-05-01", "2026-05-02"), at=1)
    two = booking("tmc", "B", stay("Two", "2026-05-06", "2026-05-07"), at=2)
    bridge = booking("tmc", "C", stay("Bridge", "2026-05-02", "2026-05-06"), at=3)
    traveller = after(one, two)
    older, younger = (t["id"] for t in traveller.trips().values())

    traveller.each(bridge)
    assert list(traveller.trips()) == [older]
    assert traveller.resolve(younger) == older
    assert "merged" in all_changes(traveller.written)

    traveller.each(cancellation("tmc", "C", at=4))
    assert sorted(traveller.trips()) == sorted([older, younger])
    assert "split" in all_changes(traveller.written)


def test_a_rebooking_on_the_same_days_keeps_the_trips_id() -> None:
    traveller = after(booking("tmc", "A", OUT, BACK, at=1))
    [trip] = traveller.trips()
    traveller.each(cancellation("tmc", "A", at=2), booking("tmc", "B", OUT, BACK, at=3))

    assert [t for t in traveller.trips() if traveller.trips()[t]["content"]["status"] != "cancelled"] == [
        trip
    ]


def test_people_merge_split_and_undo() -> None:
    one = booking("tmc", "A", stay("One", "2026-05-01", "2026-05-02"), at=1)
    two = booking("tmc", "B", stay("Two", "2026-05-16", "2026-05-17"), at=2)
    traveller = after(one, two)
    ids = tuple(t["id"] for t in traveller.trips().values())

    traveller.each(override("m", MergeTrips(trips=ids), at=3))
    assert grouped(traveller) == [["A", "B"]]
    traveller.each(override("m", None, at=4))
    assert grouped(traveller) == [["A"], ["B"]]
    assert tuple(traveller.trips()) == ids


def test_people_split_what_overlaps() -> None:
    one, two = booking("tmc", "A", HOTEL, at=1), booking("tmc", "B", OUT, at=2)
    traveller = after(one, two, override("s", SplitTrip(records=(two.record,)), at=3))

    assert sorted(grouped(traveller)) == [["A"], ["B"]]


def test_people_correct_a_value_and_it_survives_newer_bookings() -> None:
    traveller = after(booking("tmc", "A", HOTEL, at=1))
    [segment] = traveller.live()[0]["segments"]
    right = CorrectSegment(segment=segment["id"], values=HotelSegment(room_type="Suite", name="Palace"))
    traveller.each(override("c", right, at=2), booking("tmc", "A", HOTEL, at=3))

    [segment] = traveller.live()[0]["segments"]
    assert (segment["room_type"], segment["name"]) == ("Suite", "Palace")
    assert segment["sources"] == ["manual", "tmc"]


def test_people_say_that_two_segments_are_not_the_same() -> None:
    traveller = after(booking("tmc", "A", OUT, at=1), booking("email", "B", OUT, at=2))
    [segment] = traveller.live()[0]["segments"]
    apart = DifferentSegments(segments=(segment["id"], segment["also_known_as"][0]))
    traveller.each(override("d", apart, at=3))

    assert len(traveller.live()[0]["segments"]) == 2


def test_a_trip_completes_at_the_end_of_its_last_segment_once_time_has_passed() -> None:
    traveller = after(booking("tmc", "A", CAR, at=1))
    [trip] = traveller.trips().values()
    assert trip["content"]["completes_at"] == "2026-05-16T00:00:00Z"  # unknown offset: latest on Earth
    assert trip["content"]["expense"]["reason"] == "not_over"

    traveller.each(advance("2026-05-16T00:00:00Z", at=2))
    [trip] = traveller.trips().values()
    assert trip["content"]["completed"] is True
    assert trip["content"]["expense"] == {
        "ready": True,
        "reason": "over_with_expensable_segment",
        "since": "2026-05-16T00:00:00Z",
    }
    assert {"completed", "ready_to_expense"} <= set(all_changes(traveller.written))


def test_air_is_expensable_with_a_valid_coupon_only() -> None:
    worthless = Ticket(coupons=(Coupon(status="EXCH"),))
    valid = Ticket(coupons=(Coupon(status="EXCH"), Coupon(status="OPEN")))
    reasons = [
        after(
            booking("tmc", "A", OUT, at=1, tickets=(ticket,)), advance("2026-06-01T00:00:00Z", at=2)
        ).live()[0]["expense"]["reason"]
        for ticket in (worthless, valid)
    ]

    assert reasons == ["nothing_expensable", "over_with_valid_coupon"]


def test_an_instant_later_than_its_append_time_is_refused() -> None:
    made = after().feed(advance("2150-01-01T00:00:00Z", at=1))

    assert [outcome.result.value for outcome in made.outcomes] == ["refused"]


def test_an_undated_booking_is_a_trip_by_itself() -> None:
    undated = AirSegment(carrier="LH", flight_number="1", status=SegmentStatus.CONFIRMED)
    traveller = after(booking("tmc", "A", HOTEL, at=1), booking("tmc", "B", undated, at=2))

    assert grouped(traveller) == [["A"], ["B"]]


def test_a_trip_of_more_than_500_segments_is_refused_and_the_rest_stands() -> None:
    many = tuple(stay(f"Inn {n}", "2026-05-12", "2026-05-13", confirmation=f"N{n}") for n in range(400))
    traveller = after(booking("tmc", "A", *many, at=1))
    made = traveller.feed(
        booking(
            "supplier",
            "B",
            *(stay(f"Lodge {n}", "2026-05-12", "2026-05-13") for n in range(1000, 1400)),
            at=2,
        )
    )

    assert [outcome.result.value for outcome in made.outcomes] == ["refused"]
    assert [locators(content) for content in traveller.live()] == [["A"]]
