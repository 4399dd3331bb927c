"""What a page says where something went wrong, in the language of its reader."""

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from services.platform.principals import Principal
from services.query.page.failure_words import DETAILS, told
from services.query.page.languages import LANGUAGES
from services.query.page.presentation import Words
from services.query.page.sessions import ELSEWHERE, NOT_BELIEVED, UNCONFIRMED, SignIn
from tests.support.one_trip import OneTripService
from tests.support.query_trips import flight, trip

RAISED = {
    "ApiRefused", "Conflict", "FiltersByWhatIsHidden", "Forbidden", "Gone", "HTTPException", "NotFound",
    "NotSetUp", "NotYetReadable",
}  # fmt: skip
MARIA = Principal(
    tenant="acme", kind="traveller", subject="maria", client="page", scopes=("trips:read", "bookings:write")
)
GERMAN = {"Accept-Language": "de"}


def raised_texts() -> Iterator[str]:
    """The whole texts with which the query service refuses something."""
    for module in Path(str(files("services.query"))).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in RAISED:
                yield from (
                    one.value
                    for one in node.args
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )


@pytest.fixture
def service() -> OneTripService:
    return OneTripService(trip("rome", segments=(flight(),)), principals={"maria": MARIA}, parties={})


def test_every_text_with_which_something_is_refused_can_be_said_in_every_language() -> None:
    assert set(raised_texts()) - DETAILS == set()
    for language in LANGUAGES:
        words = Words(Locale(language))
        assert all(not told(404, text, words=words).is_foreign for text in DETAILS)
        assert language == "en" or all(words.say(text) != text for text in DETAILS)


async def test_a_german_page_tells_in_german_what_went_wrong(service: OneTripService) -> None:
    async with service.client("maria") as client:
        missing = await client.get("/trips/nowhere", headers=GERMAN)
        english = await client.get("/trips/nowhere")
        malformed = await client.get("/?cursor=x", headers=GERMAN)
        form = await client.post("/links/calendars", data={"form_key": "another"}, headers=GERMAN)

    assert "<h1>Nicht gefunden</h1>\n<p>Diese Reise gibt es nicht</p>" in missing.text
    assert "<h1>Not found</h1>\n<p>there is no such trip</p>" in english.text
    assert "Dieses Formular" in form.text
    # What cannot be said in German is at least read out as what it is.
    assert '<p lang="en">cursor: take the cursor from' in malformed.text


async def test_a_sign_in_that_came_to_nothing_says_why_in_german() -> None:
    nothing: Any = None
    sign_in = SignIn(nothing, verifier=nothing, public_url="https://trips.example", audience="a")
    service = OneTripService(trip("rome"), principals={"maria": MARIA}, parties={}, sign_in=sign_in)

    async with service.client("maria") as client:
        answer = await client.get("/sign-in/callback?state=s&code=c", headers=GERMAN)

    assert answer.status_code == 400
    assert "Diese Anmeldung wurde anderswo oder vor zu langer Zeit begonnen." in answer.text
    words = Words(Locale("de"))
    assert all(words.say(text) != text for text in (ELSEWHERE, UNCONFIRMED, NOT_BELIEVED))
