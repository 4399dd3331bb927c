"""The embedded issuer of access tokens: for one machine, on loopback only.

Whoever can read the private key can be anyone. It therefore lies in the data folder of an `up`,
readable by its user alone, and `refuse_beyond_loopback` keeps services that believe it off the network.
"""

import base64
import hashlib
import ipaddress
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm

from services.platform.principals import Principal

EMBEDDED_ISSUER = "urn:itinerary:embedded-issuer"
EMBEDDED_AUDIENCE = "urn:itinerary:embedded"

_FOLDER = "issuer"
_PRIVATE_KEY = "private-key.pem"
_KEY_SET = "jwks.json"
_ALGORITHM = "ES256"
_SCOPES = {
    "traveller": "trips:read bookings:write",
    "admin": "trips:read bookings:write",
    "tmc": "trips:read bookings:write",
    "supplier": "trips:read bookings:write",
    "third_party": "trips:read",
    "operator": "operations",
}


class EmbeddedIssuer(NamedTuple):
    """An issuer, as those who verify its tokens are configured with it."""

    issuer: str
    audience: str
    jwks_url: str
    private_key: Path

    @property
    def session_key(self) -> str:
        """Return the key that seals the cookies of the page, derived from the private key."""
        digest = hashlib.sha256(b"page sessions" + self.private_key.read_bytes()).digest()
        return base64.urlsafe_b64encode(digest).decode()

    def sign(self, principal: Principal, *, token_id: str, issued_at: int, lifetime_seconds: int) -> str:
        """Return an access token (RFC 9068) for a principal; its scopes are those of its kind.

        `issued_at` is in seconds since 1970.
        """
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": principal.subject,
            "client_id": principal.client,
            "jti": token_id,
            "iat": issued_at,
            "exp": issued_at + lifetime_seconds,
            "tenant": principal.tenant,
            "scope": " ".join(principal.scopes) or _SCOPES[principal.kind],
            "roles": ["travel_admin"] if principal.company_wide else [],
            "travel_types": list(principal.travel_types),
        }
        if principal.kind not in {"traveller", "admin"}:
            claims["client_kind"] = principal.kind
        key = _load(self.private_key)
        return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"typ": "at+jwt", "kid": _key_id(key)})


def embedded_issuer(data: Path) -> EmbeddedIssuer:
    """Return the issuer of a data folder, creating its key pair and key set the first time.

    Safe to call from several processes at once: the first key that stands is everyone's.
    """
    folder = data / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_key, key_set = folder / _PRIVATE_KEY, folder / _KEY_SET
    if not private_key.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _place(private_key, pem, replace=False)
    public = orjson.dumps({"keys": [_public_key(_load(private_key))]})
    if not key_set.exists() or key_set.read_bytes() != public:
        _place(key_set, public, replace=True)
    return EmbeddedIssuer(EMBEDDED_ISSUER, EMBEDDED_AUDIENCE, key_set.resolve().as_uri(), private_key)


def refuse_beyond_loopback(*, issuer: str, host: str) -> None:
    """Refuse to listen on a network with tokens that anyone with the data folder can sign.

    Raises:
        ValueError: where the issuer is the embedded one and the host is not a loopback address.
    """
    if issuer != EMBEDDED_ISSUER or host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(
            f"the embedded token issuer works on loopback only, not on {host}: "
            "set ITINERARY_TOKEN_ISSUER, _AUDIENCE and _JWKS_URL to a real issuer"
        )


def _place(path: Path, content: bytes, *, replace: bool) -> None:
    """Write a file that is whole or absent, readable by its user alone (mkstemp creates it 0600)."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            try:
                path.hardlink_to(name)
            except FileExistsError:
                return
    finally:
        Path(name).unlink(missing_ok=True)


def _load(private_key: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(private_key.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the embedded issuer's key is not an elliptic curve key")
    return key


def _public_key(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    public = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": _key_id(key), "alg": _ALGORITHM, "use": "sig"}


def _key_id(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the first half of the public x coordinate: stable, and different for every key."""
    return f"{key.public_key().public_numbers().x:064x}"[:32]
