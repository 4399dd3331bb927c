"""How PostgreSQL finds the names of who is forgotten in JSON, and nothing else."""

import json
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it carries no types
import pytest

from services.ingest.erased_deeds import NOBODY, Deeds
from services.platform.backing import Backing

SAID = {
    "by": "Ada",
    "sender": "ada@acme.example",
    "forwarded_by": ["ada@acme.example", "bo@acme.example"],
    "segments": [{"type": "air", "party": "air", "guest": "Ada", "surname": "ada"}],
    "party": "ada lovelace",
}


@pytest.mark.parametrize(
    ("names", "changed"),
    [
        ({"ada"}, {"by": NOBODY}),
        ({"air"}, {"segments": [{"type": "air", "party": NOBODY, "guest": "Ada", "surname": "ada"}]}),
        ({"ada@acme.example"}, {"sender": NOBODY, "forwarded_by": [NOBODY, "bo@acme.example"]}),
        (
            {"ada", "ada@acme.example"},
            {"by": NOBODY, "sender": NOBODY, "forwarded_by": [NOBODY, "bo@acme.example"]},
        ),
        ({"a.a"}, {}),
    ],
)
async def test_a_name_goes_where_it_names_who_did_something_and_stays_where_it_is_another_word(
    backing: Backing, names: set[str], changed: dict[str, Any]
) -> None:
    pattern = Deeds("acme", "t", frozenset(names), frozenset(), frozenset()).pattern
    connection: Any = await asyncpg.connect(backing.database_url)
    try:
        for text in (json.dumps(SAID), json.dumps(SAID, separators=(",", ":"))):
            found = await connection.fetchval(
                "SELECT regexp_replace($1::text, $2, $3, 'gi')", text, pattern, f'"{NOBODY}"'
            )
            assert json.loads(found) == {**SAID, **changed}
    finally:
        await connection.close()
