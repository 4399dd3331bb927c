"""A tenant's settings change: from then on at once, and piece by piece for all that was booked before."""

from collections.abc import Iterable

import orjson
import pytest

from schemas.booking_record import (
    BookingStatement,
    ReconsolidateTenantStatement,
    SettingsStatement,
    Statement,
    decode_statement,
)
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS
from services.consolidator.handlers import TRAVELLERS_A_PIECE, consolidate_batch
from services.consolidator.partition import BatchOutput, Message, PartitionState
from tests.support.bookings_log import home, hotel_booking
from tests.support.statements import TENANT, message

HOME = 3
TRAVELLERS = 2 * TRAVELLERS_A_PIECE + 7


class OnePartition:
    """A partition's log and the worker on it, which may crash between appending and committing."""

    def __init__(self) -> None:
        self.state = PartitionState(number=HOME, partitions=8, epoch=1)
        self.log: list[bytes] = []
        self.batches: list[BatchOutput] = []

    def put(self, *statements: Statement) -> None:
        self.log += [statement.encode() for statement in statements]

    def work(self, *, crashes: Iterable[bool] = ()) -> None:
        """Work off the log; where `crashes` says so, what was appended stays and what was decided is lost."""
        fate = iter(crashes)
        while (start := self.state.done + 1) < len(self.log):
            messages = [Message(o, 1_700_000_000_000 + o, v) for o, v in enumerate(self.log)][start:]
            output = consolidate_batch(self.state, messages[:200])
            if output.continuation is not None:
                assert output.continuation.topic == BOOKINGS.name
                self.log.append(output.continuation.value)
            if not next(fate, False):
                self.state.absorb(output)
                self.batches.append(output)

    def revisions(self) -> dict[str, set[int]]:
        """By traveller the settings revisions that the trips of today name."""
        return {
            traveller: {orjson.loads(value)["content"]["settings_revision"] for value in known.trips.values()}
            for (_, traveller), known in self.state.travellers.items()
        }

    def pieces(self) -> list[ReconsolidateTenantStatement]:
        found = [decode_statement(value) for value in self.log]
        return [one for one in found if isinstance(one, ReconsolidateTenantStatement)]


def _logins() -> list[str]:
    logins = (f"u{n}" for n in range(100_000))
    at_home = (login for login in logins if _home(login) == HOME)
    return [next(at_home) for _ in range(TRAVELLERS)]


def _home(login: str) -> int:
    return home(_booking(login))


def _booking(login: str, *, locator: str = "A", day: int = 1) -> BookingStatement:
    return hotel_booking(tenant=TENANT, login=login, locator=locator, day=day, at=day)


def _settings(revision: int, **settings: object) -> SettingsStatement:
    values = TenantSettings.model_validate({"revision": revision, **settings})
    return SettingsStatement(tenant=TENANT, message=message(99), settings=values)


@pytest.fixture(scope="module")
def logins() -> list[str]:
    return _logins()


@pytest.fixture
def partition(logins: list[str]) -> OnePartition:
    made = OnePartition()
    made.put(*(_booking(login) for login in logins))
    made.work()
    return made


def test_every_traveller_of_the_tenant_is_consolidated_again_a_few_at_a_time(partition: OnePartition) -> None:
    partition.put(_settings(1))
    partition.batches.clear()
    partition.work()

    assert set(map(frozenset, partition.revisions().values())) == {frozenset({1})}
    assert len(partition.pieces()) == 3
    assert max(len(batch.steps) for batch in partition.batches) == TRAVELLERS_A_PIECE


def test_what_is_booked_meanwhile_comes_between_the_pieces(
    partition: OnePartition, logins: list[str]
) -> None:
    partition.put(_settings(1), _booking(logins[0], locator="B", day=30))
    partition.batches.clear()
    partition.work()

    booked = next(n for n, batch in enumerate(partition.batches) if len(batch.steps) == 1)
    pieces = [n for n, batch in enumerate(partition.batches) if len(batch.steps) > 1]
    assert booked < pieces[0]


@pytest.mark.parametrize("crash_at", range(5))
def test_a_crash_in_the_middle_repeats_pieces_and_leaves_nobody_out(
    partition: OnePartition, crash_at: int
) -> None:
    partition.put(_settings(1))
    partition.work(crashes=[n == crash_at for n in range(10)])

    assert set(map(frozenset, partition.revisions().values())) == {frozenset({1})}
    versions = [trip.value for batch in partition.batches for _, step in batch.steps for trip in step.trips]
    assert len(versions) == len(set(versions)) == 2 * TRAVELLERS


def test_settings_that_are_not_newer_begin_nothing(partition: OnePartition) -> None:
    partition.put(_settings(2), _settings(2, merge_gap_days=3), _settings(1))
    partition.work()

    assert len(partition.pieces()) == 3
    assert partition.state.settings_of(TENANT).merge_gap_days == 0


def test_a_change_during_a_change_ends_with_the_last(partition: OnePartition) -> None:
    partition.put(_settings(1), _settings(2, merge_gap_days=3))
    partition.work()

    assert set(map(frozenset, partition.revisions().values())) == {frozenset({2})}


def test_travellers_of_others_are_left_alone(partition: OnePartition) -> None:
    partition.put(_settings(1).model_copy(update={"tenant": "other"}))
    partition.work()

    assert set(map(frozenset, partition.revisions().values())) == {frozenset({0})}
    assert len(partition.pieces()) == 1
