"""Any XML, and what only looks like it, is read or refused: no other error, and within bounds."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.concur import texts, walking
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MAX_ALIKE, MalformedXml, parse
from services.query.domain.concur_format import itinerary_xml
from tests.support.any_xml import DOCUMENTS, ENCODINGS, MUCH, TOO_MUCH
from tests.support.concur_trips import trip_of

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


@pytest.mark.parametrize("body", MUCH.values(), ids=MUCH)
def test_much_of_one_thing_is_compared_with_no_more_than_stands_beside_it(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = 0

    def agree(posted: str, written: str) -> bool:
        nonlocal compared
        compared += 1
        assert compared <= 20 * MAX_ALIKE
        return texts.agree(posted, written)

    monkeypatch.setattr(walking, "agree", agree)
    read = read_booking(body)
    answer = itinerary_xml(trip_of([read]), base_url="https://itinerary.example")

    posted = parse(body, roots=["Booking"])
    came_back = parse(answer, roots=["Itinerary"], max_bytes=2 * len(body))
    assert {path: came_back.get(f"Bookings/Booking[1]/{path}") for path in posted} == posted


def test_a_namespace_of_any_name_or_none_is_read_alike() -> None:
    inside = "<BookingSource>A</BookingSource><RecordLocator>1</RecordLocator>"
    plain = read_booking(f"<Booking>{inside}</Booking>".encode())
    named = read_booking(f'<Booking xmlns="https://www.concursolutions.com/x">{inside}</Booking>'.encode())
    prefixed = f'<c:Booking xmlns:c="urn:x">{inside.replace("<", "<c:").replace("<c:/", "</c:")}</c:Booking>'

    assert plain == named == read_booking(prefixed.encode())
