"""Processes that take and read mail die at the worst moments, and nothing is lost or told twice."""

import asyncio
import smtplib
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

from schemas.booking_record import BookingStatement, decode_statement
from services.ingest.enrolment import Enrolled
from services.ingest.handlers import Unavailable
from services.platform import faults
from services.platform.backing import Backing
from services.platform.free_ports import LOOPBACK, free_ports
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.mail_system import MailUnderTest, blocking
from tests.support.readings import ToldReaders, found, reading
from tests.support.signed_mail import mail
from tests.support.waiting import wait_until_async
from tests.support.worker_processes import WorkerProcess, worker_process

FLIGHT = """\
<html><body><script type="application/ld+json">
{"@context": "http://schema.org", "@type": "FlightReservation", "reservationNumber": "QK4TZB",
 "reservationStatus": "http://schema.org/Confirmed",
 "underName": {"@type": "Person", "name": "Ada Byron"},
 "reservationFor": {"@type": "Flight", "flightNumber": "455",
  "airline": {"@type": "Airline", "name": "Austrian", "iataCode": "OS"},
  "departureAirport": {"@type": "Airport", "iataCode": "LHR"}, "departureTime": "2027-03-08T13:25:00+00:00",
  "arrivalAirport": {"@type": "Airport", "iataCode": "VIE"}, "arrivalTime": "2027-03-08T16:40:00+01:00"}}
</script></body></html>
"""
# No name server answers there: what nobody can prove is left unproven, and waits for no time-out.
QUIET = {"ITINERARY_MAIL_DNS_SERVERS": "127.0.0.1:9", "ITINERARY_MAIL_DNS_TIMEOUT_SECONDS": "0.2"}


ADMIN = "boss@acme.example"


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        yield ready


@pytest.fixture
async def ada(ingest: IngestUnderTest) -> Enrolled:
    return await ingest.enrolled("ada@acme.example")


@pytest.fixture
def armed() -> Generator[None]:
    """Have the second reading fail between its statements and what is kept of it."""
    faults.arm(faults.FaultSettings(plan="mail.stated:2:raise", testing=True))
    yield
    faults.arm(faults.FaultSettings())


def crash(point: str) -> dict[str, str]:
    return {"ITINERARY_FAULT_PLAN": f"{point}:1:exit", "ITINERARY_FAULT_TESTING": "true"}


def written(to: str) -> bytes:
    return mail(to=to, headers="Content-Type: text/html\r\n", body=FLIGHT.replace("\n", "\r\n"))


def send(port: int, raw: bytes, to: str) -> None:
    with smtplib.SMTP(LOOPBACK, port, timeout=30) as client:
        client.sendmail("ada@acme.example", [to], raw)


async def unread(ingest: IngestUnderTest, own: str) -> str:
    """Have a mail in which nothing was found, and return its id."""
    system = MailUnderTest(ingest, zone={}, readers=ToldReaders(lambda _: reading(kind="nothing_found")))
    async with system.listening() as port:
        await blocking(send, port, written(own), own)
    (entry,) = [entry for entry in await system.work() if entry is not None]
    return entry.message


def gateway(ingest: IngestUnderTest, *, port: int) -> dict[str, str]:
    """Return what a process of its own needs to answer on a port whoever has our tokens."""
    return {
        "ITINERARY_INGEST_PORT": str(port),
        "ITINERARY_TOKEN_ISSUER": ingest.issuer.issuer,
        "ITINERARY_TOKEN_AUDIENCE": ingest.issuer.audience,
        "ITINERARY_TOKEN_JWKS_URL": ingest.issuer.jwks_url,
    }


async def answers(client: httpx.AsyncClient) -> bool:
    """Say whether a gateway is ready."""
    try:
        return (await client.get("/health/ready")).is_success
    except httpx.ConnectError:
        return False


async def discarded(ingest: IngestUnderTest, message: str) -> list[tuple[str, str]]:
    """Discard a mail, and return which kinds of statements were made before and by it, of which bookings."""
    headers = ingest.bearer("admin", login=ADMIN, company_wide=True)
    async with ingest.client() as client:
        answer = await client.post(f"/v1/emails/{message}/discard", headers=headers)
    assert answer.status_code == 200, answer.text
    said = [decode_statement(record.value) for record in await MailUnderTest(ingest, zone={}).stated()]
    return [(one.kind, getattr(one, "record_locator", "")) for one in said]


