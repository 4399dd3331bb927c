"""What trusted feeds publish: kept like every other message, then normalised from `raw.v1`.

Nobody waits for an answer here, so what cannot be accepted becomes a dead letter and the stream goes
on. Trouble, unlike poison, is raised: the offsets behind it are then not committed.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import structlog
from pydantic import ValidationError

from schemas.dead_letter import DeadLetter, Stage
from schemas.directory import Sender
from schemas.events import InboxBooking
from schemas.identifiers import inbox_message_id
from services.ingest.domain.normalise import Decision
from services.ingest.domain.refusals import Refusal
from services.ingest.domain.statements import Receipt, received
from services.ingest.domain.travellers import Caller
from services.ingest.handlers import Arrival, Directory, Log, Unavailable, judge
from services.ingest.raw import RawHeaders, RawMessage, Route, digest, read_headers
from services.platform import faults, tracing

log = structlog.get_logger()

_ROUTES: dict[str, Route] = {
    "itinerary.booking.v1": "json",
    "itinerary.concur.booking.v1": "concur_booking",
    "itinerary.concur.trip.v1": "concur_trip",
}
_CONTENT_TYPES: dict[Route, str] = {"json": "application/json"}
_ATTRIBUTES = {
    "ce_id": "id",
    "ce_source": "source",
    "ce_type": "type",
    "ce_itinerarytenant": "tenant",
    "ce_itinerarytraveller": "traveller",
}
"""CloudEvents attributes as Kafka headers, in binary mode."""
_MAX_DETAIL = 4000
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Consumed(NamedTuple):
    """A record as it was read from a topic. `timestamp_ms` is the broker's append time on `raw.v1`."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class Poison(NamedTuple):
    """Why a record is a dead letter: a stable code, and what to mend, without any of its data."""

    reason: str
    detail: str


class Feeds:
    """The two steps from `inbox.v1` to `bookings.v1`. Each may be repeated without harm."""

    def __init__(self, *, directory: Directory, log: Log) -> None:
        self._directory = directory
        self._log = log

    async def keep(self, record: Consumed) -> None:
        """Copy a message of `inbox.v1` to `raw.v1`, queued, or bury it.

        Raises:
            Unavailable: trouble; nothing was lost, try again.
        """
        message = inbox_message_id(topic=record.topic, partition=record.partition, offset=record.offset)
        booking = _envelope(record)
        if isinstance(booking, Poison):
            await self._bury(record, message=message, poison=booking)
            return
        sender = await self._sender(tenant=booking.tenant, client=booking.source)
        if sender is None:
            poison = Poison("unknown_sender", "the company's table of senders has no such trusted feed")
            await self._bury(record, message=message, poison=poison, tenant=booking.tenant)
            return
        with tracing.processing(record.topic, causes=[tracing.cause_of(record.headers)]):
            raw = RawMessage(message, record.value, _queued(record, booking, sender=sender))
            await self._log.keep_raw(raw)
        faults.point("feed.kept")

    async def normalise(self, record: Consumed) -> None:
        """Write the statements of a queued record of `raw.v1`, or bury it; leave mail and what is done.

        Raises:
            Unavailable: trouble; nothing was lost, try again.
        """
        headers = read_headers(record.headers)
        if headers is None or not _IDENTIFIER.fullmatch(record.key):
            poison = Poison("not_ours", "key or headers are not those of raw.v1")
            message = inbox_message_id(topic=record.topic, partition=record.partition, offset=record.offset)
            await self._bury(record, message=message, poison=poison)
            return
        if headers.disposition == "done" or headers.route == "email":
            return
        with tracing.processing(record.topic, causes=[tracing.cause_of(record.headers)]):
            await self._take(record, headers=headers)

    async def _take(self, record: Consumed, *, headers: RawHeaders) -> None:
        judged = await normalised(self._directory, record, headers=headers, caller=feed_of(headers))
        if isinstance(judged, Decision):
            receipt = Receipt(record.timestamp_ms, record.partition, record.offset)
            await self._log.append([received(draft, receipt=receipt) for draft in judged.drafts])
            faults.point("feed.appended")
            judged = _refused_items(judged)
        if judged is not None:
            await self._bury(
                record, message=record.key, poison=judged, tenant=headers.tenant, source=headers.source
            )

    async def _sender(self, *, tenant: str, client: str) -> Sender | None:
        known = await self._directory.look_up(tenant=tenant, client=client, logins=frozenset())
        return known.sender if known.sender is not None and known.sender.trusted_feed else None

    async def _bury(
        self,
        record: Consumed,
        *,
        message: str,
        poison: Poison,
        tenant: str | None = None,
        source: str | None = None,
    ) -> None:
        letter = DeadLetter(
            message=message,
            stage=Stage.INGEST,
            reason=poison.reason,
            detail=poison.detail[:_MAX_DETAIL],
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            tenant=tenant,
            source=source,
            original_timestamp_ms=record.timestamp_ms,
        )
        await self._log.bury(letter, body=record.value, headers=record.headers)
        log.warning("message.buried", message=message, reason=poison.reason)


