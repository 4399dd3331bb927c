"""What an agency's proposal must say."""

import pytest

from services.ingest.domain.concur.reading import read_trip

REQUEST = "<TravelRequestId>33TZ</TravelRequestId>"
LOCATOR = "<ClientLocator>batch-7</ClientLocator>"


def problems(*, status: str = "6", batch: str | None = "2", index: str | None = "1", said: str) -> list[str]:
    attributes = "".join(
        f"<CustomAttribute><Name>{name}</Name><DataType>Numeric</DataType><Data>{data}</Data></CustomAttribute>"
        for name, data in (("ProposalBatchSize", batch), ("ProposalSequenceIndex", index))
        if data is not None
    )
    body = (
        f"<Itinerary><TripName>Vienna</TripName><TripStatus>{status}</TripStatus>{said}"
        f"<CustomAttributes>{attributes}</CustomAttributes></Itinerary>"
    )
    return [problem.field.removeprefix("Itinerary/") for problem in read_trip(body.encode()).problems]


@pytest.mark.parametrize("status", ["6", "7"])
def test_a_proposal_names_its_request_its_batch_and_its_place_in_it(status: str) -> None:
    assert problems(status=status, said=REQUEST + LOCATOR) == []
    assert problems(status=status, said=LOCATOR) == ["TravelRequestId"]
    assert problems(status=status, said=REQUEST) == ["ClientLocator"]


@pytest.mark.parametrize(
    ("batch", "index", "wrong"),
    [
        (None, "1", "ProposalBatchSize"),
        ("0", "1", "ProposalBatchSize"),
        ("4", "1", "ProposalBatchSize"),
        ("-1", "1", "ProposalBatchSize"),
        ("many", "1", "ProposalBatchSize"),
        ("99999999999999999999", "1", "ProposalBatchSize"),
        ("2", None, "ProposalSequenceIndex"),
        ("2", "0", "ProposalSequenceIndex"),
        ("2", "3", "ProposalSequenceIndex"),
    ],
)
def test_of_at_most_three_proposals_each_is_one(batch: str | None, index: str | None, wrong: str) -> None:
    (found,) = problems(batch=batch, index=index, said=REQUEST + LOCATOR)

    assert wrong in found


def test_any_other_trip_needs_nothing_of_it() -> None:
    assert problems(status="0", batch=None, index=None, said="") == []