async def is_dead(worker: WorkerProcess) -> None:
    assert await asyncio.to_thread(worker.exit_code) == faults.EXIT_CODE


async def test_a_door_that_dies_before_it_says_yes_is_told_again_and_it_stays_one_mail(
    ingest: IngestUnderTest, ada: Enrolled, backing: Backing
) -> None:
    own = ada.mail_addresses[0]
    (port,) = free_ports(1)
    door = {"ITINERARY_MAIL_SMTP_PORT": str(port)}
    with worker_process(
        "services.ingest", "mail", backing=backing, environment=door | crash("mail.kept")
    ) as it:
        await asyncio.to_thread(it.await_saying, "mail.started")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            await blocking(send, port, written(own), own)
        await is_dead(it)
    with worker_process("services.ingest", "mail", backing=backing, environment=door) as it:
        await asyncio.to_thread(it.await_saying, "mail.started")
        await blocking(send, port, written(own), own)
        assert await asyncio.to_thread(it.stop) == 0
    system = MailUnderTest(ingest, zone={})
    assert len({record.key for record in await system.raw()}) == 1


@pytest.mark.parametrize("point", ["mail.judged", "mail.stated"])
async def test_a_worker_that_dies_over_a_mail_leaves_it_to_the_next(
    ingest: IngestUnderTest, ada: Enrolled, backing: Backing, point: str
) -> None:
    system = MailUnderTest(ingest, zone={})
    own = ada.mail_addresses[0]
    async with system.listening() as port:
        await blocking(send, port, written(own), own)
    (kept,) = await system.raw()

    async def settled() -> bool:
        return (await system.entry(kept.key)).outcome == "extracted"

    with worker_process(
        "services.ingest", "worker", backing=backing, environment=QUIET | crash(point)
    ) as dying:
        await is_dead(dying)
    assert not await settled()
    with worker_process("services.ingest", "worker", backing=backing, environment=QUIET) as it:
        await wait_until_async(settled, what="the mail to be read", deadline_seconds=60)
        assert await asyncio.to_thread(it.stop) == 0
    statements = [decode_statement(record.value) for record in await system.stated()]
    assert len(statements) == 1 + (point == "mail.stated")
    assert len({statement.model_dump_json() for statement in statements}) == 1
    assert isinstance(statements[0], BookingStatement)
    assert statements[0].traveller == ada.traveller
    assert statements[0].record_locator == "QK4TZB"
    assert statements[0].content.segments[0].type == "air"


async def test_what_a_decision_had_stated_that_died_before_it_was_kept_is_withdrawn_by_the_next_one(
    ingest: IngestUnderTest, ada: Enrolled, backing: Backing
) -> None:
    await ingest.enrol(ADMIN, admin=True)
    message = await unread(ingest, ada.mail_addresses[0])
    stay = found().booking.model_dump(mode="json", exclude_none=True)
    (port,) = free_ports(1)
    environment = gateway(ingest, port=port) | crash("review.stated")
    with worker_process("services.ingest", "http", backing=backing, environment=environment) as dying:
        headers = ingest.bearer("admin", login=ADMIN, company_wide=True)
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as client:
            await wait_until_async(lambda: answers(client), what="the gateway", deadline_seconds=60)
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(
                    f"/v1/emails/{message}/correct", json={"bookings": [stay]}, headers=headers, timeout=30
                )
        await is_dead(dying)
    assert await discarded(ingest, message) == [("booking", "HX7PLM"), ("withdrawal", "HX7PLM")]


async def test_what_a_reading_had_stated_that_died_before_it_was_kept_is_withdrawn_by_a_decision(
    ingest: IngestUnderTest, ada: Enrolled, armed: None
) -> None:
    del armed
    await ingest.enrol(ADMIN, admin=True)
    message = await unread(ingest, ada.mail_addresses[0])
    again = MailUnderTest(ingest, zone={}, readers=ToldReaders(lambda _: reading(found())))
    with pytest.raises(Unavailable):
        await again.work()
    assert await discarded(ingest, message) == [("booking", "HX7PLM"), ("withdrawal", "HX7PLM")]
