"""Sessions of the page without a sign-in: sealed as the page seals them, as old as a test needs them."""

# ruff: noqa: TID251 - ages are counted by the clock that the seal reads

import re
import time

import httpx
from cryptography.fernet import Fernet

from services.query.page.sessions import Session
from services.query.settings import SignInSettings
from tests.support.query_service import QueryUnderTest

_KEY = Fernet.generate_key().decode()
COOKIE = "__Host-itinerary"
FORM_KEY = "the-form-key"
SIGN_IN = SignInSettings(
    authorize_url="https://issuer.example/authorize",
    token_url="https://issuer.example/token",
    session_keys=(_KEY,),  # pyright: ignore[reportArgumentType] - pydantic makes secrets of them
)


def session(authorization: dict[str, str], *, age_seconds: int = 0) -> dict[str, str]:
    """Return the header of a browser whose session, for such a token, was sealed so long ago."""
    token = authorization["Authorization"].removeprefix("Bearer ")
    content = Session(token=token, form_key=FORM_KEY).model_dump_json().encode()
    sealed = Fernet(_KEY).encrypt_at_time(content, int(time.time()) - age_seconds)
    return {"Cookie": f"{COOKIE}={sealed.decode()}"}


def kept(answer: httpx.Response) -> dict[str, str]:
    """Return the header of a browser that kept the session's cookie of an answer."""
    found = re.search(rf"{COOKIE}=([^;]+);", answer.headers.get("set-cookie", ""))
    assert found is not None, answer.headers
    return {"Cookie": f"{COOKIE}={found[1]}"}


def signed_in(query: QueryUnderTest, *, subject: str = "maria") -> dict[str, str]:
    """Return the header of a traveller's browser."""
    return session(query.token(subject=subject))
