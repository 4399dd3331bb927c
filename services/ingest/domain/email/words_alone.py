"""A mail's words, where no markup speaks for them; and what they name beside what markup says."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain

from schemas.matching import compare
from schemas.segments import Segment
from services.ingest.domain.email.airlines import airline_called
from services.ingest.domain.email.cancelling import cancellation_in, leg_of, legs_named
from services.ingest.domain.email.dates import Reader, month_first
from services.ingest.domain.email.flattened import with_cells
from services.ingest.domain.email.forwards import Letter
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.names import house_in
from services.ingest.domain.email.purpose import Purpose, purpose_of
from services.ingest.domain.email.text_rules import Context, read_text
from services.ingest.domain.email.trades import vendor_called
from services.ingest.domain.email.vendor_files import Vendor, vendor_of

LEFT_OUT = "its words name a journey that its markup leaves out"
_HEAD = 10_000


def read_words(letter: Letter, documents: tuple[str, ...], *, written: datetime) -> Sight:
    """Let the rules read the bodies, and what is attached where the bodies tell nothing."""
    subject, sender = letter.headers.subject or "", letter.headers.sender.address
    texts = list(
        dict.fromkeys(text.text for text in sorted(letter.texts, key=lambda text: text.tree is None))
    )
    told = "\n".join(texts) or "\n".join(documents)
    cancellation = cancellation_in(subject, told)
    purpose = purpose_of(subject, told, cancels=cancellation is not None)
    if purpose is Purpose.OTHER and documents:  # `See the attached file.`
        purpose = purpose_of(subject, "\n".join(documents), cancels=False)
    name = letter.headers.sender.name
    vendor, house = vendor_of(sender) or _airline(name), None
    if vendor is None and (house := house_in(name)) is None:
        vendor = vendor_called(name, sender)
        house = name if vendor is not None and vendor.trade == "dining" else None
    best = Sight()
    for text in _each_once(chain(texts, map(with_cells, texts), documents)):
        reader = Reader(near=written.date(), month_first=month_first(texts=text, sender=sender))
        sight = read_text(text, context=Context(reader, subject, purpose, vendor, cancellation, house))
        if len(sight.found) > len(best.found) or (best.needs_review is None and not best.found):
            best = sight
        if best.found and text not in documents:
            break
    return best


def _each_once(texts: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        if text not in seen:
            seen.add(text)
            yield text


def _airline(name: str | None) -> Vendor | None:
    code = airline_called(name or "")
    return None if name is None or code is None else Vendor(name, "airline", (), code)


def left_out(letter: Letter, found: Sequence[Found], *, written: datetime) -> Sight:
    """Return the flights and trains that the words name in full and markup does not, for a person to see."""
    texts = sorted(letter.texts, key=lambda text: text.tree is not None)
    marked = [each.segment for each in found if each.segment is not None]
    known = {leg_of(segment) for segment in marked}
    named = set(chain.from_iterable(legs_named(text.text[:_HEAD]) for text in texts[:1])) - known
    if not named:
        return NOTHING
    told = [
        each._replace(doubt=LEFT_OUT)
        for each in read_words(letter, (), written=written).found
        if each.segment is not None and leg_of(each.segment) in named and not _is_marked(each.segment, marked)
    ]
    return Sight(found=tuple(told))


def _is_marked(segment: Segment, marked: list[Segment]) -> bool:
    """Say whether markup has the same journey, be it by another carrier's number."""
    return any(
        compare(segment, other).matches or (segment.start is not None and segment.start == other.start)
        for other in marked
    )
