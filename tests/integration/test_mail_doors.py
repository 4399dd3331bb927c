"""Mail at the doors: what clients really send, what stands on the log, and who is believed."""

import asyncio
import datetime as dt
import smtplib
import ssl
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from schemas.booking_record import BookingStatement, decode_statement
from services.ingest.enrolment import Enrolled
from services.ingest.imap import ImapDoor, Mailbox
from services.ingest.kafka import KafkaLog
from services.ingest.mail_dns import DnsResolver
from services.ingest.mail_door import MailDoor
from services.ingest.mails import MAX_MAIL_BYTES, EmailQuery, MailTrust
from services.platform.backing import Backing
from services.platform.free_ports import LOOPBACK, free_ports
from services.platform.settings import KafkaSettings, TopicSettings
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test, rows
from tests.support.mail_system import (
    IMAP_PASSWORD,
    IMAP_USER,
    MailUnderTest,
    blocking,
    imap_by_way_of,
    imap_client,
    imap_server,
)
from tests.support.signed_mail import ADA, mail, name_server, signed, zone
from tests.support.waiting import wait_until_async

ZONE = zone("acme.example", "evil.example")
BOOKING = "BOOK HX7PLM"


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        yield ready


@pytest.fixture
async def ada(ingest: IngestUnderTest) -> Enrolled:
    # A domain of her own for each test: an address leads to one traveller, whatever the tenant.
    return await ingest.enrolled(ADA)


@pytest.fixture
async def system(ingest: IngestUnderTest) -> MailUnderTest:
    return MailUnderTest(ingest, zone=ZONE)


def send(port: int, raw: bytes, *recipients: str, sender: str = ADA, lmtp: bool = False) -> dict[str, Any]:
    client: smtplib.SMTP = (smtplib.LMTP if lmtp else smtplib.SMTP)(LOOPBACK, port, timeout=30)
    with client:
        return client.sendmail(sender, list(recipients), raw)


async def talk(port: int, *lines: bytes, more: int = 0) -> list[bytes]:
    """Speak bare SMTP, one line after the answer to the last, and return the last line of each answer.

    `more` answers follow the one to the last line.
    """
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    answers = [await reader.readline()]
    for line in lines:
        writer.write(line)
        await writer.drain()
        answer = await reader.readline()
        while answer[3:4] == b"-":
            answer = await reader.readline()
        answers.append(answer)
    answers += [await reader.readline() for _ in range(more)]
    writer.close()
    await writer.wait_closed()
    return answers


async def test_a_mail_is_kept_as_it_came_before_its_sender_hears_yes(
    system: MailUnderTest, ada: Enrolled
) -> None:
    own = ada.mail_addresses[0]
    raw = signed(mail(to=own, body=f"{BOOKING}\r\n.a dot\r\n" + "x" * 5000), by="acme.example")
    async with system.listening() as port:
        assert await blocking(send, port, raw, own.upper()) == {}
        (kept,) = await system.raw()
    assert kept.value == raw
    assert kept.headers["disposition"] == "queued"
    assert (await system.entry(kept.key)).outcome == "queued"

    (entry,) = await system.work()
    assert entry is not None
    assert (entry.outcome, entry.traveller, entry.door) == ("extracted", ada.traveller, "smtp")
    (stated,) = await system.stated()
    statement = decode_statement(stated.value)
    assert isinstance(statement, BookingStatement)
    assert (statement.traveller, statement.owner.source) == (ada.traveller, "email")
    assert statement.revision.order()[1:4] == (kept.timestamp, kept.partition, kept.offset)


async def test_the_same_mail_twice_is_one_message_and_one_booking(
    system: MailUnderTest, ada: Enrolled
) -> None:
    own = ada.mail_addresses[0]
    raw = signed(mail(to=own, body=BOOKING), by="acme.example")
    async with system.listening() as port:
        for _ in range(2):
            await blocking(send, port, raw, own)
    assert len({r.key for r in await system.raw()}) == 1
    assert [entry and entry.outcome for entry in await system.work()] == ["extracted", None]
    assert len(await system.stated()) == 1


