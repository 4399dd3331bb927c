"""Which tokens are believed, and whom they speak for (RFC 9068, RFC 6750)."""

import asyncio
import base64
import json
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Depends, FastAPI, Request
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from services.platform.issuer import EMBEDDED_ISSUER, embedded_issuer, refuse_beyond_loopback
from services.platform.jwks import (
    COOL_DOWN_SECONDS,
    MAX_AGE_BOUNDS_SECONDS,
    STALE_SECONDS,
    Fetched,
    IssuerUnreachable,
    KeySet,
    UnknownKey,
)
from services.platform.principals import Principal
from services.platform.tokens import (
    ANYONE,
    LEEWAY_SECONDS,
    Guard,
    Policy,
    TokenRefused,
    TokenVerifier,
    principal_of,
)

ISSUER, AUDIENCE = "https://login.example", "https://itinerary.example"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def public(key: Any, kid: str) -> dict[str, Any]:
    algorithm = {ec.EllipticCurvePrivateKey: ECAlgorithm, rsa.RSAPrivateKey: RSAAlgorithm}
    kind = next((a for base, a in algorithm.items() if isinstance(key, base)), OKPAlgorithm)
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid}


class Issuer:
    """An issuer's key set as others see it: it may rotate, and it may be away."""

    def __init__(self, *keys: Mapping[str, Any]) -> None:
        self.keys = list(keys)
        self.is_away = False
        self.asked = 0
        self.now = 1000.0

    async def fetch(self, _: str) -> Fetched:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise httpx.ConnectError("away")
        return Fetched(json.dumps({"keys": self.keys}).encode(), None)

    def key_set(self) -> KeySet:
        return KeySet("https://login.example/jwks", fetch=self.fetch, monotonic=lambda: self.now)

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(issuer=ISSUER, audience=AUDIENCE, keys=self.key_set())


DAY = 24 * 3600
"""Tokens of the tests are made when they are collected, which may be long before they are used."""


def token(
    key: Any = EC_KEY, *, algorithm: str = "ES256", header: Mapping[str, Any] = {}, **claims: Any
) -> str:
    now = int(time.time())  # noqa: TID251 - PyJWT compares with the real clock
    known = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "chris@acme.example", "client_id": "app", "jti": "1",
        "iat": now, "exp": now + DAY, "tenant": "acme", "scope": "trips:read bookings:write",
    }  # fmt: skip
    present = {name: value for name, value in (known | claims).items() if value is not None}
    return jwt.encode(present, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": "k1", **header})


async def test_a_token_of_the_issuer_is_its_users_principal() -> None:
    principal = await Issuer(public(EC_KEY, "k1")).verifier().verify(token())
    assert principal == Principal(
        tenant="acme", kind="traveller", subject="chris@acme.example", client="app",
        scopes=("trips:read", "bookings:write"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "kind", "company_wide"),
    [
        ({"roles": ["travel_admin"]}, "admin", True),
        ({"roles": ["Can Administer"]}, "admin", True),
        ({"roles": ["accountant"]}, "traveller", False),
        ({"client_kind": "tmc"}, "tmc", False),
        ({"client_kind": "tmc", "roles": ["Web Services Administrator"]}, "tmc", True),
        ({"client_kind": "supplier", "travel_types": ["car"]}, "supplier", False),
    ],
)
async def test_kind_and_reach_come_from_client_and_roles(
    claims: dict[str, Any], kind: str, company_wide: bool
) -> None:
    principal = await Issuer(public(EC_KEY, "k1")).verifier().verify(token(**claims))
    assert (principal.kind, principal.company_wide) == (kind, company_wide)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(EC_KEY, "ES256"), (RSA_KEY, "RS256"), (ED_KEY, "EdDSA")],
    ids=["EC", "RSA", "Ed25519"],
)
async def test_the_algorithms_of_the_list_are_accepted(key: Any, algorithm: str) -> None:
    principal = await Issuer(public(key, "k1")).verifier().verify(token(key, algorithm=algorithm))
    assert principal.tenant == "acme"


def unsigned() -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': 'k1'})}.{part({'iss': ISSUER})}."


def signed_with_the_public_key() -> str:
    """The old trick: take the public key for the secret of a symmetric algorithm."""
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    head = jwt.encode({}, "x" * 32, headers={"typ": "at+jwt", "kid": "k1"}).rpartition(".")[0]
    signature = base64.urlsafe_b64encode(hmac.sign(head.encode(), pem)).decode().rstrip("=")
    return f"{head}.{signature}"


