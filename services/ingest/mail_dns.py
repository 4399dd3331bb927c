"""Questions about senders, asked of the DNS."""

import asyncio
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.resolver
import structlog

from services.ingest.mail_proof import Answers

log = structlog.get_logger()

_KINDS = frozenset({"TXT", "SPF", "A", "AAAA", "MX", "PTR"})
_MAX_VALUES = 20


class DnsResolver:
    """Asks the system's name servers, or those that it is given (`host` or `host:port`)."""

    def __init__(self, *, servers: tuple[str, ...] = (), seconds: float = 4.0) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        if servers:
            pairs = [server.rpartition(":") if ":" in server else (server, "", "53") for server in servers]
            self._resolver.nameservers = [host for host, _, _ in pairs]
            self._resolver.nameserver_ports = {host: int(port) for host, _, port in pairs}
        self._resolver.lifetime = seconds
        self._resolver.cache = dns.resolver.LRUCache(10_000)

    async def answers(self, questions: tuple[str, ...]) -> Answers:
        """Return an answer to every question, asked side by side; None where the DNS does not answer."""
        found = await asyncio.gather(*(self._answer(question) for question in questions))
        return dict(zip(questions, found, strict=True))

    async def _answer(self, question: str) -> tuple[str, ...] | None:
        kind, _, name = question.partition(" ")
        if kind not in _KINDS:
            return ()
        try:
            answer = await self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return ()
        except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError):
            log.info("dns.unanswered", kind=kind)
            return None
        except (dns.exception.DNSException, UnicodeError, ValueError):  # a name that is none
            return ()
        return tuple(_text(kind, value) for value in list(answer)[:_MAX_VALUES])


def _text(kind: str, value: Any) -> str:  # noqa: ANN401 - a record of any type
    match kind:
        case "TXT" | "SPF":
            return b"".join(value.strings).decode("latin-1")
        case "MX":
            return f"{value.preference} {value.exchange.to_text(omit_final_dot=True)}"
        case "PTR":
            return str(value.target.to_text(omit_final_dot=True))
        case _:
            return str(value.address)
