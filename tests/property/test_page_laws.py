"""Laws of pages: what is not shown is seen to be there before anything is asked whether it is shown."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.email.html import parse_html, visible_text
from services.ingest.domain.email.page_source import may_hide


@given(
    st.lists(
        st.sampled_from(
            (
                "<div style='display:none'>", "<p style='DISPLAY : N O N E'>", "<i style='text-decoration:none'>", "</div>", "<td>",
                "<b style='dis&#112;lay:none'>", "<b style='display&#x3A;&#110;one'>", "<b style='display:&#78ONE'>", "a", "<br>",
                "<u style='isplay:block;display:no&#110;e'>", "&#8217;", "display:none", "</p>",
            )
        ),
        min_size=1,
        max_size=8,
    ).map("".join)
)  # fmt: skip
def test_a_page_that_is_not_thought_to_hide_anything_hides_nothing(source: str) -> None:
    tree = parse_html(source)
    if tree is not None:
        assert visible_text(tree, may_hide=may_hide(source)) == visible_text(tree, may_hide=True)
