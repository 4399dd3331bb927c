"""Hears the lines of a golden history one by one, feeds what they say, and knows the trips of now."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, cast

import orjson
from pydantic import ValidationError

from schemas.booking_record import (
    BookingRecord,
    BookingStatement,
    CorrectSegment,
    Coupon,
    DifferentSegments,
    DismissFact,
    MergeTrips,
    NameTrip,
    Override,
    SameSegments,
    Source,
    SplitTrip,
    Statement,
    Ticket,
)
from schemas.identifiers import fact_id, record_key, traveller_id
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.state import TravellerState
from tests.support.golden_orders import contents_in_other_orders, whole_content, written_content
from tests.support.golden_segments import read_segment
from tests.support.golden_trips import by_date, trip_text
from tests.support.statements import (
    TENANT,
    TRAVELLER,
    advance,
    booking,
    cancellation,
    message,
    number_cancellation,
    override,
    posted_trip,
    revision,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import Traveller

_LATER = ["and", "later", "posts"]


@dataclass
class Line:
    """One line, and those indented below it."""

    number: int
    text: str
    below: list["Line"] = field(default_factory=list["Line"])


class Expectation(NamedTuple):
    """What a story says of a moment, and what is true then; both as text."""

    line: int
    expected: str
    actual: str


@dataclass
class _Person:
    """A traveller of the story, and all that was ever said."""

    fold: Traveller
    said: list[Statement] = field(default_factory=list[Statement])


class Telling:
    """Hears the lines of a story one by one and knows the trips of now."""

    def __init__(self) -> None:
        self._settings = TenantSettings()
        self._people: dict[str, _Person] = {}
        self._who = "Ada"
        self._at = 0
        self._late: list[tuple[str, list[Statement]]] = []
        self._trips: dict[str, str] = {}
        """Trip ids by the names that the story gives them."""
        self._overrides: list[str] = []
        self._created: dict[str, list[Statement]] = {}
        """By posted trip, the statements that created it."""

    def hear(self, line: Line) -> None:
        """Do what a line says."""
        self._at = line.number
        head, _, segment = line.text.partition(": ")
        words = shlex.split(head.rstrip(":"))
        segments = ([segment] if segment else []) + [below.text for below in line.below]
        match words:
            case ["settings", *rest]:
                self._settings = self._settings.model_copy(update=_setting(rest))
                for person in self._people.values():
                    person.fold.settings = self._settings
            case ["traveller", who]:
                self._who = who
            case ["refused", *rest]:
                self._hear_refused(rest, segments)
            case ["post", reference, "again"]:
                self._feed([_repeated(statement, at=self._at) for statement in self._created[reference]])
            case ["post" | "create" as verb, reference, name, *rest]:
                creates = verb == "create" or reference not in self._created
                self._post(reference, name, *rest, lines=line.below, creates=creates)
            case ["person", *rest]:
                self._feed([self._person(rest, segments)])
            case [*rest, "late"]:
                self._late.append((self._who, [self._statement(rest, segments)]))
            case _:
                self._feed([self._statement(words, segments)])

    def arrive_late_ones(self) -> None:
        """Feed what was held up on its way."""
        held, self._late, now = self._late, [], self._who
        for self._who, statements in held:
            self._feed(statements)
        self._who = now

    def _feed(self, statements: Sequence[Statement]) -> None:
        person = self._people.setdefault(self._who, _new_person(self._who, self._settings))
        addressed = [_addressed(statement, person.fold.state.traveller) for statement in statements]
        person.said += addressed
        person.fold.feed(*addressed)
        known = set(self._trips.values())
        fresh = [trip for trip in person.fold.trips().values() if trip["id"] not in known]
        for trip in sorted(fresh, key=by_date):
            number = sum(name.startswith("T") and name[1:].isdigit() for name in self._trips) + 1
            self._trips[f"T{number}"] = trip["id"]

    def _statement(self, words: list[str], segments: Sequence[str]) -> Statement:
        match words:
            case ["clock", instant]:
                return advance(instant, at=self._at)
            case ["cancel", "number", sender, number]:
                source, party = _sender(sender)
                return number_cancellation(source, number, at=self._at, party=party)
            case ["cancel" | "withdraw" as verb, sender, locator, *also] if also in ([], _LATER):
                (source, party), (locator, trip) = _sender(sender), self._locator(locator)
                end = cancellation if verb == "cancel" else withdrawal
                return end(
                    source, locator, at=self._at, party=party, trip=trip, with_later_posts=also == _LATER
                )
            case [sender, locator, *options]:
                (source, party), (locator, trip) = _sender(sender), self._locator(locator)
                return booking(
                    source, locator, *(read_segment(shlex.split(text)) for text in segments),
                    at=self._at, party=party, trip=trip, **self._options(options),
                )  # fmt: skip
            case _:
                raise ValueError("no such line is known")

    def _options(self, words: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for keyword, value in zip(words[::2], words[1::2], strict=True):
            match keyword:
                case "into":
                    found["explicit_trip"] = self._trips.get(value) or trip_posted_as(value)
                case "revision":
                    found["source_revision"] = int(value)
                case "coupons":
                    coupons = tuple(Coupon(status=status) for status in value.split(","))
                    found["tickets"] = (Ticket(coupons=coupons),)
                case _:
                    raise ValueError(f"no option {keyword!r} of a booking is known")
        return found

    def _post(
        self,
        reference: str,
        name: str,
        status: str = "confirmed",
        *also: str,
        lines: Sequence[Line],
        creates: bool,
    ) -> None:
        trip = trip_posted_as(reference)
        by_locator: dict[str, list[str]] = {}
        for line in lines:
            locator, _, segment = line.text.strip().partition(": ")
            by_locator.setdefault(locator, []).append(segment)
        bookings = [
            cast("BookingStatement", self._statement(["tmc", f"{locator}@{reference}"], segments)).model_copy(
                update={"with_later_posts": list(also) == _LATER or None}
            )
            for locator, segments in by_locator.items()
        ]
        self._trips[reference] = trip
        said = [
            posted_trip(reference, *bookings, at=self._at, name=name, status=status, creates=creates),
            *bookings,
        ]
        if creates:
            said = [_repeated(statement, at=self._at) for statement in said]
            self._created.setdefault(reference, said)
        self._feed(said)

    def _hear_refused(self, words: list[str], segments: Sequence[str]) -> None:
        try:
            self._statement(words, segments)
        except ValidationError:
            return
        raise ValueError("the language takes it")

    # --- people ---------------------------------------------------------------------------------------

    def _person(self, words: list[str], segments: Sequence[str]) -> Statement:
        if words == ["undo"]:
            return override(self._overrides.pop(), None, at=self._at)
        self._overrides.append(str(self._at))
        return override(str(self._at), self._override(words, segments), at=self._at)

    def _override(self, words: list[str], segments: Sequence[str]) -> Override:  # noqa: PLR0911 - one for each word
        match words:
            case ["merge", *trips]:
                return MergeTrips(trips=tuple(self._trips[trip] for trip in trips))
            case ["split", *pairs]:
                records = (self._record(*pair) for pair in zip(pairs[::2], pairs[1::2], strict=True))
                return SplitTrip(records=tuple(records))
            case ["same", *claims]:
                return SameSegments(segments=self._claims(claims))
            case ["not", "same", *claims]:
                return DifferentSegments(segments=self._claims(claims))
            case ["correct", *claim]:
                [values] = (read_segment(shlex.split(text)) for text in segments)
                [segment] = self._claims(claim)
                return CorrectSegment(segment=segment, values=values)
            case ["name", trip, name]:
                return NameTrip(trip=self._trips[trip], name=name)
            case ["dismiss", trip, fact]:
                return DismissFact(trip=self._trips[trip], fact=fact_id(fact.encode()))
            case _:
                raise ValueError("no such word of a person is known")

    def _record(self, sender: str, locator: str) -> str:
        fold = self._people[self._who].fold
        for record in fold.state.records.values():
            if isinstance(record, BookingRecord) and self._booking_word(record) == f"{sender} {locator}":
                return record.record
        raise ValueError(f"no booking {sender} {locator} was made")

    def _claims(self, words: Sequence[str]) -> tuple[str, ...]:
        bookings = bookings_of(self._people[self._who].fold.state.records)
        found: list[str] = []
        for sender, claim in zip(words[::2], words[1::2], strict=True):
            locator, _, position = claim.partition("#")
            found.append(bookings[self._record(sender, locator)].claims[int(position) - 1].id)
        return tuple(found)

    # --- what is true now -----------------------------------------------------------------------------

    def text(self) -> str:
        """Write the trips of now, all travellers'; `nothing` where there are none."""
        parts: list[str] = []
        for who, person in self._people.items():
            if len(self._people) > 1:
                parts.append(f"traveller {who}")
            trips = sorted(person.fold.trips().values(), key=by_date)
            records = {
                key: self._booking_word(record)
                for key, record in person.fold.state.records.items()
                if isinstance(record, BookingRecord)
            }
            parts += [trip_text(trip, name=self._name(trip["id"]), records=records) for trip in trips]
            parts += sorted(self._leads(person.fold.state.trips))
        return "\n".join(parts) or "nothing"

    def _locator(self, word: str) -> tuple[str, str | None]:
        locator, inside, reference = word.partition("@")
        if not inside:
            return locator, None
        return locator, self._trips.setdefault(reference, trip_posted_as(reference))

    def _booking_word(self, record: BookingRecord) -> str:
        owner = record.owner
        sender = owner.source if owner.party == f"{owner.source} party" else f"{owner.source}:{owner.party}"
        inside = "" if record.posted_trip is None else f"@{self._name(record.posted_trip)}"
        return f"{sender} {record.record_locator}{inside}"

    def _name(self, trip: str) -> str:
        return next(name for name, id_ in self._trips.items() if id_ == trip)

    def _leads(self, written: dict[str, bytes]) -> Iterator[str]:
        """Yield where the ids lead that once were trips of their own."""
        for trip, value in written.items():
            document = orjson.loads(value)
            if document["kind"] == "redirect":
                yield f"{self._name(trip)} -> {self._name(document['into'])}"
            elif document["kind"] == "deleted":
                yield f"{self._name(trip)} deleted"

    def as_a_whole(self, *, line: int) -> Iterator[Expectation]:
        """Yield the content that the records give as a whole against what was written input by input."""
        for person in self._people.values():
            state = person.fold.state
            yield Expectation(line, whole_content(state, settings=self._settings), written_content(state))

    def in_other_orders(self, random: Random, *, last: int) -> Iterator[Expectation]:
        """Yield the content of now against that after other orders of arrival."""
        for person in self._people.values():
            for found in contents_in_other_orders(
                person.said, like=person.fold.state, settings=self._settings, random=random
            ):
                yield Expectation(last, *found)


