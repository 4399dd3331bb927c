"""What an explanation says is what is shown, over random histories of one traveller."""

from typing import Any

from schemas.booking_record import Statement
from schemas.segments import CONFIRMATION_NUMBERS, field_of
from services.consolidator.domain.bundles import Rule
from services.consolidator.domain.explain import explain
from services.consolidator.domain.explanation import Explanation, SegmentExplained, TripExplained
from tests.support.histories import histories
from tests.support.laws import law
from tests.support.trips import Traveller, after


def explained(traveller: Traveller) -> Explanation:
    return explain(traveller.state.records, settings=traveller.settings)


@law(history=histories())
def test_every_shown_trip_booking_and_segment_is_explained_and_nothing_else(history: list[Statement]) -> None:
    traveller = after(*history)
    trips = traveller.trips()

    explanation = explained(traveller)

    assert {trip.id for trip in explanation.trips} == trips.keys()
    for trip in explanation.trips:
        content, also = trips[trip.id]["content"], trips[trip.id]["also_known_as"]
        assert list(trip.also_known_as) == also
        assert [b.speaker.record for b in trip.bookings] == [b["record"] for b in content["bookings"]]
        assert [b.live for b in trip.bookings] == [b["status"] == "confirmed" for b in content["bookings"]]
        assert [s.id for s in trip.segments] == [s["id"] for s in content["segments"]]


@law(history=histories())
def test_what_is_said_to_have_won_is_what_is_shown(history: list[Statement]) -> None:
    traveller = after(*history)
    shown = {s["id"]: s for trip in traveller.trips().values() for s in trip["content"]["segments"]}

    for trip in explained(traveller).trips:
        for segment in trip.segments:
            document, standing = shown[segment.id], segment.standing
            assert standing.status == document["status"]
            assert standing.suspected_cancelled == document["suspected_cancelled"]
            assert [c.segment for c in segment.claims] == [c["segment"] for c in document["claims"]]
            assert [
                (v.group.value, sorted(v.values), v.speaker.record, v.filled) for v in segment.values
            ] == [_provenance(entry) for entry in document["provenance"]]
            _assert_shown(segment, document)


def _provenance(entry: dict[str, Any]) -> tuple[str, list[str], str, bool]:
    return entry["group"], entry["fields"], entry["record"], entry.get("filled", False)


def _assert_shown(segment: SegmentExplained, document: dict[str, Any]) -> None:
    for won in segment.values:
        for field, value in won.values.items():
            if field_of(field) == CONFIRMATION_NUMBERS:
                assert isinstance(value, list)
                assert all(number in document[CONFIRMATION_NUMBERS] for number in value)
            elif field != "status":  # computed from who says what
                assert document[field] == value


@law(history=histories())
def test_the_claims_of_a_segment_hang_together_by_the_matches_that_are_told(history: list[Statement]) -> None:
    for trip in explained(after(*history)).trips:
        for segment in trip.segments:
            reached = {segment.claims[0].segment}
            for _ in segment.claims:
                for match in segment.matches:
                    pair = {match.left.segment, match.right.segment}
                    if (match.strength > 0 or match.by_person) and pair & reached:
                        reached |= pair
            assert reached == {claim.segment for claim in segment.claims}


@law(history=histories())
def test_what_is_kept_apart_is_not_in_one_segment(history: list[Statement]) -> None:
    for trip in explained(after(*history)).trips:
        for segment in trip.segments:
            own = {claim.segment for claim in segment.claims}
            for apart in segment.kept_apart:
                assert len({apart.left.segment, apart.right.segment} & own) == 1


@law(history=histories())
def test_every_booking_has_evidence_for_the_rule_that_placed_it(history: list[Statement]) -> None:
    for trip in explained(after(*history)).trips:
        for booking in trip.bookings:
            assert all(booking.words)
            if booking.rule is Rule.OVERLAPS_TRIP:
                assert booking.overlapping_days > 0
            if booking.rule is Rule.POSTED:
                assert trip.posted_by == booking.speaker.owner
        _assert_connected(trip)


def _assert_connected(trip: TripExplained) -> None:
    """Bookings that dates connect, or ties, reach each other by what is told."""
    loose = [b for b in trip.bookings if b.rule is Rule.CONNECTED_BY_DATES]
    reached = {booking.speaker.record for booking in loose[:1]}
    for _ in loose:
        for booking in loose:
            told = {n.speaker.record for n in booking.neighbours}
            told |= {other.record for tie in booking.ties for other in tie.others}
            if told & reached or booking.speaker.record in reached:
                reached |= {booking.speaker.record, *told}
    assert {booking.speaker.record for booking in loose} <= reached
