"""HTTP to addresses that people gave us: only to the public internet, whatever their names resolve to.

A name is resolved as it is connected to, every address is judged, and the connection goes to one that was
judged, so that nobody can answer differently the second time. All else (TLS, Host, which connection may be
used again) goes by the name. Redirects are the caller's to refuse. An egress policy of the network is the
real fence; this is the one inside.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpcore
import httpx

PORTS = (443, 8443)
"""Of strangers: whoever listens elsewhere did not mean to be asked by us."""

Resolve = Callable[[str, int], Awaitable[str]]
"""From name and port to an address that may be connected to; raises `NotPublic` where there is none."""


class NotPublic(httpx.ConnectError):
    """The name resolves to an address that is not of the public internet, or to none."""


class NotResolved(NotPublic):
    """The name resolves to no address at present. Names of the public internet do so again."""


async def public_address(host: str, port: int) -> str:
    """Return an address of a name, all of whose addresses are public.

    Raises:
        NotPublic: one of them is not; `NotResolved` where there is none.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as trouble:  # the latter where a label is empty, or too long
        raise NotResolved("the name cannot be resolved") from trouble
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(map(is_public, addresses)):
        raise NotPublic("the name resolves to an address that is not public")
    return addresses[0]


class _Judging(httpcore.AsyncNetworkBackend):
    """Connects names to addresses that were judged."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        # Without anyio, as far as types can tell, it would be none.
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as its base
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._resolve(host, port)
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)


class PublicOnly(httpx.AsyncHTTPTransport):
    """A transport that connects to public addresses alone.

    A request raises `NotPublic` where the address of its name is none.
    """

    def __init__(
        self,
        *,
        connections: int | None = None,
        resolve: Resolve = public_address,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare.

        Args:
            connections: at most so many at once.
            resolve: judges names.
            tls: whose certificates are believed; those that httpx believes if not given.
        """
        super().__init__()
        # httpx has no argument for the backend.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=connections,
            keepalive_expiry=5.0,
            network_backend=_Judging(resolve),
        )


class _Refusing(httpx.AsyncBaseTransport):
    """A transport for what is never sent."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - as its base
        raise NotPublic("only https is spoken to strangers")


def no_cookies() -> CookieJar:
    """Return a jar that takes nothing, for a client that asks for many: one's cookies are no other's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def public_client(
    *, private_origins: Collection[str], connections: int, timeout_seconds: float
) -> httpx.AsyncClient:
    """Return a client that reaches the public internet by https, and of all else what is named.

    Args:
        private_origins: such as `http://10.0.0.7:9000`, where the operator says that it may be reached.
        connections: at most so many at once.
        timeout_seconds: for each step of a request; what a whole one may take is the caller's to say.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(
        transport=PublicOnly(connections=connections),
        mounts={
            "http://": _Refusing(),
            **{origin: httpx.AsyncHTTPTransport(limits=limits) for origin in private_origins},
        },
        cookies=no_cookies(),
        timeout=timeout_seconds,
        follow_redirects=False,
        trust_env=False,
    )


async def unfit_destination(url: str, *, private_origins: Collection[str]) -> str | None:
    """Say what is wrong with an address that somebody wants sent to; None where nothing is.

    It is judged again whenever something is sent: names may lead elsewhere by then.
    """
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, UnicodeError):  # the latter where xn-- is followed by nonsense
        return "is no address"
    if not host or parsed.userinfo or parsed.fragment:
        return "must name a host, and neither a user nor a fragment"
    if str(parsed.copy_with(raw_path=b"/")).rstrip("/") in private_origins:
        return None
    port = 443 if parsed.port is None else parsed.port
    if parsed.scheme != "https" or port not in PORTS:
        return f"must begin with https://, and may name no port but {' and '.join(map(str, PORTS))}"
    try:
        await public_address(host, port)
    except NotPublic as why:
        return str(why)
    return None


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet.

    An IPv4 address in the clothes of IPv6 is what it wraps, where networks of today write it so (mapped,
    NAT64); relays of old (6to4, Teredo), zones and what else IPv6 has beside global unicast are refused.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast and not any(found in one for one in _NOBODYS_OLD)
    if found.scope_id is not None:
        return False
    if found.ipv4_mapped is not None or found in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
    return found in _UNICAST and found.is_global and not any(found in network for network in _NOBODYS)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOBODYS_OLD = tuple(
    # Protocols (clouds answer at 192.0.0.192 about a machine's own); 6to4 relays.
    map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24"))
)
_NOBODYS = tuple(
    map(
        ipaddress.IPv6Network,
        # Protocols, Teredo among them; documentation; 6to4; documentation again.
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""Of either kind. Python's own table knows some of them, by its version."""
