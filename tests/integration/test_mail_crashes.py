"""Processes that take and read mail die at the worst moments, and nothing is lost or told twice."""

import asyncio
import smtplib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from schemas.booking_record import BookingStatement, decode_statement
from services.ingest.enrolment import Enrolled
from services.platform import faults
from services.platform.backing import Backing
from services.platform.free_ports import LOOPBACK, free_ports
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.mail_system import MailUnderTest, blocking
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


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        yield ready


@pytest.fixture
async def ada(ingest: IngestUnderTest) -> Enrolled:
    return await ingest.enrolled("ada@acme.example")


def crash(point: str) -> dict[str, str]:
    return {"ITINERARY_FAULT_PLAN": f"{point}:1:exit", "ITINERARY_FAULT_TESTING": "true"}


def written(to: str) -> bytes:
    return mail(to=to, headers="Content-Type: text/html\r\n", body=FLIGHT.replace("\n", "\r\n"))


def send(port: int, raw: bytes, to: str) -> None:
    with smtplib.SMTP(LOOPBACK, port, timeout=30) as client:
        client.sendmail("ada@acme.example", [to], raw)


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
