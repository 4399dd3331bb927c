"""`read_mail`: from the bytes of a mail to its bookings. Read this first.

Unwrap the mails that matter, let every engine say what it sees, merge what they saw of one thing, and say
what became of the mail. The same bytes give the same reading, always.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import chain

from pydantic import AwareDatetime, ValidationError

from schemas.segments import RailSegment
from services.ingest.domain.clocks import with_local_clocks
from services.ingest.domain.email.attachments import read_attachments
from services.ingest.domain.email.bar_codes import beside
from services.ingest.domain.email.booking import bookings_of
from services.ingest.domain.email.doubts import doubt_of_times
from services.ingest.domain.email.forwards import Letter, letters_of
from services.ingest.domain.email.found import Found, Sight
from services.ingest.domain.email.markup import reservations_in
from services.ingest.domain.email.mime import Mail, Unreadable, parse_mail
from services.ingest.domain.email.outside import NONE, Extractors, ask_kitinerary, ask_language_model
from services.ingest.domain.email.partial import is_of_change, is_replacement, parts_of
from services.ingest.domain.email.purpose import Purpose, purpose_of
from services.ingest.domain.email.results import Engine, FoundBooking, MailFacts, MailReading, Outcome
from services.ingest.domain.email.schema_org import read_reservations
from services.ingest.domain.email.together import together
from services.ingest.domain.email.values import names_of
from services.ingest.domain.email.vendor_files import domain_of, vendor_of
from services.ingest.domain.email.wall_clocks import as_told
from services.ingest.domain.email.words_alone import left_out, read_words

SURE_ENOUGH = 50
"""Below, a person looks at a booking before it counts."""
_RELIABLE = frozenset({Engine.MARKUP, Engine.KITINERARY})
_SILENT = {
    Purpose.MARKETING: "it advertises, and nothing in it is booked",
    Purpose.OVER: "it looks back at a journey that is over",
    Purpose.UNFINISHED: "it is a quote or a reminder of a search: nothing is booked",
}


def read_mail(raw: bytes, *, received: AwareDatetime, extractors: Extractors = NONE) -> MailReading:
    """Return what a mail says; never raises, whatever the bytes are.

    Args:
        raw: the mail as it arrived.
        received: when it arrived, for mails that do not say when they were written.
        extractors: those outside of this process that may be asked.
    """
    try:
        mail = parse_mail(raw)
    except Unreadable as why:
        return MailReading(outcome=Outcome(kind="rejected", why=str(why)))
    letters = letters_of(mail)
    read: list[MailReading] = []
    for letter in letters:
        if letter.is_cover and any(each.bookings or each.outcome.why for each in read):
            letter = letter._replace(texts=())  # noqa: PLW2901 - the same letter, without its words
        read.append(_read(letter, received=received, extractors=extractors))
    bookings, doubt = together(chain.from_iterable(each.bookings for each in read))
    notes = tuple(dict.fromkeys(chain.from_iterable(each.notes for each in read)))
    reviews = [each.outcome.why for each in read if each.outcome.kind == "needs_review"]
    return MailReading(
        outcome=_outcome(bookings, why=next(iter(reviews), doubt)),
        facts=_facts(mail, _told_last(letters, read), bookings, received=received),
        bookings=bookings,
        notes=notes,
        questions=tuple(chain.from_iterable(each.questions for each in read)),
    )


def _outcome(bookings: tuple[FoundBooking, ...], *, why: str | None) -> Outcome:
    if why is not None:
        return Outcome(kind="needs_review", why=why)
    return Outcome(kind="extracted" if bookings else "nothing_found")


def _told_last(letters: list[Letter], read: list[MailReading]) -> list[Letter]:
    """Return the letters with the one last that tells who wrote: one that brought bookings, else no cover."""
    brought = [letter for letter, reading in zip(letters, read, strict=True) if reading.bookings]
    told = (brought or [letter for letter in letters if not letter.is_cover] or letters)[-1:]
    return [*(letter for letter in letters if letter not in told), *told]


def _read(letter: Letter, *, received: datetime, extractors: Extractors) -> MailReading:
    """Read one mail that matters."""
    written = min(letter.headers.date or received, received)
    sights = list(_sights(letter, written=written, extractors=extractors))
    found = [_by_local_clocks(each) for sight in sights for each in sight.found]
    address = letter.headers.sender.address
    vendor = vendor_of(address)
    source = vendor.name if vendor is not None else domain_of(address)
    bookings, broken = _bookings(found, source=source, written=written)
    bookings, in_part = _of_change(letter, bookings)
    notes = list(chain.from_iterable(sight.notes for sight in sights))
    if broken:
        notes.append("what was found makes no booking")
    if not bookings and (why := _silent(letter)) is not None:
        notes.append(why)
    return MailReading(
        outcome=_judged(bookings, sights, doubt=_doubt(found) or in_part, broken=broken),
        bookings=bookings,
        notes=tuple(notes),
        questions=tuple(sight.question for sight in sights if sight.question is not None),
    )


def _by_local_clocks(found: Found) -> Found:
    """Return it with the clocks that only both its ends together tell, of a train say."""
    return found if found.segment is None else found._replace(segment=with_local_clocks(found.segment))


def _of_change(
    letter: Letter, bookings: tuple[FoundBooking, ...]
) -> tuple[tuple[FoundBooking, ...], str | None]:
    """Take what a mail about a change names for a part of its booking, unless it says that it is all."""
    subject = letter.headers.subject or ""
    by_words = any(Engine.RULES in each.engines for each in bookings)
    if not bookings or not (is_of_change(subject) or by_words):
        return bookings, None
    text = next((each.text for each in letter.texts), "")
    if not (is_of_change(subject) or is_replacement(subject, text)):
        return bookings, None
    return parts_of(bookings, subject=subject, text=text)


def _bookings(
    found: list[Found], *, source: str | None, written: datetime
) -> tuple[tuple[FoundBooking, ...], bool]:
    try:
        return bookings_of(found, source=source, written=written), False
    except ValidationError:
        return (), True


def _doubt(found: list[Found]) -> str | None:
    """Return the first reason why a person should look at something that was found."""
    doubts = (
        each.doubt or (doubt_of_times(each.segment) if each.segment is not None else None) for each in found
    )
    return next((doubt for doubt in doubts if doubt is not None), None)


def _judged(
    bookings: tuple[FoundBooking, ...], sights: list[Sight], *, doubt: str | None, broken: bool
) -> Outcome:
    why = next((sight.needs_review for sight in sights if sight.needs_review is not None), None)
    if any(booking.engines == (Engine.LANGUAGE_MODEL,) for booking in bookings):
        return Outcome(kind="needs_review", why="a language model read it")
    if doubt is not None:
        return Outcome(kind="needs_review", why=doubt)
    if any(booking.confidence < SURE_ENOUGH for booking in bookings):
        return Outcome(kind="needs_review", why="what it says is not sure enough to be believed unseen")
    if not bookings and (why is not None or broken):
        return Outcome(kind="needs_review", why=why or "what was found makes no booking")
    return _outcome(bookings, why=None)


def _sights(letter: Letter, *, written: datetime, extractors: Extractors) -> Iterable[Sight]:
    """Ask the engines, the most reliable first; rules read the text where no markup speaks for it."""
    markup = [
        as_told(
            read_reservations(reservations_in(text.tree, text.source), written=written),
            words=partial(getattr, text, "text"),
        )
        for text in letter.texts
        if text.tree is not None
    ]
    yield from markup
    attached = read_attachments(
        letter.attachments, sources=(text.source for text in letter.texts), written=written
    )
    yield from attached.sights
    found = [each for sight in markup for each in sight.found]
    of_parts = [each for sight in attached.sights for each in sight.found]
    if extractors.kitinerary is not None:
        asked = ask_kitinerary(letter, ask=extractors.kitinerary, written=written)
        found.extend(asked.found)
        yield asked
    if not any(each.engine in _RELIABLE for each in found):
        rules = read_words(letter, attached.texts, written=written)
        found.extend(rules.found)
        yield rules
    else:
        yield left_out(letter, found, written=written)
    found.extend(of_parts)
    trains = [each for each in found if isinstance(each.segment, RailSegment)]
    if trains:
        yield beside(attached.tickets, trains)
    elif not any(each.is_cancelled for each in found):
        found.extend(each for sight in attached.tickets for each in sight.found)
        yield from attached.tickets
    if not found and extractors.language_model is not None and _silent(letter) is None:
        yield ask_language_model(letter, answers=extractors.language_model, written=written)


def _silent(letter: Letter) -> str | None:
    """Return why a mail books nothing by its words, where its subject says so."""
    return _SILENT.get(purpose_of(letter.headers.subject or "", ""))


def _facts(
    mail: Mail, letters: list[Letter], bookings: tuple[FoundBooking, ...], *, received: datetime
) -> MailFacts:
    """Return who wrote: of the mail that brought bookings, or the innermost."""
    headers = letters[-1].headers if letters else mail.headers
    forwarded = max((letter.forwarded_by for letter in letters), key=len, default=())
    recipients = [mail.headers.recipients, *(letter.headers.recipients for letter in letters)]
    return MailFacts(
        message_id=mail.headers.message_id,
        original_message_id=headers.message_id if headers is not mail.headers else None,
        from_address=headers.sender.address,
        from_name=headers.sender.name,
        date=min(headers.date or received, received).isoformat(),
        subject=headers.subject,
        forwarded_by=forwarded,
        recipients=tuple(dict.fromkeys(chain.from_iterable(recipients))),
        passengers=tuple(
            dict.fromkeys(chain.from_iterable(names_of(each.booking.passengers) for each in bookings))
        ),
    )
