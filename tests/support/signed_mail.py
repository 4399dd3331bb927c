"""Mails with real signatures, and the DNS in which their keys are found: as a mapping, or behind a socket."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import dkim
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.ingest.mail_proof import Answers, Checked, Envelope, check

ADA = "ada@acme.example"
PEER = "192.0.2.10"
SECRET_TO = "acme+0123456789abcdef@mail.localhost"

ZONE: dict[str, tuple[str, ...]] = {
    "TXT acme.example": ("v=spf1 ip4:192.0.2.10 -all",),
    "TXT _dmarc.acme.example": ("v=DMARC1; p=reject",),
    "TXT lax.example": ("v=spf1 a:mx.lax.example ~all",),
    "A mx.lax.example": ("192.0.2.20",),
    "TXT strict.example": ("v=spf1 ip4:192.0.2.10 -all",),
    "TXT _dmarc.strict.example": ("v=DMARC1; p=quarantine; adkim=s; aspf=s",),
}
"""What is published beside the keys. `lax.example` asks receivers for nothing."""


@lru_cache(maxsize=1)
def _keys() -> tuple[bytes, str]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, base64.b64encode(public).decode()


def zone(*signers: str) -> dict[str, tuple[str, ...]]:
    """Return what the DNS holds, with the keys of some domains."""
    keys = {f"TXT s1._domainkey.{domain}": (f"v=DKIM1; k=rsa; p={_keys()[1]}",) for domain in signers}
    return ZONE | keys


def mail(
    *, sender: str = ADA, to: str = SECRET_TO, body: str = "Hello", headers: str = "", subject: str = "Trip"
) -> bytes:
    """Return a mail; `headers` are written above the others, each with its CRLF."""
    return (
        f"{headers}From: Somebody <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <m1@acme.example>\r\n\r\n{body}\r\n"
    ).encode()


def signed(raw: bytes, *, by: str, **options: Any) -> bytes:
    """Return the mail with a signature of a domain above it."""
    signature: bytes = dkim.sign(raw, b"s1", by.encode(), _keys()[0], **options)
    return signature + raw


def sealed(raw: bytes, *, by: str, found: str) -> bytes:
    """Return the mail as a forwarder passes it on, which vouches for what it found."""
    seen = f"Authentication-Results: {by}; {found}\r\n".encode() + raw
    return b"".join(dkim.arc_sign(seen, b"s1", by.encode(), _keys()[0], by.encode())) + seen


def checked(raw: bytes, *, dns_zone: Mapping[str, tuple[str, ...]], **said: Any) -> Checked:
    """Check a mail with the answers of a zone, question after question, as the worker does."""
    chains = said.pop("chains", False)
    answers: Answers = {}
    for _ in range(20):
        found = check(raw, envelope=Envelope(**said), answers=answers, chains=chains)
        if found.findings is not None:
            return found
        answers = {**answers, **{question: dns_zone.get(question, ()) for question in found.questions}}
    raise AssertionError(f"it never has enough: {found.questions}")


@asynccontextmanager
async def name_server(dns_zone: Mapping[str, tuple[str, ...]]) -> AsyncGenerator[str]:
    """Serve a zone over UDP; gives `host:port`. Names of `.broken` get SERVFAIL."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _NameServer(dns_zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, dns_zone: Mapping[str, tuple[str, ...]]) -> None:
        self._zone = dns_zone
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        (asked,) = query.question
        name = asked.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        response = dns.message.make_response(query)
        texts = self._zone.get(f"{kind} {name}", ())
        if name.endswith(".broken"):
            response.set_rcode(dns.rcode.SERVFAIL)
        elif texts:
            values = [_quoted(text) if kind == "TXT" else text for text in texts]
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *values))
        elif not any(key.endswith(f" {name}") for key in self._zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(response.to_wire(), addr)


def _quoted(text: str) -> str:
    """Return a TXT value in pieces of at most 255 characters, as long keys are published."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
