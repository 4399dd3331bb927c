"""`read_mail`: from the bytes of a mail to its bookings. Read this first.

Unwrap the mails that matter, let every engine say what it sees, merge what they saw of one thing, and say
what became of the mail. The same bytes give the same reading, always.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from pydantic import AwareDatetime, ValidationError

from services.ingest.domain.email.attachments import read_attachments
from services.ingest.domain.email.booking import bookings_of
from services.ingest.domain.email.cancelling import cancellation_in
from services.ingest.domain.email.dates import Reader, month_first
from services.ingest.domain.email.doubts import doubt_of_times
from services.ingest.domain.email.flattened import with_cells
from services.ingest.domain.email.forwards import Letter, letters_of
from services.ingest.domain.email.found import Found, Sight
from services.ingest.domain.email.markup import reservations_in
from services.ingest.domain.email.mime import Mail, Unreadable, parse_mail
from services.ingest.domain.email.outside import NONE, Extractors, ask_kitinerary, ask_language_model
from services.ingest.domain.email.purpose import Purpose, purpose_of
from services.ingest.domain.email.results import Engine, FoundBooking, MailFacts, MailReading, Outcome
from services.ingest.domain.email.schema_org import read_reservations
from services.ingest.domain.email.text_rules import Context, read_text
from services.ingest.domain.email.values import names_of
from services.ingest.domain.email.vendor_files import domain_of, vendor_of

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
    read = [_read(letter, received=received, extractors=extractors) for letter in letters]
    bookings = _distinct(chain.from_iterable(each.bookings for each in read))
    notes = tuple(dict.fromkeys(chain.from_iterable(each.notes for each in read)))
    reviews = [each.outcome.why for each in read if each.outcome.kind == "needs_review"]
    return MailReading(
        outcome=_outcome(bookings, why=next(iter(reviews), None)),
        facts=_facts(mail, letters, bookings, received=received),
        bookings=bookings,
        notes=notes,
        questions=tuple(chain.from_iterable(each.questions for each in read)),
    )


def _outcome(bookings: tuple[FoundBooking, ...], *, why: str | None) -> Outcome:
    if why is not None:
        return Outcome(kind="needs_review", why=why)
    return Outcome(kind="extracted" if bookings else "nothing_found")


def _distinct(bookings: Iterable[FoundBooking]) -> tuple[FoundBooking, ...]:
    """A mail that is held twice, as its own attachment, says what it says once."""
    kept: dict[tuple[str, str, bool], FoundBooking] = {}
    for each in bookings:
        kept.setdefault((each.booking.booking_source, each.booking.record_locator, each.is_part), each)
    return tuple(kept.values())


def _read(letter: Letter, *, received: datetime, extractors: Extractors) -> MailReading:
    """Read one mail that matters."""
    written = min(letter.headers.date or received, received)
    sights = list(_sights(letter, written=written, extractors=extractors))
    found = list(chain.from_iterable(sight.found for sight in sights))
    address = letter.headers.sender.address
    vendor = vendor_of(address)
    source = vendor.name if vendor is not None else domain_of(address)
    bookings, broken = _bookings(found, source=source, written=written)
    notes = list(chain.from_iterable(sight.notes for sight in sights))
    if broken:
        notes.append("what was found makes no booking")
    purpose = purpose_of(letter.headers.subject or "", "")
    if not bookings and purpose in _SILENT:
        notes.append(_SILENT[purpose])
    return MailReading(
        outcome=_judged(bookings, sights, doubt=_doubt(found), broken=broken),
        bookings=bookings,
        notes=tuple(notes),
        questions=tuple(sight.question for sight in sights if sight.question is not None),
    )


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
        read_reservations(reservations_in(text.tree, text.source), written=written)
        for text in letter.texts
        if text.tree is not None
    ]
    yield from markup
    attached = read_attachments(
        letter.attachments, sources=(text.source for text in letter.texts), written=written
    )
    yield from attached.sights
    found = [each for sight in markup for each in sight.found]
    if extractors.kitinerary is not None:
        asked = ask_kitinerary(letter, ask=extractors.kitinerary, written=written)
        found.extend(asked.found)
        yield asked
    if not any(each.engine in _RELIABLE for each in found):
        rules = _ruled(letter, attached.texts, written=written)
        found.extend(rules.found)
        found.extend(each for sight in attached.sights for each in sight.found)
        yield rules
    is_silent = purpose_of(letter.headers.subject or "", "") in _SILENT
    if not found and not is_silent and extractors.language_model is not None:
        yield ask_language_model(letter, answers=extractors.language_model, written=written)


def _ruled(letter: Letter, documents: tuple[str, ...], *, written: datetime) -> Sight:
    """Let the rules read the bodies, and what is attached where the bodies tell nothing."""
    subject, sender = letter.headers.subject or "", letter.headers.sender.address
    texts = list(
        dict.fromkeys(text.text for text in sorted(letter.texts, key=lambda text: text.tree is None))
    )
    told = "\n".join(texts) or "\n".join(documents)
    purpose, cancellation = purpose_of(subject, told), cancellation_in(subject, told)
    best = Sight()
    for text in dict.fromkeys((*texts, *map(with_cells, texts), *documents)):
        reader = Reader(near=written.date(), month_first=month_first(texts=text, sender=sender))
        sight = read_text(text, context=Context(reader, subject, purpose, vendor_of(sender), cancellation))
        if len(sight.found) > len(best.found) or (best.needs_review is None and not best.found):
            best = sight
        if best.found and text not in documents:
            break
    return best


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
