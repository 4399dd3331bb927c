"""The ways of looking at an account: what to ask next, and what the answers come to. No I/O here.

A visit is a generator: it yields what to ask, is sent the answer (None for "there is no such thing"), and
returns its outcome. A question that fails ends the visit from outside, and with it everything that it would
have said: a failed fetch deletes nothing.

Absence is a suspicion and no proof, for TripIt's pages shift while they are read. So whatever is missing is
asked for by itself, and only what TripIt then denies is gone. The same is done with what seems older than
what is known: a cache may say so, and so may a node of TripIt's whose clock differs.
"""

from collections.abc import Callable, Container, Generator, Mapping
from datetime import date
from typing import NamedTuple

from services.ingest.domain.tripit.answers import Answer
from services.ingest.domain.tripit.known import FEED, Known, KnownPlan, Outcome, has_left
from services.ingest.domain.tripit.seen import Seen

PAGE_SIZE = 25
MOST_PAGES = 1_000
"""So many are asked for, whatever a list claims; what is known behind them is asked for by itself."""
_OVERLAP_SECONDS = 60
"""Changes are asked for from a little before the last answer: a change may have come in the same second."""


class Ask(NamedTuple):
    """A question to TripIt: the path behind the version, and the parameters."""

    path: str
    parameters: Mapping[str, str]


Visit = Generator[Ask, Answer | None, Outcome]

_WITH_PLANS = {"include_objects": "true"}
_OWN_TRIPS = {"traveler": "true", **_WITH_PLANS}


class _Talk:
    """The conversation of one visit: numbers the answers as they come."""

    def __init__(self, known: Known, *, today: date) -> None:
        self.seen = Seen(known, today=today)
        self.asked = 0
        self.timestamp: int | None = None

    def ask(
        self,
        path: str,
        parameters: Mapping[str, str],
        *,
        unfiled_only: bool = False,
        about: str | None = None,
    ) -> Generator[Ask, Answer | None, Answer | None]:
        number, self.asked = self.asked, self.asked + 1
        answer = yield Ask(path, parameters)
        if answer is not None:
            self.timestamp = self.timestamp or answer.timestamp
            self.seen.take(answer, number=number, unfiled_only=unfiled_only, about=about)
        elif about is not None:
            self.seen.deny(about)
        return answer

    def pages(
        self, path: str, parameters: Mapping[str, str], *, unfiled_only: bool = False
    ) -> Generator[Ask, Answer | None, None]:
        """Ask for every page; without a page number TripIt shows five past trips and says nothing more."""
        page, pages = 0, 1
        while page < pages:
            page += 1
            paged = {**parameters, "page_num": str(page), "page_size": str(PAGE_SIZE)}
            answer = yield from self.ask(path, paged, unfiled_only=unfiled_only)
            pages = 1 if answer is None else min(answer.pages, MOST_PAGES)

    def cursor(self, known: Known) -> int | None:
        return known.cursor if self.timestamp is None else self.timestamp - _OVERLAP_SECONDS


def sweep(known: Known, *, today: date) -> Visit:
    """Look at everything: the only way in which TripIt's deletions show.

    Trips to come are listed before past ones, so that a trip that ends in between stands in both lists and
    not in none.
    """
    talk = _Talk(known, today=today)
    for past in ("false", "true"):
        yield from talk.pages("list/trip", {**_OWN_TRIPS, "past": past})
        # What is in no trip stands in the list of what is not one's own.
        yield from talk.pages("list/object", {"traveler": "false", "past": past}, unfiled_only=True)
    for trip in _absent_trips(talk.seen, today=today):
        yield from talk.ask(f"get/trip/id/{trip}", _WITH_PLANS)
    yield from _settle(talk, misses=lambda plan: not has_left(plan.ends, today=today))
    return talk.seen.outcome(cursor=talk.cursor(known), whole=True)


def poll(known: Known, *, today: date) -> Visit:
    """Look at what changed since the last time. What is missing says nothing here."""
    talk = _Talk(known, today=today)
    since = {"modified_since": str(known.cursor or 0)}
    yield from talk.pages("list/object", {**since, "traveler": "true", "past": "false"})
    yield from _settle(talk, misses=lambda _: False, trusted=known.trips)
    return talk.seen.outcome(cursor=talk.cursor(known), whole=False)


def follow_hint(known: Known, *, trip: str, today: date) -> Visit:
    """Look at the whole of one trip, whatever the hint says of it.

    A trip that is there no more was deleted, or merged into another: its plans are asked for one by one. What
    is new in the other trip is hinted at itself. So a hint costs what is known of its trip, whoever sent it.
    """
    talk = _Talk(known, today=today)
    yield from talk.ask(f"get/trip/id/{trip}", _WITH_PLANS)
    yield from _settle(talk, misses=lambda plan: plan.trip == trip, trusted=known.trips)
    return talk.seen.outcome(cursor=known.cursor, whole=False)


def _absent_trips(seen: Seen, *, today: date) -> list[str]:
    """Return the trips that are missing together with plans of theirs, and have not left the window."""
    return sorted(
        {
            plan.trip
            for plan in seen.absent().values()
            if plan.trip is not None and plan.trip not in seen.trips and not has_left(plan.ends, today=today)
        }
    )


def _settle(
    talk: _Talk, *, misses: Callable[[KnownPlan], bool], trusted: Container[str] = ()
) -> Generator[Ask, Answer | None, None]:
    """Ask for each doubtful plan by itself, and whose the trips are that plans were seen in without them.

    Goes on until no answer raises another question. An answer that neither shows nor denies a plan proves
    nothing; a moved one it shows.

    Args:
        talk: the conversation.
        misses: whether a plan that was not seen should have been.
        trusted: trips that are one's own by what was seen earlier.
    """
    seen = talk.seen
    for key, plan in seen.absent().items():
        if plan.kind == FEED and misses(plan):
            seen.deny(key)  # the calendar told it before the account was connected; the API knows none
    asked: set[str] = set()
    while True:
        missing = {key: plan for key, plan in seen.absent().items() if misses(plan)}
        plans = sorted({**missing, **seen.outdated()}.items())
        questions: list[tuple[str, Mapping[str, str], str | None]]
        questions = [(f"get/{plan.kind}/id/{plan.id}", {}, key) for key, plan in plans]
        questions += [
            (f"get/trip/id/{trip}", _WITH_PLANS, None) for trip in seen.strange_trips(trusted=trusted)
        ]
        unasked = [question for question in questions if question[0] not in asked]
        if not unasked:
            return
        for path, parameters, about in unasked:
            asked.add(path)
            yield from talk.ask(path, parameters, about=about)
