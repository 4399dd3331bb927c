"""Text of mails: LF alone, plain blanks, and no signs that nobody sees."""

import tracemalloc

from services.ingest.domain.email.charsets import normal_text


def test_each_sign_that_nobody_sees_goes_and_each_blank_is_plain() -> None:
    assert normal_text("a\0b\x1fc\xadd\ufeffe\x7ff\u200b\u200fg") == "abcdefg"
    assert normal_text("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"
    assert normal_text("a\tb\u202fc\xa0d\u3000e") == "a\tb c d e"


def test_text_of_signs_that_nobody_sees_takes_no_more_memory_than_its_own() -> None:
    text = "\u200b" * 100_000 + "a" * 100_000
    tracemalloc.start()
    try:
        normal_text(text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(text.encode("utf-16-le"))
