"""Laws of reading mails: whatever the bytes are, it ends, repeats itself, and books what can be posted."""

import json
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.segments import RailSegment
from services.ingest.domain.email.boarding_pass import read_pass
from services.ingest.domain.email.bounds import MAX_DEPTH
from services.ingest.domain.email.flexible_ticket import read_flexible
from services.ingest.domain.email.loose_json import loose_json
from services.ingest.domain.email.mime_tree import PartsMet, Unreadable, message_of
from services.ingest.domain.email.rail_ticket import read_rail_ticket
from services.ingest.domain.email.reading import read_mail
from services.ingest.domain.json_bookings import read_json_booking
from services.ingest.mail_proof import read_headers
from tests.support.email_flexible import CONTENTS, FRAMES, content
from tests.support.email_forwards import attached
from tests.support.email_samples import names, samples
from tests.support.email_unseen import uic_918_3, uic_record

RECEIVED = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAMES = names()


@pytest.fixture(scope="module", autouse=True)
def written_before_any_is_drawn() -> None:
    """Of a mail that is written the boundaries fall by lot, which nothing that is drawn may do."""
    samples()


@st.composite
def damaged_mails(draw: st.DrawFn) -> bytes:
    """A sample that lost, doubled or changed some of its bytes."""
    raw = bytearray(draw(st.sampled_from(samples())).raw[:20_000])
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        length = draw(st.integers(0, 60))
        with_ = draw(st.one_of(st.binary(max_size=30), st.just(bytes(raw[at : at + 200]))))
        raw[at : at + length] = with_
    return bytes(raw)


@given(st.one_of(st.binary(max_size=2_000), damaged_mails()))
def test_any_bytes_come_to_an_outcome_and_to_the_same_one_again(raw: bytes) -> None:
    reading = read_mail(raw, received=RECEIVED)
    assert reading.outcome.kind in {"extracted", "nothing_found", "needs_review", "rejected"}
    assert (reading.outcome.why is not None) == (reading.outcome.kind in {"needs_review", "rejected"})
    assert read_mail(raw, received=RECEIVED).encode() == reading.encode()


@given(damaged_mails())
def test_what_is_found_can_be_posted_as_it_is(raw: bytes) -> None:
    for found in read_mail(raw, received=RECEIVED).bookings:
        for booking in (found.booking, *found.records()):
            posted = json.loads(json.dumps(booking.model_dump(mode="json", exclude_none=True)))
            assert booking.status == "cancelled" or read_json_booking(posted) == booking


@st.composite
def mails_with_nul(draw: st.DrawFn) -> bytes:
    """A sample with NUL strewn in, as it is and in the ways in which mails write it."""
    raw = draw(st.sampled_from(samples())).raw[:20_000]
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(raw)))
        nul = draw(st.sampled_from([b"\0", b"=00", b"&#0;", b"\\u0000", b"=?utf-8?q?=00?=", b"\xc0\x80"]))
        raw = raw[:at] + nul + raw[at:]
    return raw


@given(mails_with_nul())
def test_nothing_that_is_read_holds_nul_which_postgresql_takes_nowhere(raw: bytes) -> None:
    escaped = re.compile(
        r"(?<!\\)(?:\\\\)*\\u0000"
    )  # and not the backslash that somebody wrote before these letters
    assert escaped.search(read_mail(raw, received=RECEIVED).encode().decode()) is None
    assert not any("\0" in address for address in read_headers(raw).from_addresses)


@given(st.text(max_size=400))
def test_loose_json_makes_something_of_everything_and_reads_json_as_it_is(text: str) -> None:
    loose_json(text)
    loose_json(f'{{"a": [{text}')
    assert loose_json(json.dumps({"a": text})) == [{"a": text}]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"U_HEAD01", b"0080BL02", b"0080BL03", b"U_TLAY01", b"U_FLEX13", b"U_FLEX03"]),
            st.one_of(st.binary(max_size=120), st.from_regex(rb"[0-9S]{0,80}", fullmatch=True)),
        ),
        max_size=4,
    )
)
def test_no_bytes_of_a_bar_code_break_the_reading_of_rail_tickets(records: list[tuple[bytes, bytes]]) -> None:
    code = uic_918_3(*(uic_record(name, body) for name, body in records)).decode("latin-1")
    assert read_rail_ticket(code) is not None


