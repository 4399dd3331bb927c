"""OAuth 1.0 signatures checked by RFC 5849 itself, with nothing of the library that makes ours."""

import base64
import hashlib
import hmac
import re
import time
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

_SKEW_SECONDS = 3 * 3600


class Signed(NamedTuple):
    """A signature, and what it is of."""

    consumer: str
    token: str
    signature: str
    base: str
    nonce: str
    """With the instant: good for one request."""

    def holds(self, consumer_secret: str, token_secret: str) -> bool:
        key = f"{quote(consumer_secret, safe='~')}&{quote(token_secret, safe='~')}".encode()
        made = base64.b64encode(hmac.new(key, self.base.encode(), hashlib.sha1).digest()).decode()
        return hmac.compare_digest(made, self.signature)


def checked_signature(method: str, url: str, query: str, authorization: str) -> Signed | None:
    """Return what a request was signed with; None where it is not signed as TripIt wants it."""
    if not authorization.startswith("OAuth "):
        return None
    said = {name: unquote(text) for name, text in re.findall(r'(\w+)="([^"]*)"', authorization)}
    signature = said.pop("oauth_signature", "")
    wanted = {"oauth_signature_method": "HMAC-SHA1"}
    if any(said.get(name) != text for name, text in wanted.items()) or len(said.get("oauth_nonce", "")) > 80:
        return None
    if "oauth_verifier" in said or "oauth_timestamp" not in said or not said.get("oauth_nonce"):
        return None
    pairs = [*parse_qsl(query, keep_blank_values=True), *said.items()]
    escaped = sorted((quote(name, safe="~"), quote(text, safe="~")) for name, text in pairs)
    if abs(int(said["oauth_timestamp"]) - time.time()) > _SKEW_SECONDS:  # noqa: TID251 - as whoever checks signatures does
        return None
    nonce = f"{said['oauth_timestamp']} {said['oauth_nonce']}"
    parameters = "&".join(f"{name}={text}" for name, text in escaped)
    base = "&".join(quote(part, safe="~") for part in (method, url, parameters))
    return Signed(said.get("oauth_consumer_key", ""), said.get("oauth_token", ""), signature, base, nonce)
