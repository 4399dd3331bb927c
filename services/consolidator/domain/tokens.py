"""Who holds which trip id: the only part of consolidation that has a history.

Each booking record is born with one token, a trip id. Tokens are never destroyed. A record that is
cancelled or withdrawn passes its tokens on to the oldest live booking of the trip that it was in, or to
the header of a posted one, which outlasts whatever was posted with it; a live record that moves away
takes its tokens along. A trip's id is its oldest token, a posted trip's its own; every other token of
the trip redirects to it (design, section 5, rule 6).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.identifiers import birth_token, reborn_token
from services.consolidator.domain.claims import BookingShape, Standing
from services.consolidator.domain.grouping import Group


class Token(NamedTuple):
    """A trip id that was given, since when it counts, the record it was born with, and its holder."""

    id: str
    founded: int
    born_of: str
    holder: str

    @property
    def age(self) -> tuple[int, str]:
        """What tokens are ordered by; the oldest is the least."""
        return (self.founded, self.id)


@dataclass(frozen=True, slots=True)
class IdentifiedTrip:
    """A group with its id and the other ids that it answers to."""

    id: str
    also_known_as: tuple[str, ...]
    founded: int
    group: Group
    records: tuple[str, ...]
    """All records that are in it: its header, its bookings, and what is read as part of those."""


def births_of(bookings: Mapping[str, BookingShape], tokens: Iterable[Token]) -> dict[str, str]:
    """Return, by trip id, the booking that it was born with; what people and senders name trips by.

    Unlike who holds a token, this is a fact without history.
    """
    births = {
        birth_token(record): booking.key
        for booking in bookings.values()
        for record in (booking.key, *booking.also)
    }
    homes = {record: b.key for b in bookings.values() for record in (b.key, *b.also)}
    return births | {t.id: homes[t.born_of] for t in tokens if t.born_of in homes}


class Settled(NamedTuple):
    """The trips that bookings make, and who holds which of their tokens."""

    trips: tuple[IdentifiedTrip, ...]
    tokens: Mapping[str, Token]
    """By id."""


def settle(
    tokens: Iterable[Token],
    *,
    before: Sequence[IdentifiedTrip],
    after: Iterable[Group],
    bookings: Mapping[str, BookingShape],
    offset: int,
) -> Settled:
    """Move and create tokens as the change from one grouping to the next demands.

    Args:
        tokens: those that the bookings hold or were born with.
        before: the trips as they were.
        after: the bookings of each trip, as they are to be.
        bookings: by record key.
        offset: the age of what is born now.
    """
    held = {token.id: token for token in tokens}
    groups = [group for group in after if group.header is not None or group.members]
    if {id(trip.group) for trip in before} == {id(group) for group in groups}:
        # The very groups that were settled before: everything is in its place.
        return Settled(tuple(before), held)
    ledger = _Ledger(held, before=before, after=groups, bookings=bookings, offset=offset)
    return Settled(tuple(ledger.settle()), ledger.tokens)


class _Ledger:
    """The tokens of a traveller, moved from one grouping to the next; one use."""

    def __init__(
        self,
        tokens: Mapping[str, Token],
        *,
        before: Sequence[IdentifiedTrip],
        after: Sequence[Group],
        bookings: Mapping[str, BookingShape],
        offset: int,
    ) -> None:
        self.tokens: dict[str, Token] = {}
        self._by_holder: dict[str, set[str]] = {}
        for token in tokens.values():
            self._put(token)
        self._bookings = bookings
        self._after = after
        self._offset = offset
        self._was_live = {key for trip in before for key in trip.group.live}
        self._companions = {key: trip.group for trip in before for key in trip.group.members}
        self._live = {key for group in after for key in group.live}
        self._shown = {key for group in after for key in group.members}

    def settle(self) -> Iterator[IdentifiedTrip]:
        """Move and create tokens, and yield the trips that they name."""
        self._give_birth()
        self._pass_on_from_ended()
        for group in self._after:
            self._gather(group)
            yield self._identify(group)

    def _put(self, token: Token) -> Token:
        if (known := self.tokens.get(token.id)) is not None:
            self._by_holder[known.holder].discard(token.id)
        self.tokens[token.id] = token
        self._by_holder.setdefault(token.holder, set()).add(token.id)
        return token

    def _held_by(self, records: Iterable[str]) -> list[Token]:
        held = (self.tokens[token] for key in records for token in self._by_holder.get(key, ()))
        return sorted(held, key=lambda token: token.age)

    def _give_birth(self) -> None:
        """Give each record that never had one its own token, as old as the record."""
        for booking in self._bookings.values():
            for record, founded in ((booking.key, booking.founded), *booking.guests):
                token = birth_token(record)
                if token not in self.tokens and booking.standing is not Standing.WITHDRAWN:
                    self._put(Token(token, founded, record, booking.key))
            for guest in booking.also:  # what was posted apart is now read as part of this booking
                self._hand_over(self._held_by([guest]), booking.key)

    def _hand_over(self, tokens: Iterable[Token], holder: str) -> None:
        for token in tokens:
            self._put(Token(token.id, token.founded, token.born_of, holder))

    def _pass_on_from_ended(self) -> None:
        """Pass on the tokens of records that just ceased to be live, or to be shown at all."""
        gone = {key for key in self._companions if key not in self._shown}
        for key in sorted((self._was_live - self._live) | gone, key=lambda key: (self._age(key), key)):
            heir = self._heir(self._companions[key])
            if heir is not None:
                self._hand_over(self._held_by([key]), heir)

    def _heir(self, group: Group) -> str | None:
        """Who takes over from what ends: a header stays with its trip, where a loose booking may leave it."""
        if group.header is not None:
            return group.header.record
        left = [k for k in group.members if k in self._live] or [k for k in group.members if k in self._shown]
        return min(left, key=lambda k: (self._age(k), k), default=None)

    def _age(self, key: str) -> int:
        booking = self._bookings.get(key)
        return self._offset if booking is None else booking.founded

    def _gather(self, group: Group) -> None:
        """In a trip that lives, or was posted, no ended booking keeps a token: it may go elsewhere tomorrow.

        What ended elsewhere and is now shown in a trip that lived before takes nothing of its name: there,
        its tokens count from today.
        """
        keeper = next(iter(group.live), None) if group.header is None else group.header.record
        if keeper is None:
            return
        lived = not self._was_live.isdisjoint(group.live)
        for token in self._held_by(group.cancelled):
            since = self._offset if lived else token.founded
            self._put(Token(token.id, since, token.born_of, keeper))

    def _identify(self, group: Group) -> IdentifiedTrip:
        for key in group.live:  # back to life, and none of its own left: born with a new one
            if not self._held_by([key]):
                self._create(key)
        header = () if group.header is None else (group.header.record,)
        held = self._held_by((*group.members, *header))
        if group.header is not None:
            trip, founded = group.header.trip, group.header.founded
        else:
            if not held:
                held = [self._create(group.members[0])]
            trip, founded = held[0].id, held[0].founded
        records = [record for key in group.members for record in (key, *self._bookings[key].also)]
        aliases = tuple(sorted({token.id for token in held} - {trip}))
        return IdentifiedTrip(trip, aliases, founded, group, (*records, *header))

    def _create(self, key: str) -> Token:
        return self._put(Token(reborn_token(key, offset=self._offset), self._offset, key, key))
