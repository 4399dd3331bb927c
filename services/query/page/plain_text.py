"""A trip as plain text, 72 columns wide, for mail and poor lines: what the page says, without its links."""

from collections.abc import Iterator, Sequence
from textwrap import fill

from schemas.trip import Trip
from services.query.domain.between import told_after
from services.query.domain.between_facts import Fact
from services.query.domain.timeline import Day, Edge, Row, days_of, lasts_minutes, undated_of
from services.query.domain.wording import place_name
from services.query.page.presentation import Words

_COLUMNS = 72
_INDENT = 8


def plain_text(trip: Trip, *, facts: Sequence[Fact], words: Words) -> str:
    """Return the trip as text.

    Args:
        trip: as the reader may see it.
        facts: what lies between its segments.
        words: of the reader's language.
    """
    return "\n".join(_lines(trip, facts=facts, words=words)) + "\n"


def _lines(trip: Trip, *, facts: Sequence[Fact], words: Words) -> Iterator[str]:
    content, days = trip.content, days_of(trip)
    told = told_after(facts, days)
    segments = {segment.id: segment for segment in content.segments}
    yield from _wrapped(content.name, indent=0)
    yield from _wrapped(words.span(content.start_date, content.end_date), indent=0)
    settle = [fact for fact in facts if fact.severity != "note" and not fact.dismissed]
    if settle:
        yield from ("", words.say("To settle"))
        for fact in settle:
            yield from _wrapped(f"- {words.fact(fact, segments)}", indent=2)
    for day in days:
        yield from ("", *_wrapped(_heading(day, words=words), indent=0))
        for row in day.rows:
            yield from _row(row, words=words)
            for fact in told.get((row.segment.id, row.edge), []):
                if fact.severity == "note":
                    yield from _wrapped(f"({words.fact(fact, segments)})", indent=_INDENT, first=_INDENT)
    undated = undated_of(trip)
    if undated:
        yield from ("", words.say("Without dates"))
        for segment in undated:
            yield from _wrapped(f"- {words.headline(segment)}", indent=2)


def _heading(day: Day, *, words: Words) -> str:
    clock = words.offset(day.offset_minutes)
    where = ", ".join(said for said in (place_name(day.place), clock) if said)
    return f"{words.day(day.date)} — {where}" if where else words.day(day.date)


def _row(row: Row, *, words: Words) -> Iterator[str]:
    segment = row.segment
    clock = row.moment.local[11:16] if row.moment.has_time else ""
    told = [words.headline(segment, row.edge.value)]
    if row.cancelled:
        told.append(words.say("cancelled"))
    elif segment.suspected_cancelled:
        told.append(words.say("suspected cancelled"))
    yield from _wrapped(f"{clock:{_INDENT}}{'; '.join(told)}", indent=_INDENT)
    if row.edge is Edge.END:
        return
    if segment.type in {"air", "rail"} and segment.end is not None:
        minutes = lasts_minutes(segment)
        lasts = "" if minutes is None else f" · {words.duration(minutes)}"
        day = "" if row.edge is Edge.WHOLE else f"{words.short_day(segment.end.local)} "
        arrives = f"{words.say('arrives')} {day}{words.clock(segment.end)}{lasts}"
        yield from _wrapped(arrives, indent=_INDENT, first=_INDENT)
    numbers = dict.fromkeys(number.value for number in segment.confirmation_numbers)
    if numbers:
        yield from _wrapped(", ".join(numbers), indent=_INDENT, first=_INDENT)


def _wrapped(text: str, *, indent: int, first: int = 0) -> list[str]:
    """Return lines of at most 72 columns; what is too long for one, such as a link, stays whole."""
    return fill(
        text,
        _COLUMNS,
        initial_indent=" " * first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ).splitlines()
