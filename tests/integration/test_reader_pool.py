"""Strangers' bytes in limited children: what hurts its reader ends there, and the next mail is read."""

import base64
import io
import os
import signal
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.ingest.domain.email.results import Engine, MailReading
from services.ingest.mail_proof import Envelope
from services.ingest.mails import Overrun
from services.ingest.reader_pool import ReaderLimits, ReaderPool
from tests.support import hostile_reading
from tests.support.signed_mail import mail

RECEIVED = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    readers = ReaderPool(ReaderLimits(seconds=2.0, memory_mib=512, children=2))
    try:
        yield readers
    finally:
        readers.close()


async def run(pool: ReaderPool, function: Callable[..., bytes], *arguments: Any) -> bytes:
    return await pool._run(function, *arguments)  # noqa: SLF001 - as a hole in a library would


async def read(pool: ReaderPool, raw: bytes) -> MailReading:
    return await pool.read(raw, received=RECEIVED)


async def is_well(pool: ReaderPool) -> bool:
    return (await read(pool, mail())).outcome.kind == "nothing_found"


@pytest.mark.parametrize(
    ("hurt", "why"),
    [
        (hostile_reading.spin, "longer than 2 seconds"),
        (hostile_reading.eat_memory, "more memory"),
        (hostile_reading.die, "ends the reader"),
    ],
)
async def test_what_overruns_its_limits_is_ended_and_the_next_mail_is_read(
    pool: ReaderPool, hurt: Callable[[], bytes], why: str
) -> None:
    with pytest.raises(Overrun, match=why):
        await run(pool, hurt)
    assert await is_well(pool)


async def test_there_is_no_network_and_nothing_can_be_written(pool: ReaderPool, tmp_path: Any) -> None:
    with pytest.raises(Overrun, match="PermissionError"):
        await run(pool, hostile_reading.connect)
    with pytest.raises(Overrun, match="OSError"):
        await run(pool, hostile_reading.write_file, str(tmp_path / "written"))
    assert (tmp_path / "written").read_bytes() == b""
    assert await is_well(pool)


async def test_where_the_kernel_lets_us_the_network_is_gone_below_python_as_well(pool: ReaderPool) -> None:
    answer = await run(pool, hostile_reading.connect_below_python)
    # Where it does not, the address is there and nobody listens.
    assert answer in {b"Network is unreachable", b"Connection refused"}


async def test_headers_that_break_a_library_are_no_headers_and_prove_nothing(pool: ReaderPool) -> None:
    raw = (
        b"From: a@b " + b"(" * 3000 + b")" * 3000 + b"\r\nDKIM-Signature: " + b"=" * 9000 + b"\r\n\r\nhi\r\n"
    )
    assert (await pool.headers(raw)).from_addresses == ()
    checked = await pool.check(raw, envelope=Envelope(), answers={}, chains=True)
    assert checked.findings is not None or checked.questions
    with pytest.raises(Overrun, match="our reader failed with ZeroDivisionError"):
        await run(pool, hostile_reading.fail)


async def test_children_that_end_while_idle_are_replaced(pool: ReaderPool) -> None:
    assert await is_well(pool)
    own = psutil.Process().children()
    servers = [child for child in own if "forkserver" in " ".join(child.cmdline())]
    readers = [reader for server in servers for reader in server.children()]
    assert readers
    for reader in readers:
        os.kill(reader.pid, signal.SIGKILL)
    assert await is_well(pool)
    assert await is_well(pool)


def attached(content: bytes, *, name: str, kind: str) -> bytes:
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
    return mail(headers=head).partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("pass.json", bytes(200 << 20))
    return packed.getvalue()


def pdf_bomb() -> bytes:
    content = zlib.compress(bytes(200 << 20), 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(content)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        stream + content + b"\nendstream",
    ]
    made = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return made + b"trailer << /Root 1 0 R >>\n%%EOF"


def many_parts(count: int, *, nested: bool) -> bytes:
    head = 'Content-Type: multipart/mixed; boundary="{}"\r\n\r\n'
    if nested:
        return b"From: a@b.example\r\n" + "".join(f"{head.format(n)}--{n}\r\n" for n in range(count)).encode()
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * count
    return b"From: a@b.example\r\n" + head.format("b").encode() + parts + b"--b--\r\n"


