"""Identity as one stateful law: ids lead somewhere, follow their bookings, and jump nowhere.

Design, section 5, rule 6, over random histories of bookings, posted trips, changes of dates,
cancellations of one and of all, re-creations, withdrawals and overrides. The machine knows a
traveller's trips only as a reader does, and remembers every id that it was ever shown.
"""

from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.booking_record import BookingRecord, MergeTrips, Source, SplitTrip, Statement, TokenRecord
from schemas.segments import Segment
from services.consolidator.domain.consolidate import expected_trips
from services.consolidator.domain.outputs import encoded_content
from services.consolidator.domain.posted_trips import pinned_trips
from services.consolidator.domain.records import TravellerRecord
from services.consolidator.domain.tokens import IdentifiedTrip
from tests.support.histories import DAYS, LOCATORS, REFERENCES, SOURCES, day, segments
from tests.support.laws import COSTLY
from tests.support.statements import (
    advance,
    booking,
    cancellation,
    override,
    posted_trip,
    trip_posted_as,
    withdrawal,
)
from tests.support.trips import Traveller

_senders = st.tuples(st.sampled_from(SOURCES), st.sampled_from(LOCATORS))
_stated = st.lists(segments(), min_size=1, max_size=3)


class Identity(RuleBasedStateMachine):
    """One traveller, and everything that may happen to the trips."""

    @initialize()
    def begin(self) -> None:
        self.traveller = Traveller()
        self.at = 0
        self.led_to: dict[str, str] = {}
        """By id ever given, the trip that it led to last."""
        self.stated: dict[tuple[Source, str], list[Segment]] = {}
        self.before: dict[str, IdentifiedTrip] = {}
        self.computed_from: dict[str, TravellerRecord] = {}
        self.computed: dict[str, bytes] = {}

    # --- what happens ----------------------------------------------------------------------------

    @rule(sender=_senders, stated=_stated)
    def a_booking_arrives_or_changes(self, sender: tuple[Source, str], stated: list[Segment]) -> None:
        known = self._record_of(sender) in self.traveller.state.records
        self.stated[sender] = stated
        self._tell(booking(*sender, *stated, at=self.at))
        if not known:
            self._a_new_booking_moves_no_id_but_into_an_older_or_posted_trip()

    @precondition(lambda self: self.stated)
    @rule(data=st.data(), days=st.integers(0, DAYS))
    def a_booking_changes_its_dates(self, data: st.DataObject, days: int) -> None:
        sender = data.draw(st.sampled_from(sorted(self.stated)))
        self.stated[sender] = [_moved_to(segment, days) for segment in self.stated[sender]]
        self._tell(booking(*sender, *self.stated[sender], at=self.at))

    @precondition(lambda self: self.stated)
    @rule(data=st.data())
    def a_booking_is_cancelled(self, data: st.DataObject) -> None:
        self._tell(cancellation(*data.draw(st.sampled_from(sorted(self.stated))), at=self.at))

    @precondition(lambda self: self.stated)
    @rule(data=st.data())
    def a_booking_is_created_again(self, data: st.DataObject) -> None:
        sender = data.draw(st.sampled_from(sorted(self.stated)))
        self._tell(booking(*sender, *self.stated[sender], at=self.at))

    @precondition(lambda self: self.stated)
    @rule(data=st.data())
    def a_booking_is_withdrawn(self, data: st.DataObject) -> None:
        self._tell(withdrawal(*data.draw(st.sampled_from(sorted(self.stated))), at=self.at))

    @rule()
    def everything_is_cancelled(self) -> None:
        for record in list(self.traveller.state.records.values()):
            if isinstance(record, BookingRecord):
                sender = (record.owner.source, record.record_locator)
                self._tell(cancellation(*sender, at=self.at, trip=record.posted_trip))
        assert not [trip for trip in self.traveller.live() if trip["segments"]]

    @rule(
        reference=st.sampled_from(REFERENCES),
        named=st.lists(st.sampled_from(LOCATORS), min_size=1, max_size=2, unique=True),
        stated=_stated,
        status=st.sampled_from(("confirmed", "confirmed", "confirmed", "cancelled", "proposal")),
    )
    def a_trip_is_posted(self, reference: str, named: list[str], stated: list[Segment], status: str) -> None:
        trip = trip_posted_as(reference)
        bookings = [booking("tmc", locator, *stated, at=self.at, trip=trip) for locator in named]
        self._tell(posted_trip(reference, *bookings, at=self.at, status=status), *bookings)

    @precondition(lambda self: len(self.before) > 1)
    @rule(data=st.data())
    def a_person_merges_trips(self, data: st.DataObject) -> None:
        chosen = data.draw(
            st.lists(st.sampled_from(sorted(self.before)), min_size=2, max_size=3, unique=True)
        )
        self._tell(override("merge", MergeTrips(trips=tuple(chosen)), at=self.at))

    @precondition(lambda self: self.stated)
    @rule(data=st.data())
    def a_person_splits_bookings_off(self, data: st.DataObject) -> None:
        sender = data.draw(st.sampled_from(sorted(self.stated)))
        self._tell(override("split", SplitTrip(records=(self._record_of(sender),)), at=self.at))

    @rule(reference=st.sampled_from(("merge", "split")))
    def a_person_undoes(self, reference: str) -> None:
        self._tell(override(reference, None, at=self.at))

    @rule(days=st.integers(0, DAYS + 6))
    def time_passes(self, days: int) -> None:
        ids = self.traveller.trips().keys()
        self._tell(advance(f"{day(days)}T00:00:00Z", at=self.at))
        assert self.traveller.trips().keys() == ids

    # --- what holds ------------------------------------------------------------------------------

    @invariant()
    def every_id_ever_given_leads_to_one_trip_until_nothing_is_left_of_it(self) -> None:
        homes = [(known, t.id) for t in self._trips() for known in (t.id, *t.also_known_as)]
        assert len(homes) == len(dict(homes))
        self.led_to |= dict(homes)
        for trip_id in self.led_to.keys() - dict(homes):
            assert b'"kind":"deleted"' in self.traveller.state.trips[self.led_to[trip_id]]

    @invariant()
    def a_posted_trip_has_its_own_id_and_any_other_that_of_its_oldest_token(self) -> None:
        tokens = {trip_id: founded for founded, trip_id in self._tokens_by_age()}
        for trip in self._trips():
            if trip.group.header is not None:
                assert trip.id == trip.group.header.trip
            else:
                assert trip.id == min((trip.id, *trip.also_known_as), key=lambda t: (tokens[t], t))

    @invariant()
    def no_trip_id_is_older_than_what_it_was_born_with(self) -> None:
        records = self.traveller.state.records
        for token in records.values():
            if isinstance(token, TokenRecord):
                assert token.founded >= records[token.born_of].founded

    @invariant()
    def what_was_written_is_what_the_records_say(self) -> None:
        written = {trip_id: encoded_content(t["content"]) for trip_id, t in self.traveller.trips().items()}
        records = self.traveller.state.records
        if records != self.computed_from:  # what the same records say is the same
            self.computed = dict(expected_trips(records, settings=self.traveller.settings))
            self.computed_from = dict(records)
        assert written == self.computed

    def _an_id_follows_its_bookings(self) -> None:
        """Whatever an id led to before: it leads to a trip with some of that, while any of it is shown."""
        shown, homes = {record for trip in self._trips() for record in trip.records}, self.traveller.homes()
        for trip in self.before.values():
            was = set(trip.records)
            for trip_id in (trip.id, *trip.also_known_as):
                home = homes.get(trip_id)
                if trip.group.header is not None and trip_id == trip.id:
                    assert home == trip_id
                elif was & shown:
                    assert home is not None
                    assert was & set(self.traveller.state.settled[home].records)

    def _a_new_booking_moves_no_id_but_into_an_older_or_posted_trip(self) -> None:
        posted = pinned_trips(self.traveller.state.records.values())
        ages = {token: (founded, token) for founded, token in self._tokens_by_age()}
        homes = self.traveller.homes()
        for trip_id in self.before_last:
            home = homes.get(trip_id)
            assert home is not None
            assert home == trip_id or home in posted or ages[home] <= ages[trip_id]

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self, *statements: Statement) -> None:
        self.at += 1
        for statement in statements:
            self.traveller.feed(statement)
            self._an_id_follows_its_bookings()
            self.before_last, self.before = self.before, dict(self.traveller.state.settled)

    def _record_of(self, sender: tuple[Source, str]) -> str:
        return booking(*sender, at=0).record

    def _trips(self) -> Iterable[IdentifiedTrip]:
        return self.traveller.state.settled.values()

    def _tokens_by_age(self) -> Iterable[tuple[int, str]]:
        for record in self.traveller.state.records.values():
            if record.kind == "token":
                yield record.founded, record.token


def _moved_to(segment: Segment, days: int) -> Segment:
    """The same thing on another day; what lasts longer than a day then ends before it begins, as data do."""
    if segment.start is None:
        return segment
    moved = day(days) + segment.start.local[10:]
    return segment.model_copy(update={"start": segment.start.model_copy(update={"local": moved})})


TestIdentity = Identity.TestCase
# Each case is a history of twenty steps, every one of them checked.
TestIdentity.settings = settings(COSTLY, stateful_step_count=20)
