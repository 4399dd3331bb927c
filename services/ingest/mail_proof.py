"""What a mail's signatures, its envelope and the DNS say about who sent it: DKIM, SPF, DMARC, ARC.

Runs in a child process without network. What it needs to know from the DNS it asks for by returning
questions; its caller looks them up and calls again with the answers. So the same bytes and answers always
find the same, and a test needs no server.
"""

# dkimpy and pyspf carry no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingParameterType=false

import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import getaddresses
from operator import itemgetter
from typing import Any, NamedTuple

import dkim
import spf
from dkim.util import InvalidTagValueList, parse_tag_value

from schemas.base import Model
from services.ingest.domain.authenticity import (
    Findings,
    Seal,
    Signature,
    dmarc_pass_for,
    from_domain,
    organisational_domain,
    read_dmarc,
)

MAX_SIGNATURES = 5
"""More are not looked at: each costs a look-up and a hash of the mail."""
_SIGNED = (b"dkim-signature", b"arc-seal", b"arc-message-signature")
_RECIPIENTS = frozenset({b"to", b"cc"})
_MAX_HEADER_BYTES = 256 * 1024
_MAX_ADDRESS_CHARACTERS = 20_000
_HEADERS_END = re.compile(rb"\r?\n\r?\n")

Answers = Mapping[str, tuple[str, ...] | None]
"""By question, `TYPE name`: what the DNS holds, nothing where it holds none, None where it did not answer."""


class Envelope(NamedTuple):
    """What the delivering host said and who it is."""

    peer: str | None = None
    """Its IP address."""
    helo: str = ""
    mail_from: str = ""


class Checked(Model):
    """What was found, or what has to be asked first."""

    findings: Findings | None = None
    questions: tuple[str, ...] = ()


def check(raw: bytes, *, envelope: Envelope, answers: Answers, chains: bool = False) -> Checked:
    """Check a mail as far as the answers go.

    Args:
        raw: the mail as it arrived.
        envelope: who delivered it; without a peer SPF says nothing.
        answers: what is known from the DNS.
        chains: whether seals of forwarders are looked at.
    """
    zone = _Zone(answers)
    headers = _headers(raw)
    senders = from_addresses(headers)
    domain = from_domain(senders)
    for name in _key_names(headers, chains=chains):
        zone.ask("TXT", name)
    policy = zone.ask("TXT", f"_dmarc.{domain}") if domain else ()
    if domain and not policy:
        policy = zone.ask("TXT", f"_dmarc.{organisational_domain(domain)}")
    spf_domain = _spf(envelope, zone=zone)
    if zone.questions:
        return Checked(questions=tuple(zone.questions))
    return Checked(
        findings=Findings(
            from_addresses=senders,
            signatures=tuple(_dkim(raw, headers=headers, zone=zone)),
            spf_domain=spf_domain,
            unanswered=zone.unanswered,
            dmarc=read_dmarc(policy),
            seal=_seal(raw, zone=zone) if chains else None,
        )
    )


