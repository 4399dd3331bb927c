"""From bytes to a tree of mails and parts: decoded, LF alone, bounded.

Headers are read from the parser's plain form, and by hand: the rich header parser of the standard library
takes quadratic time for headers made to hurt.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message as StdlibMessage
from email.utils import parsedate_tz
from typing import Any, NamedTuple, cast

from services.ingest.domain.email.bounds import MAX_HEADER_CHARACTERS, MAX_MAIL_BYTES, UNREADABLE
from services.ingest.domain.email.charsets import decoded_text
from services.ingest.domain.email.mime_tree import PartsMet, Unreadable, message_of


class Address(NamedTuple):
    """An address, in lower case, and the name beside it."""

    address: str | None
    name: str | None


class Headers(NamedTuple):
    """What is asked of a mail's headers; a forward written into a text has them too."""

    sender: Address = Address(None, None)
    date: datetime | None = None
    subject: str | None = None
    recipients: tuple[str, ...] = ()
    message_id: str | None = None


class Part(NamedTuple):
    """A leaf of a mail, decoded from its transfer encoding."""

    content_type: str
    body: bytes
    charset: str | None = None
    filename: str | None = None
    is_attachment: bool = False

    @property
    def text(self) -> str:
        """The body as text with LF, whatever charset it says or hides."""
        return decoded_text(self.body, declared=self.charset)


class Mail(NamedTuple):
    """One mail: its headers, its leaves, and the mails within it, each with the depth that it lies at."""

    headers: Headers
    parts: tuple[Part, ...]
    inner: tuple["Mail", ...] = ()


_ADDRESS = re.compile(r"[^\s<>(),;:\"'\[\]]{1,120}@[^\s<>(),;:\"'\[\]]{1,120}")
_RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "x-original-to", "resent-to")


def parse_mail(raw: bytes) -> Mail:
    """Parse a mail.

    Raises:
        Unreadable: where it is empty, too large, nested too deep or in too many parts.
    """
    if not raw or raw.isspace():
        raise Unreadable("the mail is empty")
    if len(raw) > MAX_MAIL_BYTES:
        raise Unreadable("the mail is larger than is read")
    if raw.startswith(b"From "):  # an mbox line, as some tools save mails
        raw = raw.partition(b"\n")[2]
    met = PartsMet()
    return _mail(_tree(raw, met=met, depth=0), met=met, depth=0)


def _tree(raw: bytes, *, met: PartsMet, depth: int) -> "StdlibMessage[str, str]":
    try:
        return message_of(raw, met=met, depth=depth)
    except (MessageError, *UNREADABLE):
        raise Unreadable("the mail is not written as mails are") from None


def _mail(message: "StdlibMessage[str, str]", *, met: PartsMet, depth: int) -> Mail:
    parts: list[Part] = []
    inner: list[Mail] = []
    for leaf in _leaves(message):
        if leaf.get_content_type() in {"message/rfc822", "message/global"}:
            inner.append(_nested(leaf, met=met, depth=depth + 1))
        elif (part := _part(leaf)).filename is not None and part.filename.lower().endswith(".eml"):
            held = _tree(part.body, met=met, depth=depth + 1)
            inner.append(_mail(held, met=met, depth=depth + 1))
        else:
            parts.append(part)
    return Mail(_headers(message), tuple(parts), tuple(inner))


def _nested(leaf: "StdlibMessage[str, str]", *, met: PartsMet, depth: int) -> Mail:
    """Read an attached mail; some clients encode it, which the parser then takes for its body."""
    # Of a part without parts the parser would decode the text here, by whatever charset it names.
    held: Any = leaf.get_payload() if leaf.is_multipart() else []
    if not held:
        return Mail(Headers(), ())
    message = cast("StdlibMessage[str, str]", held[0])
    encoding = str(leaf.get("content-transfer-encoding", "")).strip().lower()
    if encoding in {"base64", "quoted-printable"}:
        plain: StdlibMessage[str, str] = StdlibMessage()
        plain["Content-Transfer-Encoding"] = encoding
        plain.set_payload(_text(message))
        decoded = _decoded(plain)
        message = _tree(decoded, met=met, depth=depth) if decoded.strip() else message
    return _mail(message, met=met, depth=depth)


