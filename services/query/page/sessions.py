"""Who looks at the page: sign-in by OAuth (authorization code with PKCE), kept in one sealed cookie.

The access token never leaves the cookie, and the cookie is encrypted and out of the reach of scripts. There
is no session store: any gateway with the same keys opens any session.
"""

import secrets
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import httpx
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from oauthlib.oauth2 import WebApplicationClient
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.datastructures import URL

from services.platform.jwks import IssuerUnreachable
from services.platform.tokens import TokenRefused, TokenVerifier
from services.query.settings import SignInSettings

SESSION_SECONDS = 8 * 3600
"""A session ends after this long without a look at the page."""
_RENEWED_AFTER_SECONDS = 900
"""A look sooner than this after the last sealing leaves the cookie as it is."""
_SIGN_IN_SECONDS = 600
_SCOPES = "trips:read bookings:write"
_VERIFIER_LENGTH = 64
_ISSUER_SECONDS = 10.0


_N = str
"""Marks a text for translation where it is only named."""
ELSEWHERE = _N("This sign-in was begun elsewhere or too long ago.")
UNCONFIRMED = _N("The sign-in service did not confirm it.")
NOT_BELIEVED = _N("The sign-in service gave a token that does not hold.")


class SignInFailed(Exception):
    """Signing in came to nothing; the text says why, in words for the person."""

    def __init__(self, text: str, *, reason: str = "") -> None:
        """Take a text that can be said in every language, and what an operator may make of it, in English."""
        super().__init__(text)
        self.reason = reason


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True)


class Session(_Sealed):
    """What the cookie holds."""

    token: str
    form_key: str
    """What every form sends back, so that no other site can send one in the person's name."""


class Departure(_Sealed):
    """What is remembered while the person is away at the issuer."""

    state: str
    verifier: str
    return_to: str


_Kind = TypeVar("_Kind", bound=_Sealed)


class Sessions:
    """Seals and opens the cookies; the first key seals, all of them open (keys are rotated in front)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._seal = MultiFernet([Fernet(key) for key in keys])

    def seal(self, content: Session | Departure) -> str:
        """Return the value of a cookie."""
        return self._seal.encrypt(content.model_dump_json().encode()).decode()

    def session(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie; None where there is none, it is too old or not ours."""
        return self._open(cookie, Session, seconds=SESSION_SECONDS)

    def is_due(self, cookie: str | None) -> bool:
        """Whether a session is to be sealed anew: so much of its time has passed that a look is worth it."""
        return self._open(cookie, Session, seconds=_RENEWED_AFTER_SECONDS) is None

    def departure(self, cookie: str | None) -> Departure | None:
        """Return what was remembered when the person left for the issuer."""
        return self._open(cookie, Departure, seconds=_SIGN_IN_SECONDS)

    def _open(self, cookie: str | None, kind: type[_Kind], *, seconds: int) -> _Kind | None:
        try:
            return kind.model_validate_json(self._seal.decrypt((cookie or "").encode(), ttl=seconds))
        except (InvalidToken, ValidationError):
            return None


class Started(NamedTuple):
    """A sign-in that has begun: where to send the person, and what to remember."""

    url: str
    departure: Departure


class SignIn:
    """The page as a client of the company's issuer (RFC 6749, section 4.1; RFC 7636)."""

    def __init__(
        self, settings: SignInSettings, *, verifier: TokenVerifier, public_url: str, audience: str
    ) -> None:
        self._settings = settings
        self._verifier = verifier
        self._callback = f"{public_url}/sign-in/callback"
        self._audience = audience

    def begin(self, *, return_to: str) -> Started:
        """Return where the person signs in."""
        client = WebApplicationClient(self._settings.client_id)
        verifier, state = client.create_code_verifier(_VERIFIER_LENGTH), secrets.token_urlsafe()
        url = URL(str(self._settings.authorize_url)).include_query_params(
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._callback,
            scope=_SCOPES,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            resource=self._audience,
        )
        return Started(str(url), Departure(state=state, verifier=verifier, return_to=same_site(return_to)))

    async def finish(self, *, code: str, state: str, departure: Departure | None) -> Session:
        """Return the session of a person who comes back from the issuer.

        Raises:
            SignInFailed: the code is not theirs, too old, or the issuer or its token is not believed.
        """
        if departure is None or departure.state != state:
            raise SignInFailed(ELSEWHERE)
        try:
            token = await self._redeemed(code, verifier=departure.verifier)
            await self._verifier.verify(token)
        except (httpx.HTTPError, ValidationError, IssuerUnreachable):
            raise SignInFailed(UNCONFIRMED) from None
        except TokenRefused as refusal:
            raise SignInFailed(NOT_BELIEVED, reason=str(refusal)) from None
        return Session(token=token, form_key=secrets.token_urlsafe())

    async def _redeemed(self, code: str, *, verifier: str) -> str:
        """Return the access token that the issuer gives for a code (RFC 6749, section 4.1.3)."""
        settings = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        secret = settings.client_secret
        proof = None if secret is None else httpx.BasicAuth(settings.client_id, secret.get_secret_value())
        async with httpx.AsyncClient(auth=proof, timeout=_ISSUER_SECONDS) as client:
            answer = await client.post(str(settings.token_url), data=form)
        return _Granted.model_validate_json(answer.raise_for_status().content).access_token


class _Granted(BaseModel):
    """What an issuer answers; the rest of it is not needed."""

    access_token: str


def same_site(path: str) -> str:
    """Return a path of ours to go back to; anything that could lead elsewhere becomes the first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
