"""`itinerary bench concur` measures at a running system, and leaves nothing in its read model."""

import psycopg

from services.command_line.running import RunningUp
from tests.support.command_line import Installation


def test_the_copies_are_read_and_taken_out_again(installation: Installation, running: RunningUp) -> None:
    figures = installation.json("bench", "concur", "--trips", "10", "--data", str(installation.data))

    assert sorted(map(int, figures["pages_ms"])) == [1]
    assert figures["xml_per_second"] > 0
    assert figures["last_to_first"] > 0
    with psycopg.connect(running.database_url) as session:
        found = session.execute("SELECT count(*) FROM read.trips WHERE tenant = 'bench-concur'").fetchone()
    assert found == (1,)
