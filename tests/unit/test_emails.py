"""What a reading comes to: outcome, statements, and the withdrawal of what an earlier one stated."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.booking_record import (
    BookingStatement,
    CancellationStatement,
    NumberCancellationStatement,
    Revision,
    WithdrawalStatement,
)
from schemas.identifiers import email_message_id
from services.ingest.domain.emails import (
    EmailEntry,
    Judged,
    as_of,
    judge_reading,
    keep_supported,
    state,
    withdrawals,
    withdrawn,
)
from services.ingest.domain.refusals import Refusal
from services.ingest.domain.statements import Receipt
from services.ingest.domain.whose_mail import Person, Whose
from tests.support.readings import found, reading

ADA, BO = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ENTRY = EmailEntry(
    tenant="acme",
    message=email_message_id(tenant="acme", recipient="r", sha256="0"),
    outcome="queued",
    door="smtp",
    received_ms=1_000,
    partition=3,
    offset=77,
)
SURE = Whose(ADA)


def judged(*bookings: Any, entry: EmailEntry = ENTRY, whose: Whose = SURE, **said: Any) -> Judged:
    person = said.pop("person", None)
    return judge_reading(reading(*bookings, **said), entry=entry, whose=whose, person=person)


def test_what_was_extracted_from_a_sure_mail_is_stated_as_of_its_arrival() -> None:
    entry, (statement,) = judged(found())
    assert isinstance(statement, BookingStatement)
    assert (statement.owner.party, statement.owner.source) == ("email", "email")
    assert (statement.traveller, statement.message) == (ADA, ENTRY.message)
    assert statement.revision.order()[1:5] == (1_000, 3, 77, 1)
    assert entry.outcome == "extracted"
    assert entry.record_keys == (statement.record,)
    assert [one.taken for one in entry.bookings] == [True]


def test_a_cancellation_is_stated_as_one_and_of_its_number_for_the_parts() -> None:
    whole = found(status="cancelled", segments=[], revision=7)
    _, (statement, of_number) = judged(whole)
    assert isinstance(statement, CancellationStatement)
    assert isinstance(of_number, NumberCancellationStatement)
    assert of_number.number == statement.record_locator
    assert of_number.revision.order()[:5] == statement.revision.order()[:5] == (7, 1_000, 3, 77, 1)
    _, (of_part,) = judged(found(status="cancelled").model_copy(update={"is_part": True}))
    assert isinstance(of_part, CancellationStatement)


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ({"kind": "nothing_found"}, "nothing_found", None),
        ({"kind": "rejected", "why": "it hurts"}, "rejected", "unreadable"),
        ({"kind": "needs_review", "why": "two engines disagree"}, "needs_review", "unsure_reading"),
        ({"whose": Whose(None, "spoofed", ADA)}, "needs_review", "spoofed"),
        ({"whose": Whose(None, "unknown_sender")}, "needs_review", "unknown_sender"),
        ({"whose": Whose(None, "spoofed"), "kind": "nothing_found"}, "nothing_found", None),
        ({"person": Person(ADA, "Ada", "Byron")}, "needs_review", "other_passengers"),
    ],
)
def test_everything_else_states_nothing_and_says_why(said: Any, outcome: str, reason: str) -> None:
    bookings = [] if said.get("kind") == "nothing_found" else [found(passengers=[{"last_name": "Diaz"}])]
    entry, statements = judged(*bookings, **said)
    assert statements == ()
    assert (entry.outcome, entry.reason) == (outcome, reason)
    assert (entry.why is None) == (outcome == "nothing_found")
    assert entry.record_keys == ()
    assert not any(one.taken for one in entry.bookings)


def test_of_several_bookings_those_that_name_others_only_are_kept_and_not_taken() -> None:
    others = found("OTHERS", passengers=[{"first_name": "Bo", "last_name": "Diaz"}])
    entry, statements = judged(others, found(), person=Person(ADA, "Ada", "Byron"))
    assert [s.record_locator for s in statements if isinstance(s, BookingStatement)] == ["HX7PLM"]
    assert [(one.booking.record_locator, one.taken) for one in entry.bookings] == [
        ("OTHERS", False),
        ("HX7PLM", True),
    ]


def test_what_breaks_rules_of_bookings_waits_for_a_person() -> None:
    backwards = {
        "type": "rail",
        "start": {"local": "2027-03-08T10:00", "utc": "2027-03-08T10:00:00Z"},
        "end": {"local": "2027-03-08T09:00", "utc": "2027-03-08T09:00:00Z"},
    }
    entry, statements = judged(found(segments=[backwards]))
    assert statements == ()
    assert (entry.outcome, entry.reason) == ("needs_review", "refused_booking")


def test_a_part_of_a_booking_states_a_record_of_its_own() -> None:
    stay = found().booking.segments[0]
    part = found(segments=[stay.model_dump(mode="json")] * 2).model_copy(update={"is_part": True})
    entry, statements = judged(part)
    assert len({s.record for s in statements}) == 2
    assert len(entry.records) == 2


def test_reading_again_with_the_same_result_changes_nothing() -> None:
    first = judged(found(), found("B2"))
    again = judged(found(), found("B2"), entry=first.entry)
    assert again == first


def test_a_better_reading_is_newer_and_withdraws_what_it_no_longer_names() -> None:
    first = judged(found("OLD"), found("KEPT"))
    better = judged(found("KEPT"), found("NEW", name="Other Inn"), entry=first.entry)
    by_locator = {s.record_locator: s for s in better.statements if not isinstance(s, Refusal)}  # type: ignore[union-attr]
    assert isinstance(by_locator["OLD"], WithdrawalStatement)
    assert isinstance(by_locator["NEW"], BookingStatement)
    for before in first.statements:
        assert isinstance(before, BookingStatement)
        assert by_locator[before.record_locator].revision.order() > before.revision.order()
    back = judged(found("OLD"), entry=better.entry)
    (old, *_) = back.statements
    assert isinstance(old, BookingStatement)
    assert old.revision.order() > by_locator["OLD"].revision.order()


def test_what_another_mail_states_as_well_is_not_withdrawn() -> None:
    first = judged(found("OLD"), found("SHARED"))
    nothing = judged(kind="nothing_found", entry=first.entry)
    assert withdrawals(nothing) == frozenset(first.entry.record_keys)
    shared = next(s.record for s in first.statements if getattr(s, "record_locator", "") == "SHARED")
    assert withdrawals(keep_supported(nothing, supported=frozenset({shared}))) == (
        frozenset(first.entry.record_keys) - {shared}
    )


def test_a_withdrawal_outranks_a_snapshot_with_a_revision_of_its_source() -> None:
    first = judged(found(revision=7))
    (gone,) = judged(kind="nothing_found", entry=first.entry).statements
    (before,) = first.statements
    assert gone.revision.order() > before.revision.order()


def test_a_person_may_give_a_mail_to_somebody_else_which_takes_it_from_the_first() -> None:
    first = judged(found())
    moved = state(first.entry, traveller=BO, bookings=first.entry.bookings, outcome="accepted")
    assert isinstance(moved, Judged)
    assert {(s.kind, s.traveller) for s in moved.statements} == {("booking", BO), ("withdrawal", ADA)}
    assert moved.entry.traveller == BO


def test_discarding_withdraws_and_keeps_what_was_found() -> None:
    first = judged(found())
    bare = withdrawn(first.entry)
    assert [s.kind for s in bare.statements] == ["withdrawal"]
    assert bare.entry.outcome == "discarded"
    assert [one.taken for one in bare.entry.bookings] == [False]
    later = as_of(bare, receipt=Receipt(2_000, 1, 5))
    assert later.statements[0].revision.received_ms == 2_000


LOCATORS = st.lists(st.sampled_from(["A", "B", "C", "D"]), unique=True, max_size=4)


@given(st.lists(LOCATORS, min_size=1, max_size=5))
def test_after_any_readings_exactly_what_the_last_one_named_stands(histories: list[list[str]]) -> None:
    entry = ENTRY
    newest: dict[str, tuple[Revision, str]] = {}
    for locators in histories:
        said = [found(locator) for locator in locators]
        entry, statements = judged(*said, entry=entry, kind="extracted" if said else "nothing_found")
        for statement in statements:
            assert isinstance(statement, BookingStatement | WithdrawalStatement)
            known = newest.get(statement.record_locator)
            if known is None or statement.revision.order() >= known[0].order():
                newest[statement.record_locator] = (statement.revision, statement.kind)
    assert {name for name, (_, kind) in newest.items() if kind == "booking"} == set(histories[-1])