NOW = int(time.time())  # noqa: TID251 - as above
REFUSED = {
    "alg none": unsigned(),
    "HMAC with the public key": signed_with_the_public_key(),
    "an ID token": token(header={"typ": "JWT"}),
    "another audience": token(aud="https://elsewhere.example"),
    "another issuer": token(iss="https://evil.example"),
    "issuer with a slash": token(iss=ISSUER + "/"),
    "expired beyond the leeway": token(iat=NOW - 900, exp=NOW - 61),
    "issued in the future": token(iat=NOW + DAY, exp=NOW + 2 * DAY),
    "another key": token(OTHER_KEY),
    "unknown extension": token(header={"crit": ["x"], "x": 1}),
    "RS256 by an EC key's name": token(RSA_KEY, algorithm="RS256"),
    "ES384": token(ec.generate_private_key(ec.SECP384R1()), algorithm="ES384"),
    "own key in the header": token(OTHER_KEY, header={"kid": "k9", "jwk": public(OTHER_KEY, "k9")}),
    "no company": token(tenant=None),
    "a malformed company": token(tenant="../acme"),
    "an unknown kind": token(client_kind="root"),
    "nothing": "",
    "no token": "a.b.c",
} | {f"no {name}": token(**{name: None}) for name in ("iss", "aud", "sub", "client_id", "jti", "iat", "exp")}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
async def test_is_not_believed(refused: str) -> None:
    with pytest.raises(TokenRefused) as refusal:
        await Issuer(public(EC_KEY, "k1")).verifier().verify(refused)
    assert "acme" not in str(refusal.value)


async def test_a_rotated_key_is_fetched_once_for_all_who_wait() -> None:
    issuer = Issuer(public(EC_KEY, "k1"))
    keys = issuer.key_set()
    await keys.key("k1")
    issuer.keys.append(public(OTHER_KEY, "k2"))
    issuer.now += COOL_DOWN_SECONDS

    found = await asyncio.gather(*(keys.key("k2") for _ in range(20)))

    assert {key.key_id for key in found} == {"k2"}
    assert issuer.asked == 2


async def test_a_token_that_was_believed_before_is_refused_once_its_key_is_gone() -> None:
    issuer = Issuer(public(EC_KEY, "k1"))
    verifier, bearer = issuer.verifier(), token()
    assert await verifier.verify(bearer) == await verifier.verify(bearer)
    issuer.keys = [public(OTHER_KEY, "k1")]
    issuer.now += MAX_AGE_BOUNDS_SECONDS[0]
    await verifier.verify(bearer)  # this one finds that the keys are old, and has them fetched
    for _ in range(5):
        await asyncio.sleep(0)
    with pytest.raises(TokenRefused):
        await verifier.verify(bearer)


async def test_a_token_that_was_believed_before_expires() -> None:
    now = time.time()  # noqa: TID251 - PyJWT compares with the real clock
    keys = Issuer(public(EC_KEY, "k1")).key_set()
    verifier = TokenVerifier(issuer=ISSUER, audience=AUDIENCE, keys=keys, now=lambda: now)
    bearer = token()
    await verifier.verify(bearer)
    now += DAY + LEEWAY_SECONDS - 5
    await verifier.verify(bearer)
    now += 10
    with pytest.raises(TokenRefused, match="expired"):
        await verifier.verify(bearer)


async def test_a_signature_that_was_changed_is_not_taken_for_one_that_was_believed() -> None:
    verifier, bearer = Issuer(public(EC_KEY, "k1")).verifier(), token()
    await verifier.verify(bearer)
    head, claims, _ = bearer.split(".")
    forged = ".".join((head, claims, token(OTHER_KEY).rpartition(".")[2]))
    with pytest.raises(TokenRefused):
        await verifier.verify(forged)


async def test_made_up_key_ids_do_not_make_us_flood_the_issuer() -> None:
    issuer = Issuer(public(EC_KEY, "k1"))
    keys = issuer.key_set()
    for number in range(50):
        issuer.now += 1
        with pytest.raises(UnknownKey):
            await keys.key(f"made-up-{number}")
    assert issuer.asked <= 1 + 50 / COOL_DOWN_SECONDS


