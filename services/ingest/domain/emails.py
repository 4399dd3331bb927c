"""What becomes of a mail: its entry, kept and shown, and the statements that it comes to.

Nothing here is written anywhere; `services/ingest/mails.py` does that.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from schemas.base import Model
from schemas.booking_record import (
    BookingStatement,
    CancellationStatement,
    Owner,
    Revision,
    WithdrawalStatement,
)
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Text
from services.ingest.domain.authenticity import Authenticity
from services.ingest.domain.email.results import Engine, FoundBooking, MailFacts, MailReading
from services.ingest.domain.json_bookings import JsonBooking
from services.ingest.domain.messages import JsonBookings
from services.ingest.domain.normalise import Context, Decision, decide
from services.ingest.domain.refusals import Refusal
from services.ingest.domain.statements import (
    WITHDRAWN_HASH,
    Address,
    Drafted,
    Receipt,
    number_cancellation,
    received,
)
from services.ingest.domain.travellers import OWN_PARTIES, Caller
from services.ingest.domain.whose_mail import DOUBTS, Person, Whose, is_for

OWNER = Owner(party=OWN_PARTIES["email"], source="email")

EmailOutcome = Literal[
    "queued", "extracted", "nothing_found", "needs_review", "rejected", "accepted", "corrected", "discarded"
]
DECIDED: frozenset[EmailOutcome] = frozenset({"accepted", "corrected", "discarded"})
"""By a person: no later reading of the mail changes it."""


class StatedRecord(Model):
    """A record that a mail states: as much of it as comparing and withdrawing it needs."""

    record: Identifier
    traveller: Identifier
    booking_source: str
    record_locator: str
    source_revision: int | None = None
    says: str
    """A hash of what is said of it."""


class EntryBooking(Model):
    """A booking that was found, and whether it was taken."""

    booking: JsonBooking
    confidence: int
    engines: tuple[Engine, ...] = ()
    is_part: bool = False
    of_change: bool = False
    taken: bool = False


class Reviewed(Model):
    """What a person decided."""

    by: str
    """The login."""
    at: str


class EmailEntry(Model):
    """All that is kept about a mail beside its bytes, which stay on `raw.v1`."""

    tenant: TenantName
    message: Identifier
    outcome: EmailOutcome
    reason: str | None = None
    why: str | None = None
    traveller: Identifier | None = None
    proposed_traveller: Identifier | None = None
    door: str
    recipient: str | None = None
    received_ms: int
    partition: int
    offset: int
    sender: str | None = None
    """The From address of the mail as it arrived: whoever forwarded it."""
    subject: str | None = None
    authenticity: Authenticity | None = None
    """Checked once, when the mail arrived: keys in the DNS change, and a replay must find the same."""
    facts: MailFacts = MailFacts()
    bookings: tuple[EntryBooking, ...] = ()
    notes: tuple[Text, ...] = ()
    records: tuple[StatedRecord, ...] = ()
    record_keys: tuple[Identifier, ...] = ()
    """The same, in the form that the database looks for."""
    reading: int = 0
    """Which reading of the mail this is. It rises when another one comes to something else, and stands in
    revisions as the version of the normaliser: so what a better reader finds replaces the old."""
    reviewed: Reviewed | None = None

    @property
    def receipt(self) -> Receipt:
        """Where and when the broker appended the mail."""
        return Receipt(self.received_ms, self.partition, self.offset)


class Judged(NamedTuple):
    """A mail's entry, and the statements to append before the entry is written."""

    entry: EmailEntry
    statements: tuple[Drafted, ...]


def judge_reading(reading: MailReading, *, entry: EmailEntry, whose: Whose, person: Person | None) -> Judged:
    """Return what a reading comes to.

    Args:
        reading: what the mail says.
        entry: where it arrived and who sent it; its `records` are what an earlier reading stated.
        whose: whose mail it is, or why that is doubtful.
        person: the traveller, where the mail is somebody's.
    """
    found = tuple(_entry_booking(one) for one in reading.bookings)
    known = entry.model_copy(
        update={
            "facts": reading.facts,
            "bookings": found,
            "notes": reading.notes,
            "traveller": whose.traveller,
            "proposed_traveller": whose.proposed,
        }
    )
    kind, why = reading.outcome.kind, reading.outcome.why
    if kind in {"rejected", "nothing_found"}:
        reason = "unreadable" if kind == "rejected" else None
        return _nothing_stated(known, outcome=kind, reason=reason, why=why)
    if whose.traveller is None:
        return _waiting(known, doubt=whose.doubt or "unknown_sender")
    if kind == "needs_review":
        return _waiting(known, doubt="unsure_reading", why=why)
    wanted = tuple(one for one in found if is_for(one.booking, person=person))
    if not wanted:
        return _waiting(known, doubt="other_passengers")
    return _taken(known, wanted=wanted, outcome="extracted")


