"""From a message to drafts of statements: the one place that decides what is accepted, of whom.

Used alike for what arrives over HTTP and for what the worker takes from `raw.v1`.
"""

from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple, assert_never

from schemas.booking_record import Owner, Source
from schemas.directory import Sender
from schemas.identifiers import normal_code
from schemas.limits import excess
from schemas.segments import SegmentType
from schemas.times import Moment
from services.ingest.domain import statements
from services.ingest.domain.clocks import with_local_clocks
from services.ingest.domain.concur.proposals import PROPOSED
from services.ingest.domain.concur_drafts import ConcurMessage, concur_drafts, spoken_of, warnings_of
from services.ingest.domain.fetched import TRIPIT, FetchedPlans, GonePlans, draft_fetched
from services.ingest.domain.json_bookings import JsonBooking
from services.ingest.domain.messages import (
    BookingPost,
    CancellationPost,
    JsonBookings,
    Message,
    TripCancellationPost,
    TripPost,
)
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, refusal
from services.ingest.domain.statements import MAX_STATEMENT_BYTES, Address, Drafted, Named
from services.ingest.domain.travellers import (
    Caller,
    login_concerned,
    owner_by_token,
    sender_may_say,
    unknown_traveller,
)


class Context(NamedTuple):
    """What is known about a message beside what it says."""

    tenant: str
    message: str
    caller: Caller
    sender: Sender | None
    """The caller's row in the tenant's table of senders; people have none."""
    travellers: Mapping[str, str]
    """Of the logins concerned those that the directory knows, normalised, with their travellers."""
    on_behalf_of: str | None = None
    """The login that the address named."""
    traveller: str | None = None
    """The traveller whose own account it was fetched from, where the directory still knows them."""
    proposals: bool = False
    """Whether the tenant has its agency propose trips."""


class Item(NamedTuple):
    """What became of one booking of a message: its record's key, or why it was refused."""

    key: str | None
    refusal: Refusal | None = None


class Decision(NamedTuple):
    """What a message comes to. Not all of an array need be accepted, but something is."""

    owner: Owner
    drafts: tuple[Drafted, ...]
    items: tuple[Item, ...]
    warnings: tuple[Problem, ...] = ()
    """What was kept as it was sent, though nobody knows what it means."""

    @property
    def traveller(self) -> str | None:
        """The one traveller concerned; None where there are several."""
        travellers = {draft.traveller for draft in self.drafts}
        return travellers.pop() if len(travellers) == 1 else None


def logins_concerned(message: Message, *, caller: Caller, on_behalf_of: str | None) -> frozenset[str]:
    """Return, normalised, every login that the decision may ask the directory for."""
    named: set[str | None] = {on_behalf_of, caller.login or None}
    if isinstance(message, JsonBookings):
        named |= {item.traveller for item in message.items if isinstance(item, JsonBooking)}
    return frozenset(normal_code(login) for login in named if login is not None)


def is_proposal(message: Message) -> bool:
    """Say whether a message proposes a trip."""
    return isinstance(message, TripPost) and message.posted.header.status in PROPOSED


def decide(message: Message, *, context: Context) -> Decision | Refusal:
    """Return the drafts that a message comes to, or why it comes to none."""
    match message:
        case JsonBookings():
            return _decide_json(message, context=context)
        case FetchedPlans() | GonePlans():
            return _decide_fetched(message, context=context)
        case BookingPost() | TripPost() | CancellationPost() | TripCancellationPost():
            address = _address(context, named=context.on_behalf_of, stated=None, field="userid_value")
            if isinstance(address, Refusal):
                return address
            if is_proposal(message) and (no := _may_not_propose(address.owner, context=context)) is not None:
                return no
            return _decide_concur(message, address=address, sender=context.sender)
        case _:
            assert_never(message)


def _may_not_propose(owner: Owner, *, context: Context) -> Refusal | None:
    """Return why somebody may not propose a trip (design, section 7): an agency may, where it is asked to."""
    if owner.source != "tmc":
        rule, message = "not_an_agency", "only the company's agency proposes trips"
    elif not context.proposals:
        rule, message = "agency_proposal_off", "Agency Proposal is not switched on for this company"
    else:
        return None
    return refusal(RefusalKind.FORBIDDEN, field="Itinerary/TripStatus", rule=rule, message=message)


def _decide_fetched(message: FetchedPlans | GonePlans, *, context: Context) -> Decision | Refusal:
    if context.traveller is None:
        return unknown_traveller(field="traveller")
    address = Address(context.tenant, context.traveller, TRIPIT, context.message)
    drafted = draft_fetched(message, address=address)
    items = tuple(Item(None, d) if isinstance(d, Refusal) else Item(d.record) for d in drafted)
    return Decision(TRIPIT, tuple(d for d in drafted if not isinstance(d, Refusal)), items)


def _decide_concur(message: ConcurMessage, *, address: Address, sender: Sender | None) -> Decision | Refusal:
    for booking_source, types in spoken_of(message):
        if (no := sender_may_say(sender, booking_source=booking_source, types=types)) is not None:
            return no
    drafts = concur_drafts(message, address=address)
    if isinstance(drafts, Refusal):
        return drafts
    if (no := next(filter(None, map(_too_large, drafts)), None)) is not None:
        return no
    return Decision(
        address.owner, drafts, tuple(Item(draft.record) for draft in drafts), warnings_of(message)
    )


