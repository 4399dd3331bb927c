"""Bytes to text, whatever a mail declares: the charset it says, else the one it hides."""

import codecs
import re

from services.ingest.domain.email.bounds import UNREADABLE

_ALIASES = {
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
    "iso-8859-8-i": "iso-8859-8", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-sjis": "cp932", "shift_jis": "cp932", "unicode-1-1-utf-7": "utf-7", "unknown-8bit": "utf-8",
    "x-unknown": "utf-8", "default": "utf-8", "utf8mb4": "utf-8", "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
}  # fmt: skip
"""Names that mails use, and what writes them in truth."""
_TEXT_CODECS = re.compile(r"[a-z0-9][a-z0-9._:-]{0,39}")
_CONTROLS = dict.fromkeys(map(chr, {*range(32), 127} - {9, 10}), "")
_BEYOND_ASCII = {
    "\xad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "",
    "\u2060": "", "\ufeff": "", "\u202f": " ", "\xa0": " ", "\u2007": " ", "\u3000": " ",
    "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
"""Soft hyphens, zero-width marks and the many blanks: what parts words, and what only seems to."""
_SIGNS = _CONTROLS | _BEYOND_ASCII


def decoded_text(body: bytes, *, declared: str | None) -> str:
    """Return bytes as text with LF and plain blanks; bytes that fit no charset become U+FFFD."""
    return normal_text(_decode(body, declared=declared))


def normal_text(text: str) -> str:
    """Return text with LF alone, plain blanks, and without marks that nobody sees."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # To look for each is faster than to translate every sign.
    for sign, by in (_CONTROLS if text.isascii() else _SIGNS).items():
        if sign in text:
            text = text.replace(sign, by)
    return text


def _decode(body: bytes, *, declared: str | None) -> str:
    for mark, charset in ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(charset, "replace")
    name = (declared or "utf-8").strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    if name != "utf-8" and _is_utf8(body):
        return body.decode("utf-8")  # many a template's charset is that of its author's machine
    text = _strictly(body, charset=name)
    return text if text is not None else body.decode("cp1252", "replace")


def _is_utf8(body: bytes) -> bool:
    """Say whether the bytes beyond ASCII are UTF-8, which hardly happens by chance."""
    if body.isascii():
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _strictly(body: bytes, *, charset: str) -> str | None:
    if _TEXT_CODECS.fullmatch(charset) is None:
        return None
    try:
        decoder = codecs.lookup(charset)
        if not getattr(decoder, "_is_text_encoding", True):
            return None  # a packer such as zlib: a bomb's door
        return body.decode(charset, "strict" if charset == "utf-8" else "replace")
    except UNREADABLE:
        return None
