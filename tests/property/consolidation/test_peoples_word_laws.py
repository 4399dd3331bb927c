"""Laws of what people say of segments: it holds whatever comes, and undone it leaves no trace."""

from typing import Any

from schemas.booking_record import CorrectSegment, DifferentSegments, Override, Statement
from schemas.segments import Segment
from services.consolidator.domain.bookings import bookings_of
from tests.support.histories import histories, segments
from tests.support.laws import costly_law, law
from tests.support.statements import booking, override
from tests.support.trips import Traveller, after, fields_said

_OVER_THEM_ALL = {"status", "confirmation_numbers"}
"""Of these all have their say."""


def claim_of(traveller: Traveller, statement: Statement) -> str:
    record = getattr(statement, "record", "")
    return bookings_of(traveller.state.records)[record].claims[0].id


def shown(traveller: Traveller) -> list[dict[str, Any]]:
    return [s for trip in traveller.trips().values() for s in trip["content"]["segments"]]


def by_others(history: list[Statement]) -> list[Statement]:
    """Without what people themselves book: of two people's words the newer counts."""
    return [s for s in history if getattr(getattr(s, "owner", None), "source", None) != "manual"]


def say(traveller: Traveller, said: Override | None) -> None:
    traveller.feed(override("word", said, at=102))


@law(history=histories(overrides=False), stated=segments(), anew=segments())
def test_a_corrected_value_is_shown_whatever_comes(
    history: list[Statement], stated: Segment, anew: Segment
) -> None:
    first = booking("tmc", "ONE", stated, at=100)
    traveller = after(first)
    values = anew if anew.type == stated.type else stated
    claim = claim_of(traveller, first)
    say(traveller, CorrectSegment(segment=claim, values=values))
    traveller.each(*by_others(history))

    [segment] = [s for s in shown(traveller) if claim in {c["segment"] for c in s["claims"]}]
    said = fields_said(values)
    for field in said.keys() - _OVER_THEM_ALL:
        assert segment[field] == said[field]


@costly_law(history=histories(overrides=False), stated=segments())
def test_what_a_person_says_is_not_the_same_is_never_one_segment(
    history: list[Statement], stated: Segment
) -> None:
    first, second = booking("tmc", "ONE", stated, at=100), booking("email", "TWO", stated, at=101)
    traveller = after(first, second)
    claims = {claim_of(traveller, first), claim_of(traveller, second)}
    say(traveller, DifferentSegments(segments=tuple(sorted(claims))))
    for statement in history:
        traveller.feed(statement)
        assert not any(claims <= {c["segment"] for c in s["claims"]} for s in shown(traveller))


@costly_law(history=histories(overrides=False), stated=segments())
def test_what_a_person_takes_back_was_never_said(history: list[Statement], stated: Segment) -> None:
    first, second = booking("tmc", "ONE", stated, at=100), booking("email", "TWO", stated, at=101)
    never = after(first, second, *history)
    for word in (
        CorrectSegment(segment=claim_of(never, first), values=stated),
        DifferentSegments(segments=(claim_of(never, first), claim_of(never, second))),
    ):
        traveller = after(first, second)
        say(traveller, word)
        traveller.each(*history)
        traveller.feed(override("word", None, at=103))
        assert traveller.content() == never.content()
