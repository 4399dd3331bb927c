"""Laws of what is looked for in mails: it is found wherever an expression finds it, at however few places."""

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.email import numbers
from services.ingest.domain.email.needed_literals import begun_by, folded, needed_by
from services.ingest.domain.email.sought import Sought, SoughtByBeginning

SIGNS = ("a", "k", "s", "i", "é", "ß", "ж", "\N{GREEK SMALL LETTER SIGMA}", "名", "1", " ")
ODD_SIGNS = (
    "K",
    "S",
    "I",
    "É",
    "ẞ",
    "Ж",
    "Σ",
    "ς",
    "\N{LATIN SMALL LETTER LONG S}",
    "ı",
    "İ",
    "\N{KELVIN SIGN}",
    "\n",
    "-",
)

pieces = st.sampled_from((*SIGNS, r"\w", r"\s", ".", "[ak]", "[^a]", "[a-k]", r"\b", "[éж]"))
patterns = st.recursive(
    pieces,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: f"(?:{'|'.join(each)})"),
        inner.map(lambda each: f"(?:{each})?"),
        inner.map(lambda each: f"(?:{each}){{1,2}}"),
        inner.map(lambda each: f"(?:{each})*?"),
        inner.map(lambda each: f"(?={each})"),
        inner.map(lambda each: f"(?!{each})"),
        inner.map(lambda each: f"(?i:{each})"),
        inner.map(lambda each: f"(?>{each})"),
    ),
    max_leaves=8,
)
flags = st.sampled_from((0, re.IGNORECASE, re.MULTILINE))
texts = st.lists(st.sampled_from((*SIGNS, *ODD_SIGNS)), max_size=12).map("".join)


@given(patterns, flags, texts)
def test_whatever_matches_holds_a_literal_that_is_needed_and_begins_with_one(
    pattern: str, flag: int, text: str
) -> None:
    needed, begins = needed_by(pattern, flag), begun_by(pattern, flag)
    for found in re.finditer(pattern, text, flag):
        assert not needed or any(literal in folded(text) for literal in needed)
        assert not begins or folded(text[found.start() :]).startswith(tuple(begins))


@given(
    st.lists(
        st.sampled_from(
            (
                "booking", "Booking ", "réservation ", "RÉSERVATION : ", "numéro de ", "Buchungsnummer: ", "ABC123", "code ",
                "номер заказа ", "номер заказа ".upper(), "κωδικός κράτησης ", "預訂編號", "予約番号：", "9876", " is ", "\n", "ı", "€ ",
            )
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_numbers_are_found_where_the_words_for_them_stand_as_anywhere(text: str) -> None:
    for sought in (numbers._LOOSE, numbers._SHORT):
        assert isinstance(sought, SoughtByBeginning)
        plainly = re.compile(sought._pattern, sought._flags)
        assert _spans(sought.finditer(text)) == _spans(plainly.finditer(text))


def _spans(found: Iterator[re.Match[str]]) -> list[tuple[int, int]]:
    return [each.span() for each in found]


@given(patterns, flags, st.lists(texts, max_size=3))
def test_what_is_sought_is_found_as_the_expression_finds_it(pattern: str, flag: int, told: list[str]) -> None:
    try:
        sought = Sought(f"{pattern}(?:abc|éàü)", flag)
    except ValueError:
        return
    text = "abc".join(told)
    plainly = re.compile(f"{pattern}(?:abc|éàü)", flag)
    assert _spans(sought.finditer(text)) == _spans(plainly.finditer(text))
    assert sought.sub("-", text) == plainly.sub("-", text)
    found, expected = sought.search(text), plainly.search(text)
    assert (found and found.span()) == (expected and expected.span())
