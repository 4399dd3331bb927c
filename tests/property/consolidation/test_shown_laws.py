"""What holds of a traveller's trips after any history, and of what explains them.

To live a history costs ten times as much as to look at what came of it: all these laws look at the same
histories. What breaks is named by the function in which it broke.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

from schemas.base import canonical_json
from schemas.booking_record import BookingRecord, PostedTripRecord, Statement
from schemas.matching import compare
from schemas.segments import CONFIRMATION_NUMBERS, FIELD_PLACES, field_of
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.bundles import Rule
from services.consolidator.domain.explain import explain
from services.consolidator.domain.explanation import SegmentExplained, TripExplained
from tests.support.histories import histories
from tests.support.laws import hold, joint_law
from tests.support.trips import Traveller, fields_said


class Shown:
    """What a traveller is shown at the end, each part of it worked out once for all laws."""

    def __init__(self, traveller: Traveller) -> None:
        self.trips = traveller.trips()
        self.contents: list[dict[str, Any]] = [trip["content"] for trip in self.trips.values()]
        self.segments: list[dict[str, Any]] = [s for content in self.contents for s in content["segments"]]
        bookings = bookings_of(traveller.state.records)
        self.claims = {key: [claim.id for claim in booking.claims] for key, booking in bookings.items()}
        """By booking."""
        self.stated = {claim.id: claim.segment for b in bookings.values() for claim in b.claims}
        self.said = {claim: fields_said(segment) for claim, segment in self.stated.items()}
        self.explained = explain(traveller.state.records, settings=traveller.settings).trips


class Ids:
    """Every id ever given leads to one trip, or to nothing left."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def look(self, traveller: Traveller) -> None:
        trips = traveller.trips()
        homes = [known for trip in trips.values() for known in (trip["id"], *trip["also_known_as"])]
        assert len(homes) == len(set(homes))
        self._given |= trips.keys()
        for trip_id in self._given - set(homes):
            assert b'"kind":"deleted"' in traveller.state.trips[trip_id]


class Ages:
    """Records keep their age."""

    def __init__(self) -> None:
        self._founded: dict[str, int] = {}

    def look(self, traveller: Traveller) -> None:
        for record in traveller.state.records.values():
            if isinstance(record, BookingRecord):
                assert self._founded.setdefault(record.record, record.founded) == record.founded


@joint_law(history=histories())
def test_whatever_came_the_laws_of_what_is_shown_and_of_its_explanation_hold(
    history: list[Statement],
) -> None:
    traveller, ids, ages = Traveller(), Ids(), Ages()
    for statement in history:
        traveller.feed(statement)
        ids.look(traveller)
        ages.look(traveller)
    every_value_written_is_valid_in_the_language(traveller)
    hold(OF_WHAT_IS_SHOWN, Shown(traveller))
    feeding_everything_again_writes_nothing(traveller, history)
    the_same_posts_twice_are_one_trip(traveller)


# --- what was written ----------------------------------------------------------------------------


def every_value_written_is_valid_in_the_language(traveller: Traveller) -> None:
    for value in traveller.written:
        assert value.decode(value.encode()) == value


def feeding_everything_again_writes_nothing(traveller: Traveller, history: list[Statement]) -> None:
    for again in (traveller.feed(*history), *(traveller.feed(statement) for statement in history)):
        assert (again.records, again.trips) == ((), ())


def the_same_posts_twice_are_one_trip(traveller: Traveller) -> None:
    posted = [r for r in traveller.state.records.values() if isinstance(r, PostedTripRecord)]
    assert len({record.trip for record in posted}) == len(posted)


# --- what is shown -------------------------------------------------------------------------------


def every_segment_and_booking_is_in_exactly_one_trip(shown: Shown) -> None:
    ids = [segment["id"] for segment in shown.segments]
    records = [booking["record"] for content in shown.contents for booking in content["bookings"]]

    assert len(ids) == len(set(ids))
    assert len(records) == len(set(records))


def two_segments_of_one_record_are_never_one(shown: Shown) -> None:
    for segment in shown.segments:
        records = [claim["record"] for claim in segment["claims"]]
        assert len(records) == len(set(records))


def no_two_claims_of_a_segment_contradict_each_other(shown: Shown) -> None:
    for segment in shown.segments:
        for one, other in combinations(segment["claims"], 2):
            assert compare(shown.stated[one["segment"]], shown.stated[other["segment"]]).conflict is None


