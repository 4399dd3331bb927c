"""What a dry run says of trips is what happens once the same is said, by the real consolidator."""

from schemas.booking_record import WithdrawalStatement
from schemas.trip import ChangeType, OutcomeResult
from services.consolidator.domain.changes import changes
from services.consolidator.what_if import TripDiff, unsaid, what_if
from services.platform.backing import Backing
from services.platform.settings import TopicSettings
from tests.support.bookings_log import BookingsLog, bookings_log, hotel_booking, own_tenant
from tests.support.worker_processes import consolidator


async def test_what_is_foretold_of_trips_is_what_becomes_of_them(backing: Backing) -> None:
    tenant = own_tenant()
    names = ("a", "b", "c", "d")
    kept, moved, gone, stale = (
        hotel_booking(tenant=tenant, login="ada", locator=name, day=number * 30, at=10)
        for number, name in enumerate(names)
    )
    later = hotel_booking(tenant=tenant, login="ada", locator="b", day=33, at=20)
    withdrawn = WithdrawalStatement(
        **gone.model_dump(exclude={"kind", "content", "explicit_trip", "revision"}),
        revision=gone.revision.model_copy(update={"normaliser": 9}),
    )
    of_nobody_yet = hotel_booking(tenant=tenant, login="new", locator="e", day=3, at=20)
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing):
            await log.post(kept, moved, gone, stale)
            await log.settled()
            before = await _contents(log, tenant)
            with unsaid(partitions=TopicSettings().partitions) as new:
                new.add([later, withdrawn, stale, of_nobody_yet])
                foretold = await _foretold(log, new, listed=10)
                assert (await _foretold(log, new, listed=1)).listed == foretold.listed[:1]
            assert await _contents(log, tenant) == before
            await log.post(later, withdrawn, stale, of_nobody_yet)  # type: ignore[arg-type] - any statement
            await log.settled()
            after = await _contents(log, tenant)

    became = {
        trip: [one["type"] for one in changes(before.get(trip), content)] if content else ["deleted"]
        for trip, content in after.items()
        if content != before.get(trip)
    }
    assert {one.trip: [change.type.value for change in one.changes] for one in foretold.listed} == became
    assert foretold.trips == len(became) == 3
    assert foretold.by_change == {ChangeType.UPDATED: 1, ChangeType.DELETED: 1, ChangeType.CREATED: 1}
    assert "dates" in foretold.by_field_group
    assert foretold.by_outcome == {OutcomeResult.APPLIED: 3, OutcomeResult.STALE: 1}


async def _foretold(log: BookingsLog, new: object, *, listed: int) -> TripDiff:
    return await what_if(
        log.kafka,
        new,
        topics=TopicSettings(),
        listed=listed,
        on_progress=lambda _done, _total: None,  # type: ignore[arg-type] - as given
    )


async def _contents(log: BookingsLog, tenant: str) -> dict[str, object]:
    newest = {value["id"]: value for value in await log.history(tenant)}
    return {trip: value.get("content") for trip, value in newest.items()}
