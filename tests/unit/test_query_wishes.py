"""What forms that change a trip are done once by, and where they lead afterwards."""

import pytest
from starlette.datastructures import FormData

from services.query.page.wishes import back_to, key_of


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ({}, "/trips/t?done=o"),
        ({"beyond": "b"}, "/trips/t?done=o"),
        ({"back": "review"}, "/review?trip=t&done=o"),
        ({"back": "review", "beyond": "b"}, "/review?trip=t&beyond=b&done=o"),
        (
            {"back": "review", "beyond": "//a.example/&b#c"},
            "/review?trip=t&beyond=%2F%2Fa.example%2F%26b%23c&done=o",
        ),
        ({"back": "https://evil.example"}, "/trips/t?done=o"),
    ],
)
def test_an_answer_leads_back_to_the_part_of_the_questions_where_it_was_given(
    said: dict[str, str], address: str
) -> None:
    assert back_to("t", form=FormData(said), done="o").headers["location"] == address


def test_another_answer_to_one_question_is_another_deed_and_the_same_is_not() -> None:
    same = {"action": "same"}
    others = {"action": "not_same"}, {"status": "confirmed"}, {"status": "cancelled"}, {}
    answers = [FormData({"key": "k"} | said) for said in (same, *others)]

    assert len({key_of(answer) for answer in answers}) == len(answers)
    assert key_of(FormData({"key": "k"} | same)) == key_of(answers[0])
    assert key_of(FormData({"key": "l"} | same)) != key_of(answers[0])
