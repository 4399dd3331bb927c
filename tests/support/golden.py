"""Golden histories: who said what, line by line, and which trips come of it.

    # What the story is about.
    settings gap 1                      settings precedence status tmc supplier
    traveller Bob                       (what follows is his; before, it is Ada's)
    tmc ABC123: air LH 400 FRA-JFK 2026-05-12 10:00 .. 13:00
    supplier:Hilton H1 revision 3       (segments may also stand indented, one a line)
        hotel "Hilton" 2026-05-12 .. 2026-05-14
    email X into T1 late coupons OPEN: ...  (late: it arrives last before the next `=>`)
    cancel tmc ABC123                   withdraw tmc ABC123     cancel number supplier F167
    post FAIR "Book fair" proposal      (with its bookings indented: `H1: hotel ...`; later `tmc H1@FAIR`)
    person merge T1 T2                  person split tmc ABC123 email X
    person same tmc A#1 email X#1       person not same ...     person undo (the last one in force)
    person correct tmc A#1: hotel "Palace"      person name T1 "Honeymoon"
    clock 2026-06-01T00:00:00Z
    refused tmc ABC123: ...             (the language itself does not take it)
    =>                                  (the trips of now, as `Telling.text` writes them)

Trips are named T1, T2 … as they appear, posted ones as they were posted. Messages are received in the
order of their lines.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
    MergeTrips,
    NameTrip,
    Override,
    SameSegments,
    Source,
    SplitTrip,
    Statement,
    Ticket,
)
from schemas.identifiers import record_key, traveller_id
from schemas.settings import TenantSettings
from services.consolidator.domain.bookings import bookings_of
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.registers import Accepted, accept
from services.consolidator.domain.state import TravellerState
from tests.support.golden_segments import read_segment, segment_text
from tests.support.statements import (
    TENANT,
    TRAVELLER,
    advance,
    booking,
    cancellation,
    number_cancellation,
    override,
    posted_trip,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import APPENDED_MS, Traveller


class StoryError(Exception):
    """A line of a story that cannot be read; says which."""


@dataclass
class Line:
    """One line, and those indented below it."""

    number: int
    text: str
    below: list["Line"] = field(default_factory=list["Line"])


def read_lines(text: str) -> list[Line]:
    """Return the lines of a story that stand at the margin; comments and blank lines say nothing."""
    margin: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        if not raw.startswith(" "):
            margin.append(Line(number, raw.rstrip()))
        elif margin:
            margin[-1].below.append(Line(number, raw.rstrip()))
        else:
            raise StoryError(f"line {number}: nothing stands above this indented line")
    return margin


class Expectation(NamedTuple):
    """What a story says of a moment, and what is true then; both as text."""

    line: int
    expected: str
    actual: str


def tell(path: Path) -> Iterator[Expectation]:
    """Tell a story; yield each expectation as it is reached, and last the histories in other orders.

    Raises:
        StoryError: with the number of the line that cannot be read.
    """
    lines = read_lines(path.read_text())
    if not any(line.text == "=>" for line in lines):
        raise StoryError(f"{path.name}: nothing is expected")
    telling = Telling()
    for line in lines:
        if line.text == "=>":
            telling.arrive_late_ones()
            yield Expectation(line.number, _dedented(line.below), telling.text())
            continue
        try:
            telling.hear(line)
        except (ValueError, LookupError, TypeError) as error:
            raise StoryError(f"{path.name}:{line.number}: {line.text.strip()!r}: {error}") from error
    yield from telling.in_other_orders(Random(path.name), last=lines[-1].number)  # noqa: S311 - no secret


def _dedented(lines: Sequence[Line]) -> str:
    margin = min((len(line.text) - len(line.text.lstrip()) for line in lines), default=0)
    return "\n".join(line.text[margin:] for line in lines)


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
            case ["post", reference, name, *status]:
                self._post(reference, name, *status, lines=line.below)
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
        for trip in sorted(fresh, key=_by_date):
            number = sum(name.startswith("T") and name[1:].isdigit() for name in self._trips) + 1
            self._trips[f"T{number}"] = trip["id"]

    def _statement(self, words: list[str], segments: Sequence[str]) -> Statement:
        match words:
            case ["clock", instant]:
                return advance(instant, at=self._at)
            case ["cancel", "number", sender, number]:
                source, party = _sender(sender)
                return number_cancellation(source, number, at=self._at, party=party)
            case ["cancel" | "withdraw" as verb, sender, locator]:
                (source, party), (locator, trip) = _sender(sender), self._locator(locator)
                end = cancellation if verb == "cancel" else withdrawal
                return end(source, locator, at=self._at, party=party, trip=trip)
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

    def _post(self, reference: str, name: str, status: str = "confirmed", *, lines: Sequence[Line]) -> None:
        trip = trip_posted_as(reference)
        by_locator: dict[str, list[str]] = {}
        for line in lines:
            locator, _, segment = line.text.strip().partition(": ")
            by_locator.setdefault(locator, []).append(segment)
        bookings = [
            cast("BookingStatement", self._statement(["tmc", f"{locator}@{reference}"], segments))
            for locator, segments in by_locator.items()
        ]
        self._trips[reference] = trip
        self._feed([posted_trip(reference, *bookings, at=self._at, name=name, status=status), *bookings])

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

    def _override(self, words: list[str], segments: Sequence[str]) -> Override:
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
            trips = sorted(person.fold.trips().values(), key=_by_date)
            parts += [self._trip_text(trip, person.fold) for trip in trips]
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

    def _trip_text(self, trip: dict[str, Any], fold: Traveller) -> str:
        content = trip["content"]
        records = {
            key: self._booking_word(record)
            for key, record in fold.state.records.items()
            if isinstance(record, BookingRecord)
        }
        dates = f"{content['start_date']} .. {content['end_date']}" if "start_date" in content else "undated"
        flags = ", over" * content["completed"] + ", ready to expense" * content["expense"]["ready"]
        lines = [f'trip {self._name(trip["id"])} "{content["name"]}" {dates} {content["status"]}{flags}']
        for segment in content["segments"]:
            lines += ["    " + segment_text(segment), "        " + _account(segment, records)]
        bookings = [
            records[b["record"]] + " (cancelled)" * (b["status"] == "cancelled") for b in content["bookings"]
        ]
        return "\n".join([*lines, "    bookings " + (", ".join(bookings) or "none")])

    def in_other_orders(self, random: Random, *, last: int) -> Iterator[Expectation]:
        """Yield the content after five other orders of arrival, the records' ages as they were."""
        for person in self._people.values():
            state = person.fold.state
            truth = sorted(expected_trips(state, settings=self._settings).values())
            for _ in range(5):
                shuffled = random.sample(person.said, len(person.said))
                again = _state_after(shuffled, like=state)
                found = sorted(expected_trips(again, settings=self._settings).values())
                yield Expectation(last, _readable(truth), _readable(found))


