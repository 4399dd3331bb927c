"""What strangers may send as XML, and what they hear when they may not."""

from collections.abc import Callable

import pytest

from schemas.concur.texts import may_stand_in
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.concur.xml import MAX_BYTES, MAX_ELEMENTS, MalformedXml, parse

SECRET = "4111111111111111"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><Booking><RecordLocator>&j;</RecordLocator></Booking>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Booking><RecordLocator>&e;</RecordLocator></Booking>'


def utf16(text: str) -> bytes:
    return text.encode("utf-16")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\x00" * 100, "not_well_formed"),
        (b"<Booking>\x00</Booking>", "not_well_formed"),
        (b"not xml", "not_well_formed"),
        (b"<Booking><RecordLocator></Booking>", "not_well_formed"),
        (b"<Booking>&unknown;</Booking>", "not_well_formed"),
        (b"<Booking>\xff\xfe</Booking>", "not_well_formed"),
        (LAUGHS.encode(), "doctype"),
        (utf16(LAUGHS), "doctype"),
        (EXTERNAL.encode(), "doctype"),
        (b"<!-- " + b"x" * 8000 + b" --><!DOCTYPE Booking><Booking/>", "doctype"),
        (b'<?xml version="1.0" encoding="utf-7"?><Booking/>', "encoding"),
        (b'<?xml version="1.0" encoding="cp037"?><Booking/>', "encoding"),
        (b'<?xml version="1.0" encoding="nonsense"?><Booking/>', "encoding"),
        (b"<a>" * 200 + b"</a>" * 200, "wrong_root"),
        (b"<Booking>" + b"<a>" * 200 + b"</a>" * 200 + b"</Booking>", "too_deep"),
        (b"<Booking>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Booking>", "not_well_formed"),
        (b"<Booking>" + b"<a/>" * (MAX_ELEMENTS + 1) + b"</Booking>", "too_many_elements"),
        (b"<Itinerary/>", "wrong_root"),
        (b" " * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_hostile_xml_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedXml) as refused:
        read_booking(body)
    assert refused.value.reason == reason
    assert refused.value.detail


def test_a_hundred_megabytes_are_refused_before_they_are_parsed() -> None:
    body = b"<" * 100_000_000  # parsed, it would be called something else
    with pytest.raises(MalformedXml) as refused:
        read_booking(body)
    assert refused.value.reason == "too_large"


def test_what_was_sent_is_never_repeated() -> None:
    for broken in (f"<Booking>{SECRET}<", f"<{SECRET}/>", f"<A{SECRET}/>", f"<!DOCTYPE A{SECRET}><Booking/>"):
        with pytest.raises(MalformedXml) as refused:
            read_booking(broken.encode())
        assert SECRET not in str(refused.value)


def test_the_line_to_mend_is_named() -> None:
    with pytest.raises(MalformedXml, match="line 3"):
        read_booking(b"<Booking>\n<A>\n</B>\n</Booking>")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_the_three_encodings_are_read(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><Itinerary><TripName>Köln</TripName></Itinerary>'
    assert read_trip(body.encode(encoding)).header.name == "Köln"


def test_a_byte_order_mark_is_no_content() -> None:
    assert (
        read_trip("<Itinerary><TripName>Köln</TripName></Itinerary>".encode("utf-8-sig")).header.name
        == "Köln"
    )


def test_namespaces_comments_instructions_attributes_and_order_change_nothing() -> None:
    plain = parse(b"<Booking><RecordLocator>A</RecordLocator></Booking>", roots=["Booking"])
    odd = parse(
        b'<x:Booking xmlns:x="urn:any" x:a="1"><?pi?><Other/><!-- c -->'
        b'<RecordLocator xmlns="urn:b">A</RecordLocator>'
        b"<RecordLocator>B</RecordLocator></x:Booking>",
        roots=["Booking"],
    )
    assert plain == odd == {"RecordLocator": "A"}


def test_a_comment_inside_a_text_does_not_cut_it() -> None:
    assert parse(b"<Booking><RecordLocator>A<!-- c -->B</RecordLocator></Booking>", roots=["Booking"]) == {
        "RecordLocator": "AB"
    }


def test_repeated_elements_are_numbered_on_over_several_wrappers() -> None:
    charges = b"<Charges><Fixed><Amount>1</Amount></Fixed></Charges>"
    assert parse(b"<Booking>" + charges * 2 + b"</Booking>", roots=["Booking"]) == {
        "Charges/Fixed[1]/Amount": "1",
        "Charges/Fixed[2]/Amount": "1",
    }


def test_numbers_of_elements_are_written_in_the_digits_of_their_paths_alone() -> None:
    assert may_stand_in("Booking", "Segments/Travel[12]/Vendor")
    assert not may_stand_in("Booking", "Segments/Travel[1\N{ARABIC-INDIC DIGIT TWO}]/Vendor")


def full_of(element: str) -> bytes:
    start, end = b"<Booking><Segments><Air>", b"</Air></Segments></Booking>"
    by_bytes = (MAX_BYTES - len(start + end)) // len(element)
    by_count = (MAX_ELEMENTS - 3) // (element.count("<") - element.count("</"))
    return start + element.encode() * min(by_bytes, by_count) + end


def test_what_is_absurd_in_number_is_refused_before_it_is_read() -> None:
    with pytest.raises(MalformedXml, match="more than 1000 AirSeat"):
        read_booking(full_of("<Seats><AirSeat><Status>x</Status></AirSeat></Seats>"))
    with pytest.raises(MalformedXml, match="more than 1000 Booking"):
        read_trip(b"<Itinerary><Bookings>" + b"<Booking/>" * 1_001 + b"</Bookings></Itinerary>")


@pytest.mark.parametrize(
    "body",
    [
        lambda: full_of("<X/>"),
        lambda: full_of("<Vendor>A</Vendor>"),
        lambda: b"<Booking><RecordLocator>" + b"A" * (MAX_BYTES - 100) + b"</RecordLocator></Booking>",
        lambda: b"<Booking" + b"".join(b' a%d="1"' % n for n in range(60_000)) + b"/>",
    ],
)
def test_the_fullest_document_is_read(body: Callable[[], bytes]) -> None:
    document = body()
    assert len(document) <= MAX_BYTES
    assert read_booking(document).booking_source == ""
