"""The page that says who is where: which days it takes, and what it says of a part of the trips."""

from datetime import date
from typing import Any

import pytest
from babel import Locale

from services.platform.principals import Principal
from services.query.domain.listing import Cursor, encode_cursor
from services.query.page.people import Mover
from services.query.page.presentation import rendered
from tests.support.one_trip import OneTripService
from tests.support.page_contexts import FRAME
from tests.support.query_trips import an_id, flight, hotel, trip

BOSS = Principal(tenant="acme", kind="admin", subject="boss@acme.example", client="page")
MARIA = Principal(tenant="acme", kind="traveller", subject="maria@acme.example", client="page")


@pytest.fixture
def service() -> OneTripService:
    return OneTripService(
        trip("t", segments=(hotel(),)), principals={"boss": BOSS, "maria": MARIA}, parties={}
    )


@pytest.mark.parametrize(
    ("on", "status"),
    [
        ("0001-01-01", 400),
        ("1899-12-31", 400),
        ("1900-01-01", 200),
        ("2199-12-31", 200),
        ("2200-01-01", 400),
        ("9999-12-31", 400),
    ],
)
async def test_days_of_years_in_which_nobody_travels_are_refused(
    service: OneTripService, on: str, status: int
) -> None:
    async with service.client("boss") as client:
        answer = await client.get("/people", params={"on": on}, headers={"Accept-Language": "de"})

    assert answer.status_code == status
    assert ("zwischen 1900 und 2199" in answer.text) == (status == 400)


async def test_who_looked_says_how_far_it_goes_back_and_what_is_not_written_down(
    service: OneTripService,
) -> None:
    async with service.client("maria") as client:
        answer = await client.get("/who-looked")

    assert "The latest hundred times" in answer.text
    assert "opens a single trip, that is not written down" in answer.text


@pytest.mark.parametrize(
    ("in_part", "said"), [(False, "Nobody travels then"), (True, "Of the trips on this page")]
)
def test_what_is_said_of_a_part_of_the_trips_is_not_said_of_all(in_part: bool, said: str) -> None:
    here: dict[str, Any] = {"on": date(2026, 5, 12), "where": "", "more": None, "place": "people"}
    here |= {"rows": [], "arriving": [], "leaving": [], "in_part": in_part}
    movers = {"arriving": [Mover("Maria", trip("t"), flight())]}

    nobody, one = (
        rendered("people.html", locale=Locale("en"), context={**FRAME, **here, **more})
        for more in ({}, movers)
    )

    assert f'<p class="empty">{said}' in nobody
    assert ("(1 of the trips on this page)" in one, "(1)" in one) == (in_part, not in_part)


async def test_the_last_page_of_several_speaks_of_its_own_trips_as_well(service: OneTripService) -> None:
    last_page = {"cursor": encode_cursor(Cursor(None, an_id("before")))}
    async with service.client("boss") as client:
        texts = [
            (await client.get("/people", params={"on": "2026-07-01"} | more)).text for more in ({}, last_page)
        ]

    assert ["Of the trips on this page" in text for text in texts] == [False, True]
