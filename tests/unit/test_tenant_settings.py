"""What administrators may decide for their company, and what becomes of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.directory import Sender
from schemas.settings import TenantSettings
from services.ingest.domain.refusals import Refusal
from services.ingest.domain.tenant_settings import Entered, Wanted, conflict, read_wanted, revised

NOW = int(datetime(2026, 5, 1, tzinfo=UTC).timestamp())
AGENCY = {"client": "tmc:wayfarer", "party": "Wayfarer", "source": "tmc"}


def read(**said: Any) -> Wanted | Refusal:
    return read_wanted(json.dumps(said).encode(), tenant="acme")


def wanted(**said: Any) -> Wanted:
    found = read(**said)
    assert isinstance(found, Wanted)
    return found


def known(*, revision: int = 0, senders: tuple[Sender, ...] = (), **settings: Any) -> Entered:
    return Entered(TenantSettings(revision=revision, **settings), senders, 1)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"merge_gap_days": 15}, "merge_gap_days"),
        ({"merge_gap_days": -1}, "merge_gap_days"),
        ({"agency_proposal": "perhaps"}, "agency_proposal"),
        ({"agency_proposals": True}, "agency_proposals"),
        ({"precedence": {"statuses": []}}, "precedence.statuses"),
        ({"precedence": {"status": ["agency"]}}, "precedence.status.0"),
        ({"precedence": {"status": ["tmc", "tmc"]}}, "precedence.status"),
        ({"precedence": {"status": ["email", "tmc"]}}, "precedence.status"),
        ({"precedence": {"status": ["tmc", "manual"]}}, "precedence.status"),
        ({"senders": [{"client": "c"}]}, "senders.0.party"),
        ({"senders": [AGENCY, AGENCY]}, "senders.1.client"),
        ({"senders": [AGENCY | {"party": " E-mail ".replace("-", "")}]}, "senders.0.party"),
        ({"senders": [AGENCY | {"tenant": "other"}]}, "senders.0.tenant"),
        ({"senders": [AGENCY | {"travel_types": ["boat"]}]}, "senders.0.travel_types"),
        ({"senders": {}}, "senders"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_field(said: dict[str, Any], field: str) -> None:
    no = read(**said)

    assert isinstance(no, Refusal)
    assert no.problems[0].field.startswith(field)


@pytest.mark.parametrize("body", [b"", b"[]", b"[{}]", b"1", b'{"merge_gap_days": 1, "merge_gap_days": 2}'])
def test_what_is_no_one_object_is_refused(body: bytes) -> None:
    no = read_wanted(body, tenant="acme")

    assert isinstance(no, Refusal)
    assert "booking" not in no.text


def test_what_is_left_out_is_as_it_is_by_default_but_for_the_senders() -> None:
    assert wanted() == Wanted(TenantSettings(), None)
    assert wanted(merge_gap_days=2, senders=[]) == Wanted(TenantSettings(merge_gap_days=2), ())


def test_an_order_within_what_is_posted_and_within_what_is_not_is_taken() -> None:
    order = ["manual", "booking_tool", "supplier", "tmc", "email", "tripit"]

    assert wanted(precedence={"status": order}).settings.precedence == {"status": tuple(order)}


def test_what_was_shown_can_be_sent_back() -> None:
    settings = known(revision=7, merge_gap_days=3).settings.model_dump(mode="json")

    assert (
        revised(wanted(**settings), known=known(revision=7, merge_gap_days=3), now=NOW).settings.revision == 7
    )


@pytest.mark.parametrize(("before", "after"), [(0, NOW), (5, NOW), (NOW + 100, NOW + 101)])
def test_other_settings_are_newer_than_what_was_and_than_what_a_lost_backup_held(
    before: int, after: int
) -> None:
    said = revised(wanted(merge_gap_days=3), known=known(revision=before), now=NOW)

    assert said.settings.revision == after


def test_party_and_source_of_a_client_stay_once_it_sent_something() -> None:
    (agency,) = wanted(senders=[AGENCY]).senders or ()
    heard = known(senders=(agency,))._replace(fixed={agency.client: (agency.party, agency.source)})

    def clashes(*, with_known: Entered = heard, **changed: Any) -> bool:
        return conflict(wanted(senders=[AGENCY | changed]), known=with_known) is not None

    assert not clashes(booking_sources=["Wayfarer"], trusted_feed=True)
    assert not clashes(client="tmc:other", party="Other")
    assert clashes(party="Other")
    assert clashes(source="supplier")
    assert not clashes(party="Other", with_known=known(senders=(agency,)))


def test_a_client_that_was_a_sender_once_comes_back_as_the_same_party_alone() -> None:
    before = known()._replace(fixed={"tmc:wayfarer": ("Wayfarer", "tmc")})

    assert conflict(wanted(senders=[AGENCY]), known=before) is None
    assert conflict(wanted(senders=[AGENCY | {"party": "Other"}]), known=before) is not None
