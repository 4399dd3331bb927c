"""HTTP to addresses that people gave us: only to the public internet, whatever their names resolve to.

A name is resolved once, every address is judged, and the connection goes to the one that was judged, so that
nobody can answer differently the second time. Redirects are the caller's to refuse. An egress policy of the
network is the real fence; this is the one inside.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection

import httpx


class NotPublic(httpx.ConnectError):
    """The name resolves to an address that is not of the public internet, or to none."""


class PublicOnly(httpx.AsyncBaseTransport):
    """A transport that connects to public addresses alone."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the address that its name was found to have, under its own name.

        Raises:
            NotPublic: where that is not a public one.
        """
        host = request.url.host
        address = await _public_address(host, port=request.url.port or 443)
        judged = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # they name the host
            stream=request.stream,
            # TLS still asks for the name: the certificate must be its, and not the address's.
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await self._inner.handle_async_request(judged)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Refusing(httpx.AsyncBaseTransport):
    """A transport for what is never sent."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - as its base
        raise NotPublic("only https is spoken to strangers")


def public_client(*, private_origins: Collection[str], connections: int) -> httpx.AsyncClient:
    """Return a client that reaches the public internet by https, and of all else what is named.

    Args:
        private_origins: such as `http://10.0.0.7:9000`, where the operator says that it may be reached.
        connections: at most so many at once.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)

    def plain() -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(limits=limits)

    return httpx.AsyncClient(
        transport=PublicOnly(plain()),
        mounts={"http://": _Refusing(), **{origin: plain() for origin in private_origins}},
        follow_redirects=False,
        trust_env=False,
    )


async def unfit_destination(url: str, *, private_origins: Collection[str]) -> str | None:
    """Say what is wrong with an address that somebody wants sent to; None where nothing is.

    It is judged again whenever something is sent: names may lead elsewhere by then.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "is no address"
    if not parsed.host or parsed.userinfo or parsed.fragment:
        return "must name a host, and neither a user nor a fragment"
    if str(parsed.copy_with(raw_path=b"/")).rstrip("/") in private_origins:
        return None
    if parsed.scheme != "https":
        return "must begin with https://"
    try:
        await _public_address(parsed.host, port=parsed.port or 443)
    except NotPublic as why:
        return str(why)
    return None


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet; one that wraps another is what it wraps."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if wrapped is not None:
            return is_public(str(wrapped))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


async def _public_address(host: str, *, port: int) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as trouble:
        raise NotPublic("the name cannot be resolved") from trouble
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise NotPublic("the name resolves to an address that is not public")
    return addresses[0]
