"""What senders say in a run, by a seed: bookings, revisions, repetitions, late ones, cancellations."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from schemas.booking_record import BookingContent, BookingStatement, CancellationStatement, Revision, Source
from tests.support.bookings_log import hotel_booking
from tests.support.statements import stay

SpeaksOfBooking = BookingStatement | CancellationStatement

_SOURCES: tuple[Source, ...] = ("tmc", "supplier", "email", "tripit")
_REMEMBERED = 40
_DAYS = 150
_FIRST_DAY = date(2027, 1, 1)


def canary(tenant: str) -> str:
    """Return a word that may be read in this tenant's trips, and nowhere else: in no log, no other's trip."""
    return f"Kanarienvogel-{tenant}"


class Workload:
    """The same seed, the same statements."""

    def __init__(
        self, seed: int, *, tenants: tuple[str, ...], travellers: int = 12, locators: int = 5
    ) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._tenants = tenants
        self._travellers = travellers
        self._locators = locators
        self._said: list[SpeaksOfBooking] = []
        self._received = 0

    def statements(self, count: int) -> Iterator[SpeaksOfBooking]:
        """Say so much more; a message that is late has been on its way while newer ones overtook it."""
        for _ in range(count):
            draw = self._dice.random()
            if self._said and draw < 0.1:
                yield self._dice.choice(self._said[-_REMEMBERED:])  # again, and perhaps late
                continue
            said = self._cancellation() if self._said and draw < 0.2 else self._booking()
            self._said.append(said)
            if draw > 0.95:
                continue  # it is held up: it comes, if ever, as a late one
            yield said

    def _booking(self) -> BookingStatement:
        self._received += 1
        tenant, dice = self._dice.choice(self._tenants), self._dice
        start = _FIRST_DAY + timedelta(days=dice.randrange(_DAYS))
        end = start + timedelta(days=dice.choice((1, 1, 2, 5)))
        statement = hotel_booking(
            tenant=tenant,
            login=f"u{dice.randrange(self._travellers)}",
            locator=f"L{dice.randrange(self._locators)}",
            day=0,
            at=self._received,
            source=dice.choice(_SOURCES),
        )
        # A word of its own in each, so that no two are alike and none is where it does not belong.
        told = stay(f"{canary(tenant)} {self._received}", start.isoformat(), end.isoformat(), city="Bonn")
        return statement.model_copy(update={"content": BookingContent(segments=(told,))})

    def _cancellation(self) -> CancellationStatement:
        self._received += 1
        of = self._dice.choice(self._said[-_REMEMBERED:])
        revision = Revision(
            received_ms=1_700_000_000_000 + self._received * 1000,
            partition=0,
            offset=self._received,
            normaliser=1,
            content_hash="0",
        )
        fields = of.model_dump(exclude={"kind", "content", "explicit_trip"}) | {"revision": revision}
        return CancellationStatement.model_validate(fields)