async def test_known_keys_are_believed_for_a_day_while_the_issuer_is_away() -> None:
    issuer = Issuer(public(EC_KEY, "k1"))
    keys = issuer.key_set()
    await keys.key("k1")
    issuer.is_away = True

    issuer.now += STALE_SECONDS - 1
    assert (await keys.key("k1")).key_id == "k1"
    await asyncio.sleep(0)
    issuer.now += 2
    with pytest.raises(IssuerUnreachable):
        await keys.key("k1")


async def test_symmetric_and_encryption_keys_of_a_key_set_are_passed_over() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}
    encryption = public(OTHER_KEY, "k2") | {"use": "enc"}
    keys = Issuer(secret, encryption, {"kty": "?"}, public(EC_KEY, "k3")).key_set()
    for kid in ("k1", "k2"):
        with pytest.raises(UnknownKey):
            await keys.key(kid)
    assert (await keys.key("k3")).key_id == "k3"


@pytest.mark.parametrize("url", ["http://login.example/jwks", "ftp://login.example/jwks"])
async def test_keys_are_read_over_https_or_from_a_file_only(url: str) -> None:
    with pytest.raises(IssuerUnreachable):
        await KeySet(url).key("k1")


async def test_the_embedded_issuer_signs_what_its_own_key_set_verifies(tmp_path: Path) -> None:
    issuer, same = embedded_issuer(tmp_path), embedded_issuer(tmp_path)
    principal = Principal(
        tenant="acme", kind="supplier", subject="chris@acme.example", client="supplier:wheels",
        travel_types=("car",), scopes=("bookings:write",),
    )  # fmt: skip
    signed = same.sign(principal, token_id="1", issued_at=NOW, lifetime_seconds=DAY)
    verifier = TokenVerifier(issuer=issuer.issuer, audience=issuer.audience, keys=KeySet(issuer.jwks_url))

    assert await verifier.verify(signed) == principal
    assert stat.S_IMODE(issuer.private_key.stat().st_mode) == 0o600
    assert "d" not in json.loads((tmp_path / "issuer" / "jwks.json").read_bytes())["keys"][0]


def test_the_embedded_issuer_is_believed_on_loopback_only() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_beyond_loopback(issuer=EMBEDDED_ISSUER, host=host)
    refuse_beyond_loopback(issuer=ISSUER, host="0.0.0.0")  # noqa: S104 - a real issuer may
    for host in ("0.0.0.0", "10.0.0.7", "itinerary.example"):  # noqa: S104 - what is refused
        with pytest.raises(ValueError, match="loopback"):
            refuse_beyond_loopback(issuer=EMBEDDED_ISSUER, host=host)


READERS = Policy(frozenset({"traveller"}), frozenset({"trips:read"}))


async def answer(path: str, authorization: str | None) -> httpx.Response:
    guard = Guard(Issuer(public(EC_KEY, "k1")).verifier(), policies={"read": READERS, "health": ANYONE})
    router = APIRouter(dependencies=[Depends(guard)])

    @router.get("/read")
    async def read(request: Request) -> str:  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
        return principal_of(request).subject

    @router.get("/health")
    @router.get("/forgotten", name="forgotten")
    async def health() -> str:  # pyright: ignore[reportUnusedFunction] - as above
        return "ok"

    app = FastAPI()
    app.include_router(router)
    headers = {} if authorization is None else {"Authorization": authorization}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize(
    ("path", "authorization", "status", "challenge"),
    [
        ("/read", f"Bearer {token()}", 200, None),
        ("/read", f"OAuth {token()}", 200, None),
        ("/read", None, 401, "Bearer"),
        ("/read", "Basic YTpi", 401, "Bearer"),
        ("/read", "Bearer x", 401, 'Bearer error="invalid_token"'),
        ("/read", f"Bearer {token(scope='bookings:write')}", 403, 'Bearer error="insufficient_scope"'),
        ("/read", f"Bearer {token(client_kind='tmc')}", 403, None),
        ("/health", None, 200, None),
        ("/forgotten", f"Bearer {token()}", 403, None),
    ],
    ids=range(9),
)  # fmt: skip
async def test_the_guard_walks_the_table_and_denies_by_default(
    path: str, authorization: str | None, status: int, challenge: str | None
) -> None:
    response = await answer(path, authorization)
    assert response.status_code == status
    if challenge is not None:
        assert response.headers["www-authenticate"].startswith(challenge)
