"""The real worker with one bug in it, by `PLANTED_BUG`: what the suite must catch.

Run in the place of `services.consolidator`; no switch of this kind is in the services themselves.
"""

# ruff: noqa: SLF001, TID251 - it reaches into what it breaks
# pyright: reportPrivateUsage=false

import os
import sys
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from schemas.booking_record import Revision
from schemas.identifiers import progress_key
from schemas.topics import BOOKINGS
from services.consolidator import lanes, outputs, relay, stream, watchdog
from services.consolidator.__main__ import main
from services.platform import faults


def _older_wins() -> None:
    """Newer-wins, turned round."""

    def is_older(revision: Revision, than: Revision | None) -> bool:
        return than is None or revision.order() < than.order()

    assert hasattr(Revision, "is_newer")
    Revision.is_newer = is_older


def _commit_before_send() -> None:
    """Progress is written ahead of what it is the progress of."""
    whole = outputs.PartitionWriter.commit

    async def in_two(self: Any, batch: Sequence[Any]) -> Any:
        marker = progress_key(topic=BOOKINGS.name, partition=self._partition).encode()
        await whole(self, [output for output in batch if output.key == marker])
        faults.point("planted.between")
        return await whole(self, batch)

    outputs.PartitionWriter.commit = in_two


def _no_fencing() -> None:
    """Each process has transactional ids of its own, so that nobody is fenced, and finishes what it writes.

    A worker that hears in time that its partition has moved breaks off, and hides what the broker lets pass.
    """

    async def finish(_: lanes.Lane) -> None: ...

    outputs.transactional_id = lambda partition: f"itinerary-consolidator-{partition}-{os.getpid()}"
    lanes.Lane.release = finish


def _drops() -> None:
    """Every other batch loses its first message."""
    whole, batches = lanes.consolidate_batch, count(1)

    def dropping(state: Any, messages: Sequence[Any]) -> Any:
        dropped = next(batches) % 2 == 0
        emptied = messages[0]._replace(value=_NOTHING) if dropped else messages[0]
        return whole(state, [emptied, *messages[1:]])

    lanes.consolidate_batch = dropping


_NOTHING = (
    b'{"kind":"reconsolidate_tenant","tenant":"nobody","message":"00000000-0000-0000-0000-000000000000"}'
)


def _told_before_known() -> None:
    """The relay commits its place before the broker has confirmed the events."""
    whole = relay.GroupReader.fetch

    async def committed(self: relay.GroupReader, *, max_records: int) -> Any:
        fetched = await whole(self, max_records=max_records)
        if any(relay._sendings(record) for batch in fetched.values() for record in batch):
            await self.commit(fetched)
            faults.point("planted.between")
        return fetched

    relay.GroupReader.fetch = committed


def _hands_nothing_over() -> None:
    """The engine reads and keeps what it read to itself: nothing fails, and nothing goes on."""
    stream.Stream._hand_over = lambda _self, _message: None


def _is_given_no_place() -> None:
    """The engine never gets into the group, although the broker answers."""
    stream.Stream.joined = property(lambda _self: False)
    stream.Stream.assigned = property(lambda _self: frozenset[int]())
    watchdog.REBALANCE_SECONDS = 1  # nobody else is waited for here


_BUGS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "older wins": _older_wins,
    "commit before send": _commit_before_send,
    "no fencing": _no_fencing,
    "a message is dropped": _drops,
    "told before known": _told_before_known,
    "hands nothing over": _hands_nothing_over,
    "is given no place": _is_given_no_place,
}

if __name__ == "__main__":
    _BUGS[os.environ["PLANTED_BUG"]]()
    sys.exit(main(sys.argv[1:]))
