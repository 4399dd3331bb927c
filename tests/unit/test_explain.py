"""Explanations: each rule that decides something is told, with its evidence."""

from schemas.booking_record import CorrectSegment, DifferentSegments, MergeTrips, SameSegments, SplitTrip
from schemas.segments import FieldGroup, HotelSegment
from schemas.settings import TenantSettings
from services.consolidator.domain.bundles import Rule
from services.consolidator.domain.clustering import Apart
from services.consolidator.domain.explain import explain
from services.consolidator.domain.explanation import (
    BookingExplained,
    Explanation,
    SegmentExplained,
    ValuesWon,
)
from tests.support.statements import (
    booking,
    cancellation,
    flight,
    moment,
    number_cancellation,
    override,
    posted_trip,
    stay,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import Traveller, after

OUT = flight("LH 400", "FRA-JFK", "2026-05-12T10:00:00", "2026-05-12T13:00:00")
HOTEL = stay("Grand Hotel", "2026-05-12", "2026-05-16", city="New York")
LATE = stay("Palace", "2026-06-20", "2026-06-22", city="Rome")


def explained(traveller: Traveller) -> Explanation:
    return explain(traveller.state.records, settings=traveller.settings)


def the_booking(explanation: Explanation, locator: str) -> BookingExplained:
    [found] = [b for t in explanation.trips for b in t.bookings if b.speaker.record_locator == locator]
    return found


def the_segment(explanation: Explanation, kind: str) -> SegmentExplained:
    [found] = [s for t in explanation.trips for s in t.segments if s.type == kind]
    return found


def reasons_apart(explanation: Explanation) -> set[Apart]:
    return {apart.why for t in explanation.trips for s in t.segments for apart in s.kept_apart}


def won(segment: SegmentExplained, group: FieldGroup) -> ValuesWon:
    return next(values for values in segment.values if values.group is group)


def test_a_match_says_on_what_the_claims_agree() -> None:
    by_mail = flight("LH 0400", "FRA-JFK", "2026-05-12T10:30:00")
    traveller = after(booking("tmc", "PNR", OUT, at=1), booking("email", "XYZ", by_mail, at=2))

    [match] = the_segment(explained(traveller), "air").matches

    assert match.reasons == ("departure", "destination", "number", "origin")
    assert match.strength > 0
    named = {"tmc party PNR (tmc)", "email party XYZ (email)"}
    assert all(name in match.words for name in named)
    assert match.words.endswith(" agree on departure, destination, number and origin.")


def test_a_candidate_that_conflicts_is_said_to_stay_apart_and_on_what() -> None:
    other = OUT.model_copy(update={"flight_number": "404", "start": moment("2026-05-12T11:00:00")})
    explanation = explained(after(booking("tmc", "PNR", OUT, at=1), booking("email", "XYZ", other, at=2)))

    for segment in explanation.trips[0].segments:
        [apart] = segment.kept_apart
        assert (apart.why, apart.aspect) == (Apart.CONFLICT, "number")
        assert apart.words.endswith("stay apart: they contradict each other on number.")


def test_two_of_one_record_are_said_to_keep_a_third_from_being_both() -> None:
    twice = (HOTEL, HOTEL.model_copy(update={"room_type": "Twin"}))
    explanation = explained(after(booking("tmc", "PNR", *twice, at=1), booking("email", "XYZ", HOTEL, at=2)))

    [apart] = [a for s in explanation.trips[0].segments if len(s.claims) == 1 for a in s.kept_apart]
    assert apart.strength > 0
    assert apart.why in {Apart.ONE_RECORD, Apart.HIGHER_SOURCES}


def test_a_lower_source_is_said_not_to_join_what_better_ones_left_apart() -> None:
    numbered = stay("Grand Hotel", "2026-05-12", confirmation="N1")
    nameless = HotelSegment(start=moment("2026-05-12"), confirmation_numbers=numbered.confirmation_numbers)
    mail = stay("Grand Hotel", "2026-05-12", "2026-05-16", confirmation="N1")
    named = stay("Grand Hotel", "2026-05-12")
    explanation = explained(
        after(
            booking("supplier", "H1", nameless, at=1),
            booking("tmc", "PNR", named, at=2),
            booking("email", "XYZ", mail, at=3),
        )
    )

    assert Apart.HIGHER_SOURCES in reasons_apart(explanation)


def test_segments_posted_in_different_trips_say_so() -> None:
    first = booking("tmc", "A", HOTEL, at=1, trip=trip_posted_as("one"))
    second = booking("tmc", "B", HOTEL, at=2, trip=trip_posted_as("two"))
    explanation = explained(
        after(posted_trip("one", first, at=1), first, posted_trip("two", second, at=2), second)
    )

    assert reasons_apart(explanation) == {Apart.PINNED_APART}
    assert {b.rule for t in explanation.trips for b in t.bookings} == {Rule.POSTED}


def test_peoples_word_on_segments_is_named() -> None:
    traveller = after(booking("tmc", "PNR", HOTEL, at=1), booking("email", "XYZ", LATE, at=2))
    ids = tuple(s.id for t in explained(traveller).trips for s in t.segments)
    traveller.feed(override("o", SameSegments(segments=ids), at=3))

    [match] = the_segment(explained(traveller), "hotel").matches
    assert match.by_person
    assert "A person said" in match.words

    echo = after(booking("tmc", "PNR", HOTEL, at=1), booking("email", "XYZ", HOTEL, at=2))
    claims = tuple(claim.segment for claim in the_segment(explained(echo), "hotel").claims)
    echo.feed(override("o", DifferentSegments(segments=claims), at=3))
    assert reasons_apart(explained(echo)) == {Apart.BY_PERSON}


def test_losing_values_are_told_with_the_reason() -> None:
    longer = HOTEL.model_copy(update={"end": moment("2026-05-17"), "room_type": "King"})
    traveller = after(booking("tmc", "PNR", HOTEL, at=1), booking("tripit", "T", longer, at=2))

    segment = the_segment(explained(traveller), "hotel")

    times = won(segment, FieldGroup.ROUTE_AND_TIMES)
    assert times.speaker.record_locator == "PNR"
    assert times.order[:2] == ("manual", "tmc")
    [lost] = times.lost
    assert lost.values["end"] == {"local": "2026-05-17"}
    assert lost.words == "tripit comes after tmc."
    assert won(segment, FieldGroup.SEAT_ROOM_CLASS).speaker.record_locator == "T"
    assert [lost.words for lost in won(segment, FieldGroup.VENDOR).lost] == [
        "tripit party T (tripit) says the same."
    ]


def test_within_a_source_the_newer_revision_is_said_to_win() -> None:
    longer = HOTEL.model_copy(update={"end": moment("2026-05-17")})
    traveller = after(booking("email", "OLD", HOTEL, at=1), booking("email", "NEW", longer, at=2))

    times = won(the_segment(explained(traveller), "hotel"), FieldGroup.ROUTE_AND_TIMES)

    assert times.speaker.record_locator == "NEW"
    assert [lost.words for lost in times.lost] == [
        "email party NEW (email) is of the same source and has the newer revision."
    ]


def test_a_filled_gap_and_a_tenants_own_order_are_said_to_be_that() -> None:
    bare = HOTEL.model_copy(update={"end": None})
    traveller = after(booking("tmc", "PNR", bare, at=1), booking("email", "XYZ", HOTEL, at=2))
    filled = [v for v in the_segment(explained(traveller), "hotel").values if v.filled]
    assert [(v.speaker.record_locator, list(v.values)) for v in filled] == [("XYZ", ["end"])]

    settings = TenantSettings(precedence={FieldGroup.VENDOR: ("supplier", "tmc")})
    own = after(booking("tmc", "PNR", HOTEL, at=1), settings=settings)
    assert "this tenant's order" in won(the_segment(explained(own), "hotel"), FieldGroup.VENDOR).words


def test_an_end_before_the_start_is_said_not_to_fit() -> None:
    bare = HotelSegment(name="Grand Hotel", start=moment("2026-05-12"))
    backwards = bare.model_copy(update={"end": moment("2026-05-10")})
    traveller = after(booking("tmc", "PNR", bare, at=1), booking("email", "XYZ", backwards, at=2))

    [unfit] = the_segment(explained(traveller), "hotel").unfit

    assert unfit.values == {"end": {"local": "2026-05-10"}}
    assert "end before it starts" in unfit.words


def test_a_segments_standing_names_whose_word_it_is() -> None:
    both = (booking("tmc", "PNR", HOTEL, at=1), booking("email", "XYZ", HOTEL, at=2))

    suspected = the_segment(explained(after(*both, cancellation("email", "XYZ", at=3))), "hotel").standing
    assert (suspected.live, suspected.suspected_cancelled) == (True, True)
    assert [speaker.record_locator for speaker in suspected.against] == ["XYZ"]

    cancelled = the_segment(explained(after(*both, cancellation("tmc", "PNR", at=3))), "hotel").standing
    assert (cancelled.status, cancelled.by.record_locator) == ("cancelled", "PNR")
    assert "its owner cancelled the booking" in cancelled.words


def test_a_cancelled_number_is_named_as_the_reason() -> None:
    numbered = stay("Grand Hotel", "2026-05-12", "2026-05-16", confirmation="N1")
    explanation = explained(
        after(booking("supplier", "H1", numbered, at=1), number_cancellation("supplier", "N1", at=2))
    )

    assert "its owner cancelled the number" in the_segment(explanation, "hotel").standing.words
    assert any("N1" in entry.words for entry in explanation.not_shown)


def test_a_persons_correction_wins_and_is_named_and_dangles_once_the_segment_is_gone() -> None:
    traveller = after(booking("tmc", "PNR", HOTEL, at=1))
    segment = the_segment(explained(traveller), "hotel").id
    right = HotelSegment(end=moment("2026-05-18"))
    traveller.feed(override("o", CorrectSegment(segment=segment, values=right), at=2))

    times = won(the_segment(explained(traveller), "hotel"), FieldGroup.ROUTE_AND_TIMES)
    assert (times.speaker.owner.source, times.speaker.owner.party) == ("manual", "ada")

    traveller.feed(booking("tmc", "PNR", OUT, at=3))
    assert any("dangling" in entry.words for entry in explained(traveller).not_shown)


def test_loose_bookings_name_those_whose_dates_connect_them() -> None:
    explanation = explained(
        after(
            booking("tmc", "PNR", OUT, at=1),
            booking("supplier", "H1", HOTEL, at=2),
            booking("tmc", "ROME", LATE, at=3),
        )
    )

    near = the_booking(explanation, "PNR")
    assert near.rule is Rule.CONNECTED_BY_DATES
    assert [n.speaker.record_locator for n in near.neighbours] == ["H1"]
    assert the_booking(explanation, "ROME").neighbours == ()


def test_bookings_of_one_thing_say_what_they_share() -> None:
    explanation = explained(
        after(booking("tmc", "PNR", HOTEL, at=1), booking("email", "XYZ", HOTEL, LATE, at=2))
    )

    [tie] = the_booking(explanation, "PNR").ties
    assert [speaker.record_locator for speaker in tie.others] == ["XYZ"]
    assert "stay Grand Hotel New York on 2026-05-12" in tie.words


def test_a_booking_that_a_posted_trip_takes_in_says_by_what() -> None:
    posted = booking("tmc", "A", OUT, HOTEL, at=1, trip=trip_posted_as("one"))
    history = (posted_trip("one", posted, at=1), posted)
    overlapping = booking("supplier", "INN", stay("Inn", "2026-05-14", "2026-05-15"), at=2)

    by_dates = the_booking(explained(after(*history, overlapping)), "INN")
    assert (by_dates.rule, by_dates.overlapping_days) == (Rule.OVERLAPS_TRIP, 2)
    assert any("posted before" in words for words in by_dates.words)

    by_segment = the_booking(explained(after(*history, booking("email", "XYZ", OUT, at=2))), "XYZ")
    assert by_segment.rule is Rule.SHARES_SEGMENT
    assert any("flight LH 400 FRA-JFK" in words for words in by_segment.words)

    named = booking("supplier", "FAR", LATE, at=2, explicit_trip=trip_posted_as("one"))
    assert the_booking(explained(after(*history, named)), "FAR").rule is Rule.NAMED_BY_SENDER


def test_a_later_post_of_a_posted_booking_is_said_to_be_read_as_part_of_it() -> None:
    posted = booking("tmc", "A", HOTEL, at=1, trip=trip_posted_as("one"))
    explanation = explained(
        after(posted_trip("one", posted, at=1), posted, booking("tmc", "A", HOTEL, OUT, at=2))
    )

    [entry] = explanation.not_shown
    assert entry.words == "It is read as part of tmc party A (tmc), the same booking in a posted trip."
    assert the_booking(explanation, "A").also == (entry.record,)


def test_what_people_merged_or_split_says_so() -> None:
    traveller = after(booking("tmc", "PNR", HOTEL, at=1), booking("tmc", "ROME", LATE, at=2))
    first, second = (trip.id for trip in explained(traveller).trips)
    traveller.feed(override("m", MergeTrips(trips=(first, second)), at=3))
    assert "A person merged" in the_booking(explained(traveller), "ROME").ties[0].words

    together = after(booking("tmc", "PNR", OUT, at=1), booking("supplier", "H1", HOTEL, at=2))
    record = the_booking(explained(together), "H1").speaker.record
    together.feed(override("s", SplitTrip(records=(record,)), at=3))
    assert the_booking(explained(together), "H1").rule is Rule.SPLIT_BY_PERSON


def test_an_undated_booking_is_said_to_stand_alone() -> None:
    explanation = explained(after(booking("tmc", "U", HotelSegment(name="Grand Hotel"), at=1)))

    assert the_booking(explanation, "U").rule is Rule.UNDATED


def test_a_trip_says_where_its_id_comes_from() -> None:
    explanation = explained(after(booking("tmc", "PNR", OUT, at=1), booking("supplier", "H1", HOTEL, at=2)))

    assert any("tmc party PNR (tmc) was born with it" in words for words in explanation.trips[0].words)


def test_records_that_are_nowhere_shown_say_why() -> None:
    explanation = explained(
        after(
            booking("tmc", "GONE", HOTEL, at=1),
            withdrawal("tmc", "GONE", at=2),
            cancellation("tmc", "NEVER", at=3),
        )
    )

    assert explanation.trips == ()
    assert {n.speaker and n.speaker.record_locator: n.words for n in explanation.not_shown} == {
        "GONE": "It is withdrawn: its owner withdrew the booking.",
        "NEVER": "It was cancelled or withdrawn, and what it is was never said.",
    }


def test_stale_statements_are_said_not_to_be_in_the_records() -> None:
    assert any("stale" in note for note in explained(Traveller()).notes)


def test_an_explanation_can_be_written_and_read_as_json() -> None:
    explanation = explained(after(booking("tmc", "PNR", OUT, HOTEL, at=1)))

    assert Explanation.decode(explanation.encode()) == explanation
