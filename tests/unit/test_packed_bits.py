"""Values packed into bits: read as another's decoder reads them, and never beyond what is there."""

import pytest

from services.ingest.domain.email.packed_bits import Told, read_packed
from services.ingest.domain.email.packed_shapes import shapes_of
from tests.support.flexible_tickets import packed

SHAPES = shapes_of(
    """
visit...: room:utf8? day:-1..12? bool guests:[guest]? kind:of5+? letters:ia5(1..2)? number:int? of3 lift:bool?
guest: name:utf8 &birth
way... = visit guest
&birth: year:1900..2155? 1..366?
nest: nest?
"""
)
ANNA = {"name": "Anna", "year": 1987}


def read(body: bytes, name: str = "visit") -> Told:
    return read_packed(body, SHAPES, name=name)


def bits(text: str) -> bytes:
    text = text.replace(" ", "")
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8))


def test_what_another_packs_is_read() -> None:
    told = {
        "room": "Zürich",
        "day": 12,
        "guests": [ANNA, {"name": ""}],
        "kind": 4,
        "letters": "ab",
        "number": -1987,
    }
    visit = read(packed(SHAPES, "visit", told | {"lift": True}))
    assert [visit.text(name) for name in ("room", "letters")] == ["Zürich", "ab"]
    assert [visit.number(name) for name in ("day", "kind", "number", "lift")] == [12, 4, -1987, True]
    anna, nobody = visit.every("guests")
    assert (anna.text("name"), anna.number("year"), nobody.text("name"), "year" in nobody) == (
        "Anna",
        1987,
        "",
        False,
    )


@pytest.mark.parametrize("told", [{"visit": {"room": "7"}}, {"guest": ANNA}])
def test_a_choice_tells_what_was_chosen(told: dict[str, dict[str, str]]) -> None:
    way = read(packed(SHAPES, "way", told), "way")
    ((name, inner),) = told.items()
    assert all(str(way.inner(name).text(each)) == str(value) for each, value in inner.items())


def test_a_text_of_a_thousand_letters_is_read() -> None:
    assert read(packed(SHAPES, "visit", {"room": "x" * 1000})).text("room") == "x" * 1000


def test_a_text_that_is_not_in_utf_8_is_taken_as_latin_1() -> None:
    whole = bits("00" + "00000100" + f"{int.from_bytes('Köln'.encode('latin-1')):032b}")
    assert read(whole, "guest").text("name") == "Köln"


def test_what_later_editions_add_is_stepped_over() -> None:
    more = "1" + "0" * 7 + "0" + "00" + "0 000001 11" + "00000010 1111111111111111" + "00000001 11111111"
    assert "room" not in read(bits(more))
    assert read(bits("1 0000000 0 00 0 000000 1 00000010 1111111111111111")) is not None


def test_a_name_or_way_that_later_editions_add_is_no_mistake() -> None:
    kind = "0" + "0001000" + "0" + "1 0 000011"
    assert read(bits(kind + "00")).number("kind") == 5 + 3
    assert "visit" not in read(bits("1 0 000001 00000001 11111111"), "way")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bits("0 0100000 1111 0 00"),  # a number beyond its bounds
        bits("0 0000000 0 11"),  # the fourth of three names
        bits("0 1000000" + "11 000001"),  # a length in fragments
        bits("0 1000000" + "10 11111111111111"),  # more than there is
        bits("0 0000001" + "0" + "00001001" + "1" * 72 + "00"),  # a number of nine bytes
        bits("1 0000000 0 00 1"),  # more additions than there can be
        bits("0 0000000 0 00") + b"\x01",  # something behind it
        bytes(5_000),
    ],
)  # fmt: skip
def test_what_is_not_of_the_shape_is_refused(body: bytes) -> None:
    with pytest.raises((EOFError, ValueError)):
        read(body)


def test_what_nests_too_deeply_is_refused() -> None:
    read(bits("1" * 10 + "0"), "nest")
    with pytest.raises(ValueError, match="deep"):
        read(b"\xff" * 2_000, "nest")


def test_zeros_behind_it_are_no_mistake() -> None:
    assert read(packed(SHAPES, "visit", {"room": "7"}) + bytes(9)).text("room") == "7"


@pytest.mark.parametrize("cut", range(17))
def test_a_beginning_alone_is_refused(cut: int) -> None:
    body = packed(SHAPES, "visit", {"room": "Zürich", "guests": [ANNA]})
    assert len(body) == 17
    with pytest.raises((EOFError, ValueError)):
        read(body[:cut])