@st.composite
def damaged_contents(draw: st.DrawFn) -> bytes:
    """The flexible content of a ticket that lost, doubled or changed some of its bytes."""
    body = bytearray(content(draw(st.sampled_from(sorted(CONTENTS)))))
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(body))), draw(st.integers(0, 8))
        body[at : at + length] = draw(st.binary(max_size=8))
    return bytes(body)


@given(st.one_of(st.binary(max_size=300), damaged_contents()), st.integers(1, 3))
def test_no_bytes_break_the_reading_of_flexible_content(body: bytes, version: int) -> None:
    sight = read_flexible(body, version=version, order=None)
    assert sight is None or all(isinstance(each.segment, RailSegment) for each in sight.found)
    record = uic_918_3(uic_record(b"U_FLEX13", body)).decode("latin-1")
    assert read_rail_ticket(record) is not None


@given(st.sampled_from(sorted(FRAMES)), st.integers(0, 200), st.binary(max_size=20))
def test_no_bytes_break_the_reading_of_frames_of_asn_1(name: str, at: int, changed: bytes) -> None:
    body = FRAMES[name][:3] + FRAMES[name][3:at] + changed + FRAMES[name][at + len(changed) :]
    ticket = read_rail_ticket(body.decode("latin-1"))
    assert ticket is None or ticket.page == ""


@given(st.text(alphabet="M123>ABCLHFRAX 0567/^", max_size=200))
def test_no_text_of_a_bar_code_breaks_the_reading_of_boarding_passes(text: str) -> None:
    read_pass(f"M1{text}")


@pytest.mark.parametrize(("number", "name"), list(enumerate(NAMES)), ids=NAMES)
def test_a_mail_forwarded_as_an_attachment_says_what_the_mail_says(number: int, name: str) -> None:
    sample = samples()[number]
    assert sample.name == name
    original = read_mail(sample.raw, received=datetime(2199, 1, 1, tzinfo=UTC))
    forwarded = read_mail(attached(sample.raw), received=datetime(2199, 1, 1, tzinfo=UTC))
    assert forwarded.bookings == original.bookings
    assert forwarded.facts.from_address == original.facts.from_address
    assert forwarded.facts.forwarded_by == ("anna.berg@example.com",)


_BOUNDARY_LINES = st.sampled_from(
    [b"--a\n", b"--a--\n", b"--b \r\n", b"--b--\r", b"--a\n--a\n", b"\n", b"\r\n", b"text --a\n", b"From x\n",
     b" more\n", b": x\n", b"A: b\n", b"Content-Type: text/html\n\n", b"Content-Type: message/rfc822\n\n",
     b"\xff\n", b"From \xff\n", b"Content-Type: multipart/digest; boundary=b\n\n",
     b"Content-Type: multipart/mixed; boundary=a\n\n"]
)  # fmt: skip


@given(lines=st.lists(_BOUNDARY_LINES, max_size=20))
@example(lines=[b"--a\n", b"A: b\n", b"From \xff\n", b"\xff\n"])
@example(lines=[b"--a\n", b"Content-Type: message/rfc822\n", *[b"From x\n"] * 2, b"\n", b"From x\n", b"\n"])
@example(lines=[b"--a\n", *[b"Content-Type: message/rfc822\n\n"] * 13])
def test_the_tree_of_a_mails_parts_is_that_of_the_standard_library(lines: list[bytes]) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"".join(lines)
    expected = message_from_bytes(raw)
    try:
        tree = message_of(raw, met=PartsMet())
    except Unreadable:
        assert _height(expected) > MAX_DEPTH
    else:
        assert _tree(tree) == _tree(expected)


def _height(message: "Message[str, str]") -> int:
    payload: Any = message.get_payload()
    return 1 + max(map(_height, payload)) if isinstance(payload, list) else 0


def _tree(message: "Message[str, str]") -> object:
    """Return headers and parts; breaks at the end of a text, and multiparts without a part, say nothing."""
    payload: Any = message.get_payload()
    headers = [(name, str(value)) for name, value in message.items()]
    if isinstance(payload, list):
        return headers, [_tree(part) for part in cast("list[Message[str, str]]", payload)]
    body: Any = message.get_payload(decode=True)
    return headers, message.get_content_maintype() != "multipart" and body.rstrip(b"\r\n")
