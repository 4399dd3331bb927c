"""Any XML, and what only looks like it, is read or refused: no other error, and within bounds."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MalformedXml
from tests.support.any_xml import DOCUMENTS, ENCODINGS, TOO_MUCH

Read = Callable[[bytes], object]
READERS: tuple[Read, ...] = (read_booking, read_trip)


def is_read_or_refused(body: bytes) -> None:
    for read in READERS:
        with contextlib.suppress(MalformedXml):
            read(body)


@given(document=DOCUMENTS, encoding=ENCODINGS)
def test_any_tree_of_known_names_is_read_or_refused(document: str, encoding: str) -> None:
    is_read_or_refused(document.encode(encoding, errors="replace"))


@given(document=DOCUMENTS, cut=st.integers(0, 400), garbage=st.binary(max_size=8))
def test_what_is_cut_off_or_damaged_is_read_or_refused(document: str, cut: int, garbage: bytes) -> None:
    body = document.encode(errors="replace")
    is_read_or_refused(body[:cut] + garbage + body[cut:])
    is_read_or_refused(body[:cut])


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_made_to_hurt_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedXml):
        read_booking(body)


def test_a_namespace_of_any_name_or_none_is_read_alike() -> None:
    inside = "<BookingSource>A</BookingSource><RecordLocator>1</RecordLocator>"
    plain = read_booking(f"<Booking>{inside}</Booking>".encode())
    named = read_booking(f'<Booking xmlns="https://www.concursolutions.com/x">{inside}</Booking>'.encode())
    prefixed = f'<c:Booking xmlns:c="urn:x">{inside.replace("<", "<c:").replace("<c:/", "</c:")}</c:Booking>'

    assert plain == named == read_booking(prefixed.encode())
