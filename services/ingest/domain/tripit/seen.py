"""What the answers of one visit show, plan by plan: the traveller's own, and what of them is new."""

from collections.abc import Container, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from services.ingest.domain.tripit.answers import Answer, Node
from services.ingest.domain.tripit.known import (
    Known,
    KnownPlan,
    Outcome,
    content_digest,
    has_left,
    last_day,
    unreadable,
)
from services.ingest.domain.tripit.leftovers import short
from services.ingest.domain.tripit.plans import NO_BOOKING, Plan, plan_names, read_plan, trip_of
from services.ingest.domain.tripit.times import travel_day


class _Sighting(NamedTuple):
    answer: int
    plan: KnownPlan
    has_segments: bool
    is_shown: bool
    """False for other people's plans, and for those that TripIt hides. Whose its trip is, is judged later."""
    is_settled: bool
    """Whether the plan was asked for by itself: then it counts, however old it says that it is."""


def plans_of(
    answer: Answer, *, keys: Mapping[str, str] = MappingProxyType({})
) -> Mapping[str, tuple[str, Node]]:
    """Return the plans of an answer by key, each with its kind; of one that stands twice the newest.

    Args:
        answer: to look through.
        keys: by each of its names the key under which a plan was told; others are known by their first name.
    """
    found: dict[str, tuple[str, Node]] = {}
    for kind, node in answer.plans:
        names = plan_names(node)
        key = next((keys[name] for name in names if name in keys), next(iter(names), None))
        if key is None:
            continue
        if key not in found or _modified(node) >= _modified(found[key][1]):
            found[key] = kind, node
    return found


def known_plan(key: str, *, kind: str, node: Node, read: Plan) -> KnownPlan:
    """Return what is kept of a plan that an answer shows."""
    return KnownPlan(
        kind=kind,
        id=short(node.text("id")) or short(node.text("uuid")) or key,
        digest=content_digest(read.content),
        trip=trip_of(node),
        modified=_modified(node),
        ends=last_day(read.content),
        problems=tuple(problem.rule for problem in read.problems),
    )


