"""What lies between the segments of a trip, in sentences: what, and where it matters why."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol, assert_never

from schemas.segments import Place
from schemas.times import Moment
from schemas.trip import TripSegment
from services.query.domain.between_facts import (
    AfterCheckOut,
    BeforeCheckIn,
    CheckInOpens,
    DateLine,
    DstChange,
    Fact,
    FreeDays,
    Impossible,
    Layover,
    NightWithoutStay,
    OverlappingStays,
    ShortConnection,
    SuspectedCancelled,
    TransferUnbooked,
    ZoneChange,
)
from services.query.domain.wording import place_name, place_with_code


class Speaking(Protocol):
    """The words of one language."""

    def say(self, text: str) -> str:
        """Say a text that is written in English."""
        ...

    def count(self, one: str, many: str, number: int) -> str:
        """Say a text of one or of many."""
        ...

    def headline(self, segment: TripSegment, edge: str = "whole") -> str:
        """Say what a segment is."""
        ...

    def duration(self, minutes: int) -> str:
        """Say how long something takes."""
        ...

    def short_day(self, local: str) -> str:
        """Say a date."""
        ...

    def clock(self, moment: Moment | None) -> str:
        """Say a time of day."""
        ...

    def source(self, source: str) -> str:
        """Say what kind of sender said something."""
        ...

    def several(self, texts: list[str]) -> str:
        """Say a list."""
        ...


def said(fact: Fact, *, words: Speaking, segments: Mapping[str, TripSegment]) -> str:  # noqa: C901, PLR0911, PLR0912 - one for each kind
    """Return a fact in one sentence without a full stop.

    Args:
        fact: what lies between.
        words: of the reader's language.
        segments: of the trip, by id.
    """
    named = [words.headline(segments[one]) for one in fact.segments if one in segments]
    say = words.say
    match fact:
        case Layover():
            return say("{time} at {place}").format(
                time=words.duration(fact.minutes), place=_where(fact.place)
            )
        case ShortConnection():
            return _short_connection(fact, words=words)
        case Impossible():
            text = say("Both at the same time, for {time}: {things}")
            return text.format(time=words.duration(fact.minutes), things=words.several(named))
        case OverlappingStays():
            return _overlapping(fact, words=words, named=named)
        case NightWithoutStay():
            text = words.count(
                "No hotel for the night of {day}, {place}",
                "No hotel for {n} nights from {day}, {place}",
                fact.days,
            )
            return text.format(n=fact.days, day=words.short_day(fact.first), place=_where(fact.place))
        case TransferUnbooked():
            return _transfer(fact, words=words)
        case BeforeCheckIn():
            return say("{time} before check-in").format(time=words.duration(fact.minutes))
        case AfterCheckOut():
            return say("{time} after check-out").format(time=words.duration(fact.minutes))
        case ZoneChange():
            return _zone_change(fact, words=words, journey=segments[fact.segments[0]])
        case DateLine():
            return _date_line(fact, words=words)
        case DstChange():
            text = (
                say("Clocks go forward {time} on {day}")
                if fact.minutes > 0
                else say("Clocks go back {time} on {day}")
            )
            return text.format(time=words.duration(abs(fact.minutes)), day=words.short_day(fact.first))
        case CheckInOpens():
            text = say("Online check-in is usually open from {day}, {clock}")
            return text.format(day=words.short_day(fact.local), clock=words.clock(Moment(local=fact.local)))
        case FreeDays():
            last = (date.fromisoformat(fact.first) + timedelta(days=fact.days - 1)).isoformat()
            text = words.count("{day}: nothing booked", "{day} – {last}: nothing booked", fact.days)
            return text.format(day=words.short_day(fact.first), last=words.short_day(last))
        case SuspectedCancelled():
            text = say("{things}: cancelled, says {sources}; a better source says that it stands")
            sources = words.several([words.source(one) for one in fact.said_by])
            return text.format(things=words.several(named), sources=sources or say("a source"))
        case _:
            assert_never(fact)


def _short_connection(fact: ShortConnection, *, words: Speaking) -> str:
    time, here, there = words.duration(fact.minutes), _where(fact.place), _where(fact.onward)
    if here == there:
        told = words.say("Short: {time} at {place}").format(time=time, place=here)
    else:
        told = words.say("Short: {time} from {place} to {onward}").format(time=time, place=here, onward=there)
    together = words.say("one booking") if fact.one_booking else words.say("two bookings")
    return f"{told}, {together}"


def _overlapping(fact: OverlappingStays, *, words: Speaking, named: list[str]) -> str:
    if fact.same_house:
        text = words.say("Possibly booked twice from {day}: {things}")
    else:
        text = words.count(
            "Two beds for the night of {day}: {things}",
            "Two beds for {n} nights from {day}: {things}",
            fact.nights,
        )
    return text.format(n=fact.nights, day=words.short_day(fact.first), things=words.several(named))


def _transfer(fact: TransferUnbooked, *, words: Speaking) -> str:
    route = f"{_where(fact.place)} → {_where(fact.onward)}"
    if fact.kilometres is None:
        return words.say("{route}: nothing booked").format(route=route)
    return words.say("{route}, {n} km: nothing booked").format(route=route, n=fact.kilometres)


def _zone_change(fact: ZoneChange, *, words: Speaking, journey: TripSegment) -> str:
    forward = fact.minutes > 0
    text = words.say("Clocks forward {time}") if forward else words.say("Clocks back {time}")
    told = text.format(time=words.duration(abs(fact.minutes)))
    here, there = (
        place_name(getattr(journey, "origin", None)),
        place_name(getattr(journey, "destination", None)),
    )
    if journey.start is None or not journey.start.has_time or not here or not there:
        return told
    then = datetime.fromisoformat(journey.start.local) + timedelta(minutes=fact.minutes)
    example = words.say("{clock} in {place} is {other} in {onward}").format(
        clock=words.clock(journey.start),
        place=here,
        other=words.clock(Moment(local=then.isoformat())),
        onward=there,
    )
    return f"{told}: {example}"


def _date_line(fact: DateLine, *, words: Speaking) -> str:
    if fact.minutes < 0:
        text = words.say("Over the date line: you arrive {time} earlier by the clock")
        return text.format(time=words.duration(-fact.minutes))
    say: Callable[[str], str] = words.say
    if fact.days == 0:
        return say("Over the date line: you arrive on the same date")
    text = words.count(
        "Over the date line: you arrive {n} date later",
        "Over the date line: you arrive {n} dates later",
        fact.days,
    )
    return text.format(n=fact.days)


def _where(place: Place | None) -> str:
    return place_with_code(place) or "…"
