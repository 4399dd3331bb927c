"""From the mail as it arrived to the mails that matter: what was forwarded, with its own sender and date.

A mail is forwarded as an attachment, or written into the text of another under a few lines that repeat its
headers. Either way the engines see the original's headers: vendors' rules go by them, and years by its date.
"""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple

from services.ingest.domain.email.bounds import MAX_TEXT_CHARACTERS
from services.ingest.domain.email.dates import Reader, hours
from services.ingest.domain.email.html import Node, parse_html, visible_text
from services.ingest.domain.email.mime import Headers, Mail, Part, address_of, addresses, date_of
from services.ingest.domain.email.page_source import may_hide, may_quote
from services.ingest.domain.email.sought import Sought
from services.ingest.domain.email.tnef import unpacked
from services.ingest.domain.email.vendor_files import vendor_of
from services.ingest.domain.email.words import table

_MAX_LEVELS = 6
_HEADER_LINES = 14
_QUOTES = re.compile(r"^(?:\s?[>|]\s?)+")
_DECORATION = "*_ \t\u200b"


class Text:
    """A body: the text that a person reads, and the tree and source that markup is looked for in.

    The text of HTML is made when it is asked for: where markup tells all, nobody asks.
    """

    def __init__(self, text: str | None, *, tree: Node | None = None, source: str = "") -> None:
        self._text = text
        self.tree = tree
        self.source = source

    @property
    def text(self) -> str:
        """The text as a person reads it."""
        if self._text is None:
            self._text = visible_text(self.tree, may_hide=may_hide(self.source))
        return self._text

    def without(self, *, all_but: str) -> "Text":
        """Return the same body with a part of its text alone."""
        return Text(all_but, tree=self.tree, source=self.source)

    def may_hold_another(self) -> bool:
        """Say whether a mail may be written into this one: clients mark what they quote."""
        return self.tree is None or may_quote(self.source)


_PREFIXED = re.compile(r"\s*(?:[^\W\d_]{1,8}|转发|転送|回复)\s?[:：]")


class Letter(NamedTuple):
    """One mail that matters, unwrapped."""

    headers: Headers
    texts: tuple[Text, ...]
    attachments: tuple[Part, ...]
    forwarded_by: tuple[str, ...] = ()
    """The last hand first."""
    is_cover: bool = False
    """What is written above attached mails: it counts where they say nothing."""


def letters_of(mail: Mail) -> list[Letter]:
    """Return the mails that a mail consists of: those that it holds before what is written above them."""
    return list(_letters(mail, hands=()))


def _letters(mail: Mail, *, hands: tuple[str, ...]) -> Iterator[Letter]:
    own, others = _letter(mail, hands=hands)
    yield from others
    sender = mail.headers.sender.address
    passed_on = (*hands, sender) if sender is not None else hands
    for inner in mail.inner:
        yield from _letters(inner, hands=passed_on)
    if not mail.inner:
        yield own
    else:
        # What a person writes above an attached mail is no booking where that one is; what is attached
        # beside it, or quoted in it, may be.
        yield own._replace(is_cover=own.forwarded_by == hands)


def _letter(mail: Mail, *, hands: tuple[str, ...]) -> tuple[Letter, list[Letter]]:
    """Return the innermost mail that is written into another, and vendors' that stand above it."""
    parts = tuple(unpacked(mail.parts))
    texts = [text for part in parts if (text := _text(part)) is not None]
    attachments = tuple(part for part in parts if _is_attached(part))
    headers = mail.headers
    unwrapped: list[Text] = []
    original: Headers | None = None
    passed_on = hands
    above: dict[tuple[str | None, str | None], Letter] = {}
    is_prefixed = _PREFIXED.match(headers.subject or "") is not None
    for text in texts:
        if not is_prefixed and not text.may_hold_another():
            unwrapped.append(text)
            continue
        found, rest, levels, passed = _unwrapped(text.text, headers=headers)
        for outer, told in passed:
            named = (outer.sender.address, outer.subject)
            letter = above.get(named, Letter(outer, (), (), (*hands, *levels)))
            above[named] = letter._replace(texts=(*letter.texts, text.without(all_but=told)))
        unwrapped.append(text.without(all_but=rest) if found is not None else text)
        if found is not None and (original is None or len(levels) > len(passed_on) - len(hands)):
            original, passed_on = found, (*hands, *levels)
    own = Letter(original or headers, tuple(unwrapped), attachments, passed_on)
    return own, [letter for letter in above.values() if vendor_of(letter.headers.sender.address) is not None]


def _is_attached(part: Part) -> bool:
    return (
        not part.content_type.startswith("text/")
        or part.is_attachment
        or part.content_type == "text/calendar"
    )


def _text(part: Part) -> Text | None:
    if part.is_attachment and part.filename and not part.filename.lower().endswith((".html", ".htm", ".txt")):
        return None
    if part.content_type == "text/html" or (part.filename or "").lower().endswith((".html", ".htm")):
        source = part.text
        tree = parse_html(source)
        return None if tree is None else Text(None, tree=tree, source=source)
    if part.content_type in {"text/plain", "text/enriched"}:
        return Text(part.text[:MAX_TEXT_CHARACTERS])
    return None