def from_addresses(headers: Sequence[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """Return every address in every From header, as text in small letters.

    It is read as it is written: an encoded word is part of a name and never of an address (RFC 2047, section
    5). Decoded first, a name could bring brackets and addresses of its own.
    """
    values = [value for name, value in headers if name.lower() == b"from"]
    if len(values) > 1:
        return tuple(f"{position}:{_plain(value)}" for position, value in enumerate(values))  # never believed
    return _addresses_in(values)


def _recipients(headers: Sequence[tuple[bytes, bytes]], *, signed: frozenset[bytes]) -> tuple[str, ...]:
    """Return the addresses in To and Cc, as far as a signature covers those; of two headers it covers one."""
    found: list[bytes] = []
    for wanted in signed & _RECIPIENTS:
        values = [value for name, value in headers if name.lower() == wanted]
        found += values if len(values) == 1 else []
    return _addresses_in(found)


def _addresses_in(values: Sequence[bytes]) -> tuple[str, ...]:
    plain = [_plain(value) for value in values]
    if sum(map(len, plain)) > _MAX_ADDRESS_CHARACTERS:
        return ()
    try:
        return tuple(address.lower() for _, address in getaddresses(plain) if address)
    except RecursionError:  # comments within comments
        return ()


def _plain(value: bytes) -> str:
    return value.decode(errors="replace").replace("\0", "")


class _Zone:
    """The answers, and what was asked in vain."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.questions: dict[str, None] = {}
        self.unanswered = False

    def ask(self, kind: str, name: str) -> tuple[str, ...]:
        """Return what the DNS holds; nothing where it is not known yet, which is noted.

        Raises:
            spf.TempError: never; see `lookup`.
        """
        return self._asked(kind, name) or ()

    def lookup(self, name: str, kind: str, _strict: object = True, _timeout: object = 0) -> list[Any]:
        """Answer as pyspf wants it.

        Raises:
            spf.TempError: where the DNS did not answer.
        """
        found = self._asked(kind, name)
        if found is None:
            raise spf.TempError("the DNS did not answer")
        return [((name, kind), _spf_value(kind, text)) for text in found]

    def key(self, name: bytes | str, timeout: float = 5) -> bytes | None:  # noqa: ARG002 - dkimpy's signature
        """Answer as dkimpy wants it."""
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        found = self.ask("TXT", text)
        return found[0].encode("latin-1", "replace") if found else None

    def _asked(self, kind: str, name: str) -> tuple[str, ...] | None:
        question = f"{kind} {name.rstrip('.').lower()}"
        if question not in self._answers:
            self.questions[question] = None
            return ()
        answer = self._answers[question]
        self.unanswered |= answer is None
        return answer


def _spf_value(kind: str, text: str) -> object:
    if kind in {"TXT", "SPF"}:
        return (text.encode("latin-1", "replace"),)
    if kind == "MX":
        preference, _, host = text.partition(" ")
        return int(preference), host
    return text


def _headers(raw: bytes) -> Sequence[tuple[bytes, bytes]]:
    """Return the headers as dkimpy reads them, so that what is checked is what was signed."""
    ends = _HEADERS_END.search(raw, 0, _MAX_HEADER_BYTES)
    head = raw[: ends.end()] if ends else raw[:_MAX_HEADER_BYTES]
    try:
        headers, _ = dkim.rfc822_parse(head)
    except (dkim.MessageFormatError, IndexError):  # the latter where it begins with white space
        return ()
    return [(name, value) for name, value in headers]


def _key_names(headers: Sequence[tuple[bytes, bytes]], *, chains: bool) -> Iterator[str]:
    """Return the names under which the keys of the mail's signatures are published."""
    wanted = _SIGNED if chains else _SIGNED[:1]
    signatures = [value for name, value in headers if name.lower() in wanted]
    for value in signatures[: MAX_SIGNATURES * len(wanted)]:
        try:
            tags = parse_tag_value(value)
            yield f"{tags[b's'].decode('ascii')}._domainkey.{tags[b'd'].decode('ascii')}"
        except (InvalidTagValueList, KeyError, UnicodeDecodeError):
            continue


def _spf(envelope: Envelope, *, zone: _Zone) -> str | None:
    if envelope.peer is None:
        return None
    spf.DNSLookup = zone.lookup  # how pyspf is given a resolver
    query = spf.query(i=envelope.peer, s=envelope.mail_from, h=envelope.helo, querytime=0)
    try:
        result, *_ = query.check()
    except (ValueError, IndexError, AttributeError, TypeError, UnicodeError):  # of odd envelopes, in pyspf
        return None
    domain = envelope.mail_from.rpartition("@")[2] or envelope.helo
    return domain.lower() if result == "pass" else None


def _dkim(raw: bytes, *, headers: Sequence[tuple[bytes, bytes]], zone: _Zone) -> Iterator[Signature]:
    for position in range(MAX_SIGNATURES):
        try:
            signature = dkim.DKIM(raw)
            holds = signature.verify(idx=position, dnsfunc=zone.key)
        except (dkim.DKIMException, ValueError, TypeError, KeyError, IndexError):  # a signature that is none
            continue
        # A signature over a part of the body only lets others write the rest.
        if holds and b"l" not in signature.signature_fields:
            signed = frozenset(name.strip().lower() for name in signature.signature_fields[b"h"].split(b":"))
            yield Signature(
                domain=signature.domain.decode("ascii", "replace").lower(),
                recipients=_recipients(headers, signed=signed),
            )


def _seal(raw: bytes, *, zone: _Zone) -> Seal | None:
    try:
        chain, results, _ = dkim.ARC(raw).verify(dnsfunc=zone.key)
    except (dkim.DKIMException, ValueError, TypeError, KeyError, IndexError):  # a chain that is none
        return None
    if chain != dkim.CV_Pass or not results:
        return None
    first_first: list[dict[str, Any]] = sorted(results, key=itemgetter("instance"))
    said = first_first[0]["aar-value"].decode(errors="replace").partition(";")[2]  # after "i=1;"
    return Seal(
        sealers=tuple(one["as-domain"].decode("ascii", "replace").lower() for one in first_first),
        dmarc_pass_for=dmarc_pass_for(said),
    )


class Headers(Model):
    """Of the headers of a mail those that say who sent it, to be believed or not."""

    from_addresses: tuple[str, ...] = ()
    authentication_results: tuple[str, ...] = ()
    """The topmost first."""


def read_headers(raw: bytes) -> Headers:
    """Return the headers of a mail that the rules of authenticity look at."""
    headers = _headers(raw)
    results = [
        value.decode(errors="replace") for name, value in headers if name.lower() == b"authentication-results"
    ]
    return Headers(from_addresses=from_addresses(headers), authentication_results=tuple(results[:20]))
