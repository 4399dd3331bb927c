"""The tree of a mail's parts, as the parser of the standard library makes it, in a fraction of its time.

That parser reads line by line, and holds each line against every boundary. Here a head is cut into its
headers, and a body at its boundaries, in one go. What the tree may grow to is bounded while it grows. It
differs from the library's where nothing is lost to a reader:

- a `message/delivery-status` has one child, where the library makes one of each block;
- a quoted boundary that is folded over two lines parts a body, where the library finds no boundary;
- a multipart whose first boundary is the closing one keeps all its text, where the library drops what
  follows.
"""

import re
from collections.abc import Iterator
from email.message import Message
from heapq import merge
from itertools import chain
from typing import Any, NamedTuple

from services.ingest.domain.email.bounds import MAX_DEPTH, MAX_PARTS

_HEAD = re.compile(r"(?>(?:From |[!-9;-~]*:|[ \t])[^\r\n]*(?:\r\n|\r|\n|\Z))*+")
_HEADER = re.compile(r"(?:\A|(?<=[\r\n]))([!-9;-~]+):[ \t]*([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)")
_LAST_LINE_OF_BODY = re.compile(r"(?<=[\r\n])From [^\r\n]*(?:\r\n|\r|\n)?\Z")
_BREAK = re.compile(r"\r\n|\r|\n")
_BEHIND_BOUNDARY = re.compile(r"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")


class Unreadable(Exception):
    """The bytes are no mail that we read; says why, without its content."""


class PartsMet:
    """How many parts were met so far, in all mails within a mail."""

    def __init__(self) -> None:
        self._count = 0

    def one_more(self) -> None:
        """Count a part; raises Unreadable where it is one too many."""
        self._count += 1
        if self._count > MAX_PARTS:
            raise Unreadable("the mail has too many parts")


class _Span(NamedTuple):
    """A part of a mail, of which nothing is copied but the texts of its leaves."""

    mail: str
    start: int
    end: int


class _Boundary(NamedTuple):
    """A line that parts parts."""

    start: int
    end: int
    is_last: bool


class _Place(NamedTuple):
    """Where in the tree a part lies: in how many mails, and in how many multiparts of the innermost."""

    met: PartsMet
    mails: int
    multiparts: int = 0

    def enter(self) -> None:
        self.met.one_more()
        if max(self.mails, self.multiparts) > MAX_DEPTH:
            raise Unreadable("the mail is nested too deep")


def message_of(raw: bytes, *, met: PartsMet, depth: int = 0) -> "Message[str, str]":
    """Return a mail, which lies in as many others as `depth` says, as a tree of parts, not yet decoded.

    Raises:
        Unreadable: where it is nested too deep or in too many parts.
    """
    mail = raw.decode("ascii", "surrogateescape")
    return _message(_Span(mail, 0, len(mail)), place=_Place(met, depth))


def _message(
    span: _Span, *, place: _Place, default_type: str = "text/plain", before: str = ""
) -> "Message[str, str]":
    """Return the tree of a part; `before` is a line that stands before its head."""
    place.enter()
    mail, start, end = span
    head = _HEAD.match(mail, start, end)
    ends = head.end() if head is not None else start
    # A line such as `From Zürich` at the end of a head begins the body; at the beginning, it is mbox's.
    of_body = _LAST_LINE_OF_BODY.search(mail, start if before else start + 1, ends)
    message = _headed(mail[start : ends if of_body is None else of_body.start()])
    message.set_default_type(default_type)
    first = "" if of_body is None else of_body[0]
    blank = _BREAK.match(mail, ends, end)
    body = _Span(mail, ends if blank is None else blank.end(), end)
    kind = message.get_content_maintype()
    if kind == "message":
        message.set_payload([_message(body, place=_Place(place.met, place.mails + 1), before=first)])
        return message
    if kind == "multipart" and (boundary := message.get_boundary()) is not None:
        in_digest = message.get_content_type() == "multipart/digest"
        default_type = "message/rfc822" if in_digest else "text/plain"
        place = place._replace(multiparts=place.multiparts + 1)
        parts = _parts(body, f"--{boundary}")
        children: list[Any] = [_message(part, place=place, default_type=default_type) for part in parts]
        if children:
            message.set_payload(children)
            return message
    message.set_payload(f"{first}{mail[body.start : body.end]}")
    return message


def _headed(head: str) -> "Message[str, str]":
    """Return a message with the headers of a head, each as it is written, and no body."""
    message: Message[str, str] = Message()
    for header in _HEADER.finditer(head):
        message.set_raw(header[1], header[2])
    return message


def _parts(body: _Span, mark: str) -> Iterator[_Span]:
    """Yield what stands between the boundaries of a body; nothing where none begins a part."""
    begins = None
    for line in _boundary_lines(body, mark):
        if line.start == begins:  # boundaries in a row are one
            begins = line.end
            continue
        if begins is not None:
            yield _without_last_break(body.mail, begins, line.start)
        if line.is_last:
            return
        begins = line.end
    if begins is not None:
        yield _without_last_break(body.mail, begins, body.end)


def _boundary_lines(body: _Span, mark: str) -> Iterator[_Boundary]:
    first = [body.start] if body.mail.startswith(mark, body.start, body.end) else []
    for at in chain(first, merge(_behind(body, "\n", mark), _behind(body, "\r", mark))):
        behind = _BEHIND_BOUNDARY.match(body.mail, at + len(mark), body.end)
        if behind is not None:
            yield _Boundary(at, behind.end(), behind[1] is not None)


def _behind(body: _Span, line_break: str, mark: str) -> Iterator[int]:
    """Yield where a mark stands right behind a break: anywhere else it may stand a million times."""
    wanted = f"{line_break}{mark}"
    at = body.mail.find(wanted, body.start, body.end)
    while at >= 0:
        yield at + len(line_break)
        at = body.mail.find(wanted, at + len(wanted), body.end)


def _without_last_break(mail: str, start: int, end: int) -> _Span:
    if mail.endswith("\r\n", start, end):
        return _Span(mail, start, end - 2)
    return _Span(mail, start, end - mail.endswith(("\r", "\n"), start, end))