def _decide_json(message: JsonBookings, *, context: Context) -> Decision | Refusal:
    drafts: dict[int, Drafted] = {}
    items: list[Item] = []
    for position, booking in enumerate(message.items):
        drafted = booking if isinstance(booking, Refusal) else _json_draft(booking, context=context)
        if not isinstance(drafted, Refusal) and any(_contends(drafted, other=d) for d in drafts.values()):
            drafted = _stated_twice()
        if isinstance(drafted, Refusal):
            items.append(Item(None, drafted))
        else:
            drafts[position] = drafted
            items.append(Item(drafted.record))
    if not drafts:
        return _nothing_accepted(items, is_array=message.is_array)
    accepted = tuple(drafts.values())
    return Decision(accepted[0].owner, accepted, tuple(items))


def _json_draft(booking: JsonBooking, *, context: Context) -> Drafted | Refusal:
    named_by = booking.traveller or context.on_behalf_of
    address = _address(context, named=named_by, stated=booking.source, field="traveller")
    if isinstance(address, Refusal):
        return address
    types: set[SegmentType] = {segment.type for segment in booking.segments}
    no = sender_may_say(context.sender, booking_source=booking.booking_source, types=types)
    if (no := no or ends_before_it_starts(booking)) is not None:
        return no
    named = Named(booking.booking_source, booking.record_locator, explicit_trip=booking.trip_id)
    match booking.status:
        case "cancelled":
            return statements.cancellation(address, named=named, source_revision=booking.revision)
        case "withdrawn":
            return _withdrawn(address, named=named, source_revision=booking.revision)
        case "confirmed":
            content = booking.content()
            content = content.model_copy(update={"segments": tuple(map(with_local_clocks, content.segments))})
            draft = statements.booking(
                address, named=named, content=content, source_revision=booking.revision
            )
            return _too_large(draft) or draft


def _withdrawn(address: Address, *, named: Named, source_revision: int | None) -> Drafted | Refusal:
    """A person may have typed what never was. A sender's booking is cancelled instead."""
    if address.owner.source != "manual":
        return refusal(
            RefusalKind.FORBIDDEN,
            field="status",
            rule="not_yours_to_withdraw",
            message="only what a person said themselves is withdrawn; set status to cancelled",
        )
    return statements.withdrawal(address, named=named, source_revision=source_revision)


def ends_before_it_starts(booking: JsonBooking) -> Refusal | None:
    """Refuse a segment that ends before it starts, where the sender gave both offsets.

    Elsewhere it is kept: flights west over the date line arrive "before" they leave (design, section 4).
    """
    problems = tuple(
        Problem(f"segments.{position}.end", "ends_before_it_starts", "is before the segment's start")
        for position, segment in enumerate(booking.segments)
        if _is_backwards(segment.start, segment.end)
    )
    return Refusal(RefusalKind.INVALID, problems) if problems else None


def _is_backwards(start: Moment | None, end: Moment | None) -> bool:
    if start is None or end is None or start.inferred or end.inferred:
        return False
    starts, ends = start.instant(), end.instant()
    return starts is not None and ends is not None and ends < starts


def _address(context: Context, *, named: str | None, stated: Source | None, field: str) -> Address | Refusal:
    login = login_concerned(context.caller, named=named, field=field)
    if isinstance(login, Refusal):
        return login
    owner = owner_by_token(context.caller, sender=context.sender, stated=stated)
    if isinstance(owner, Refusal):
        return owner
    traveller = context.travellers.get(normal_code(login))
    if traveller is None:
        return unknown_traveller(field=field)
    return Address(context.tenant, traveller, owner, context.message)


def _contends(draft: Drafted, *, other: Drafted) -> bool:
    """Whether two statements of one message would leave it to chance which of them is newer."""
    own, others = draft.revision.source_revision, other.revision.source_revision
    return draft.record == other.record and (own is None or others is None or own == others)


def _stated_twice() -> Refusal:
    return refusal(
        RefusalKind.INVALID,
        field="record_locator",
        rule="booking_stated_twice",
        message="an earlier item states the same booking; give each a revision, or send one",
    )


def _too_large(draft: Drafted) -> Refusal | None:
    if (over := excess(draft)) is not None:
        return refusal(RefusalKind.INVALID, field=over.field, rule="too_much", message=over.reason)
    if len(draft.encode()) <= MAX_STATEMENT_BYTES:
        return None
    return refusal(
        RefusalKind.TOO_LARGE, field="", rule="too_large", message="the booking is larger than 1 MiB"
    )


def _nothing_accepted(items: list[Item], *, is_array: bool) -> Refusal:
    refusals = [item.refusal for item in items if item.refusal is not None]
    if not is_array:
        return refusals[0]
    numbered = (no.under(str(position)).problems for position, no in enumerate(refusals))
    return Refusal(RefusalKind.INVALID, tuple(chain.from_iterable(numbered)))
