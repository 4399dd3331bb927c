"""TripIt's answers as third parties recorded them: everything in them is read."""

from pathlib import Path

import pytest

from services.ingest.domain.tripit.answers import read_answer
from services.ingest.domain.tripit.plans import plan_key, read_plan


@pytest.fixture
def recorded(reference: Path) -> list[Path]:
    return sorted([*(reference / "tripit/json").glob("*.json"), *(reference / "tripit/xml").glob("*.xml")])


def test_every_recorded_answer_is_read_and_every_plan_has_a_name_and_a_segment(recorded: list[Path]) -> None:
    assert len(recorded) >= 11
    plans = [plan for path in recorded for plan in read_answer(path.read_bytes()).plans]
    assert len(plans) >= 11
    for kind, node in plans:
        assert plan_key(node) is not None
        assert read_plan(kind, node).content.segments


def test_one_segment_is_an_object_and_two_are_a_list(reference: Path) -> None:
    answer = read_answer((reference / "tripit/json/v2-trip-detail.json").read_bytes())
    assert {len(read_plan(kind, node).content.segments) for kind, node in answer.plans} == {1}
    assert [trip.text("id") for trip in answer.trips] == ["111111111"]


def test_an_answer_with_an_error_inside_is_an_error(reference: Path) -> None:
    answer = read_answer((reference / "tripit/xml/error_response.xml").read_bytes())
    assert [fault.code for fault in answer.faults] == ["404"]


def test_a_warning_is_none(reference: Path) -> None:
    assert read_answer((reference / "tripit/xml/warning_response.xml").read_bytes()).faults == ()


def test_concurs_answer_in_tripits_form_is_read_with_its_locator_as_its_name(reference: Path) -> None:
    sample = reference / "concur/samples/trip-detail.GET.response.systemFormat-Tripit.xml"
    ((kind, node),) = read_answer(sample.read_bytes()).plans
    assert plan_key(node) == "4294993825"
    assert len(read_plan(kind, node).content.segments) == 2