def _repeated(created: Statement, *, at: int) -> Statement:
    """Return what created a trip as received anew."""
    return created.model_copy(update={"message": message(at), "revision": revision(at, opens=True)})


def _sender(word: str) -> tuple[Source, str | None]:
    source, _, party = word.partition(":")
    return cast("Source", source), party or None


def _setting(words: Sequence[str]) -> dict[str, Any]:
    match words:
        case ["gap", days]:
            found: dict[str, Any] = {"merge_gap_days": int(days)}
        case ["precedence", group, *sources]:
            found = {"precedence": {group: sources}}
        case _:
            raise ValueError("no such setting is known")
    return {name: getattr(TenantSettings.model_validate(found), name) for name in found}


def _new_person(who: str, settings: TenantSettings) -> _Person:
    fold = Traveller(settings)
    if who != "Ada":
        fold.state = TravellerState(TENANT, traveller_id(tenant=TENANT, login=who))
    return _Person(fold)


def _addressed(statement: Statement, traveller: str) -> Statement:
    """Address a booking or its end to a traveller of the story other than Ada."""
    if traveller == TRAVELLER:
        return statement
    if statement.kind not in {"booking", "cancellation", "withdrawal"}:
        raise ValueError(f"only Ada's stories know {statement.kind}")
    booked = cast("BookingStatement", statement)
    key = record_key(
        tenant=TENANT,
        traveller=traveller,
        owner=booked.owner.party,
        booking_source=booked.booking_source,
        record_locator=booked.record_locator,
    )
    return booked.model_copy(update={"traveller": traveller, "record": key})