def state(
    entry: EmailEntry, *, traveller: str, bookings: Sequence[EntryBooking], outcome: EmailOutcome
) -> Judged | Refusal:
    """Return what bookings of a mail come to for a traveller, whom and which a person chose."""
    chosen = entry.model_copy(update={"traveller": traveller, "proposed_traveller": None})
    decision = _decision(chosen, bookings=bookings)
    if isinstance(decision, Refusal):
        return decision
    return _stated(chosen, decision=decision, wanted=bookings, outcome=outcome)


def withdrawn(entry: EmailEntry) -> Judged:
    """Return what is left of a mail that a person discarded: nothing, and whatever it stated is withdrawn."""
    bookings = tuple(one.model_copy(update={"taken": False}) for one in entry.bookings)
    bare = entry.model_copy(update={"bookings": bookings})
    return _nothing_stated(bare, outcome="discarded", reason=None, why=None)


def as_of(judged: Judged, *, receipt: Receipt) -> Judged:
    """Return the same with its statements dated anew: as said when a person decided, not when it arrived."""
    return judged._replace(statements=tuple(received(s, receipt=receipt) for s in judged.statements))


def keep_supported(judged: Judged, *, supported: frozenset[str]) -> Judged:
    """Drop the withdrawal of records that another mail states, too (design, section 4)."""
    statements = tuple(
        s for s in judged.statements if not (isinstance(s, WithdrawalStatement) and s.record in supported)
    )
    return judged._replace(statements=statements)


def perhaps_stated(entry: EmailEntry, *, judged: EmailEntry) -> EmailEntry:
    """Return a mail's entry as it was, with what is about to be stated: whether it was, the log alone knows.

    It bears the number of the reading that states, so that what is said next is newer.
    """
    records = {one.record: one for one in (*entry.records, *judged.records)}
    return entry.model_copy(
        update={
            "records": tuple(records.values()),
            "record_keys": tuple(sorted(records)),
            "reading": max(entry.reading, judged.reading),
        }
    )


def records_of(judged: Judged) -> frozenset[str]:
    """Return the records that would be stated or withdrawn."""
    return withdrawals(judged) | frozenset(judged.entry.record_keys)


def withdrawals(judged: Judged) -> frozenset[str]:
    """Return the records that would be withdrawn."""
    return frozenset(s.record for s in judged.statements if isinstance(s, WithdrawalStatement))


def said_of(bookings: Sequence[EntryBooking]) -> list[Mapping[str, object]]:
    """Return bookings as `POST /v1/bookings` takes them."""
    return [one.booking.model_dump(mode="json", exclude_none=True) for one in bookings]


def _entry_booking(found: FoundBooking) -> EntryBooking:
    return EntryBooking(
        booking=found.booking.model_copy(update={"source": "email", "traveller": None, "trip_id": None}),
        confidence=found.confidence,
        engines=found.engines,
        is_part=found.is_part,
        of_change=found.of_change,
    )


def _waiting(entry: EmailEntry, *, doubt: str, why: str | None = None) -> Judged:
    return _nothing_stated(entry, outcome="needs_review", reason=doubt, why=why or DOUBTS[doubt])


def _nothing_stated(
    entry: EmailEntry, *, outcome: EmailOutcome, reason: str | None, why: str | None
) -> Judged:
    updated = entry.model_copy(update={"outcome": outcome, "reason": reason, "why": why})
    return _with_records(updated, drafts=())


def _taken(entry: EmailEntry, *, wanted: Sequence[EntryBooking], outcome: EmailOutcome) -> Judged:
    decision = _decision(entry, bookings=wanted)
    if isinstance(decision, Refusal):
        return _waiting(entry, doubt="refused_booking", why=decision.text)
    return _stated(entry, decision=decision, wanted=wanted, outcome=outcome)


