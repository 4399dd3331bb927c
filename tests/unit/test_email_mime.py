"""Mails as clients write them: charsets, encodings, headers, mails within mails, and what is too much."""

import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from services.ingest.domain.email.mime import Unreadable, parse_mail
from services.ingest.domain.email.reading import read_mail

RECEIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _mail(body: str = "Hello", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


def test_headers_are_decoded_and_addresses_lose_their_case() -> None:
    raw = (
        b"From: =?iso-8859-1?Q?B=FCro_Reisen?= <Service@Example.ORG>\r\n"
        b"To: a@example.com,\r\n B <b@example.com>\r\n"
        b"Subject: =?utf-8?B?QnVjaHVuZ3NiZXN0w6R0aWd1bmc=?=\r\n"
        b"Date: Mon, 4 May 2026 09:00:00 +0200\r\n\r\nHello\r\n"
    )
    headers = parse_mail(raw).headers
    assert headers.sender == ("service@example.org", "Büro Reisen")
    assert headers.subject == "Buchungsbestätigung"
    assert headers.recipients == ("a@example.com", "b@example.com")
    assert headers.date == datetime(2026, 5, 4, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "iso-8859-1"),
        ("cp1252", "iso-8859-1"),
        ("utf-16", "utf-16"),
        ("cp1252", "us-ascii"),
    ],
)
def test_text_is_read_in_the_charset_that_it_is_written_in(charset: str, declared: str) -> None:
    head = f"Content-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    (part,) = parse_mail(head + "Zürich – Orléans".encode(charset)).parts
    assert part.text == "Zürich – Orléans"


def test_quoted_printable_and_base64_become_text_with_lf() -> None:
    for encoding, body in ((b"quoted-printable", b"a=C3=A9\r\nb=\r\nc"), (b"base64", b"YcOpDQpiYw==")):
        head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n" % encoding
        (part,) = parse_mail(head + body).parts
        assert part.text == "aé\nbc"


def test_an_attached_mail_is_a_mail_within_the_mail_also_where_it_is_encoded() -> None:
    inner = _mail("Inner", From="vendor@example.org", Subject="Booked")
    outer = _mail("See below")
    outer.add_attachment(inner)
    encoded = _mail("See below")
    encoded.add_attachment(
        inner.as_bytes(), maintype="application", subtype="octet-stream", filename="mail.eml"
    )
    for mail in (outer, encoded):
        (held,) = parse_mail(mail.as_bytes()).inner
        assert held.headers.subject == "Booked"
        assert held.parts[0].text == "Inner\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b"x" * (25 * 1024 * 1024 + 1), "larger"),
        (
            b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 10_000 + b"--a--\n",
            "too many parts",
        ),
        (b"Content-Type: message/rfc822\n\n" * 40, "too deep"),
        (
            b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(5_000)
            ),
            "too deep",
        ),
        (
            b"".join(b"Content-Type: multipart/mixed; BOUNDARy=b%d\n\n--b%d\n" % (i, i) for i in range(400)),
            "too deep",
        ),
        (
            b"Content-Type: application/octet-stream; name=a.eml\n\n"
            + b"Content-Type: message/rfc822\n\n" * 1_000,
            "too deep",
        ),
    ],
)
def test_what_is_too_much_is_rejected_with_its_reason(raw: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parse_mail(raw)
    outcome = read_mail(raw, received=RECEIVED).outcome
    assert outcome.kind == "rejected"
    assert why in (outcome.why or "")


def test_a_line_that_begins_with_from_and_ends_a_head_begins_the_body_as_it_is_written() -> None:
    raw = "Subject: x\nFrom Zürich to Wien\nICE 1 10:30\n\nPrice € 5\n".encode()
    (part,) = parse_mail(raw).parts
    assert part.text == "From Zürich to Wien\nICE 1 10:30\n\nPrice € 5\n"


def _peak_of_reading(raw: bytes) -> int:
    tracemalloc.start()
    try:
        with suppress(Unreadable):
            parse_mail(raw)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_mail_takes_no_more_memory_the_deeper_it_lies() -> None:
    body = b"a" * 500_000
    around = b"Content-Type: message/rfc822\nFrom x\n\n"
    assert _peak_of_reading(around * 12 + body) < 1.2 * _peak_of_reading(around + body)


def test_a_mail_of_too_many_parts_is_rejected_before_they_are_all_made() -> None:
    head = b"Content-Type: multipart/mixed; boundary=a\n\n"
    assert _peak_of_reading(head + b"--a\n\n" * 20_000) < 2 * _peak_of_reading(head + b"--a\n\n" * 1_000)


def test_many_multiparts_beside_each_other_are_read() -> None:
    inner = b"--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"
    assert len(parse_mail(b"Content-Type: multipart/mixed; boundary=a\n\n" + inner * 220).parts) == 220


def _seconds_of(raw: bytes) -> float:
    begun = time.process_time()
    parse_mail(raw)
    return time.process_time() - begun


def test_marks_within_lines_do_not_hold_up_the_parting_of_a_mail() -> None:
    head = b'Content-Type: multipart/mixed; boundary="%s"\n\n'
    dashes = b"-" * 4_000_000
    assert _seconds_of(head % b"" + dashes) < 10 * _seconds_of(head % b"a" + dashes) + 0.1
