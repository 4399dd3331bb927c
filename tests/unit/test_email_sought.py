"""What of a text is looked at before anything is looked for in it, and that nothing is missed by it."""

import re
import sys
from string import ascii_lowercase

import pytest

from services.ingest.domain.email.needed_literals import begun_by, folded, needed_by
from services.ingest.domain.email.sought import Sought, SoughtByBeginning


@pytest.mark.parametrize(
    ("pattern", "flags", "needed"),
    [
        (r"(?:taxi|shuttle)\b.{0,9}(?:to|nach)", 0, {"taxi", "shuttle"}),
        (r"\d{2} nights?\b", 0, {" night"}),
        (r"check-?in", re.IGNORECASE, {"check-in", "checkin"}),
        (r"(?:your )?ticket", 0, {"ticket"}),
        (r"[GD]\d{1,4}(?=次)", 0, {"次"}),
        (r"réf", re.IGNORECASE, {"réf", "rÉf"}),
        (r"(?i:é)+", 0, {"é", "É"}),
        (r"(?:rail|.)", 0, set()),
        (r"\w+(?:hotel)?", 0, set()),
        (r"(?!hotel)x", 0, {"x"}),
    ],
)
def test_an_expression_tells_what_it_cannot_match_without(pattern: str, flags: int, needed: set[str]) -> None:
    assert needed_by(pattern, flags) == set(map(str.encode, needed))


def test_an_expression_tells_what_it_begins_with() -> None:
    assert begun_by(r"\b(?:booking|order)\s(?:no|number)") == {b"booking", b"order"}
    assert begun_by(r"(?:n[°o]|code)\s\d") == {"n°".encode(), b"no", b"code"}
    assert begun_by(r"\s?booking") == frozenset()


def test_an_expression_that_may_match_anywhere_is_not_sought() -> None:
    with pytest.raises(ValueError, match="anywhere"):
        Sought(r"\d\d|hotel")
    with pytest.raises(ValueError, match="begin with anything"):
        SoughtByBeginning(r"\s?hotel")


def test_whatever_is_taken_for_a_letter_of_ascii_is_folded_to_it() -> None:
    every = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    for letter in ascii_lowercase:
        taken = re.findall(letter, every, re.IGNORECASE)
        assert {folded(each) for each in taken} == {letter.encode()}


def test_words_that_are_told_late_are_found_in_texts_that_were_looked_at() -> None:
    text = "a word that nobody has asked for yet: Zwetschgenkuchen"
    assert Sought("hotel").search(text) is None
    assert Sought("zwetschgen", re.IGNORECASE).search(text) is not None
