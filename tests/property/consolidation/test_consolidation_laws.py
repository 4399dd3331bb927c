"""The laws of consolidation (design, section 5), each over random histories of one traveller.

To live a history costs more than most laws do: those that only ask what follows from it look at the same
histories, and each goes on with a twin of who lived it. What breaks is named by the function in which it
broke, and in a note on the failure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hypothesis import strategies as st

from schemas.booking_record import (
    MergeTrips,
    SameSegments,
    Source,
    SplitTrip,
    Statement,
)
from schemas.segments import CONFIRMATION_NUMBERS, Segment, field_of
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import encoded_content
from services.consolidator.domain.posted_trips import pinned_trips
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import Accepted, accept, record_key_of
from services.consolidator.domain.trips import consolidate
from tests.support.histories import Dice, histories, segments, throws, two_of_one_kind
from tests.support.laws import hold, joint_law, law
from tests.support.statements import booking, cancellation, flight, override, posted_trip, trip_posted_as
from tests.support.trips import APPENDED_MS, Traveller, after

SETTINGS = TenantSettings()


def accepted(history: Sequence[Statement]) -> dict[str, TravellerRecord]:
    """The records that statements leave, in the order given."""
    records: dict[str, TravellerRecord] = {}
    for offset, statement in enumerate(history):
        item = Input(statement, offset=offset, appended_ms=APPENDED_MS)
        key = record_key_of(item)
        assert key is not None
        result = accept(records.get(key), item)
        if isinstance(result, Accepted) and result.record is not None:
            records[key] = result.record
    return records


def founded_as(
    records: dict[str, TravellerRecord], like: dict[str, TravellerRecord]
) -> dict[str, TravellerRecord]:
    """The same records with the ages of other ones: age is given, not computed."""
    ages = ("founded", "founded_ms", "offset")
    return {
        key: record.model_copy(update={name: getattr(like[key], name) for name in ages})
        for key, record in records.items()
    }


def contents(records: dict[str, TravellerRecord]) -> list[bytes]:
    view = consolidate(records, settings=SETTINGS)
    groups = [group for group in view.groups if group.members or group.header is not None]
    return sorted(encoded_content(view.content(group)) for group in groups)


@dataclass(frozen=True)
class Life:
    """A history that was lived, and what else was drawn for what may follow; changed by no law."""

    history: list[Statement]
    thrown: bytes
    first: list[Segment]
    later: list[Segment]
    status: str = "confirmed"

    @cached_property
    def eve(self) -> Traveller:
        """Who lived all but the last."""
        return after(*self.history[:-1])

    @cached_property
    def lived(self) -> Traveller:
        traveller = self.eve.twin()
        traveller.feed(self.history[-1])
        return traveller

    @cached_property
    def content(self) -> list[bytes]:
        return self.lived.content()


few = st.lists(segments(), min_size=1, max_size=2)


@joint_law(history=histories(), thrown=throws(48), first=st.lists(segments(), max_size=2))
def test_whatever_came_the_laws_of_order_and_repetition_hold(
    history: list[Statement], thrown: bytes, first: list[Segment]
) -> None:
    hold(OF_ORDER_AND_REPETITION, Life(history, thrown, first, first))


@joint_law(
    history=histories(overrides=False),
    thrown=throws(8),
    first=few,
    later=few,
    status=st.sampled_from(["confirmed", "cancelled", "proposal"]),
)
def test_whatever_came_the_laws_of_what_may_follow_hold(
    history: list[Statement], thrown: bytes, first: list[Segment], later: list[Segment], status: str
) -> None:
    hold(OF_WHAT_MAY_FOLLOW, Life(history, thrown, first, later, status))


# --- order and repetition ------------------------------------------------------------------------


def any_order_duplication_and_stale_interleaving_gives_the_same_bytes(life: Life) -> None:
    dice = Dice(life.thrown)
    repeated = [*life.history, *(dice.of(*life.history) for _ in range(dice.below(7)))]
    shuffled = dice.some_of(repeated, least=len(repeated), most=len(repeated))

    first, second = accepted(life.history), accepted(shuffled)

    assert first.keys() == second.keys()
    assert contents(first) == contents(founded_as(second, first))


def what_is_written_is_what_f_computes_however_inputs_were_batched(life: Life) -> None:
    traveller, dice = Traveller(), Dice(life.thrown)
    rest = list(life.history)
    while rest:
        size = 1 + dice.below(len(rest))
        traveller.feed(*rest[:size])
        rest = rest[size:]

    written = {trip_id: encoded_content(trip["content"]) for trip_id, trip in traveller.trips().items()}
    assert written == dict(expected_trips(traveller.state.records, settings=SETTINGS))


def a_sender_that_repeats_itself_changes_no_trip(life: Life) -> None:
    traveller = life.lived.twin()
    traveller.feed(booking("tmc", "AGAIN", *life.first, at=100))
    repeated = traveller.feed(booking("tmc", "AGAIN", *life.first, at=101))

    assert repeated.trips == ()


def a_restored_state_goes_on_as_the_old_one_would(life: Life) -> None:
    last = life.history[-1]
    traveller, restored = life.eve.twin(), Traveller()
    for record in traveller.state.records.values():
        restored.state.restore_record(record)
    for trip_id, value in traveller.state.trips.items():
        restored.state.restore_trip(trip_id, value)
    restored.offset = traveller.offset

    assert restored.feed(last).trips == traveller.feed(last).trips
    assert restored.state.records == traveller.state.records


def cancel_then_create_again_brings_the_booking_back(life: Life) -> None:
    traveller = life.lived.twin()
    # Where nothing else flies: a supplier that cancels the same seat under another number is believed.
    again = booking("tmc", "BACK", flight("SK 7", "OSL-ARN", "2026-05-03T08:00:00"), at=103)
    first = booking("tmc", "BACK", flight("SK 7", "OSL-ARN", "2026-05-03T08:00:00"), at=101)
    traveller.each(first, cancellation("tmc", "BACK", at=102), again)

    shown = [b for content in traveller.live() for b in content["bookings"] if b["record"] == first.record]
    assert [b["status"] for b in shown] == ["confirmed"]


OF_ORDER_AND_REPETITION: tuple[Callable[[Life], None], ...] = (
    any_order_duplication_and_stale_interleaving_gives_the_same_bytes,
    what_is_written_is_what_f_computes_however_inputs_were_batched,
    a_sender_that_repeats_itself_changes_no_trip,
    a_restored_state_goes_on_as_the_old_one_would,
    cancel_then_create_again_brings_the_booking_back,
)


# --- what may follow -----------------------------------------------------------------------------


def posted_trips_never_merge_and_keep_their_id(life: Life) -> None:
    posted = pinned_trips(life.lived.state.records.values())

    assert posted.keys() <= life.lived.trips().keys()


def a_new_booking_leaves_each_trip_its_id_or_merges_it_into_an_older_or_posted_one(life: Life) -> None:
    traveller = life.lived.twin()
    before, lived = traveller.trips(), _live_trips(traveller).keys()
    ages = {trip.id: trip.founded for trip in traveller.state.settled.values()}
    traveller.feed(booking("tmc", "NEW", *life.first, at=100))

    now, homes = traveller.trips(), traveller.homes()
    for trip_id in before:
        home = homes.get(trip_id)
        assert home is not None
        pinned = now[home]["content"].get("posted") is not None
        # A trip that lives does not lose its id to one that was cancelled, however old.
        ended = trip_id not in lived and home in lived
        assert home == trip_id or pinned or ended or ages.get(home, -1) <= ages[trip_id]


def after_a_cancellation_one_part_keeps_the_id_and_other_trips_keep_theirs_or_take_in_a_freed_part(
    life: Life,
) -> None:
    traveller = life.lived.twin()
    before, known_as = _live_trips(traveller), _ids_of_trips(traveller)
    traveller.feed(cancellation("tmc", "A", at=100))

    now = _live_trips(traveller)
    loose = booking("tmc", "A", at=0).record
    posted = pinned_trips(traveller.state.records.values())
    # A posted trip may hold the same booking: to cancel it without trip id cancels it there, too.
    read_as = bookings_of(traveller.state.records).values()
    cancelled = {b.key for b in read_as if loose in (b.key, *b.also)}
    hit = [trip_id for trip_id, members in before.items() if members & cancelled]
    freed = {record for trip_id in hit for record in before[trip_id]}
    live = frozenset[str]().union(*now.values())
    freed_ids = {token for trip_id in hit for token in known_as[trip_id]}
    for trip_id, members in before.items():
        if trip_id not in hit:
            home = traveller.resolve(trip_id)
            # A posted trip that was cancelled lets go of what it had drawn; that may fall to another trip by
            # its dates, and of the two ids the older one names the whole.
            assert home == trip_id or home in freed_ids
            assert members <= now[home] <= members | freed
            assert (home == trip_id) or now[home] & freed
        elif members & live:
            # Exactly one remaining part keeps the id, unless that is drawn to a trip that was posted or is
            # older; a posted trip's stays with what was posted.
            home = traveller.resolve(trip_id)
            assert trip_id in posted or now[home] & members
            assert home == trip_id or home in posted or home in before


def a_later_creation_of_the_same_trip_changes_nothing(life: Life) -> None:
    traveller = life.lived.twin().each(*_creation("A", *life.first, at=100))
    before = traveller.trips()
    traveller.feed(
        *_creation("A", *life.later, at=101), *_creation("Z", *life.later, at=102, status=life.status)
    )

    assert traveller.content() == sorted(encoded_content(trip["content"]) for trip in before.values())
    assert traveller.trips().keys() == before.keys()


def _creation(locator: str, *stated: Segment, at: int, status: str = "confirmed") -> list[Statement]:
    made = booking("tmc", locator, *stated, at=at, trip=trip_posted_as("one"), opens=True)
    return [posted_trip("one", made, at=at, status=status, opens=True), made]


def cancel_before_create_is_create_then_cancel(life: Life) -> None:
    created = booking("supplier", "LATE", *life.first, at=101)
    ended = cancellation("supplier", "LATE", at=102)

    first = accepted([*life.history, created, ended])
    second = accepted([*life.history, ended, created])

    assert contents(first) == contents(founded_as(second, first))


def merge_then_undo_restores_and_so_does_split_then_undo(life: Life) -> None:
    traveller, dice = life.lived.twin(), Dice(life.thrown)
    trips, records = sorted(traveller.trips()), sorted(bookings_of(traveller.state.records))
    if len(trips) > 1:
        merged = dice.some_of(trips, least=2, most=min(3, len(trips)))
        traveller.feed(override("merge", MergeTrips(trips=tuple(merged)), at=100))
        traveller.feed(override("merge", None, at=101))
        assert traveller.content() == life.content
    if records:
        split = dice.some_of(records, least=1, most=min(2, len(records)))
        traveller.feed(override("split", SplitTrip(records=tuple(split)), at=102))
        traveller.feed(override("split", None, at=103))
        assert traveller.content() == life.content


OF_WHAT_MAY_FOLLOW: tuple[Callable[[Life], None], ...] = (
    posted_trips_never_merge_and_keep_their_id,
    a_new_booking_leaves_each_trip_its_id_or_merges_it_into_an_older_or_posted_one,
    after_a_cancellation_one_part_keeps_the_id_and_other_trips_keep_theirs_or_take_in_a_freed_part,
    a_later_creation_of_the_same_trip_changes_nothing,
    cancel_before_create_is_create_then_cancel,
    merge_then_undo_restores_and_so_does_split_then_undo,
)


# --- lives of their own --------------------------------------------------------------------------


@law(history=histories(overrides=False), mail=st.lists(segments(), min_size=1, max_size=3))
def test_a_lower_source_changes_no_value_of_a_higher_one_and_joins_no_two_segments_that_these_left_apart(
    history: list[Statement], mail: list[Any]
) -> None:
    traveller = Traveller()
    traveller.each(*(s for s in history if not _says(s, "email")))
    before = _segments(traveller)
    said = booking("email", "MAIL", *mail, at=100)
    traveller.feed(said)
    now = _segments(traveller)

    known = {claim: segment for segment in now.values() for claim in _claim_ids(segment)}
    for segment in before.values():
        after_mail = known[segment["claims"][0]["segment"]]
        for entry in segment["provenance"]:
            for field in entry["fields"]:
                name = field_of(field)
                assert name == CONFIRMATION_NUMBERS or after_mail[name] == segment[name]

    higher = {
        frozenset(c["segment"] for c in segment["claims"] if c["record"] != said.record)
        for segment in now.values()
    }
    assert {frozenset(_claim_ids(segment)) for segment in before.values()} == higher - {frozenset()}


@law(history=histories(overrides=False), stated=two_of_one_kind())
def test_what_a_person_says_is_the_same_is_one_segment_from_then_on(
    history: list[Statement], stated: tuple[Segment, Segment]
) -> None:
    one, other = stated
    traveller = after(booking("tmc", "ONE", one, at=100), *history)
    traveller.feed(booking("email", "TWO", other, at=101))
    ids = tuple(_claim_of(traveller, *sender) for sender in (("tmc", "ONE"), ("email", "TWO")))
    traveller.feed(override("same", SameSegments(segments=ids), at=102))
    traveller.feed(booking("email", "TWO", other, at=103))

    assert any(set(ids) <= set(_claim_ids(segment)) for segment in _segments(traveller).values())


def _claim_of(traveller: Traveller, source: Source, locator: str) -> str:
    return bookings_of(traveller.state.records)[booking(source, locator, at=0).record].claims[0].id


def _live_trips(traveller: Traveller) -> dict[str, frozenset[str]]:
    return {
        trip.id: frozenset(trip.group.live) for trip in traveller.state.settled.values() if trip.group.live
    }


def _ids_of_trips(traveller: Traveller) -> dict[str, set[str]]:
    return {trip_id: {trip_id, *trip["also_known_as"]} for trip_id, trip in traveller.trips().items()}


def _segments(traveller: Traveller) -> dict[str, dict[str, Any]]:
    return {
        segment["id"]: segment
        for trip in traveller.trips().values()
        for segment in trip["content"]["segments"]
    }


def _claim_ids(segment: dict[str, Any]) -> list[str]:
    return [claim["segment"] for claim in segment["claims"]]


def _says(statement: Statement, source: str) -> bool:
    owner = getattr(statement, "owner", None)
    return owner is not None and owner.source == source
