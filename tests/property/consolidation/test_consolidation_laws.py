"""The laws of consolidation (design, section 5), each over random histories of one traveller."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from schemas.base import canonical_json
from schemas.booking_record import (
    BookingRecord,
    MergeTrips,
    PostedTripRecord,
    SameSegments,
    Source,
    SplitTrip,
    Statement,
)
from schemas.matching import compare
from schemas.segments import FIELD_PLACES, Segment
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.outputs import encoded_content
from services.consolidator.domain.posted_trips import pinned_trips
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.registers import Accepted, accept, record_key_of
from services.consolidator.domain.trips import consolidate
from tests.support.histories import histories, segments, two_of_one_kind
from tests.support.laws import law
from tests.support.statements import booking, cancellation, flight, override, posted_trip, trip_posted_as
from tests.support.trips import APPENDED_MS, Traveller, after, fields_said

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


@law(history=histories(), data=st.data())
def test_any_order_duplication_and_stale_interleaving_gives_the_same_bytes(
    history: list[Statement], data: st.DataObject
) -> None:
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=6))
    shuffled = data.draw(st.permutations([*history, *repeats]))

    first, second = accepted(history), accepted(shuffled)

    assert first.keys() == second.keys()
    assert contents(first) == contents(founded_as(second, first))


@law(history=histories(), data=st.data())
def test_what_is_written_is_what_f_computes_however_inputs_were_batched(
    history: list[Statement], data: st.DataObject
) -> None:
    traveller = Traveller()
    rest = list(history)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        traveller.feed(*rest[:size])
        rest = rest[size:]

    written = {trip_id: encoded_content(trip["content"]) for trip_id, trip in traveller.trips().items()}
    assert written == dict(expected_trips(traveller.state, settings=SETTINGS))


@law(history=histories())
def test_feeding_everything_again_writes_nothing(history: list[Statement]) -> None:
    traveller = after(*history)
    again = traveller.feed(*history)

    assert (again.records, again.trips) == ((), ())


@law(history=histories(), stated=st.lists(segments(), max_size=2))
def test_a_sender_that_repeats_itself_changes_no_trip(history: list[Statement], stated: list[Any]) -> None:
    traveller = after(*history, booking("tmc", "AGAIN", *stated, at=100))
    repeated = traveller.feed(booking("tmc", "AGAIN", *stated, at=101))

    assert repeated.trips == ()


@law(history=histories())
def test_a_restored_state_goes_on_as_the_old_one_would(history: list[Statement]) -> None:
    *most, last = history
    traveller, restored = after(*most), Traveller()
    for record in traveller.state.records.values():
        restored.state.restore_record(record)
    for trip_id, value in traveller.state.trips.items():
        restored.state.restore_trip(trip_id, value)
    restored.offset = traveller.offset

    assert restored.feed(last).trips == traveller.feed(last).trips
    assert restored.state.records == traveller.state.records


@law(history=histories())
def test_every_value_written_is_valid_in_the_language(history: list[Statement]) -> None:
    for value in after(*history).written:
        assert value.decode(value.encode()) == value


@law(history=histories())
def test_every_shown_field_has_exactly_one_provenance_and_is_that_claims_value(
    history: list[Statement],
) -> None:
    traveller = after(*history)
    bookings = bookings_of(traveller.state.records)
    for trip in traveller.trips().values():
        for segment in trip["content"]["segments"]:
            explained: list[str] = []
            for entry in segment["provenance"]:
                explained += entry["fields"]
                claims = bookings[entry["record"]].claims
                said = {
                    field: value
                    for claim in claims
                    if any(c["segment"] == claim.id for c in segment["claims"])
                    for field, value in fields_said(claim.segment).items()
                }
                _assert_said(segment, entry["fields"], said)
            assert len(explained) == len(set(explained))
            assert _shown_fields(segment) == {field.split(".")[0] for field in explained} - {"status"}


def _shown_fields(segment: dict[str, Any]) -> set[str]:
    """All but the status, which is computed from who says what."""
    return (segment.keys() & FIELD_PLACES.keys()) - {"status"}


def _assert_said(segment: dict[str, Any], fields: list[str], said: dict[str, Any]) -> None:
    for field in fields:
        if field.startswith("confirmation_numbers"):
            shown = [n for n in segment["confirmation_numbers"] if n in said["confirmation_numbers"]]
            assert shown
        elif field != "status":
            assert segment[field] == said[field]


@law(history=histories())
def test_every_segment_and_booking_is_in_exactly_one_trip(history: list[Statement]) -> None:
    contents = [trip["content"] for trip in after(*history).trips().values()]
    ids = [segment["id"] for content in contents for segment in content["segments"]]
    records = [booking["record"] for content in contents for booking in content["bookings"]]

    assert len(ids) == len(set(ids))
    assert len(records) == len(set(records))


@law(history=histories())
def test_two_segments_of_one_record_are_never_one(history: list[Statement]) -> None:
    for trip in after(*history).trips().values():
        for segment in trip["content"]["segments"]:
            records = [claim["record"] for claim in segment["claims"]]
            assert len(records) == len(set(records))


@law(history=histories(overrides=False))
def test_posted_trips_never_merge_and_keep_their_id(history: list[Statement]) -> None:
    traveller = after(*history)
    posted = pinned_trips(traveller.state.records.values())

    assert posted.keys() <= traveller.trips().keys()


@law(history=histories())
def test_every_id_ever_given_leads_to_one_trip_or_to_nothing_left(history: list[Statement]) -> None:
    traveller = Traveller()
    given_ids: set[str] = set()
    for statement in history:
        traveller.feed(statement)
        homes = [a for trip in traveller.trips().values() for a in (trip["id"], *trip["also_known_as"])]
        assert len(homes) == len(set(homes))
        given_ids |= traveller.trips().keys()
        for trip_id in given_ids - set(homes):
            assert b'"kind":"deleted"' in traveller.state.trips[trip_id]


@law(history=histories(overrides=False), extra=st.lists(segments(), min_size=1, max_size=2))
def test_a_new_booking_leaves_each_trip_its_id_or_merges_it_into_an_older_or_posted_one(
    history: list[Statement], extra: list[Any]
) -> None:
    traveller = after(*history)
    before, lived = traveller.trips(), _live_trips(traveller).keys()
    ages = {trip.id: trip.founded for trip in traveller.state.settled.values()}
    traveller.feed(booking("tmc", "NEW", *extra, at=100))

    for trip_id in before:
        home = traveller.resolve(trip_id)
        assert home is not None
        pinned = traveller.trips()[home]["content"].get("posted") is not None
        # A trip that lives does not lose its id to one that was cancelled, however old.
        ended = trip_id not in lived and home in lived
        assert home == trip_id or pinned or ended or ages.get(home, -1) <= ages[trip_id]


@law(history=histories(overrides=False))
def test_after_a_cancellation_one_part_keeps_the_id_and_other_trips_keep_theirs_or_take_in_a_freed_part(
    history: list[Statement],
) -> None:
    traveller = after(*history)
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


@law(history=histories(overrides=False), mail=st.lists(segments(), min_size=1, max_size=3))
def test_a_lower_source_changes_no_value_that_a_higher_one_gave(
    history: list[Statement], mail: list[Any]
) -> None:
    higher = [s for s in history if not _says(s, "email")]
    traveller = Traveller()
    traveller.each(*higher)
    before = _segments(traveller)
    traveller.feed(booking("email", "MAIL", *mail, at=100))
    now = _segments(traveller)

    known = {claim: segment for segment in now.values() for claim in _claim_ids(segment)}
    for segment in before.values():
        after_mail = known[segment["claims"][0]["segment"]]
        for entry in segment["provenance"]:
            for field in entry["fields"]:
                name = field.split(".")[0]
                assert name == "confirmation_numbers" or after_mail[name] == segment[name]


@law(history=histories(overrides=False), mail=st.lists(segments(), min_size=1, max_size=3))
def test_a_lower_source_never_joins_two_segments_that_higher_ones_left_apart(
    history: list[Statement], mail: list[Any]
) -> None:
    traveller = Traveller()
    traveller.each(*(s for s in history if not _says(s, "email")))
    before = {frozenset(_claim_ids(segment)) for segment in _segments(traveller).values()}
    traveller.feed(booking("email", "MAIL", *mail, at=100))

    mail_record = booking("email", "MAIL", at=100).record
    now = {
        frozenset(c["segment"] for c in segment["claims"] if c["record"] != mail_record)
        for segment in _segments(traveller).values()
    }
    assert before == now - {frozenset()}


@law(history=histories())
def test_the_same_posts_twice_are_one_trip(history: list[Statement]) -> None:
    posted = [r for r in after(*history, *history).state.records.values() if isinstance(r, PostedTripRecord)]

    assert len({record.trip for record in posted}) == len(posted)


@law(
    history=histories(overrides=False),
    first=st.lists(segments(), min_size=1, max_size=2),
    later=st.lists(segments(), min_size=1, max_size=2),
    status=st.sampled_from(["confirmed", "cancelled", "proposal"]),
)
def test_a_later_creation_of_the_same_trip_changes_nothing(
    history: list[Statement], first: list[Segment], later: list[Segment], status: str
) -> None:
    traveller = after(*history, *_creation("A", *first, at=100))
    before = traveller.trips()
    traveller.feed(*_creation("A", *later, at=101), *_creation("Z", *later, at=102, status=status))

    assert traveller.content() == sorted(encoded_content(trip["content"]) for trip in before.values())
    assert traveller.trips().keys() == before.keys()


def _creation(locator: str, *stated: Segment, at: int, status: str = "confirmed") -> list[Statement]:
    made = booking("tmc", locator, *stated, at=at, trip=trip_posted_as("one"), opens=True)
    return [posted_trip("one", made, at=at, status=status, opens=True), made]


@law(history=histories())
def test_cancel_then_create_again_brings_the_booking_back(history: list[Statement]) -> None:
    traveller = after(*history)
    # Where nothing else flies: a supplier that cancels the same seat under another number is believed.
    again = booking("tmc", "BACK", flight("SK 7", "OSL-ARN", "2026-05-03T08:00:00"), at=103)
    first = booking("tmc", "BACK", flight("SK 7", "OSL-ARN", "2026-05-03T08:00:00"), at=101)
    traveller.each(first, cancellation("tmc", "BACK", at=102), again)

    shown = [b for content in traveller.live() for b in content["bookings"] if b["record"] == first.record]
    assert [b["status"] for b in shown] == ["confirmed"]


@law(history=histories())
def test_records_keep_their_age(history: list[Statement]) -> None:
    traveller = Traveller()
    founded: dict[str, int] = {}
    for statement in history:
        traveller.feed(statement)
        for record in traveller.state.records.values():
            if isinstance(record, BookingRecord):
                assert founded.setdefault(record.record, record.founded) == record.founded


@law(history=histories())
def test_no_two_claims_of_a_segment_contradict_each_other(history: list[Statement]) -> None:
    traveller = after(*history)
    stated = {c.id: c.segment for b in bookings_of(traveller.state.records).values() for c in b.claims}
    for segment in _segments(traveller).values():
        for one, other in combinations(_claim_ids(segment), 2):
            assert compare(stated[one], stated[other]).conflict is None


@law(history=histories())
def test_no_value_is_invented(history: list[Statement]) -> None:
    traveller = after(*history)
    said = {
        canonical_json(value)
        for booking_ in bookings_of(traveller.state.records).values()
        for claim in booking_.claims
        for value in fields_said(claim.segment).values()
    }
    for segment in _segments(traveller).values():
        for field in segment.keys() & FIELD_PLACES.keys() - {"status", "confirmation_numbers"}:
            assert canonical_json(segment[field]) in said


@law(history=histories(overrides=False), stated=st.lists(segments(), min_size=1, max_size=2))
def test_cancel_before_create_is_create_then_cancel(history: list[Statement], stated: list[Any]) -> None:
    created = booking("supplier", "LATE", *stated, at=101)
    ended = cancellation("supplier", "LATE", at=102)

    first, second = accepted([*history, created, ended]), accepted([*history, ended, created])

    assert contents(first) == contents(founded_as(second, first))


@law(history=histories(overrides=False), data=st.data())
def test_merge_then_undo_restores(history: list[Statement], data: st.DataObject) -> None:
    traveller = after(*history)
    trips = sorted(traveller.trips())
    if len(trips) > 1:
        chosen = data.draw(st.lists(st.sampled_from(trips), min_size=2, max_size=3, unique=True))
        before = traveller.content()
        traveller.feed(override("merge", MergeTrips(trips=tuple(chosen)), at=100))
        traveller.feed(override("merge", None, at=101))

        assert traveller.content() == before


@law(history=histories(overrides=False), data=st.data())
def test_split_then_undo_restores(history: list[Statement], data: st.DataObject) -> None:
    traveller = after(*history)
    records = sorted(bookings_of(traveller.state.records))
    if records:
        chosen = data.draw(st.lists(st.sampled_from(records), min_size=1, max_size=2, unique=True))
        before = traveller.content()
        traveller.feed(override("split", SplitTrip(records=tuple(chosen)), at=100))
        traveller.feed(override("split", None, at=101))

        assert traveller.content() == before


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