def _unwrapped(
    text: str, *, headers: Headers
) -> tuple[Headers | None, str, tuple[str, ...], list[tuple[Headers, str]]]:
    """Return the innermost mail's headers and text, through whose hands it went, and the mails above it."""
    found: Headers | None = None
    hands: list[str] = []
    above: list[tuple[Headers, str]] = []
    for _ in range(_MAX_LEVELS):
        outer = found or headers
        block = _header_block(text, outer=outer) or _answered(text, outer=outer)
        if block is None:
            break
        if found is not None:
            above.append((found, text[: len(text) - len(block[1])]))
        found, text = block
        if outer.sender.address is not None:
            hands.append(outer.sender.address)
    return found, text, tuple(hands), above


# --- headers written into a text -----------------------------------------------------------------


@cache
def _labels() -> dict[str, str]:
    words = table("forwards")
    return {
        label.lower(): kind for kind in ("to", "date", "subject", "from") for label in words[kind].split("|")
    }


_SUBJECT = Sought("|".join(map(re.escape, table("forwards")["subject"].split("|"))), re.IGNORECASE)
_LABELLED = re.compile(r"([^:：]{1,40}?)\*?\s?[:：]\*?\s*(.*)")


def _labelled(line: str) -> tuple[str, str] | None:
    found = _LABELLED.match(_QUOTES.sub("", line[:400]).strip(_DECORATION))
    kind = _labels().get(found[1].lower()) if found is not None else None
    return None if found is None or kind is None else (kind, found[2].strip(_DECORATION))


def _header_block(text: str, *, outer: Headers) -> tuple[Headers, str] | None:
    """Find the first lines that repeat a mail's headers: a sender and a subject at least."""
    if not _SUBJECT.may_be_in(text):
        return None
    lines = text.split("\n")
    for at, line in enumerate(lines):
        labelled = _labelled(line) if ":" in line or "：" in line else None
        if labelled is None or labelled[0] not in {"from", "subject", "date"}:
            continue
        fields, end = _fields(lines, at)
        is_mail = "subject" in fields and ("date" in fields or "to" in fields) and "from" in fields
        if is_mail and (address_of(fields["from"]).address is not None or "date" in fields):
            return _written_headers(fields, outer=outer), _unquoted(lines[end:])
    return None


def _fields(lines: list[str], at: int) -> tuple[dict[str, str], int]:
    """Read labelled lines that follow one another, a value sometimes on the line after its label."""
    fields: dict[str, str] = {}
    end, last = at, None
    for index in range(at, min(at + _HEADER_LINES, len(lines))):
        bare = _QUOTES.sub("", lines[index]).strip(_DECORATION)
        labelled = _labelled(lines[index])
        if labelled is not None:
            last = labelled[0]
            fields.setdefault(*labelled)
        elif not bare:
            if len(fields) > 2:
                break
        elif last is not None and not fields[last]:
            fields[last] = bare
        elif last == "to" and ("@" in bare or bare.endswith((";", ","))):
            pass  # more recipients
        else:
            break
        end = index + 1
    return fields, end


def _unquoted(lines: list[str]) -> str:
    """Take the marks of a quotation off, where the whole of it bears them."""
    told = [line for line in lines if line.strip()]
    quoted = sum(line.lstrip().startswith(">") for line in told)
    if told and quoted * 2 >= len(told):
        lines = [_QUOTES.sub("", line) for line in lines]
    return "\n".join(lines)


def _written_headers(fields: dict[str, str], *, outer: Headers) -> Headers:
    sender = address_of(fields["from"])
    return Headers(
        sender=sender,
        date=_written_date(fields.get("date", ""), outer=outer.date),
        subject=fields.get("subject") or None,
        recipients=addresses([fields.get("to", "")]),
    )


@lru_cache(maxsize=16)  # a mail's words and its HTML repeat the same
def _written_date(text: str, *, outer: datetime | None) -> datetime | None:
    """Read a date as a client writes it in its owner's language and time."""
    if (exact := date_of(text)) is not None and text[:1].isalpha() and re.search(r"[+-]\d{4}", text):
        return exact
    if outer is None:
        return exact
    reader = Reader(near=outer.date(), month_first=bool(re.search(r"\d\s?[AP]M\b", text)))
    days = reader.days(text)
    if not days:
        return exact
    hour = next(hours(text, days=days), None)
    zone: tzinfo | None = outer.tzinfo
    clock = datetime.min.time() if hour is None else hour.hour
    written = datetime.combine(days[0].day, clock, tzinfo=zone)
    return min(written, outer)  # nothing is forwarded before it is written


@cache
def _introduction() -> re.Pattern[str]:
    """One expression for all languages: first word, something with a digit in it, last words."""
    pairs = "|".join(
        f"{re.escape(a)}\\s[^\\n]{{5,200}}{re.escape(b)}" for a, b in table("forwards")["answers"]
    )
    return re.compile(rf"^[> ]*(?:{pairs})[^\n]{{0,20}}$", re.MULTILINE)


def _answered(text: str, *, outer: Headers) -> tuple[Headers, str] | None:
    """Find the line that introduces an answered mail, whose text follows behind marks of quotation."""
    if "\n>" not in text:
        return None
    found = _introduction().search(re.sub(r"(?<=[^\n:])\n(?=[^\n>]{0,60}:\n)", " ", text))
    if found is None or not any(sign.isdigit() for sign in found[0]):
        return None
    lines = found.string[found.end() :].split("\n")
    quoted = [each for each in lines if each.strip()]
    if not quoted or sum(each.lstrip().startswith(">") for each in quoted) * 2 < len(quoted):
        return None
    written = _written_date(found[0], outer=outer.date)
    sender = address_of(found[0])._replace(name=None)
    return Headers(sender=sender, date=written, subject=outer.subject), _unquoted(lines)
