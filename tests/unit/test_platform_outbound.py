"""What is sent to addresses that people gave: judged at each connection, everything else by its name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.platform.outbound import (
    NotPublic,
    NotResolved,
    PublicOnly,
    is_public,
    public_client,
    unfit_destination,
)
from tests.support.http_servers import baker


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", False),
        ("192.0.0.8", False),
        ("192.0.0.192", False),  # where Oracle's cloud tells a machine about itself
        ("192.0.1.1", True),
        ("192.88.99.1", False),
        ("::ffff:192.0.0.192", False),
        ("::", False),
        ("::1", False),
        ("::10.0.0.1", False),  # "IPv4-compatible", long out of use
        ("fe80::1", False),
        ("fec0::1", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("::ffff:0:10.0.0.1", False),  # translated (SIIT)
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::5db8:d822", False),  # NAT64 of a network of somebody's own
        ("2002:7f00:1::", False),
        ("2002:5db8:d822::", False),
        ("2001:0:4136:e378:8000:63bf:a247:27dd", False),  # Teredo
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("2606:4700::1111%eth0", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "leads_nowhere"),
    [
        ("localhost", False),
        ("127.0.0.1", False),
        ("[::1]", False),
        ("169.254.169.254", False),
        ("[::ffff:127.0.0.1]", False),
        ("no-such-name.invalid", True),
        (f"{'long' * 16}.example", True),
        ("two..dots.example", True),
    ],
)
async def test_a_name_that_leads_inside_or_nowhere_is_not_connected_to(
    host: str, leads_nowhere: bool
) -> None:
    async with httpx.AsyncClient(transport=PublicOnly()) as client:
        with pytest.raises(NotPublic) as refused:
            await client.get(f"https://{host}/feed")
    assert isinstance(refused.value, NotResolved) is leads_nowhere


@pytest.mark.parametrize(
    "host", [f"{'long' * 16}.example", "two..dots.example", "xn--a.example", "xn--.example", "%00.example"]
)
async def test_a_name_of_bad_labels_is_unfit_and_no_reason_to_fail(host: str) -> None:
    assert await unfit_destination(f"https://{host}/hook", private_origins=()) is not None


@pytest.mark.parametrize("port", [0, 22, 25, 80, 5432, 9092])
async def test_strangers_are_asked_at_the_ports_of_https_alone(port: int) -> None:
    wrong = await unfit_destination(f"https://93.184.216.34:{port}/hook", private_origins=())

    assert wrong == "must begin with https://, and may name no port but 443 and 8443"


@pytest.mark.parametrize("written", ["", ":443", ":8443"])
async def test_a_public_address_at_a_port_of_https_is_fit(written: str) -> None:
    assert await unfit_destination(f"https://93.184.216.34{written}/hook", private_origins=()) is None


async def test_a_client_waits_as_long_as_it_is_told() -> None:
    async with public_client(private_origins=(), connections=1, timeout_seconds=30) as client:
        assert client.timeout == httpx.Timeout(30)


async def test_cookies_of_one_receiver_are_kept_for_nobody() -> None:
    async with (
        baker() as (origin, came),
        public_client(private_origins=(origin,), connections=1, timeout_seconds=5) as client,
    ):
        for path in ("one", "other"):
            await client.post(f"{origin}/{path}")

    assert came == [None, None]


class _Site(NamedTuple):
    """A server for several names at one address, and under which names it was connected to."""

    port: int
    trusted: ssl.SSLContext
    asked: list[str | None]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[_Site]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "any")])
    today = datetime.now(UTC)  # noqa: TID251 - TLS looks at the clock, too
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in ("one.example", "other.example")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "site.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    pem.write_bytes(private + certificate.public_bytes(encoding))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    asked: list[str | None] = []
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)
    server = await asyncio.start_server(_answer_for_ever, "127.0.0.1", 0, ssl=serving)
    trusted = ssl.create_default_context(cafile=str(pem))
    async with server:
        yield _Site(server.sockets[0].getsockname()[1], trusted, asked)


async def _answer_for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(host), host))
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def test_names_at_one_address_share_no_connection_and_each_is_asked_for_by_its_name(
    site: _Site,
) -> None:
    async def resolve(_host: str, _port: int) -> str:
        return "127.0.0.1"

    transport = PublicOnly(resolve=resolve, tls=site.trusted)
    async with httpx.AsyncClient(transport=transport) as client:
        hosts = [
            (await client.get(f"https://{name}.example:{site.port}/")).text
            for name in ("one", "other", "one")
        ]
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await client.get(f"https://stranger.example:{site.port}/")

    assert hosts == [f"Host: {name}.example:{site.port}" for name in ("one", "other", "one")]
    assert site.asked == ["one.example", "other.example", "stranger.example"]