def _decision(entry: EmailEntry, *, bookings: Sequence[EntryBooking]) -> Decision | Refusal:
    records = [record for one in bookings for record in found_again(one).records()]
    traveller = entry.traveller or ""
    context = Context(
        tenant=entry.tenant,
        message=entry.message,
        # Its traveller is known by now; the login under which a traveller is looked up does not matter.
        caller=Caller("traveller", traveller, company_wide=False),
        sender=None,
        travellers={traveller: traveller},
    )
    return decide(JsonBookings(tuple(records), is_array=True), context=context)


def found_again(one: EntryBooking) -> FoundBooking:
    """Return what was found, from what is kept of it."""
    booking = one.booking.model_copy(update={"source": "email", "traveller": None, "trip_id": None})
    return FoundBooking(
        booking=booking,
        confidence=one.confidence,
        engines=one.engines,
        is_part=one.is_part,
        of_change=one.of_change,
    )


def _stated(
    entry: EmailEntry, *, decision: Decision, wanted: Sequence[EntryBooking], outcome: EmailOutcome
) -> Judged:
    refused = [item.refusal.text for item in decision.items if item.refusal is not None]
    shown = entry.bookings if outcome == "extracted" else wanted
    updated = entry.model_copy(
        update={
            "outcome": outcome,
            "reason": None,
            "why": None,
            "bookings": tuple(one.model_copy(update={"taken": one in wanted}) for one in shown),
            "notes": (*entry.notes, *(f"a booking was not taken: {text}" for text in refused)),
        }
    )
    return _with_records(updated, drafts=(*decision.drafts, *_numbers_cancelled(decision, wanted=wanted)))


def _numbers_cancelled(decision: Decision, *, wanted: Sequence[EntryBooking]) -> tuple[Drafted, ...]:
    """Return the cancellation of the numbers of whole bookings: parts of them have records of their own."""
    whole = {one.booking.record_locator for one in wanted if not one.is_part}
    return tuple(
        number_cancellation(
            Address(draft.tenant, draft.traveller, draft.owner, draft.message),
            booking_source=draft.booking_source,
            number=draft.record_locator,
            source_revision=draft.revision.source_revision,
        )
        for draft in decision.drafts
        if isinstance(draft, CancellationStatement) and draft.record_locator in whole
    )


def _with_records(entry: EmailEntry, *, drafts: Sequence[Drafted]) -> Judged:
    """Complete drafts to statements, with the withdrawal of what was stated before and is not any more."""
    records = tuple(
        _record(draft) for draft in drafts if isinstance(draft, BookingStatement | CancellationStatement)
    )
    reading = entry.reading + (records != entry.records or entry.reading == 0)
    updated = entry.model_copy(
        update={
            "records": records,
            "record_keys": tuple(sorted({one.record for one in records})),
            "reading": reading,
        }
    )
    dated = {**entry.receipt._asdict(), "normaliser": reading}
    said = tuple(
        draft.model_copy(update={"revision": draft.revision.model_copy(update=dated)}) for draft in drafts
    )
    gone = tuple(
        withdrawal(one, entry=updated) for one in entry.records if one.record not in updated.record_keys
    )
    return Judged(updated, (*said, *gone))


def _record(draft: BookingStatement | CancellationStatement) -> StatedRecord:
    return StatedRecord(
        record=draft.record,
        traveller=draft.traveller,
        booking_source=draft.booking_source,
        record_locator=draft.record_locator,
        source_revision=draft.revision.source_revision,
        says=f"{draft.kind} {draft.revision.content_hash}",
    )


def withdrawal(gone: StatedRecord, *, entry: EmailEntry) -> WithdrawalStatement:
    """Withdraw a record, as of a mail."""
    return WithdrawalStatement(
        tenant=entry.tenant,
        traveller=gone.traveller,
        message=entry.message,
        record=gone.record,
        owner=OWNER,
        booking_source=gone.booking_source,
        record_locator=gone.record_locator,
        revision=Revision(
            source_revision=gone.source_revision,
            **entry.receipt._asdict(),
            normaliser=entry.reading,
            content_hash=WITHDRAWN_HASH,
        ),
    )
