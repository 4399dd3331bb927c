"""Any bytes posted to Concur's routes of the running system are answered: no 500, no hang, memory bounded."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from hypothesis import given, settings
from lxml import etree

from services.command_line.running import RunningUp
from tests.support.any_xml import DOCUMENTS, ENCODINGS, MUCH, TOO_MUCH
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient

PATHS = ("/api/travel/booking/v1.1", "/api/travel/trip/v1.1")
NAMESPACES = (
    "http://www.concursolutions.com/api/travel/trip/2010/06",
    "https://www.concursolutions.com/api/travel/trip/2010/06",
    "urn:something:else",
)
MIB = 1024 * 1024
MOST_GROWTH_BYTES = 96 * MIB
"""Of the process that takes what is posted: much less than any body that is refused for its size."""
EXAMPLES = 60


class Target(NamedTuple):
    client: LiveClient
    process: psutil.Process

    def post(self, body: bytes, *, path: str = PATHS[0]) -> httpx.Response:
        return self.client.http.post(
            path, content=body, headers=self.client.me | {"Content-Type": "application/xml"}
        )


@pytest.fixture(scope="module")
def target(installation: Installation, running: RunningUp) -> Iterator[Target]:
    (gateway,) = running.processes["gateway"]
    found = Target(LiveClient(installation, running), psutil.Process(gateway))
    found.post(b"<Booking/>")  # whatever is loaded at the first use is no growth
    before = found.process.memory_info().rss
    yield found
    assert found.process.memory_info().rss - before < MOST_GROWTH_BYTES


def is_answered(answer: httpx.Response) -> None:
    assert answer.status_code in {200, 400, 403, 404, 413}, answer.text[:500]
    root = etree.fromstring(answer.content)
    assert etree.QName(root).localname == ("Itinerary" if answer.status_code == 200 else "Error")


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_made_to_hurt_is_refused_and_the_next_is_served(target: Target, body: bytes) -> None:
    if len(body) <= 2 * MIB:
        is_answered(target.post(body))
        assert target.post(body).status_code in {400, 413}
    assert target.client.http.get("/health/live").status_code == 200
    assert "passwd" not in target.post(body[: 64 * 1024]).text


@pytest.mark.parametrize("body", MUCH.values(), ids=MUCH)
def test_as_much_as_a_message_may_hold_is_answered(target: Target, body: bytes) -> None:
    is_answered(target.post(body))


@settings(max_examples=EXAMPLES)
@given(document=DOCUMENTS, encoding=ENCODINGS)
def test_any_tree_of_known_names_is_answered(target: Target, document: str, encoding: str) -> None:
    is_answered(
        target.post(document.encode(encoding, errors="replace"), path=PATHS["<Itinerary" in document])
    )


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_booking_in_any_namespace_and_known_encoding_is_accepted(
    target: Target, namespace: str, encoding: str
) -> None:
    inside = "<BookingSource>Köln</BookingSource><RecordLocator>ÄÖ1</RecordLocator>"
    text = f'<?xml version="1.0" encoding="{encoding}"?><Booking xmlns="{namespace}">{inside}</Booking>'

    answer = target.post(text.encode(encoding))

    assert answer.status_code == 200, answer.text
    assert etree.fromstring(answer.content).findtext(".//{*}RecordLocator") == "ÄÖ1"


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
def test_a_body_of_100_mebibytes_is_not_taken_in(target: Target, announced: bool) -> None:
    address = urlsplit(target.client.url)
    length = f"Content-Length: {100 * MIB}" if announced else "Transfer-Encoding: chunked"
    head = (
        f"POST {PATHS[0]} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/xml\r\n{length}\r\n"
        f"Authorization: {target.client.me['Authorization']}\r\n\r\n"
    ).encode()
    piece = b"<Booking>" + b"a" * (MIB - 9)
    before, most = target.process.memory_info().rss, [0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], target.process.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    answered = b""
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=30) as line:
        line.sendall(head)
        try:
            for _ in range(100):
                line.sendall(piece if announced else b"%x\r\n%b\r\n" % (len(piece), piece))
        except OSError:
            pass  # the other side has heard enough, and hung up
        else:
            pytest.fail("all of it was taken")
        with contextlib.suppress(OSError):  # what was on its way when the line was cut is lost
            answered = line.recv(4096)
    done.set()
    watching.join()
    assert answered == b"" or b" 413 " in answered.splitlines()[0]
    assert most[0] - before < 32 * MIB
    assert target.client.http.get("/health/live").status_code == 200