HURTFUL: dict[str, Callable[[], bytes]] = {
    "a zip of 200 MiB of nothing": lambda: attached(
        zip_bomb(), name="x.pkpass", kind="application/vnd.apple.pkpass"
    ),
    "a PDF of 200 MiB of nothing": lambda: attached(pdf_bomb(), name="x.pdf", kind="application/pdf"),
    "10,000 parts": lambda: many_parts(10_000, nested=False),
    "2,000 parts in each other": lambda: many_parts(2_000, nested=True),
    "50 MB": lambda: mail(body="x" * 50_000_000),
    "a header of a megabyte": lambda: mail(headers="X: " + "=?utf-8?q?=41?= " * 70_000 + "\r\n"),
    "10,000 headers": lambda: mail(headers="Received: x\r\n" * 10_000),
    "a charset that there is none of": lambda: mail(
        headers='Content-Type: text/plain; charset="klingon"\r\n'
    ),
    "base64 that is none": lambda: attached(b"", name="x", kind="text/html") + b"=====\xff\xfe",
    "no mail at all": lambda: bytes(range(256)) * 50,
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("name", HURTFUL)
async def test_mails_made_to_hurt_end_with_an_outcome(pool: ReaderPool, name: str) -> None:
    reading = await read(pool, HURTFUL[name]())
    assert reading.outcome.kind in {"rejected", "nothing_found", "needs_review"}
    assert reading.bookings == ()
    assert await is_well(pool)


@pytest.mark.parametrize("name", ["10,000 parts", "2,000 parts in each other", "50 MB"])
async def test_what_is_beyond_measure_is_rejected_with_a_reason(pool: ReaderPool, name: str) -> None:
    outcome = (await read(pool, HURTFUL[name]())).outcome
    assert outcome.kind == "rejected"
    assert outcome.why


@pytest.fixture
def extractor(tmp_path: Path) -> Callable[[str], str]:
    """Write a program that stands for `kitinerary-extractor`: a mail in, reservations out."""

    def written(script: str) -> str:
        program = tmp_path / "extractor"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        return str(program)

    return written


async def read_by(program: str, *, raw: bytes | None = None, seconds: float = 10.0) -> MailReading:
    readers = ReaderPool(ReaderLimits(seconds=seconds, children=1, kitinerary=program))
    try:
        return await readers.read(raw or mail(), received=RECEIVED)
    finally:
        readers.close()


async def test_a_program_beside_us_reads_the_mail_within_the_limits(extractor: Callable[[str], str]) -> None:
    node = (
        '[{"@type": "LodgingReservation", "reservationNumber": "H1", "checkinTime": "2026-12-12T15:00:00",'
        ' "checkoutTime": "2026-12-14T11:00:00", "reservationFor": {"@type": "Hotel", "name": "Sonne"}}]'
    )
    reading = await read_by(extractor(f"grep -q '^From: ada' && echo '{node}'"))
    (found,) = reading.bookings
    assert (found.booking.record_locator, found.engines) == ("H1", (Engine.KITINERARY,))


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "echo no JSON"])
async def test_a_program_that_fails_leaves_the_mail_to_our_own_engines(
    script: str, extractor: Callable[[str], str]
) -> None:
    assert (await read_by(extractor(script))).outcome.kind == "nothing_found"


async def test_a_program_that_hangs_costs_a_mail_of_many_letters_no_more_than_one_of_one(
    extractor: Callable[[str], str],
) -> None:
    digest = EmailMessage()
    digest["From"], digest["Subject"] = "ada@acme.example", "All four"
    for number in range(1, 5):
        letter = EmailMessage()
        letter["From"], letter["Subject"] = "booking@lufthansa.com", "Booking confirmation"
        letter.set_content(f"Booking code: K7QW2{number}\nLH456 {number} Dec 2026 FRA 10:05 - LAX 12:35\n")
        digest.add_attachment(letter)
    reading = await read_by(extractor("exec sleep 60"), raw=digest.as_bytes(), seconds=4.0)
    assert [one.booking.record_locator for one in reading.bookings] == [
        "K7QW21",
        "K7QW22",
        "K7QW23",
        "K7QW24",
    ]
