"""Who is calling: bearer tokens by the rules of RFC 9068, verified against the issuer's JWKS.

Nothing here may believe a claim before the signature held, or put a token into a log or an answer.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from typing import Annotated, Any, Literal, NamedTuple, Self

import jwt
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from schemas.identifiers import TenantName
from services.platform.jwks import ALGORITHMS, IssuerUnreachable, KeySet, UnknownKey
from services.platform.principals import Principal, PrincipalKind

LEEWAY_SECONDS = 30
"""How far the clocks of issuer and verifier may be apart; RFC 9068 allows a minute at most."""

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_ADMIN_ROLES = frozenset({"travel_admin", "web services administrator", "can administer"})
"""Our own name and those of the Concur API (design, section 7); compared without case."""
_SCHEMES = frozenset({"bearer", "oauth"})
"""`OAuth` is how older clients of the Concur API write it."""
_RETRY_SECONDS = 5
_REMEMBERED = 10_000
"""Tokens whose signature need not be computed again: a client sends the same one for as long as it holds."""


_Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class _Claims(BaseModel):
    """The claims that we read. A token without `client_kind` is a person's own, from our own front end."""

    model_config = ConfigDict(hide_input_in_errors=True)

    tenant: TenantName
    sub: _Name
    client_id: _Name
    jti: _Name
    client_kind: Literal["tmc", "supplier", "third_party", "operator"] | None = None
    roles: tuple[str, ...] = ()
    travel_types: tuple[str, ...] = ()
    scope: str = ""


_CLAIMS = TypeAdapter(_Claims)


class TokenRefused(Exception):
    """The token is not believed; the text says why, without any of its content."""


class _Believed(NamedTuple):
    """What was found of a token once; it holds as long as its key does, and until it expires."""

    principal: Principal
    kid: str | None
    key: jwt.PyJWK
    expires: int