async def test_a_mail_to_nobody_here_is_refused_by_name(system: MailUnderTest) -> None:
    async with system.listening() as port:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await blocking(send, port, mail(), "nobody@mail.localhost")
    assert refused.value.recipients["nobody@mail.localhost"][0] == 550


async def test_what_is_too_large_is_refused_at_the_door_announced_or_not(
    system: MailUnderTest, ada: Enrolled
) -> None:
    own = ada.mail_addresses[0].encode()
    size = str(MAX_MAIL_BYTES + 1).encode()
    async with system.listening() as port:
        announced = await talk(port, b"EHLO x\r\n", b"MAIL FROM:<a@b.example> SIZE=" + size + b"\r\n")
        large = (b"x" * 998 + b"\r\n") * (MAX_MAIL_BYTES // 1000 + 1) + b".\r\n"
        hidden = await talk(
            port,
            b"EHLO x\r\n",
            b"MAIL FROM:<a@b.example>\r\n",
            b"RCPT TO:<" + own + b">\r\n",
            b"DATA\r\n",
            large,
        )
    assert announced[-1].startswith(b"552")
    assert hidden[-1].startswith(b"552")
    assert await system.raw() == []


async def test_where_the_log_does_not_answer_the_sender_is_told_to_try_again(
    system: MailUnderTest, ada: Enrolled, ingest: IngestUnderTest
) -> None:
    log = KafkaLog(KafkaSettings(bootstrap="127.0.0.1:9"), topics=TopicSettings(), confirm_seconds=0.5)
    door = MailDoor(register=system.register, log=log, now=lambda: dt.datetime.now(dt.UTC))  # noqa: TID251 - as __main__
    async with system.listening(door=door) as port:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await blocking(send, port, mail(), ada.mail_addresses[0])
    assert refused.value.smtp_code == 451
    assert await system.raw() == []
    assert ingest.tenant


async def test_lmtp_answers_for_each_recipient_by_itself(system: MailUnderTest, ada: Enrolled) -> None:
    own, company = ada.mail_addresses
    async with system.listening(lmtp=True) as port:
        answers = await talk(
            port,
            b"LHLO mx\r\n",
            b"MAIL FROM:<>\r\n",
            f"RCPT TO:<{own}>\r\n".encode(),
            b"RCPT TO:<nobody@x.example>\r\n",
            f"RCPT TO:<{company}>\r\n".encode(),
            b"DATA\r\n",
            mail() + b".\r\n",
            more=1,
        )
    assert [answer[:3] for answer in answers[3:]] == [b"250", b"550", b"250", b"354", b"250", b"250"]
    ids = [answer.decode().split()[-1] for answer in answers[-2:]]
    assert ids == [
        r.key for address in (own, company) for r in await system.raw() if address in r.headers["parameters"]
    ]


async def test_starttls_is_offered_with_a_certificate_and_may_be_required(
    system: MailUnderTest, ada: Enrolled, tmp_path: Path
) -> None:
    server, client = certificate(tmp_path)
    own = ada.mail_addresses[0]

    def upgraded(port: int) -> dict[str, Any]:
        with smtplib.SMTP("localhost", port, timeout=30) as smtp:
            smtp.starttls(context=client)
            return smtp.sendmail(ADA, [own], mail(to=own))

    async with system.listening(tls=server, require_starttls=True) as port:
        bare = await talk(port, b"EHLO x\r\n", b"MAIL FROM:<a@b.example>\r\n")
        assert await blocking(upgraded, port) == {}
    assert bare[-1].startswith(b"530")
    assert len(await system.raw()) == 1


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return contexts of a server with a certificate for localhost, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begins = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    signed_by_itself = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        signed_by_itself.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_a_peer_that_brings_too_many_mails_is_asked_to_come_again(system: MailUnderTest) -> None:
    async with system.listening(peer_mails_a_minute=2, limits_loopback=True) as port:
        answers = await talk(port, b"EHLO x.example\r\n", *[b"MAIL FROM:<a@x.example>\r\n", b"RSET\r\n"] * 3)
    told = [answer[:3] for answer in answers if b"2.1.0" in answer or b"4.7.1" in answer]
    assert told == [b"250", b"250", b"451"]
    async with system.listening(peer_mails_a_minute=2) as port:
        answers = await talk(port, b"EHLO x.example\r\n", *[b"MAIL FROM:<a@x.example>\r\n", b"RSET\r\n"] * 3)
    assert not any(b"4.7.1" in answer for answer in answers)


async def test_a_peer_with_too_many_connections_leaves_room_for_others(system: MailUnderTest) -> None:
    async with system.listening(peer_connections=1, limits_loopback=True) as port:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        assert (await reader.readline()).startswith(b"220")
        assert (await talk(port))[0].startswith(b"421")
        writer.close()
        await writer.wait_closed()

        async def welcome() -> bool:
            return (await talk(port))[0].startswith(b"220")

        assert await wait_until_async(welcome, what="the peer's free place")


async def test_when_too_many_have_come_the_next_is_asked_to_come_again(system: MailUnderTest) -> None:
    async with system.listening(max_connections=1) as port:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        assert (await reader.readline()).startswith(b"220")
        (sent_away,) = await talk(port)
        assert sent_away.startswith(b"421")
        writer.close()
        await writer.wait_closed()

        async def welcome() -> bool:
            return (await talk(port))[0].startswith(b"220")

        assert await wait_until_async(welcome, what="a free place")


@pytest.mark.parametrize(
    ("to", "raw", "sender", "outcome", "reason"),
    [
        (
            "company",
            lambda to: signed(mail(to=to, body=BOOKING), by="acme.example"),
            ADA,
            "extracted",
            None,
        ),
        (
            "company",
            signed(mail(to="mallory@evil.example", body=BOOKING), by="acme.example"),
            ADA,
            "needs_review",
            "signed_for_others",
        ),
        ("company", mail(body=BOOKING), ADA, "needs_review", "spoofed"),
        ("company", signed(mail(body=BOOKING), by="evil.example"), ADA, "needs_review", "spoofed"),
        (
            "company",
            signed(mail(sender="x@evil.example", body=BOOKING), by="evil.example"),
            "x@evil.example",
            "needs_review",
            "unknown_sender",
        ),
        ("own", mail(sender="shop@lax.example", body=BOOKING), "shop@lax.example", "extracted", None),
        ("own", mail(body=BOOKING), ADA, "needs_review", "spoofed"),
        ("own", mail(body="spam"), ADA, "nothing_found", None),
    ],
)
async def test_only_a_proven_and_known_sender_or_a_secret_address_puts_a_mail_into_a_trip(
    system: MailUnderTest,
    ada: Enrolled,
    to: str,
    raw: bytes | Callable[[str], bytes],
    sender: str,
    outcome: str,
    reason: str | None,
) -> None:
    address = ada.mail_addresses[to == "company"]
    async with system.listening() as port:
        await blocking(send, port, raw if isinstance(raw, bytes) else raw(address), address, sender=sender)
    (entry,) = await system.work()
    assert entry is not None
    assert (entry.outcome, entry.reason) == (outcome, reason)
    assert len(await system.stated()) == (outcome == "extracted")
    if reason == "spoofed":
        assert entry.proposed_traveller == ada.traveller


async def test_a_copy_from_an_unbelieved_host_takes_nothing_out_of_a_trip(
    system: MailUnderTest, ada: Enrolled
) -> None:
    company = ada.mail_addresses[1]
    local = MailUnderTest(system.ingest, zone=zone() | {"TXT acme.example": ("v=spf1 ip4:127.0.0.1 -all",)})
    async with local.listening() as port:
        await blocking(send, port, mail(body=BOOKING), company)
    (first,) = await local.work()
    assert first is not None
    assert first.outcome == "extracted"
    async with system.listening() as port:
        await blocking(send, port, mail(body=BOOKING), company)
    again, copy = await system.work()
    assert (again, copy) == (first, None)
    assert {decode_statement(record.value).kind for record in await system.stated()} == {"booking"}


async def test_behind_a_host_of_ours_its_word_counts_and_no_forged_one(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    system = MailUnderTest(ingest, zone=ZONE, trust=MailTrust(hosts=frozenset({"mx.acme.example"})))
    company = ada.mail_addresses[1]
    said = "Authentication-Results: {}; dmarc=pass header.from=acme.example\r\n"
    async with system.listening(lmtp=True) as port:
        for host in ("mx.acme.example", "mx.evil.example"):
            raw = mail(headers=said.format(host), body=BOOKING)
            await blocking(send, port, raw, company, lmtp=True)
    outcomes = {entry.outcome for entry in await system.work() if entry}
    assert outcomes == {"extracted", "needs_review"}


async def test_the_dns_is_asked_and_a_broken_one_leaves_a_sender_unproven(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    company = ada.mail_addresses[1]
    async with name_server(ZONE) as server:
        resolver = DnsResolver(servers=(server,), seconds=2)
        system = MailUnderTest(ingest, zone={}, resolver=resolver)
        async with system.listening() as port:
            await blocking(send, port, signed(mail(to=company, body=BOOKING), by="acme.example"), company)
            await blocking(send, port, mail(sender="a@b.broken", body=BOOKING), company, sender="a@b.broken")
        entries = {entry.sender: entry for entry in await system.work() if entry}
        answers = await resolver.answers(("A mx.lax.example", "MX lax.example", "TXT no.example"))
    assert entries[ADA].outcome == "extracted"
    assert entries["a@b.broken"].authenticity is not None
    assert entries["a@b.broken"].authenticity.result == "none"
    assert answers == {"A mx.lax.example": ("192.0.2.20",), "MX lax.example": (), "TXT no.example": ()}


async def test_a_mailbox_is_read_once_marked_only_when_kept_and_again_when_it_is_another(
    system: MailUnderTest, ada: Enrolled
) -> None:
    own = ada.mail_addresses[0]
    (port,) = free_ports(1)
    box = Mailbox(system.ingest.tenant, LOOPBACK, port, IMAP_USER, IMAP_PASSWORD, tls=False)
    dead = KafkaLog(KafkaSettings(bootstrap="127.0.0.1:9"), topics=TopicSettings(), confirm_seconds=0.3)
    unable = MailDoor(register=system.register, log=dead, now=lambda: dt.datetime.now(dt.UTC))  # noqa: TID251 - as __main__

    async def kept(count: int) -> bool:
        return len({r.key for r in await system.raw()}) == count

    with imap_server(port):
        await blocking(put, port, mail(to=own, body="BOOK A1"))
        async with reading(box, door=unable, system=system) as trying:
            await asyncio.wait_for(trying.moved.wait(), 30)  # it has tried, and given up for now
            assert await blocking(unseen, port) == [101]
        async with reading(box, door=system.door, system=system):
            await wait_until_async(lambda: kept(1), what="the mail that lay there")
            await blocking(put, port, mail(to=own, body="BOOK A2"))  # told by IDLE
            await wait_until_async(lambda: kept(2), what="the mail that came")

            async def all_seen() -> bool:
                return await blocking(unseen, port) == []

            await wait_until_async(all_seen, what="the marks")

    async with reading(box, door=system.door, system=system):
        with imap_server(port):  # another server, which gives numbers anew
            await blocking(put, port, mail(to=own, body="BOOK A2"))
            await blocking(put, port, mail(to=own, body="BOOK A3"))
            await wait_until_async(lambda: kept(3), what="the mail in the new mailbox")
    outcomes = [(entry.outcome, entry.traveller) for entry in await system.work() if entry]
    assert outcomes == [("extracted", ada.traveller)] * 3


# A mailbox is of one company, and each test has another: its name may be written in many ways.
@pytest.mark.parametrize(
    ("meanwhile", "folder"), [(b"UID SEARCH", "iNBOX"), (b"UID FETCH", "InBOX"), (b"UID STORE", "INbOX")]
)
async def test_a_mail_that_comes_while_another_is_taken_does_not_wait_for_a_third(
    system: MailUnderTest, ada: Enrolled, meanwhile: bytes, folder: str
) -> None:
    """The server tells of it in its answer to what it was asked, and not again."""
    own = ada.mail_addresses[0]
    (port,) = free_ports(1)
    coming = iter([mail(to=own, body="BOOK A2")])

    async def one_comes(command: bytes) -> None:
        if command.startswith(meanwhile):
            for one in coming:
                await blocking(put, port, one)

    async def both_kept() -> bool:
        return len({record.key for record in await system.raw()}) == 2

    with imap_server(port):
        await blocking(put, port, mail(to=own, body="BOOK A1"))
        async with imap_by_way_of(port, one_comes) as between:
            box = Mailbox(
                system.ingest.tenant, LOOPBACK, between, IMAP_USER, IMAP_PASSWORD, folder, tls=False
            )
            async with reading(box, door=system.door, system=system):
                await wait_until_async(both_kept, what="the mail that came meanwhile")


async def test_a_mail_that_its_server_will_not_give_stays_there_visibly_and_holds_up_no_other(
    system: MailUnderTest, ada: Enrolled
) -> None:
    own = ada.mail_addresses[0]
    (port,) = free_ports(1)
    with imap_server(port):
        for body in ("BOOK A1", "BOOK A2", "BOOK A3"):
            await blocking(put, port, mail(to=own, body=body))

        async def refuse_the_second(command: bytes) -> bytes | None:
            is_it = command.startswith(b"UID FETCH 102 (BODY")
            return b" NO [SERVERBUG] it is broken\r\n" if is_it else None

        async with imap_by_way_of(port, refuse_the_second) as refusing:
            box = Mailbox(
                system.ingest.tenant, "localhost", refusing, IMAP_USER, IMAP_PASSWORD, "INBOX", tls=False
            )

            async def others_kept() -> bool:
                return len({record.key for record in await system.raw()}) == 2

            async with reading(box, door=system.door, system=system):
                await wait_until_async(others_kept, what="the mails that are given", deadline_seconds=60)
    query = EmailQuery(system.ingest.tenant, rows=10, outcome="rejected")
    assert [entry.reason for entry in await system.register.listed(query)] == ["not_given"]


class reading:  # noqa: N801 - reads as a statement
    """The door at a mailbox, while the block runs."""

    def __init__(self, box: Mailbox, *, door: MailDoor, system: MailUnderTest) -> None:
        self._door = ImapDoor(box, door=door, places=system.register)
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.moved = asyncio.Event()
        """Set once a mail was kept, or an attempt has failed."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._door.run(self._stopping, moved=self.moved.set))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        assert self._task is not None
        await asyncio.wait_for(self._task, 30)


def put(port: int, raw: bytes) -> None:
    with imap_client(port) as client:
        client.append("INBOX", raw)


def unseen(port: int) -> list[int]:
    with imap_client(port) as client:
        return list(client.search("UNSEEN"))


async def test_no_company_sees_anothers_mails_or_addresses(
    system: MailUnderTest, ada: Enrolled, backing: Backing
) -> None:
    async with system.listening() as port:
        await blocking(send, port, mail(body=BOOKING), ada.mail_addresses[0])
    (kept,) = await system.raw()
    assert await system.register.entry(tenant="another", message=kept.key) is None
    unguarded = await rows(
        backing,
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'own' AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    # How far the log of trips was read is of no company.
    assert [row["relname"] for row in unguarded] == ["webhook_places"]