def feed_of(headers: RawHeaders) -> Caller:
    """Return who a queued message comes from: whoever queued it may speak of all the company's travellers."""
    return Caller("feed", headers.login or "", company_wide=True)


async def normalised(
    directory: Directory, record: Consumed, *, headers: RawHeaders, caller: Caller
) -> Decision | Poison:
    """Return what a record of `raw.v1` comes to, or why it can come to nothing.

    Raises:
        Unavailable: trouble; try again.
    """
    arrival = Arrival(
        message=record.key,
        route=headers.route,
        body=record.value,
        content_type=headers.content_type,
        on_behalf_of=headers.login,
        parameters=headers.parameters,
        traveller=headers.traveller,
    )
    try:
        decision = await judge(
            directory, arrival, tenant=headers.tenant, client=headers.client, caller=caller
        )
    except Unavailable:
        raise
    except Exception as bug:  # noqa: BLE001 - one record must not stop a feed; it is kept and counted
        # Without the stack: its messages may quote what the traveller booked.
        log.error("message.unnormalised", message=record.key, error=type(bug).__name__)  # noqa: TRY400 - as above
        return Poison("normaliser_failed", f"our reader failed with {type(bug).__name__}")
    return _poison(decision) if isinstance(decision, Refusal) else decision


def _envelope(record: Consumed) -> InboxBooking | Poison:
    try:
        attributes = {
            _ATTRIBUTES[name]: value.decode() for name, value in record.headers if name in _ATTRIBUTES
        }
        return InboxBooking.model_validate(attributes)
    except UnicodeDecodeError:
        return Poison("malformed_envelope", "a CloudEvents header is not UTF-8")
    except ValidationError as error:
        headers = {attribute: header for header, attribute in _ATTRIBUTES.items()}
        wrong = sorted({headers[str(found["loc"][0])] for found in error.errors() if found["loc"]})
        return Poison(
            "malformed_envelope",
            f"CloudEvents headers (binary mode) missing or wrong: {', '.join(wrong)}",
        )


def _queued(record: Consumed, booking: InboxBooking, *, sender: Sender) -> RawHeaders:
    route = _ROUTES[booking.type]
    return RawHeaders(
        tenant=booking.tenant,
        client=sender.client,
        caller="feed",
        owner=sender.party,
        source=sender.source,
        route=route,
        disposition="queued",
        content_type=_CONTENT_TYPES.get(route, "application/xml"),
        sha256=digest(record.value),
        login=booking.traveller,
    )


def _poison(refusal: Refusal) -> Poison:
    return Poison(refusal.problems[0].rule, refusal.text)


def _refused_items(decision: Decision) -> Poison | None:
    """Return the poison that a message with some refused bookings is, beside the statements it brought."""
    refused = [
        item.refusal.under(str(position)).text
        for position, item in enumerate(decision.items)
        if item.refusal is not None
    ]
    return Poison("some_bookings_refused", "; ".join(refused)) if refused else None
