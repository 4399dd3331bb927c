"""A language model as the last resort of reading mails: an endpoint that speaks OpenAI's chat completions.

The readers have no network. They give a question back; it is asked here, and they read the answer.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, cast

import httpx
import orjson
import stamina
import structlog
from pydantic import BaseModel, Field, ValidationError

from services.ingest.domain.email.results import MailReading
from services.ingest.mail_proof import Answers, Checked, Envelope, Headers
from services.ingest.reader_pool import ReaderPool

log = structlog.get_logger()

_MAX_ANSWER_BYTES = 2 * 1024 * 1024
_MAX_QUESTIONS = 3
"""Of one mail; each mail that is attached to it is one."""
_ATTEMPTS = 3
_BUSY = frozenset({429, 500, 502, 503, 504})


class ModelEndpoint:
    """Where a model answers: `URL/chat/completions`, as OpenAI and most servers of models speak it."""

    def __init__(self, url: str, *, model: str, key: str | None, seconds: float) -> None:
        self._url = url.rstrip("/") + "/chat/completions"
        self._model = model
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._seconds = seconds

    async def answers(self, questions: tuple[str, ...]) -> Mapping[str, str | None]:
        """Return an answer to every question; None where the model gives none, or not in time."""
        answers = cast("dict[str, str | None]", dict.fromkeys(questions))
        try:
            async with (
                asyncio.timeout(self._seconds),  # for all of them, however slowly each byte comes
                httpx.AsyncClient(headers=self._headers, timeout=self._seconds) as client,
            ):
                for question in questions[:_MAX_QUESTIONS]:
                    answers[question] = await self._answer(client, question)
        except TimeoutError:
            log.warning("model.unanswered", error="it took too long")
        return answers

    async def _answer(self, client: httpx.AsyncClient, question: str) -> str | None:
        try:
            async for attempt in stamina.retry_context(
                on=_passes, attempts=_ATTEMPTS, timeout=self._seconds, wait_max=2.0
            ):
                with attempt:
                    return await self._asked(client, question)
        except httpx.HTTPError as trouble:
            log.warning("model.unanswered", error=type(trouble).__name__)
        except ValidationError:
            log.warning("model.unanswered", error="the answer is no chat completion")
        return None

    async def _asked(self, client: httpx.AsyncClient, question: str) -> str:
        body = {
            "model": self._model,
            "temperature": 0,
            "messages": [{"role": "user", "content": question}],
        }
        async with client.stream(
            "POST",
            self._url,
            content=orjson.dumps(body),
            headers={"Content-Type": "application/json"},
        ) as response:
            response.raise_for_status()
            read = b""
            async for chunk in response.aiter_bytes():
                read += chunk
                if len(read) > _MAX_ANSWER_BYTES:
                    raise httpx.DecodingError("the answer is too long")
        return _Completion.model_validate_json(read).choices[0].message.content


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: Annotated[tuple[_Choice, ...], Field(min_length=1)]


def _passes(trouble: Exception) -> bool:
    """Say whether it may be well at the next attempt."""
    if isinstance(trouble, httpx.HTTPStatusError):
        return trouble.response.status_code in _BUSY
    return isinstance(trouble, httpx.TransportError)


class AskingReaders:
    """Readers that ask a model about what they cannot read themselves."""

    def __init__(self, pool: ReaderPool, *, model: ModelEndpoint) -> None:
        self._pool = pool
        self._model = model

    async def read(self, raw: bytes, *, received: datetime) -> MailReading:
        """Return what a mail says, with the questions to a model where nothing could be read."""
        return await self._pool.read(raw, received=received, answers={})

    async def ask(self, raw: bytes, *, received: datetime, reading: MailReading) -> MailReading:
        """Return what a mail says by the model's answer, where nothing else could read it."""
        if not reading.questions:
            return reading
        answers = await self._model.answers(reading.questions)
        return await self._pool.read(raw, received=received, answers=answers)

    async def headers(self, raw: bytes) -> Headers:
        """Return the headers that say who sent it."""
        return await self._pool.headers(raw)

    async def check(self, raw: bytes, *, envelope: Envelope, answers: Answers, chains: bool) -> Checked:
        """Check who sent it, as far as the answers go; raises `Overrun`."""
        return await self._pool.check(raw, envelope=envelope, answers=answers, chains=chains)