def _state_after(history: Sequence[Statement], *, like: TravellerState) -> TravellerState:
    """Return the records that statements leave in this order, with ages and tokens as in another state."""
    made = TravellerState(like.tenant, like.traveller)
    made.records |= {key: record for key, record in like.records.items() if record.kind == "token"}
    for statement in history:
        item = Input(statement, offset=0, appended_ms=APPENDED_MS)
        key = _key(statement, like)
        accepted = accept(made.records.get(key), item)
        if isinstance(accepted, Accepted) and accepted.record is not None:
            made.records[key] = accepted.record
    ages = ("founded", "founded_ms", "offset")
    for key, record in made.records.items():
        age = {name: getattr(like.records[key], name) for name in ages}
        made.records[key] = record.model_copy(update=age)
    return made


def _key(statement: Statement, state: TravellerState) -> str:
    if statement.kind == "advance":
        return next(key for key, record in state.records.items() if record.kind == "instant")
    return cast("Any", statement).record


def _readable(contents: Sequence[bytes]) -> str:
    return "\n".join(orjson.dumps(orjson.loads(c), option=orjson.OPT_INDENT_2).decode() for c in contents)


def _account(segment: dict[str, Any], records: dict[str, str]) -> str:
    """Write who won the route and times, who else speaks of it, and which values came from others."""
    standing = segment["status"] != "cancelled"
    winner = next(
        (entry for entry in segment["provenance"] if entry["group"] == "route_and_times"),
        segment["provenance"][0] if segment["provenance"] else {"record": segment["claims"][0]["record"]},
    )["record"]
    parts = [records.get(winner, "person")]
    others = [
        records[claim["record"]] + " (cancelled)" * (standing and not claim["live"])
        for claim in segment["claims"]
        if claim["record"] != winner
    ]
    if others:
        parts.append("also " + ", ".join(others))
    for entry in segment["provenance"]:
        if entry["record"] != winner and entry["group"] != "status":
            fields = " and ".join(entry["fields"]).replace("confirmation_numbers.", "")
            parts.append(f"{fields} by {records.get(entry['record'], 'person')}")
    if segment["suspected_cancelled"]:
        parts.append("suspected cancelled")
    return "; ".join(parts)


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


def _by_date(trip: dict[str, Any]) -> tuple[str, str, str]:
    content = trip["content"]
    return (content.get("start_date", "9999"), content["name"], trip["id"])