def every_shown_field_has_exactly_one_provenance_and_is_that_claims_value(shown: Shown) -> None:
    for segment in shown.segments:
        explained: list[str] = []
        claims = {claim["segment"] for claim in segment["claims"]}
        for entry in segment["provenance"]:
            explained += entry["fields"]
            said: dict[str, Any] = {}
            for claim in shown.claims[entry["record"]]:
                if claim in claims:
                    said |= shown.said[claim]
            _assert_said(segment, entry["fields"], said)
        assert len(explained) == len(set(explained))
        assert _shown_fields(segment) == {field_of(field) for field in explained} - {"status"}


def _shown_fields(segment: dict[str, Any]) -> set[str]:
    """All but the status, which is computed from who says what."""
    return (segment.keys() & FIELD_PLACES.keys()) - {"status"}


def _assert_said(segment: dict[str, Any], fields: list[str], said: dict[str, Any]) -> None:
    for field in fields:
        if field_of(field) == CONFIRMATION_NUMBERS:
            assert [n for n in segment[CONFIRMATION_NUMBERS] if n in said[CONFIRMATION_NUMBERS]]
        elif field != "status":
            assert segment[field] == said[field]


def no_value_is_invented(shown: Shown) -> None:
    said = {canonical_json(value) for fields in shown.said.values() for value in fields.values()}
    for segment in shown.segments:
        for field in _shown_fields(segment) - {CONFIRMATION_NUMBERS}:
            assert canonical_json(segment[field]) in said


# --- what explains it ----------------------------------------------------------------------------


def every_shown_trip_booking_and_segment_is_explained_and_nothing_else(shown: Shown) -> None:
    assert {trip.id for trip in shown.explained} == shown.trips.keys()
    for trip in shown.explained:
        content, also = shown.trips[trip.id]["content"], shown.trips[trip.id]["also_known_as"]
        assert list(trip.also_known_as) == also
        assert [b.speaker.record for b in trip.bookings] == [b["record"] for b in content["bookings"]]
        assert [b.live for b in trip.bookings] == [b["status"] == "confirmed" for b in content["bookings"]]
        assert [s.id for s in trip.segments] == [s["id"] for s in content["segments"]]


def what_is_said_to_have_won_is_what_is_shown(shown: Shown) -> None:
    documents = {segment["id"]: segment for segment in shown.segments}
    for segment in _segments_explained(shown):
        document, standing = documents[segment.id], segment.standing
        assert standing.status == document["status"]
        assert standing.suspected_cancelled == document["suspected_cancelled"]
        assert [c.segment for c in segment.claims] == [c["segment"] for c in document["claims"]]
        assert [(v.group.value, sorted(v.values), v.speaker.record, v.filled) for v in segment.values] == [
            _provenance(entry) for entry in document["provenance"]
        ]
        _assert_shown(segment, document)


def _segments_explained(shown: Shown) -> list[SegmentExplained]:
    return [segment for trip in shown.explained for segment in trip.segments]


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


def the_claims_of_a_segment_hang_together_by_the_matches_that_are_told(shown: Shown) -> None:
    for segment in _segments_explained(shown):
        reached = {segment.claims[0].segment}
        for _ in segment.claims:
            for match in segment.matches:
                pair = {match.left.segment, match.right.segment}
                if (match.strength > 0 or match.by_person) and pair & reached:
                    reached |= pair
        assert reached == {claim.segment for claim in segment.claims}


def what_is_kept_apart_is_not_in_one_segment(shown: Shown) -> None:
    for segment in _segments_explained(shown):
        own = {claim.segment for claim in segment.claims}
        for apart in segment.kept_apart:
            assert len({apart.left.segment, apart.right.segment} & own) == 1


def every_booking_has_evidence_for_the_rule_that_placed_it(shown: Shown) -> None:
    for trip in shown.explained:
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


OF_WHAT_IS_SHOWN: tuple[Callable[[Shown], None], ...] = (
    every_segment_and_booking_is_in_exactly_one_trip,
    two_segments_of_one_record_are_never_one,
    no_two_claims_of_a_segment_contradict_each_other,
    every_shown_field_has_exactly_one_provenance_and_is_that_claims_value,
    no_value_is_invented,
    every_shown_trip_booking_and_segment_is_explained_and_nothing_else,
    what_is_said_to_have_won_is_what_is_shown,
    the_claims_of_a_segment_hang_together_by_the_matches_that_are_told,
    what_is_kept_apart_is_not_in_one_segment,
    every_booking_has_evidence_for_the_rule_that_placed_it,
)
