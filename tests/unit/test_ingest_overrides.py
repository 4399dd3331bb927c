"""What a person's wish comes to, for the trips that they see."""

import json
from typing import Any

import pytest

from schemas.booking_record import CorrectSegment, DismissFact, MergeTrips, NameTrip
from services.ingest.domain.overrides import SeenTrip, Verb, override_of, read_asked
from services.ingest.domain.refusals import Refusal
from tests.support.query_trips import an_id

ROME = SeenTrip(
    an_id("rome"),
    an_id("maria"),
    frozenset({an_id("a"), an_id("b")}),
    {an_id("stay"): "hotel"},
    frozenset({an_id("no bed")}),
)
OSLO = SeenTrip(an_id("oslo"), an_id("maria"), frozenset({an_id("c")}), {})
JOHNS = SeenTrip(an_id("paris"), an_id("john"), frozenset({an_id("d")}), {})


def decided(verb: Verb, body: dict[str, Any], *others: SeenTrip) -> Any:
    asked = read_asked(verb, json.dumps(body).encode())
    assert not isinstance(asked, Refusal), asked
    return override_of(asked, trip=ROME, others=others)


def test_the_addressed_trip_leads_the_merged_ones() -> None:
    assert decided("merge", {"trips": [OSLO.id]}, OSLO) == MergeTrips(trips=(ROME.id, OSLO.id))


def test_a_name_is_given_to_the_trip_of_today() -> None:
    assert decided("corrections", {"action": "name", "name": "Honeymoon"}) == NameTrip(
        trip=ROME.id, name="Honeymoon"
    )


def test_what_the_trip_warns_of_is_dismissed_for_the_trip_of_today() -> None:
    assert decided("corrections", {"action": "dismiss", "fact": an_id("no bed")}) == DismissFact(
        trip=ROME.id, fact=an_id("no bed")
    )


def test_times_of_a_correction_are_read_as_those_of_a_booking() -> None:
    values = {"type": "hotel", "start": "2026-05-12T15:00:00+02:00"}

    said = decided("corrections", {"action": "correct", "segment": an_id("stay"), "values": values})

    assert isinstance(said, CorrectSegment)
    assert said.values.start is not None
    assert said.values.start.offset_minutes == 120


@pytest.mark.parametrize(
    ("verb", "body", "others", "rule"),
    [
        ("merge", {"trips": [JOHNS.id]}, (JOHNS,), "one_traveller"),
        ("merge", {"trips": [ROME.id]}, (ROME,), "already_one"),
        ("split", {"bookings": [an_id("a"), an_id("b")]}, (), "nothing_left"),
        ("split", {"bookings": [an_id("c")]}, (), "not_in_trip"),
        ("corrections", {"action": "dismiss", "fact": an_id("clash")}, (), "not_in_trip"),
        (
            "corrections",
            {"action": "correct", "segment": an_id("stay"), "values": {"type": "air"}},
            (),
            "other_type",
        ),
    ],
)
def test_what_the_trip_does_not_allow_is_refused(
    verb: Verb, body: dict[str, Any], others: tuple[SeenTrip, ...], rule: str
) -> None:
    refused = decided(verb, body, *others)

    assert isinstance(refused, Refusal)
    assert [problem.rule for problem in refused.problems] == [rule]
