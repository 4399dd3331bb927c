"""What a batch of trips.v1 makes of the read model."""

from datetime import date

import pytest

from schemas.trip import OutcomeResult, TripStatus
from services.query.domain.projection import project, whole_from
from tests.support.query_trips import an_id, deletion, flight, marker, outcome, received, redirect, trip


def test_a_trip_becomes_a_row_whose_document_is_the_value_byte_for_byte() -> None:
    value = trip("rome", offset=7, completed=True, ready=True)

    (row,) = project(received(value)).trips

    assert row.document == value.encode().decode()
    assert (row.id, row.tenant, row.traveller) == (an_id("rome"), "acme", an_id("maria"))
    assert (row.epoch, row.version_offset, row.state) == (1, 7, "live")
    assert (row.start_date, row.end_date) == (date(2026, 5, 12), date(2026, 5, 14))
    assert (row.status, row.completed, row.expense_ready) == ("confirmed", True, True)


def test_of_a_local_time_the_date_is_kept() -> None:
    value = trip("rome", dates=("2026-05-12T23:30:00", "2026-05-14T01:00:00"))

    (row,) = project(received(value)).trips

    assert (row.start_date, row.end_date) == (date(2026, 5, 12), date(2026, 5, 14))


def test_of_two_versions_in_a_batch_the_newer_stays_whatever_their_order() -> None:
    older, newer = trip("rome", offset=5), trip("rome", offset=6, title="Roma")

    for order in ((older, newer), (newer, older)):
        (row,) = project(received(*order)).trips
        assert row.version_offset == 6


def test_a_higher_epoch_is_newer_than_any_offset() -> None:
    (row,) = project(received(trip("rome", epoch=2, offset=1), trip("rome", epoch=1, offset=99))).trips

    assert (row.epoch, row.version_offset) == (2, 1)


def test_of_equal_versions_the_later_stays() -> None:
    (row,) = project(received(trip("rome", title="first"), trip("rome", title="second"))).trips

    assert row.content_hash == "rome 1 second"


def test_a_trip_that_cannot_be_written_is_stored_without_its_answer_and_holds_up_nothing() -> None:
    fine = trip("rome", segments=(flight(),))
    beyond_json = fine.encode().replace(
        b'"content_hash":"c0ffee"', b'"content_hash":"","source_revision":%d' % 2**70
    )

    projection = project(received(beyond_json, trip("milan")))

    rome, milan = projection.trips
    assert rome.document == beyond_json.decode()
    assert (rome.answer, rome.answer_facts, rome.answer_mark) == (None, None, None)
    assert milan.answer is not None
    assert projection.unwritten == ((an_id("rome"), "TypeError"),)


def test_of_the_versions_of_a_trip_in_a_batch_only_the_newest_is_written() -> None:
    older = (
        trip("rome", segments=(flight(),)).encode().replace(b'"c0ffee"', b'"","source_revision":%d' % 2**70)
    )

    projection = project(received(older, trip("rome", offset=2)))

    assert projection.unwritten == ()
    assert [row.answer is not None for row in projection.trips] == [True]


def test_a_trip_answers_to_its_own_id_and_to_every_other_it_names() -> None:
    aliases = project(received(trip("rome", also=("milan",)))).aliases

    assert {(row.alias, row.trip) for row in aliases} == {
        (an_id("rome"), an_id("rome")),
        (an_id("milan"), an_id("rome")),
    }


def test_a_redirect_takes_the_row_and_the_id_to_the_trip_it_went_into() -> None:
    projection = project(received(trip("milan", offset=1), redirect("milan", into="rome", offset=2)))

    (row,) = projection.trips
    (alias,) = projection.aliases
    assert (row.state, row.document, row.start_date) == ("redirect", None, None)
    assert (alias.alias, alias.trip) == (an_id("milan"), an_id("rome"))


def test_a_deletion_takes_the_document() -> None:
    (row,) = project(received(trip("rome", offset=1), deletion("rome", offset=2))).trips

    assert (row.state, row.document) == ("deleted", None)


