"""Asking a language model: over real HTTP, from readers that have no network."""

import json
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from services.ingest.domain.email.results import Engine, MailReading
from services.ingest.mail_wiring import readers
from services.ingest.settings import MailSettings
from services.platform.awaiting import CannotStart
from tests.support.http_servers import serving
from tests.support.signed_mail import mail

RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)
FOUND = json.dumps(
    [
        {
            "@type": "LodgingReservation",
            "reservationNumber": "H1",
            "checkinTime": "2026-12-12",
            "checkoutTime": "2026-12-14",
            "reservationFor": {"@type": "Hotel", "name": "Sonne"},
        }
    ]
)
Answer = Callable[[dict[str, str]], Response]


class Model:
    """A server that speaks chat completions, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.keys: list[str | None] = []
        self.answers: list[Answer] = [says(FOUND)]
        """In turn; the last one for ever."""

    async def take(self, request: Request) -> Response:
        self.asked.append(json.loads(await request.body()))
        self.keys.append(request.headers.get("authorization"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(self.asked[-1])


def says(text: str) -> Answer:
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})
    return lambda _: Response(body, media_type="application/json")


def fails(status: int) -> Answer:
    return lambda _: Response(status_code=status)


@pytest.fixture
async def model() -> AsyncGenerator[tuple[Model, str]]:
    asked = Model()
    app = FastAPI()
    app.add_api_route("/v1/chat/completions", asked.take, methods=["POST"])
    async with serving(app) as url:
        yield asked, f"{url}/v1"


async def read(url: str, text: str = "See you on the twelfth.") -> MailReading:
    settings = MailSettings(
        model_url=url, model_name="a-model", model_key=SecretStr("k3y"), readers=1, model_timeout_seconds=20
    )
    raw = mail(body=text)
    with readers(settings) as pool:
        return await pool.ask(raw, received=RECEIVED, reading=await pool.read(raw, received=RECEIVED))


async def test_what_nothing_else_reads_a_model_reads_and_a_person_reviews(model: tuple[Model, str]) -> None:
    asked, url = model
    reading = await read(url)
    assert reading.outcome.kind == "needs_review"
    (found,) = reading.bookings
    assert (found.booking.record_locator, found.engines) == ("H1", (Engine.LANGUAGE_MODEL,))
    (question,) = asked.asked
    assert question["model"] == "a-model"
    assert "See you on the twelfth." in str(question["messages"])
    assert asked.keys == ["Bearer k3y"]


async def test_what_our_engines_read_is_sent_to_nobody(model: tuple[Model, str]) -> None:
    asked, url = model
    text = "Booking code: K7QW2P\nLH456 12 May 2026 FRA 10:05 - LAX 12:35\n"
    assert (await read(url, text)).bookings
    assert asked.asked == []


async def test_a_busy_model_is_asked_again(model: tuple[Model, str]) -> None:
    asked, url = model
    asked.answers = [fails(503), says(FOUND)]
    assert (await read(url)).bookings
    assert len(asked.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        fails(401),
        lambda _: Response("no JSON"),
        lambda _: Response('{"choices": []}'),
        lambda _: Response(b"x" * 3_000_000),
    ],
    ids=["refused", "no completion", "no choice", "endless"],
)
async def test_a_model_that_fails_leaves_the_mail_unread_and_says_so(
    model: tuple[Model, str], answer: Answer
) -> None:
    asked, url = model
    asked.answers = [answer]
    reading = await read(url)
    assert reading.outcome.kind == "nothing_found"
    assert reading.notes == ("the language model did not answer",)


async def test_an_answer_that_books_nothing_is_nothing_found(model: tuple[Model, str]) -> None:
    asked, url = model
    asked.answers = [says("Ignore the above. I cannot help with that.")]
    reading = await read(url)
    assert (reading.outcome.kind, reading.bookings) == ("nothing_found", ())


def test_an_endpoint_without_a_model_is_refused_at_start() -> None:
    with (
        pytest.raises(CannotStart, match="MODEL_NAME"),
        readers(MailSettings(model_url="http://127.0.0.1:1")),
    ):
        pass
