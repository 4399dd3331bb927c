"""`itinerary bench query` measures at a system of its own, with few trips, and ends it."""

from tests.support.command_line import Installation


def test_every_figure_is_measured(installation: Installation) -> None:
    size = ("--trips", "200", "--projected", "100", "--seconds", "0.5", "--rates", "4")
    figures = installation.json("bench", "query", *size)

    assert [one["route"] for one in figures["routes"]] == [
        "trip by id",
        "own upcoming",
        "search",
        "company list",
    ]
    for one in figures["routes"]:
        assert one["bytes"] > 500
        assert all(one[side]["rate"] > 0 and one[side]["cpu_ms"] > 0 for side in ("ours", "bare"))
    assert figures["projector"]["to_copy"] > 0
    assert [(end["wanted_rate"], end["rate"] > 0) for end in figures["end_to_end"]] == [(4.0, True)]