def test_a_tombstone_names_what_may_be_forgotten() -> None:
    assert project(received(None, key=an_id("rome").encode())).forgotten == (an_id("rome"),)


def test_progress_keeps_the_greatest_offset_of_a_partition() -> None:
    projection = project([*received(marker(5), marker(9)), *received(marker(3, partition=1), partition=1)])

    assert {(row.partition, row.done_offset) for row in projection.progress} == {(0, 9), (1, 3)}


def test_outcomes_come_with_the_marker_that_brought_them() -> None:
    refused = outcome("message", record=None, result=OutcomeResult.REFUSED, reason="too_many", trip=None)

    (row,) = project(received(marker(9, outcomes=(refused,)))).messages

    assert (row.message, row.record, row.result, row.trip) == (an_id("message"), "", "refused", None)
    assert (row.reason, row.done_offset) == ("too_many", 9)


def test_what_cannot_be_read_is_poison_and_the_rest_goes_on() -> None:
    secret = b'{"kind": "trip", "name": "Maria Rossi"}'

    projection = project(received(b"not json", secret, trip("rome"), start=4))

    assert [row.id for row in projection.trips] == [an_id("rome")]
    assert [poison.received.offset for poison in projection.poison] == [4, 5]
    assert all("Rossi" not in poison.detail for poison in projection.poison)
    assert projection.next_offsets == {0: 7}


def test_a_number_beyond_the_databases_is_poison() -> None:
    projection = project(received(trip("rome", offset=2**63), marker(2**63), marker(-1)))

    assert (projection.trips, projection.progress) == ((), ())
    assert {poison.reason for poison in projection.poison} == {"number_out_of_range"}


def test_a_cancelled_trip_keeps_its_document() -> None:
    (row,) = project(received(trip("rome", status=TripStatus.CANCELLED))).trips

    assert (row.state, row.status) == ("live", "cancelled")


@pytest.mark.parametrize(
    ("completed", "ready", "completes_at", "expensable_from", "due"),
    [
        (False, False, "2026-05-14T10:00:00Z", "2026-05-14T10:00:00Z", "2026-05-14T10:00:00+00:00"),
        (False, False, "2026-05-14T10:00:00Z", "2026-05-13T10:00:00Z", "2026-05-13T10:00:00+00:00"),
        (False, True, "2026-05-14T10:00:00Z", None, "2026-05-14T10:00:00+00:00"),
        (True, True, "2026-05-14T10:00:00Z", None, None),
        (False, False, None, None, None),
    ],
)
def test_a_trip_is_due_when_time_alone_changes_it_next(
    *, completed: bool, ready: bool, completes_at: str | None, expensable_from: str | None, due: str | None
) -> None:
    plain = trip("rome", completed=completed)
    expense = plain.content.expense.model_copy(update={"ready": ready, "expensable_from": expensable_from})
    content = plain.content.model_copy(update={"completes_at": completes_at, "expense": expense})

    (row,) = project(received(plain.model_copy(update={"content": content}))).trips

    assert (row.due_at and row.due_at.isoformat()) == due


def test_a_log_is_whole_from_the_first_message_that_compaction_has_left_alone() -> None:
    old, young = ([one._replace(appended_ms=ms) for one in received(None, None, start=7)] for ms in (99, 100))
    at_most = 100

    assert whole_from(young, thinned=(), compacted_before_ms=at_most) == ({}, frozenset())
    assert whole_from(old, thinned=(), compacted_before_ms=at_most) == ({0: 9}, frozenset({0}))
    # What lay between the two may be gone altogether, in whatever batch either comes.
    later = [one._replace(offset=one.offset + 20) for one in young]
    assert whole_from(later, thinned={0, 1}, compacted_before_ms=at_most) == ({0: 27}, frozenset({1}))
    assert whole_from([*old, *later], thinned=(), compacted_before_ms=at_most) == ({0: 27}, frozenset())