class Seen:
    """What was seen so far in one visit."""

    def __init__(self, known: Known, *, today: date) -> None:
        self._known = known
        self._today = today
        self._plans: dict[str, _Sighting] = {}
        self._denied: set[str] = set()
        self._keys = {name: key for key, plan in known.plans.items() for name in (plan.id, key)}
        """By every name of a plan the key that it has: answers need not all show the same names."""
        self.trips: dict[str, str | None] = {}
        """One's own, with their last day."""
        self._others: set[str] = set()
        """Trips of other people, on which the traveller only looks."""

    def take(
        self, answer: Answer, *, number: int, unfiled_only: bool = False, about: str | None = None
    ) -> None:
        """Take note of an answer.

        Args:
            answer: with trips, plans or both.
            number: of the answer in this visit.
            unfiled_only: where the list holds other people's plans as well: only what is in no trip counts.
            about: the plan that was asked for by itself, if one was.
        """
        settled = about if self._is_of_today(answer) else None
        for trip in answer.trips:
            if (named := trip_id(trip)) is not None:
                self._take_trip(named, trip, is_own=is_own_trip(trip, me=answer.own_profile))
        plans = plans_of(answer, keys=self._keys)
        if settled is not None and self._is_renamed(settled, shown=plans):
            self.deny(settled)  # under its new name it is told from now on
        for key, (kind, node) in plans.items():
            self._keys |= dict.fromkeys(plan_names(node), key)
            if unfiled_only and trip_of(node) is not None:
                continue
            self._sight(key, kind=kind, node=node, number=number, is_settled=key == settled)

    def deny(self, key: str) -> None:
        """Take note that TripIt denies a plan, whatever it showed of it earlier in this visit."""
        self._plans.pop(key, None)
        self._denied.add(key)

    def absent(self) -> Mapping[str, KnownPlan]:
        """Return what is known, and was neither seen nor denied."""
        missing = self._known.plans.keys() - self._plans.keys() - self._denied
        return {key: self._known.plans[key] for key in missing}

    def outdated(self) -> Mapping[str, KnownPlan]:
        """Return what is known as newer than it was seen, of that which was not asked for by itself.

        Caches on the way answer with the past. But TripIt's nodes may also differ about the time, and then
        an older stamp is a newer statement.
        """
        return {
            key: self._known.plans[key]
            for key, sighting in self._plans.items()
            if not self._is_current(key, sighting)
        }

    def strange_trips(self, *, trusted: Container[str] = ()) -> list[str]:
        """Return the trips of shown plans of which nobody said whose they are.

        A plan of one's own may lie in a trip of somebody else's, and an answer that holds the plan alone does
        not tell.

        Args:
            trusted: trips that are one's own by what was seen earlier.
        """
        shown = {sighting.plan.trip for sighting in self._plans.values() if sighting.is_shown}
        unknown = shown - self.trips.keys() - self._others - {None}
        return sorted(trip for trip in unknown if trip is not None and trip not in trusted)

    def outcome(self, *, cursor: int | None, whole: bool) -> Outcome:
        """Return what the visit comes to.

        Args:
            cursor: from when on to ask for changes next time.
            whole: whether everything was looked at.
        """
        plans = dict(self._known.plans)
        gone = self._denied - self._plans.keys()  # shown after it was denied: moved meanwhile
        told: dict[int, list[str]] = {}
        for key, sighting in self._plans.items():
            if not self._is_current(key, sighting):
                continue
            if not sighting.is_shown or sighting.plan.trip in self._others:
                gone |= {key} & plans.keys()
                continue
            if self._is_new(key, sighting.plan):
                told.setdefault(sighting.answer, []).append(key)
            plans[key] = sighting.plan
        followed = {
            key: plan
            for key, plan in plans.items()
            if key not in gone and not has_left(plan.ends, today=self._today)
        }
        standing = {*self._known.past, *(self._known.plans.keys() - gone)}
        past = tuple(sorted(standing - followed.keys()))
        known = Known(plans=followed, trips=self._trips_after(whole=whole), cursor=cursor, past=past)
        ids = {key: self._plans[key].plan.id for keys in told.values() for key in keys}
        names = {name: key for key, name in ids.items() if name != key}
        return Outcome(known, {n: tuple(keys) for n, keys in told.items()}, tuple(sorted(gone)), names)

    def _trips_after(self, *, whole: bool) -> Mapping[str, str | None]:
        trips = self.trips if whole else {**self._known.trips, **self.trips}
        return {trip: day for trip, day in trips.items() if trip not in self._others}

    def _take_trip(self, named: str, trip: Node, *, is_own: bool) -> None:
        if is_own:
            self.trips[named] = travel_day(trip.text("end_date"))
            self._others.discard(named)
        else:
            self.trips.pop(named, None)
            self._others.add(named)

    def _is_of_today(self, answer: Answer) -> bool:
        """Whether TripIt made an answer since it was last asked for changes; a cache keeps its stamp, too."""
        made, since = answer.timestamp, self._known.cursor
        return made is None or since is None or made >= since

    def _is_renamed(self, key: str, *, shown: Mapping[str, tuple[str, Node]]) -> bool:
        """Whether the answer about a plan shows it alone, and by a sort of name that it was not asked for by.

        A plan of another name of the same sort is another plan, which proves nothing of the one asked for.
        """
        if len(shown) != 1:
            return False
        ((other, (kind, node)),) = shown.items()
        asked = self._known.plans[key]
        names = [name for name in (node.text("uuid"), node.text("id")) if name is not None]
        is_another_sort = all(name.isdecimal() != asked.id.isdecimal() for name in names)
        return kind == asked.kind and other not in self._known.plans and bool(names) and is_another_sort

    def _sight(self, key: str, *, kind: str, node: Node, number: int, is_settled: bool) -> None:
        plan, has_segments = self._read(key, kind=kind, node=node)
        before = self._plans.get(key)
        if before is None or is_settled or plan.modified >= before.plan.modified:
            self._plans[key] = _Sighting(
                number,
                plan,
                has_segments=has_segments,
                is_shown=has_segments and not node.says_no("is_client_traveler"),
                is_settled=is_settled or (before is not None and before.is_settled),
            )

    def _read(self, key: str, *, kind: str, node: Node) -> tuple[KnownPlan, bool]:
        """Return what is kept of a plan that an answer shows, and whether any segment of it is shown."""
        try:
            read = read_plan(kind, node)
        except NO_BOOKING:
            named = short(node.text("id")) or key
            kept = unreadable(self._known.plans.get(key), kind=kind, named=named)
            return kept.model_copy(update={"trip": trip_of(node)}), True
        return known_plan(key, kind=kind, node=node, read=read), bool(read.content.segments)

    def _is_current(self, key: str, sighting: _Sighting) -> bool:
        """Whether what was seen is neither older nor empty, or was asked for by itself."""
        before, modified = self._known.plans.get(key), sighting.plan.modified
        if before is None or sighting.is_settled:
            return True
        return sighting.has_segments and (modified == 0 or modified >= before.modified)

    def _is_new(self, key: str, plan: KnownPlan) -> bool:
        before = self._known.plans.get(key)
        if plan.digest is None:
            return False  # it cannot be read
        if before is None:
            return not has_left(plan.ends, today=self._today)
        return plan.digest != before.digest


def trip_id(trip: Node) -> str | None:
    """Return what plans call the trip that they are in."""
    return trip.text("id") or trip.text("uuid")


def is_own_trip(trip: Node, *, me: str | None) -> bool:
    """Whether the traveller travels on a trip, and does not only look at another's."""
    invitees = (node for group in trip.all("TripInvitees") for node in group.all("Invitee"))
    return me is None or not any(
        who.text("@profile_ref") == me and who.says_no("is_traveler") for who in invitees
    )


def _modified(node: Node) -> int:
    return node.number("last_modified") or 0
