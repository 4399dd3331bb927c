"""The project's own set of mails: how much of it is read rightly, as it came and forwarded in five ways."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from services.command_line.bench_email import Tally, judge
from services.ingest.domain.email.reading import read_mail
from tests.support.email_forwards import WAYS
from tests.support.email_samples import Sample, samples

RECEIVED = datetime(2199, 1, 1, tzinfo=UTC)


def _score(mails: Iterable[Sample]) -> Tally:
    tally = Tally()
    for sample in mails:
        reading = read_mail(sample.raw, received=RECEIVED)
        found = [each.booking.model_dump(mode="json", exclude_none=True) for each in reading.bookings]
        tally = tally.plus(judge(sample.expected, found).bookings)
    return tally


def test_there_are_mails_of_every_kind() -> None:
    assert len(samples()) >= 120
    kinds = {
        segment["type"]
        for sample in samples()
        for booking in sample.expected
        for segment in booking["segments"]
    }
    assert kinds == {"air", "car", "hotel", "dining", "ride", "rail", "parking", "event"}


def test_the_mails_are_read_as_they_should_be() -> None:
    score = _score(samples())
    assert score.recall >= 0.98
    assert score.precision >= 0.99


@pytest.mark.parametrize("way", WAYS)
def test_forwarded_mails_are_read_as_well(way: str) -> None:
    score = _score([sample._replace(raw=WAYS[way](sample.raw)) for sample in samples()])
    assert score.recall >= 0.98
    assert score.precision >= 0.99


def test_what_is_invented_or_missing_counts_against_a_reading() -> None:
    booking = {
        "record_locator": "A1",
        "segments": [{"type": "hotel", "start": "2026-05-12", "name": "Sonne"}],
    }
    other = {
        "record_locator": "B2",
        "segments": [{"type": "hotel", "start": {"local": "2026-05-12"}, "name": "Mond"}],
    }
    assert judge([booking], [other]).bookings == (0, 1, 1)
    renamed = {**other, "record_locator": "a1"}
    judged = judge([booking], [renamed, other])
    assert judged.bookings == (1, 1, 2)
    assert judged.fields["hotel.name"] == (0, 1, 1)
    assert judge([booking], []).bookings == (0, 1, 0)
