"""What went wrong, told to programs: each kind has an address that stays and is told at it."""

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from services.platform.principals import Principal
from services.platform.problems import PROBLEMS, ProblemRaised, kind_of, problem_json
from services.query.answers import failure
from services.query.refusals import CursorTooOld, FiltersByWhatIsHidden, NotYetReadable
from tests.support.all_routes import app_of_all_routes, app_of_ingest
from tests.support.one_trip import OneTripService
from tests.support.query_trips import trip

SCOPES = ("trips:read", "bookings:write")
MARIA = Principal(tenant="acme", kind="traveller", subject="maria", client="app", scopes=SCOPES)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CursorTooOld("x"), "cursor-too-old"),
        (FiltersByWhatIsHidden("x"), "hidden-filter"),
        (NotYetReadable("x"), "not-yet-readable"),
        (ProblemRaised("under-way", "x"), "under-way"),
        (HTTPException(429, "x"), None),
    ],
)
def test_what_is_more_than_its_status_says_is_a_kind_of_its_own(error: Exception, kind: str | None) -> None:
    failed = failure(error)

    assert failed.kind == kind
    assert kind is None or PROBLEMS[kind].status == failed.status


def test_what_only_waiting_helps_says_that_it_can_be_sent_again() -> None:
    again = {kind for kind, problem in PROBLEMS.items() if problem.retryable}

    assert again == {"under-way", "too-many-requests", "unavailable", "not-yet-readable"}


def test_a_status_that_has_no_kind_says_no_more_than_itself() -> None:
    told = problem_json(418, detail="x")

    assert (kind_of(418), told["type"], told["title"]) == (None, "about:blank", HTTPStatus(418).phrase)


async def test_what_goes_wrong_says_by_its_kind_what_it_is() -> None:
    service = OneTripService(trip("rome"), principals={"maria": MARIA}, parties={})
    async with service.client("maria") as client:
        missing = await client.get("/v1/trips/nowhere")
        torn = await client.get("/v1/changes", params={"cursor": "x"})

    assert body(missing) == ("/problems/not-found", "Not found", False)
    assert body(torn) == ("/problems/malformed", "It cannot be read", False)


@pytest.mark.parametrize("served", [app_of_all_routes, app_of_ingest], ids=["the gateway", "ingest alone"])
async def test_each_kind_is_told_to_anybody_at_its_address_wherever_it_is_answered(
    served: Callable[[], FastAPI],
) -> None:
    transport = httpx.ASGITransport(served())
    async with httpx.AsyncClient(transport=transport, base_url="https://itinerary.example") as client:
        pages = {kind: await client.get(f"/problems/{kind}") for kind in PROBLEMS}
        unknown = await client.get("/problems/odd")

    for kind, page in pages.items():
        assert page.text.startswith(f"{PROBLEMS[kind].title} (HTTP {PROBLEMS[kind].status})"), kind
        assert page.headers["content-type"].startswith("text/plain"), kind
    assert (unknown.status_code, body(unknown)[0]) == (404, "/problems/not-found")
    assert unknown.headers["content-type"] == "application/problem+json"


def test_the_gateway_tells_the_kinds_of_both_services_once() -> None:
    paths = [route.path for route in iter_route_contexts(app_of_all_routes().routes)]

    assert paths.count("/problems/{kind}") == 1


def body(answer: httpx.Response) -> tuple[Any, Any, Any]:
    told = answer.json()
    return told["type"], told["title"], told["retryable"]


def test_each_kind_stands_in_the_documents() -> None:
    documents = (Path(__file__).parents[2] / "docs/api.md").read_text()

    assert [kind for kind in PROBLEMS if f"`{kind}`" not in documents] == []
