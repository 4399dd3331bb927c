"""Laws of reading segments: what is not read anew because nothing that matters changed reads the same."""

from hypothesis import given, settings

from schemas.features import COMPARED_FIELDS, features_of
from schemas.segments import Segment
from services.consolidator.domain.stated import said_by
from tests.support.any_value import any_of

# Shapes are few, and large values are slow to draw.
FEWER = settings(max_examples=min(settings.default.max_examples, 200))


@FEWER
@given(any_of(Segment))
def test_a_segment_is_compared_by_the_fields_that_are_listed_and_by_nothing_else(segment: Segment) -> None:
    kind = type(segment)
    others = kind.model_fields.keys() - COMPARED_FIELDS
    bare = segment.model_copy(
        update={name: kind.model_fields[name].get_default(call_default_factory=True) for name in others}
    )

    assert features_of(bare) == features_of(segment)


@FEWER
@given(any_of(Segment))
def test_what_a_segment_says_is_all_that_it_is(segment: Segment) -> None:
    assert type(segment).model_validate(said_by(segment)) == segment
