"""What a person sees of a page: lines, cells, and nothing that is hidden."""

import time

import pytest

from services.ingest.domain.email import page_source
from services.ingest.domain.email.html import parse_html, visible_text


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        ("<p>one\n two</p>three<br>four", "one two\nthree\nfour"),
        ("<table><tr><td>Check-in<td> 12 May <tr><td><td>x</table>", "Check-in\t12 May\nx"),
        ("<table><tr><td>From<br>Berlin<td>To<br>Rome</table>", "From ¦ Berlin\tTo ¦ Rome"),
        ("<table><tr><td>From<br><b>Berlin</b><p>x</p><td>To</table>", "From\nBerlin\nx\nTo"),
        ("<table><tr><td>a<br>b</td><i>x</i><th>c<br>d", "a ¦ b\tx\tc ¦ d"),
        ("<table><tr><th>a<br>b</th><i>x</i><th>c<br>d", "a ¦ b\tx\tc ¦ d"),
        ("<table><tr><td>alone<br>in its row</table>", "alone\nin its row"),
        ("<table><tr><td>a<br>b<ul><li>c<br>d</ul><td>e</table>", "a\nb\nc\nd\ne"),
        ("<table><tr><td>a<br>b<ol><li>c<br>d</ol><td>e</table>", "a ¦ b\nc\nd\ne"),
        ("<pre>one\n  <b>two\nthree</b>\nfour</pre>", "one\ntwo\nthree\nfour"),
        ("a<div style='color:red; Display : none'>hidden</div>b", "a\nb"),
        ("a<span style='text-decoration:none'>b</span>", "ab"),
        ("<head><title>no</title></head><style>no</style>yes<script>no</script>", "yes"),
        ("a<!-- no -->b", "ab"),
        ("a&nbsp;b&shy;c&zwnj;d", "a bcd"),
        ("<p>a<br>&#1;b</p>", "a\nb"),
        ("", None),
    ],
)
def test_a_page_is_read_as_a_person_sees_it(page: str, seen: str | None) -> None:
    tree = parse_html(page)
    assert seen == (None if tree is None else visible_text(tree))


@pytest.mark.parametrize(
    ("before", "repeated"),
    [
        ("<table><tr>", "<td>a<br>b"),
        ("<table><tr>", "<td>a<br>b</td><i>x</i>"),
        ("<table><tr>", "<th>a<br>b</th><i>x</i>"),
        ("<table><tr><td>x</td>", "<th>a<br>b</th><i>x</i>"),
        ("<table><tr><td>x<td>", "a<br>"),
        ("<table><tr><td>x<br><td>" * 80, "a<br>b<p>"),
    ],
)
def test_rows_and_cells_of_any_size_take_linear_time(before: str, repeated: str) -> None:
    def seconds_of(times: int) -> float:
        tree = parse_html(before + repeated * times)
        tries: list[float] = []
        for _ in range(3):
            begun = time.process_time()
            visible_text(tree)
            tries.append(time.process_time() - begun)
        return min(tries)

    assert seconds_of(16_000) < 20 * seconds_of(2_000)


def test_no_word_of_a_pages_source_hides_another() -> None:
    for word in page_source.WORDS:
        for other in page_source.WORDS:
            assert word == other or word not in other
            assert not any(word.endswith(other[:length]) for length in range(1, len(other)))


def test_clients_marks_are_seen_in_the_source_of_a_page() -> None:
    for mark in page_source._QUOTING:
        assert page_source.may_quote(f"<div class='{mark}'>")
        assert not page_source.may_quote(f"<div class='{mark.swapcase()}'>")