def _text(message: "StdlibMessage[str, str]") -> str:
    try:
        return str(message.get_payload())
    except UNREADABLE:
        return ""


def _leaves(message: "StdlibMessage[str, str]") -> Iterator["StdlibMessage[str, str]"]:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        children: Any = message.get_payload()
        for child in children:
            yield from _leaves(child)
    else:
        yield message


def _part(leaf: "StdlibMessage[str, str]") -> Part:
    disposition = str(leaf.get("content-disposition", "")).strip().lower()
    is_named = "name" in disposition or "name" in str(leaf.get("content-type", "")).lower()
    filename = _or_none(leaf.get_filename) if is_named else None
    charset = _or_none(leaf.get_content_charset)
    return Part(
        content_type=leaf.get_content_type(),
        body=_decoded(leaf),
        charset=charset,
        filename=None if filename is None else header_text(filename),
        is_attachment=disposition.startswith("attachment"),
    )


def _or_none(read: Any) -> str | None:  # noqa: ANN401 - a method of the parser's
    try:
        value = read()
    except (HeaderParseError, *UNREADABLE):
        return None
    return value if isinstance(value, str) else None


def _decoded(leaf: "StdlibMessage[str, str]") -> bytes:
    try:
        body: Any = leaf.get_payload(decode=True)
    except UNREADABLE:
        return b""
    return body if isinstance(body, bytes) else b""


# --- headers -------------------------------------------------------------------------------------


def _headers(message: "StdlibMessage[str, str]") -> Headers:
    return Headers(
        sender=address_of(_header(message, "from") or _header(message, "sender") or ""),
        date=date_of(_header(message, "date") or ""),
        subject=_header(message, "subject"),
        recipients=addresses(filter(None, (_header(message, name) for name in _RECIPIENT_HEADERS))),
        message_id=_header(message, "message-id"),
    )


def _header(message: "StdlibMessage[str, str]", name: str) -> str | None:
    value: Any = message.get(name)
    if value is None:
        return None
    return header_text(str(value)[:MAX_HEADER_CHARACTERS]) or None


def header_text(value: str) -> str:
    """Return a header's value unfolded and decoded; what cannot be decoded stays as it is."""
    unfolded = " ".join(value.split())
    if "=?" in unfolded:
        try:
            pieces = decode_header(unfolded)
        except (HeaderParseError, *UNREADABLE):
            pieces = [(unfolded, None)]
        unfolded = "".join(
            decoded_text(piece, declared=charset) if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    text = unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")
    return " ".join(text.split())


def address_of(value: str) -> Address:
    """Return the first address of a header or a line such as `Anna <anna@example.org>`."""
    found = _ADDRESS.search(value)
    name = value[: found.start()] if found else value
    name = name.replace("mailto:", "").strip(" \t\"'<[(*,;")
    if not name and found:
        name = value[found.end() :].strip(" \t\"'>]<)*")
    return Address(found[0].lower().strip(".") if found else None, name or None)


def addresses(values: Iterable[str]) -> tuple[str, ...]:
    """Return every address in some headers once, in their order."""
    return tuple(dict.fromkeys(found.lower() for value in values for found in _ADDRESS.findall(value)))


def date_of(value: str) -> datetime | None:
    """Read a Date header, tolerantly; one without zone is taken as UTC."""
    try:
        parsed = parsedate_tz(value)
        if parsed is None:
            return None
        zone = timezone(timedelta(seconds=parsed[9])) if parsed[9] is not None else UTC
        return datetime(*parsed[:6], tzinfo=zone)
    except UNREADABLE:
        return None
