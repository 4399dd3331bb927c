"""The page in every state that it has a design for, as a table: a name, a template, and what that is given.

Many states stand on one page where they can stand side by side, as the kinds of segments on a trip do.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any, NamedTuple

from babel import Locale

from schemas.booking_record import Owner
from schemas.segments import AirSegment, FieldGroup, Place, SegmentStatus
from schemas.trip import Claim, Expense, ExpenseReason, Trip, TripStatus
from services.query.calendar_feeds import Feed
from services.query.change_reading import StoredVersion
from services.query.domain.alike import pairs_alike
from services.query.domain.between import between
from services.query.domain.between_facts import SuspectedCancelled
from services.query.domain.present import Next
from services.query.domain.provenance import told_of
from services.query.domain.timeline import days_of
from services.query.domain.whereabouts import Certainty, Whereabouts
from services.query.domain.wording import KINDS
from services.query.looks import News
from services.query.openings import Opening
from services.query.page.booking_forms import Trouble as Wrong
from services.query.page.booking_inputs import FORMS
from services.query.page.booking_shown import BookingForm, context_of
from services.query.page.correcting import correctable
from services.query.page.difference_words import Told
from services.query.page.doubts import Doubted
from services.query.page.failure_words import told
from services.query.page.filling_in import blank, parts_of
from services.query.page.people import Mover, Row
from services.query.page.present import Present
from services.query.page.presentation import Words, rendered
from services.query.page.review import Mail
from services.query.page.sessions import NOT_BELIEVED
from services.query.page.trips import Live
from services.query.webhooks import Delivery, Webhook
from tests.support.page_contexts import CORRECTING, FRAME, SAID, SHARE, bare_and_full, of_a_trip
from tests.support.query_trips import REVISION, an_id, booking, flight, hotel, moment, trip

AT = SAID.said_at
ENGLISH = Words(Locale("en"))
MANAGER = SimpleNamespace(kind="admin", subject="boss@acme.example")
OTHER = SimpleNamespace(kind="third_party", subject="app")
SUPPLIER = Owner(party="albergo sole", source="supplier")
PERSON = Owner(party="maria", source="manual")
HOST = "https://itinerary.example"
SUSPECTED = flight("odd", origin=None, end=None).model_copy(update={"suspected_cancelled": True})


class State(NamedTuple):
    """One state."""

    name: str
    template: str
    said: Mapping[str, Any]

    def shown(self) -> str:
        """Return the page in it."""
        return rendered(self.template, locale=Locale("en"), context={**FRAME, **self.said})


def states() -> Iterator[State]:
    """Yield every state; those of one place stand together."""
    for place in (
        _sign_in, _lists, _failures, _trips, _why, _history, _expense, _review, _people, _links, _sharing,
        _bookings, _webhooks,
    ):  # fmt: skip
        yield from place()


def _sign_in() -> Iterator[State]:
    for name, said in {
        "begin": {"begin": "/sign-in?go=1", "trouble": None, "reason": ""},
        "refused": {"begin": "/sign-in?go=1", "trouble": NOT_BELIEVED, "reason": "it has expired"},
        "not set up": {"begin": None, "trouble": None, "reason": ""},
    }.items():
        yield State(f"sign-in: {name}", "sign_in.html", {"viewer": None, **said})
    people = [
        {"key": "acme ada", "login": "ada", "is_admin": is_admin, "tenant": "acme"} for is_admin in (0, 1)
    ]
    yield State("sign-in: choose", "embedded_sign_in.html", {"viewer": None, "people": people})
    yield State("sign-in: nobody enrolled", "embedded_sign_in.html", {"viewer": None, "people": []})


def _lists() -> Iterator[State]:
    said: dict[str, Any] = {
        "place": "trips",
        "q": "",
        "present": None,
        "months": [],
        "next_page": None,
        "people": None,
        "live": Live("/live", "/", AT),
    }
    for show in ("upcoming", "past", "cancelled", "found"):
        yield State(f"trips: none {show}", "trips.html", said | {"show": show, "q": show})
    suspected = trip("suspected", segments=(SUSPECTED, *bare_and_full()))
    listed = [trip(status, status=status, segments=(flight(),)) for status in TripStatus]
    months = [("2026-05-01", [suspected, *listed]), (None, [trip("undated", dates=None)])]
    full = {"show": "upcoming", "months": months, "next_page": "/?cursor=c"}
    yield State("trips: some", "trips.html", said | full)
    names = {an_id("maria"): "Maria Rossi"}
    yield State("trips: of everybody", "trips.html", said | full | {"people": names, "viewer": MANAGER})
    for name, present in _presents():
        yield State(f"trips: {name}", "trips.html", said | full | {"present": present})
    kept = SimpleNamespace(address="/", at=AT)
    yield State("trips: without a network", "trips.html", said | full | {"kept_as": kept})


def _presents() -> Iterator[tuple[str, Present]]:
    lively = trip("lively", segments=(hotel(), flight(), SUSPECTED))
    line, facts = days_of(lively), [*between(lively)]
    row = line[0].rows[0]
    bare = Present(lively, -3, 3, None, None, (), None, ())
    yield "none goes on, the next in days", bare
    yield (
        "one goes on, with all that can be told",
        bare._replace(
            day=2,
            on=hotel(),
            next=Next(row, AT, 90),
            to_settle=facts * 4,
            news=News(AT, ()),
            news_lines=[Told("Albergo Sole", "end", "2026-05-14", "2026-05-15")] * 4,
        ),
    )
    yield "one goes on, of which what was seen is gone", bare._replace(day=1, news=News(AT, None))


def _failures() -> Iterator[State]:
    for status, detail in (
        (404, "there is no such trip"),
        (410, "this link no longer holds; ask whoever sent it for another"),
        (429, "too many requests in one minute; come back later"),
        (503, "the database cannot be asked just now"),
    ):
        yield State(f"failure: {status}", "failure.html", {"trouble": told(status, detail, words=ENGLISH)})
    foreign = told(400, "cursor: is none", words=Words(Locale("de")))
    yield State("failure: in English alone", "failure.html", {"trouble": foreign, "viewer": None})


def _trips() -> Iterator[State]:
    off = flight("off", status=SegmentStatus.CANCELLED)
    beds = (hotel(), hotel("two", place=Place(city="Oslo", country="NO")))
    asked = flight("asked", status=SegmentStatus.REQUESTED)
    segments = (*bare_and_full(), off, SUSPECTED, asked, *beds)
    whole = trip("whole", segments=segments, bookings=(booking(), booking(status="cancelled")))
    settled = of_a_trip(whole)["facts"]
    content = whole.content.model_copy(update={"dismissed": tuple(fact.id for fact in settled[::3])})
    shown = of_a_trip(whole.model_copy(update={"content": content}), moved=True)
    yield State("trip: all that a trip can be", "trip.html", shown)
    nothing_said = {
        "news": None, "changed": False, "done": None, "booked": None, "own": {}, "own_rows": {}, "others": [],
        "may_change": False, "may_share": False, "shares": [], "said": [], "viewer": OTHER, "now": None,
    }  # fmt: skip
    little = trip("little", segments=(SUSPECTED, *beds), bookings=(booking(),))
    yield State("trip: as others see it", "trip.html", of_a_trip(little, **nothing_said))
    cancelled = trip("cancelled", segments=(off,), status=TripStatus.CANCELLED, bookings=(booking(),))
    yield State("trip: nothing of it stands", "trip.html", of_a_trip(cancelled, **nothing_said))
    empty = trip("empty", dates=None)
    lost = {"live": Live(None, "/", AT), "news_lines": [], "now": None}
    yield State("trip: nothing in it", "trip.html", of_a_trip(empty, **lost))


def _why() -> Iterator[State]:
    several = flight(
        "several", owners={FieldGroup.STATUS: PERSON, FieldGroup.ROUTE_AND_TIMES: SUPPLIER}, origin_gate="B6"
    )
    said = AirSegment(origin_gate="B7", start=moment("2026-05-12T09:30:00"), carrier="LH")
    claims = tuple(
        Claim(
            record=an_id(party), owner=Owner(party=party, source="email"), segment=several.id, position=0,
            revision=REVISION, live=live, values=said,
        )
        for party, live in (("mail", True), ("mail that was taken back", False))
    )  # fmt: skip
    several = several.model_copy(update={"claims": (*several.claims, *claims)})
    shown = trip("t", segments=(flight("one"), several, hotel()), bookings=(booking(),))
    context = {
        **CORRECTING,
        "trip": shown,
        "told": [told_of(segment) for segment in shown.content.segments],
        "tellers": {},
        "correctable": {segment.id: correctable(segment) for segment in shown.content.segments},
    }
    yield State("why: of one and of several, of what is gone, of a person", "why.html", context)
    yield State("why: as others see it", "why.html", context | {"may_change": False, "viewer": OTHER})


def _history() -> Iterator[State]:
    lines = [Told("Train", "gate", "A1", "A2"), Told("", "", "", "Stay"), Told("", "", "Stay", "")]
    version = StoredVersion(1, "upsert", None, 1, 1, AT, [], None)
    said = {"trip": trip("t"), "versions": [(version, lines), (version, [])]}
    yield State("history: none", "history.html", said | {"versions": [], "before": None})
    yield State("history: goes on", "history.html", said | {"before": 7})
    yield State("history: to the end", "history.html", said | {"before": None})


def _expense() -> Iterator[State]:
    more = dict.fromkeys(("ready_from", "waiting_from", "over_from"))
    said = {"ready": [], "waiting": [], "over": [], "more": more, "people": None, "place": "expense"}
    yield State("expense: nothing", "expense.html", said)
    trips = [_expensed(reason) for reason in ExpenseReason]
    lists = {"ready": trips, "waiting": trips, "over": trips, "more": {name: f"{name}=c" for name in more}}
    people = {"people": {an_id("maria"): "Maria Rossi"}, "viewer": MANAGER}
    yield State("expense: for every reason", "expense.html", said | lists | people)


def _expensed(reason: ExpenseReason) -> Trip:
    shown = trip(reason)
    expense = Expense(ready=True, reason=reason, since=shown.modified, expensable_from=shown.modified)
    return shown.model_copy(update={"content": shown.content.model_copy(update={"expense": expense})})


def _review() -> Iterator[State]:
    said: dict[str, Any] = {
        "place": "review",
        "mails": [],
        "more": None,
        "done": None,
        "people": None,
        "answered": None,
        "changed": False,
        "doubted": (),
        "travellers": None,
        "more_trips": None,
        "beyond": "",
        "key": "k",
    }
    for show in ("waiting", "unread", "all"):
        yield State(f"review: none {show}", "review.html", said | {"show": show})
    mails = [_mail(outcome) for outcome in _OUTCOMES]
    some = {"show": "all", "mails": mails, "more": "/review?cursor=c", "done": "m", "viewer": MANAGER}
    yield State("review: every outcome", "review.html", said | some | {"people": {"u": "Ada"}})
    asked = {"show": "waiting", "doubted": _doubted(), "more_trips": "/review?beyond=c", "done": "o"}
    yield State("review: is it one, is it cancelled", "review.html", said | asked | {"answered": "t"})
    beyond = {"show": "waiting", "doubted": _doubted(), "beyond": "c"}
    yield State("review: of further trips", "review.html", said | beyond)
    for name, part in (("first", {"more_trips": "/review?beyond=c"}), ("further", {"beyond": "c"})):
        yield State(f"review: nothing of the {name} trips", "review.html", said | {"show": "waiting"} | part)
    yield State("review: answered too late", "review.html", said | {"show": "waiting", "changed": True})
    parts = list(parts_of([blank(kind) for kind in KINDS]))
    of_a_mail: dict[str, Any] = {"kinds": KINDS, "kind": None, "said": {}, "place": "review"}
    for name, mail, found, more in (
        ("waits", _mail("needs_review"), parts, {"viewer": MANAGER, "people": {"u": "Ada"}}),
        ("was settled by somebody else", _mail("discarded"), parts[:2], {"refused": "the mail is discarded"}),
        ("nothing was found in", _mail("nothing_found"), [], {"kind": "rail"}),
        ("is being read", _mail("queued"), [], {"may_settle": False}),
    ):
        offered = {"parts_read": found, "parts_offered": parts, "refused": None, "may_settle": True}
        context = {**of_a_mail, "people": None, **offered, "mail": mail, **more}
        yield State(f"review: a mail that {name}", "mail.html", context)


def _doubted() -> Sequence[Doubted]:
    again = hotel("b", owners=dict.fromkeys(FieldGroup, SUPPLIER)).model_copy(update={"name": "SOLE ALB"})
    alike = trip("alike", segments=(hotel("a"), again))
    odd = trip("odd", segments=(SUSPECTED,))
    suspected = [fact for fact in between(odd) if isinstance(fact, SuspectedCancelled)]
    doubted = [
        Doubted(alike, '"1-1"', pairs_alike(alike), (), has_more=True),
        Doubted(odd, '"1-1"', (), suspected),
    ]
    assert all(one.pairs or one.suspected for one in doubted)
    return doubted


_OUTCOMES = (
    "needs_review", "nothing_found", "rejected", "queued", "extracted", "accepted", "corrected", "discarded",
)  # fmt: skip


def _mail(outcome: str) -> Mail:
    return Mail.model_validate(
        {"id": "m", "outcome": outcome, "received": AT, "reason": "unsure_reading", "why": "no hours"}
        | {"proposed_traveller": "u", "notes": ["a note"], "sender": "desk@harbour.example"}
        | {"reviewed": {"by": "ada", "at": "2026-05-01T00:00:00Z"}}
    )


def _people() -> Iterator[State]:
    said: dict[str, Any] = {"on": date(2026, 5, 12), "where": "", "more": None, "place": "people"}
    said |= {"viewer": MANAGER, "rows": [], "arriving": [], "leaving": [], "in_part": False}
    yield State("who is where: nobody travels", "people.html", said)
    in_part = {"in_part": True, "more": "cursor=c"}
    yield State("who is where: nobody of these trips", "people.html", said | in_part)
    place = Place(code="FCO", city="Rome", country="IT")
    found = [Whereabouts(place, certainty, hotel(), "2026-05-14") for certainty in Certainty]
    found += [
        Whereabouts(None, Certainty.CERTAIN, flight(), None),
        Whereabouts(None, Certainty.UNKNOWN, None, None),
    ]
    rows = [Row("Maria Rossi", trip("rome"), one) for one in found]
    yield State("who is where: of every certainty", "people.html", said | in_part | {"rows": rows})
    movers = [Mover("Maria Rossi", trip("rome"), flight()), Mover("", trip("rome"), flight())]
    moves = {"arriving": movers, "leaving": movers * 6}
    yield State("who is where: some arrive and leave", "people.html", said | moves)
    yield State("who is where: some of these trips arrive and leave", "people.html", said | moves | in_part)
    yield State("who looked: nobody", "who_looked.html", {"place": "trips", "openings": []})
    openings = [
        Opening("boss@acme.example", AT, date(2026, 5, 12), "", taken_away=True),
        Opening("erased", AT, date(2026, 5, 12), "Rome", taken_away=False),
    ]
    yield State("who looked: somebody", "who_looked.html", {"place": "trips", "openings": openings})


def _links() -> Iterator[State]:
    said = {"place": "links", "url": None, "key": "k"}
    yield State("calendars: none of their own", "links.html", said | {"feeds": None, "viewer": MANAGER})
    yield State("calendars: none made", "links.html", said | {"feeds": []})
    made = Feed("f", "u", "Trips", False, AT, AT, None, None, None)
    fetched = made._replace(fetched_at=AT, fetched_by="Calendar/1.0")
    feeds = [made, fetched, made._replace(switched_off_at=AT)]
    yield State(
        "calendars: made, fetched, switched off", "links.html", said | {"feeds": feeds, "url": f"{HOST}/c"}
    )


def _sharing() -> Iterator[State]:
    yield State("share: made", "share_made.html", {"share": SHARE, "url": f"{HOST}/share/s"})
    segments = (flight(), hotel(), flight("off", status=SegmentStatus.CANCELLED))
    for status in (TripStatus.CONFIRMED, TripStatus.CANCELLED):
        context = of_a_trip(trip("t", segments=segments, status=status))
        alone = {"viewer": None, "shared": True, "live": None, "now": None, "own_rows": {}}
        yield State(f"share: a trip that is {status}", "shared.html", context | alone)


def _bookings() -> Iterator[State]:
    whole = trip("rome", segments=(hotel(),), bookings=(booking(),))
    (stated,) = whole.content.bookings
    rules = ("missing", "flight", "airport", "airports", "ends_before_it_starts", "time", "odd")
    names = (*(one.name for one in FORMS["air"]), "traveller", "")
    wrong = [Wrong(name, rules[at % len(rules)], "is wrong") for at, name in enumerate(names)]
    new = BookingForm("air", {}, trip=None)
    of_one = BookingForm("hotel", {"place/country": "IT"}, trip=whole, booking=stated, seen="s")
    for name, form in {
        "blank": new._replace(kind="hotel"),
        "every trouble": new._replace(troubles=wrong),
        "changed meanwhile": of_one._replace(otherwise="changed"),
        "outranked": of_one._replace(otherwise="outranked"),
        "of more than one thing": of_one._replace(kind=None),
    }.items():
        context = context_of(form, words=ENGLISH, names_traveller=form.booking is None)
        yield State(f"booking: {name}", "booking.html", context | {"viewer": MANAGER})
    for deed in ("change", "cancel", "remove"):
        said = {"deed": deed, "undo": "/u", "before": "b", "seen": "s", "trip": whole.id, "after": "1"}
        yield State(f"booking: after {deed}", "booking_done.html", said)
    for outcome in ("pending", "removed"):
        yield State(f"booking: {outcome}", "booking_told.html", {"outcome": outcome})


def _webhooks() -> Iterator[State]:
    on = Webhook("w", f"{HOST}/hook", "", (), (), "cloudevents", 1, "", "on", AT, 0, None, AT, None, None, 3)
    hooks = [
        on,
        on._replace(description="Expense system", failures=2, trouble="connect_error", succeeded_at=None),
        on._replace(trouble="connect_error", paused_until=AT),
        on._replace(state="gone"),
        on._replace(state="off"),
    ]
    said = {"viewer": MANAGER, "place": "webhooks", "key": "k", "state": "", "more": None}
    yield State("webhooks: none", "webhooks.html", said | {"webhooks": []})
    yield State("webhooks: in every state", "webhooks.html", said | {"webhooks": hooks})
    attempt = {"at": "2026-05-01T00:00:00Z", "status": 500, "milliseconds": 12}
    sent = Delivery("e", 1, "trip.updated", "t", "", "waiting", AT, AT, 1, (attempt,), None)
    log = [sent, sent._replace(state="delivered", trip=None), sent._replace(state="dead", attempts=())]
    one = said | {"webhook": hooks[2]}
    yield State("webhook: nothing sent", "webhook.html", one | {"deliveries": []})
    yield State("webhook: sent", "webhook.html", one | {"deliveries": log, "more": "cursor=c"})