class TokenVerifier:
    """Turns an access token into the principal that it speaks for."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        keys: KeySet,
        now: Callable[[], float] = time.time,  # noqa: TID251 - as PyJWT reads it
    ) -> None:
        """`now` judges tokens that were believed before; at first PyJWT judges, by the host's clock."""
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._now = now
        self._believed: OrderedDict[bytes, _Believed] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Return the principal of a token whose signature and claims hold.

        Raises:
            TokenRefused: where they do not (RFC 9068, section 4).
            IssuerUnreachable: where no key could ever be fetched.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        believed = self._believed.get(digest)
        if believed is None or await self._published(believed.kid) is not believed.key:
            believed = await self._verified(token)
            self._believed[digest] = believed
            if len(self._believed) > _REMEMBERED:
                self._believed.popitem(last=False)
        elif self._now() - LEEWAY_SECONDS >= believed.expires:
            raise TokenRefused("the token has expired")
        return believed.principal

    async def _verified(self, token: str) -> _Believed:
        key = await self._key(token)
        options: Options = {"require": ["iss", "aud", "exp", "iat", "sub", "client_id", "jti"]}
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options=options,
            )
            principal = _principal(_CLAIMS.validate_python(claims))
            return _Believed(principal, key.key_id, key, int(claims["exp"]))
        except jwt.PyJWTError as refusal:
            raise TokenRefused(_reason(refusal)) from None
        except ValidationError as refusal:
            named = ", ".join(sorted({str(e["loc"][0]) for e in refusal.errors() if e["loc"]}))
            raise TokenRefused(f"a claim is missing or malformed: {named}") from None

    async def _key(self, token: str) -> jwt.PyJWK:
        """Return the key that a token's header names; keys that the header itself offers are ignored."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            raise TokenRefused("this is no signed token") from None
        if str(header.get("typ", "")).lower() not in _TYPES:
            raise TokenRefused("this is no access token: its type is not at+jwt")
        if "crit" in header:
            raise TokenRefused("the token asks for extensions that are not known here")
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused("the token is signed by an algorithm that is not accepted")
        key = await self._published(header.get("kid"))
        if key.algorithm_name != header["alg"]:
            raise TokenRefused("the token's algorithm is not its key's")
        return key

    async def _published(self, kid: str | None) -> jwt.PyJWK:
        try:
            return await self._keys.key(kid)
        except UnknownKey:
            raise TokenRefused("the token is signed by an unknown key") from None


def _reason(refusal: jwt.PyJWTError) -> str:
    match refusal:
        case jwt.ExpiredSignatureError():
            return "the token has expired"
        case jwt.InvalidAudienceError():
            return "the token is meant for another service"
        case jwt.InvalidIssuerError():
            return "the token comes from another issuer"
        case jwt.MissingRequiredClaimError():
            return f"the token lacks the claim {refusal.claim}"
        case _:
            return "the token's signature or claims do not hold"


def _principal(claims: _Claims) -> Principal:
    company_wide = any(role.lower() in _ADMIN_ROLES for role in claims.roles)
    return Principal(
        tenant=claims.tenant,
        kind=claims.client_kind or ("admin" if company_wide else "traveller"),
        subject=claims.sub,
        client=claims.client_id,
        company_wide=company_wide,
        travel_types=claims.travel_types,
        scopes=tuple(claims.scope.split()),
    )


class Policy(NamedTuple):
    """Who may call a route, and the scopes of which the token must have one."""

    kinds: frozenset[PrincipalKind]
    scopes: frozenset[str]


ANYONE = Policy(frozenset(), frozenset())
"""The policy of routes that need no token, such as health."""


Check = Callable[[Request], Awaitable[None]]


class Guard:
    """A FastAPI dependency for a whole router: verifies the token and walks the table of policies.

    Deny by default: a route whose name is not in the table is refused to everyone.
    """

    def __init__(self, verifier: TokenVerifier, *, policies: Mapping[str, Policy]) -> None:
        self._verifier = verifier
        self._policies = policies
        self._further: tuple[Check, ...] = ()

    def and_then(self, check: Check) -> Self:
        """Return a guard whose requests have to pass one thing more.

        One dependency and not several: FastAPI takes longer to find out how to call each than most take.
        """
        guard = copy(self)
        guard._further = (*self._further, check)  # noqa: SLF001 - of its own class
        return guard

    def asks_for_token(self, name: str) -> bool:
        """Whether a route is not for everybody; for the description of the routes."""
        return self._policies.get(name) is not ANYONE

    async def __call__(self, request: Request) -> None:
        """Let in whom the request's Authorization header names.

        Raises:
            HTTPException: as `admit`; whatever a further check raises.
        """
        await self.admit(request, request.headers.get("authorization"))
        for check in self._further:
            await check(request)

    async def admit(self, request: Request, authorization: str | None) -> None:
        """Put the principal where `principal_of` finds it.

        Raises:
            HTTPException: 401 (RFC 6750) without a believed token, 403 where the policy says no,
                503 where the issuer's keys could never be fetched.
        """
        route: Any = request.scope.get("route")
        policy = self._policies.get(getattr(route, "name", ""))
        if policy is None:
            raise HTTPException(403, "this address has no policy and is closed")
        if policy is ANYONE:
            return
        principal = await self._authenticated(request, authorization)
        if principal.kind not in policy.kinds:
            raise HTTPException(403, f"a {principal.kind} token may not do this")
        if not policy.scopes.intersection(principal.scopes):
            wanted = _challenge(request, error="insufficient_scope", scope=" ".join(sorted(policy.scopes)))
            raise HTTPException(403, "the token's scopes do not cover this", headers=wanted)
        request.state.principal = principal

    async def _authenticated(self, request: Request, authorization: str | None) -> Principal:
        if authorization is None:
            raise HTTPException(401, "send a token", headers=_challenge(request))
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() not in _SCHEMES:
            text = "write Authorization: Bearer and the token"
            raise HTTPException(401, text, headers=_challenge(request))
        try:
            return await self._verifier.verify(token.strip())
        except TokenRefused as refusal:
            why = _challenge(request, error="invalid_token", error_description=str(refusal))
            raise HTTPException(401, str(refusal), headers=why) from None
        except IssuerUnreachable:
            retry = {"Retry-After": str(_RETRY_SECONDS)}
            raise HTTPException(503, "the token issuer cannot be reached", headers=retry) from None


def _challenge(request: Request, **said: str) -> dict[str, str]:
    """Return the header that tells a client what kind of token is wanted, and where to learn of its issuer.

    By RFC 6750, section 3, and RFC 9728, section 5.1: the address of the metadata is below the one that the
    client itself called.
    """
    metadata = f"{request.base_url}.well-known/oauth-protected-resource"
    parts = ", ".join(f'{name}="{value}"' for name, value in {**said, "resource_metadata": metadata}.items())
    return {"WWW-Authenticate": f"Bearer {parts}"}


def principal_of(request: Request) -> Principal:
    """Return the principal that the guard verified; use it as a dependency of the route.

    Raises:
        HTTPException: 401 where no guard stood before the route.
    """
    principal = getattr(request.state, "principal", None)
    if not isinstance(principal, Principal):
        raise HTTPException(401, "send a token", headers=_challenge(request))
    return principal
