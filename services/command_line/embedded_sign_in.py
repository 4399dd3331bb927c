"""The embedded issuer's sign-in: an authorization endpoint that believes whoever uses this machine.

Part of `up` alone, and on loopback only like the issuer itself. The page speaks to it as to any other
issuer: authorization code with PKCE (RFC 6749, section 4.1; RFC 7636).
"""

# ruff: noqa: TID251 - a composition root: its clock is the gateway's

import secrets
import time
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from oauthlib.oauth2 import WebApplicationClient
from pydantic import BaseModel, SecretStr
from starlette.datastructures import URL

from services.ingest.enrolment import Enrollee, enrolled
from services.platform.issuer import EMBEDDED_ISSUER, EmbeddedIssuer, embedded_issuer
from services.platform.principals import Principal
from services.platform.settings import PostgresSettings, TokenSettings
from services.query.page.rendering import as_page, shown
from services.query.settings import SignInSettings

CLIENT = "itinerary-page"
_CODE_SECONDS = 60
_TOKEN_SECONDS = 8 * 3600


class EmbeddedSignIn(NamedTuple):
    """The routes, and how the page finds them."""

    router: APIRouter
    settings: SignInSettings


def embedded_sign_in(public_url: str) -> EmbeddedSignIn | None:
    """Return the sign-in of the embedded issuer; None where the environment names a real one."""
    tokens = TokenSettings.model_validate({})
    if tokens.issuer != EMBEDDED_ISSUER:
        return None
    key_set = Path(url2pathname(urlsplit(tokens.jwks_url).path))
    issuer = embedded_issuer(key_set.parents[1])
    settings = SignInSettings(
        client_id=CLIENT,
        authorize_url=f"{public_url}/embedded-issuer/authorize",
        token_url=f"{public_url}/embedded-issuer/token",
        session_keys=(SecretStr(issuer.session_key),),
    )
    issuing = _Issuing(issuer, callback=f"{public_url}/sign-in/callback")
    return EmbeddedSignIn(issuing.router(), settings)


class _Request(BaseModel):
    """What the page asks for on behalf of a person (RFC 6749, section 4.1.1)."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str
    state: str


class _Grant(NamedTuple):
    """A code that was handed out: for whom, and to whoever knows what hashes to the challenge."""

    person: Enrollee
    challenge: str
    until: float


class _Issuing:
    def __init__(self, issuer: EmbeddedIssuer, *, callback: str) -> None:
        self._issuer = issuer
        self._callback = callback
        self._grants: dict[str, _Grant] = {}
        """By code; each is good once."""

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/embedded-issuer", include_in_schema=False)
        router.add_api_route("/authorize", self.choose, methods=["GET"])
        router.add_api_route("/authorize", self.grant, methods=["POST"])
        router.add_api_route("/token", self.token, methods=["POST"])
        return router

    async def choose(self, request: Request, asked: Annotated[_Request, Query()]) -> Response:
        """Show who may be signed in."""
        await as_page(request)
        self._check(asked)
        people = await enrolled(PostgresSettings.model_validate({}))
        shown_people = [{"key": f"{person.tenant} {person.login}", **person._asdict()} for person in people]
        return shown(request, "embedded_sign_in.html", {"people": shown_people})

    async def grant(self, asked: Annotated[_Request, Query()], person: Annotated[str, Form()]) -> Response:
        """Send the person back to the page with a code."""
        self._check(asked)
        people = await enrolled(PostgresSettings.model_validate({}))
        chosen = next((p for p in people if f"{p.tenant} {p.login}" == person), None)
        if chosen is None:
            raise HTTPException(400, "the directory knows no such person")
        code = secrets.token_urlsafe(32)
        self._grants[code] = _Grant(chosen, asked.code_challenge, time.monotonic() + _CODE_SECONDS)
        back = URL(asked.redirect_uri).include_query_params(code=code, state=asked.state)
        return RedirectResponse(str(back), 303)

    async def token(self, code: Annotated[str, Form()], code_verifier: Annotated[str, Form()]) -> Response:
        """Give the token that a code stands for (RFC 6749, section 4.1.3)."""
        grant = self._grants.pop(code, None)
        if (
            grant is None
            or grant.until < time.monotonic()
            or (WebApplicationClient(CLIENT).create_code_challenge(code_verifier, "S256") != grant.challenge)
        ):
            return JSONResponse({"error": "invalid_grant"}, 400, {"Cache-Control": "no-store"})
        body = {
            "access_token": self._signed(grant.person),
            "token_type": "Bearer",
            "expires_in": _TOKEN_SECONDS,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    def _check(self, asked: _Request) -> None:
        """Refuse what would hand a code to a stranger."""
        if asked.client_id != CLIENT or asked.redirect_uri != self._callback:
            raise HTTPException(400, "this client or its redirect address is not registered")
        if asked.code_challenge_method != "S256":
            raise HTTPException(400, "the code challenge must be S256")

    def _signed(self, person: Enrollee) -> str:
        principal = Principal(
            tenant=person.tenant,
            kind="admin" if person.is_admin else "traveller",
            subject=person.login,
            client=CLIENT,
            company_wide=person.is_admin,
        )
        token_id = secrets.token_urlsafe(16)
        return self._issuer.sign(
            principal, token_id=token_id, issued_at=int(time.time()), lifetime_seconds=_TOKEN_SECONDS
        )
