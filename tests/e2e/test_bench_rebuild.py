"""`itinerary bench rebuild` measures at a system of its own, with few bookings, and ends it."""

from tests.support.command_line import Installation


def test_the_rebuild_finds_what_was_written_and_is_held_against_a_worker(installation: Installation) -> None:
    figures = installation.json("bench", "rebuild", "--bookings", "200", "--live", "100")

    rebuilt = figures["rebuilt"]
    assert (rebuilt["records"], rebuilt["trips"], rebuilt["differences"]) == (400, 60, 0)
    assert rebuilt["processor_seconds"] > 0
    assert rebuilt["peak_mib"] > 20
    assert figures["live_cpu_ms"] > 0
    assert figures["idle"]["records"] == 0
