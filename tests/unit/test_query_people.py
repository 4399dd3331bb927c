"""The page that says who is where: which days it takes, and what it says of a part of the trips."""

import pytest

from services.platform.principals import Principal
from tests.support.one_trip import OneTripService
from tests.support.query_trips import hotel, trip

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
