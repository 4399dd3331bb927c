"""A company changes its settings, and its trips follow, through the whole system."""

from typing import Any

import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.waiting import wait_until


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


def test_trips_that_were_booked_before_follow_a_change_of_settings(live: LiveClient) -> None:
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03"))
    live.book("BBB", stay("Oslo", "2038-05-05", "2038-05-06"))
    admin = live.token("--admin", "boss@acme.example")

    def decided(*, expected: list[int], **settings: Any) -> None:
        after = live.accepted(live.http.put("/v1/settings", json=settings, headers=admin))
        wait_until(
            lambda: [len(trip["bookings"]) for trip in live.trips(after)] == expected,
            what=f"trips of {expected} bookings",
        )

    decided(expected=[2], merge_gap_days=2)
    decided(expected=[1, 1], merge_gap_days=1)
