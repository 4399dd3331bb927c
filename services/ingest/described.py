"""What the JSON routes of ingest answer and read, by their names: for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict

from schemas.base import Model
from schemas.dead_letter import Stage
from schemas.identifiers import Identifier
from schemas.settings import TenantSettings
from services.ingest.domain.dead_letters import DeadLetterChoice
from services.ingest.domain.emails import EmailOutcome
from services.ingest.domain.json_bookings import JsonBooking
from services.ingest.domain.overrides import CorrectionRequest, MergeRequest, SplitRequest
from services.platform.openapi import Told


class _Shape(Model):
    """Part of an answer; newer services may add fields."""

    model_config = ConfigDict(extra="ignore")


class BrokenRule(_Shape):
    """A rule that is broken, and where."""

    field: str
    rule: str
    message: str


class BookingResult(_Shape):
    """What became of one booking of a post."""

    key: Identifier | None
    """Of its record; null where it was rejected."""
    status: Literal["accepted", "rejected"]
    errors: tuple[BrokenRule, ...] = ()


class BookingsAccepted(_Shape):
    """Bookings that are kept; `GET /v1/messages/{message}` tells what becomes of them."""

    message: Identifier
    results: tuple[BookingResult, ...]


class OverrideSaid(_Shape):
    """A person's word that is kept; `DELETE /v1/overrides/{override}` takes it back."""

    override: Identifier
    message: Identifier
    trip: Identifier | None = None


class ShownDeadLetter(_Shape):
    """What could not be processed, why, and what became of it."""

    message: Identifier
    stage: Stage
    reason: str
    detail: str
    """What to mend."""
    topic: str
    partition: int
    offset: int
    tenant: str
    source: str | None = None
    original_timestamp_ms: int | None = None
    state: Literal["open", "redriven", "discarded"]
    buried_at: AwareDatetime
    bytes: int


class DeadLetterList(_Shape):
    """Dead letters, the oldest first."""

    dead_letters: tuple[ShownDeadLetter, ...]
    more: bool


class ReadDeadLetter(ShownDeadLetter):
    """A dead letter with its message."""

    body: str | None
    """As it came, as far as it is text; null where no party of the company sent it, where it is larger than
    1 MiB, or where it expired this moment."""


class ReadDeadLetters(_Shape):
    """The dead letters of one message."""

    dead_letters: tuple[ReadDeadLetter, ...]


class DecidedDeadLetter(ShownDeadLetter):
    """A dead letter, and whether what was wanted could be done; its state is that of before."""

    done: bool
    why_not: str | None


class DecidedDeadLetters(_Shape):
    """What was done, or would be."""

    dead_letters: tuple[DecidedDeadLetter, ...]
    more: bool


class ShownSettings(TenantSettings):
    """What a company decided, with its table of senders."""

    model_config = ConfigDict(extra="ignore")

    senders: tuple[dict[str, Any], ...] = ()


class _Mail(_Shape):
    """What is known of a mail."""

    id: Identifier
    outcome: EmailOutcome
    reason: str | None
    why: str | None
    traveller: Identifier | None
    proposed_traveller: Identifier | None
    door: str
    recipient: str | None
    sender: str | None
    subject: str | None
    authenticity: dict[str, Any] | None
    notes: tuple[str, ...]
    reviewed: dict[str, Any] | None
    received: str


class ListedMail(_Mail):
    """A mail, and how many bookings were found in it."""

    bookings: int


class FoundInMail(_Shape):
    """A booking that was found in a mail, and whether it was taken."""

    booking: dict[str, Any]
    """As `POST /v1/bookings` takes it."""
    confidence: int
    engines: tuple[str, ...] = ()
    is_part: bool = False
    of_change: bool = False
    taken: bool = False


class ShownMail(_Mail):
    """A mail, with the bookings that were found in it, and the records that it states."""

    bookings: tuple[FoundInMail, ...]
    records: tuple[Identifier, ...]


class MailList(_Shape):
    """A page of mails, the newest first."""

    emails: tuple[ListedMail, ...]
    next_cursor: str | None


class MailKept(_Shape):
    """A mail that is kept; `GET /v1/emails/{message}` tells what becomes of it."""

    message: Identifier


class MailAddress(_Shape):
    """Where mail can be sent to."""

    address: str
    kind: Literal["company", "own"]


class AcceptMail(_Shape):
    """What was read from a mail is taken as it is; `traveller` only where the mail is nobody's yet."""

    traveller: str | None = None
    """A login."""


class CorrectMail(AcceptMail):
    """What a mail books, instead of what was read from it."""

    bookings: tuple[JsonBooking, ...]
    """As `POST /v1/bookings` takes them."""


class AssignMail(_Shape):
    """Whose mail it is."""

    traveller: str
    """A login; administrators name anybody's."""


class MailAddresses(_Shape):
    """Where the token's user can send mail to, the own address first."""

    addresses: tuple[MailAddress, ...]


class Connection(_Shape):
    """How the connection of an account came out."""

    state: str
    authorise_url: str | None = None
    """Where the traveller has to agree."""


class ConnectionStatus(_Shape):
    """How the traveller's account at TripIt is doing."""

    model_config = ConfigDict(extra="allow")

    kind: str
    state: str


_AT = "2027-03-08T12:00:00.000+00:00"
_ID = "0f5a3c1e-7b43-5c7e-9d0a-2f1f6f1f7c10"
_BOOKING = {
    "booking_source": "Wayfarer", "record_locator": "QRT5ZL",
    "segments": [
        {
            "type": "air", "carrier": "OS", "flight_number": "451", "origin": {"code": "VIE"},
            "destination": {"code": "LHR"}, "start": "2027-05-12T07:00:00+02:00",
        }
    ],
}  # fmt: skip
_SAID = {"override": _ID, "message": _ID, "trip": _ID}
_MAIL: dict[str, object] = {
    "id": _ID, "outcome": "needs_review", "reason": "unsure_reading", "why": "it is not sure enough",
    "traveller": _ID, "proposed_traveller": None, "door": "http", "recipient": None,
    "sender": "desk@hotel.example", "subject": "Your stay", "authenticity": {"result": "none"}, "notes": [],
    "reviewed": None, "received": _AT,
}  # fmt: skip
_WHOLE = _MAIL | {"bookings": [{"booking": _BOOKING, "confidence": 40}], "records": []}
_SENDER = {"client": "wayfarer", "party": "Wayfarer Travel", "source": "tmc"}
_SETTINGS = {"revision": 3, "merge_gap_days": 1, "senders": [_SENDER]}
_DEAD: dict[str, object] = {
    "message": _ID, "stage": "ingest", "reason": "unknown_traveller", "detail": "nobody has this login",
    "topic": "raw.v1", "partition": 3, "offset": 1207, "tenant": "acme", "source": "tmc",
    "original_timestamp_ms": 1_795_000_000_000, "state": "open", "buried_at": _AT, "bytes": 812,
}  # fmt: skip
_CHOSEN = {"messages": [_ID], "dry_run": True}
_WRITES = (413, 415, 422)
_WRITTEN = ("Itinerary-Position", "Itinerary-Message")
_MAIL_DECIDED = Told(ShownMail, _WHOLE, problems=(409, *_WRITES), tells=("Itinerary-Position",))
_LOGIN = "maria@acme.example"


_DEAD_DECIDED = Told(
    DecidedDeadLetters,
    {"dead_letters": [_DEAD | {"done": True, "why_not": None}], "more": False},
    reads=DeadLetterChoice,
    reading=_CHOSEN,
    problems=_WRITES,
)


def _word(reads: object, reading: object) -> Told:
    """Return what a route tells that takes a person's word about a trip."""
    return Told(
        OverrideSaid,
        _SAID,
        202,
        reads=reads,
        reading=reading,
        problems=(409, 412, 428, *_WRITES),
        asks=("If-Match!", "Idempotency-Key"),
        tells=_WRITTEN,
    )


TOLD: Mapping[str, Told] = {
    "post_json_bookings": Told(
        BookingsAccepted,
        {"message": _ID, "results": [{"key": _ID, "status": "accepted"}]},
        202,
        reads=JsonBooking | tuple[JsonBooking, ...],
        reading=_BOOKING,
        problems=_WRITES,
        tells=_WRITTEN,
    ),
    "merge_trips": _word(MergeRequest, {"trips": [_ID]}),
    "split_trip": _word(SplitRequest, {"bookings": [_ID]}),
    "correct_trip": _word(CorrectionRequest, {"action": "name", "name": "Honeymoon"}),
    "undo_override": Told(
        OverrideSaid, _SAID, 202, problems=(409, 422), asks=("Idempotency-Key",), tells=_WRITTEN
    ),
    "get_settings": Told(ShownSettings, _SETTINGS, tells=("ETag",)),
    "put_settings": Told(
        ShownSettings,
        _SETTINGS,
        202,
        reads=ShownSettings,
        reading=_SETTINGS,
        problems=(412, *_WRITES),
        asks=("If-Match",),
        tells=("ETag", *_WRITTEN),
    ),
    "list_dead_letters": Told(DeadLetterList, {"dead_letters": [_DEAD], "more": False}),
    "get_dead_letter": Told(ReadDeadLetters, {"dead_letters": [_DEAD | {"body": "{}"}]}),
    "redrive_dead_letters": _DEAD_DECIDED,
    "discard_dead_letters": _DEAD_DECIDED,
    "post_email": Told(MailKept, {"message": _ID}, 202, problems=_WRITES),
    "list_emails": Told(MailList, {"emails": [_MAIL | {"bookings": 1}], "next_cursor": None}),
    "get_email": Told(ShownMail, _WHOLE),
    "list_mail_addresses": Told(
        MailAddresses, {"addresses": [{"address": "acme+k3y@mail.example", "kind": "own"}]}
    ),
    "accept_email": _MAIL_DECIDED._replace(reads=AcceptMail, reading={"traveller": _LOGIN}),
    "correct_email": _MAIL_DECIDED._replace(
        reads=CorrectMail, reading={"bookings": [_BOOKING], "traveller": _LOGIN}
    ),
    "assign_email": _MAIL_DECIDED._replace(reads=AssignMail, reading={"traveller": _LOGIN}),
    "discard_email": _MAIL_DECIDED,
    "post_tripit_connection": Told(Connection, {"state": "connected"}, 202, problems=_WRITES),
    "get_tripit_connection": Told(ConnectionStatus, {"kind": "feed", "state": "connected"}, problems=(422,)),
    "delete_tripit_connection": Told(Connection, {"state": "leaving"}, 202, problems=(422,)),
    "put_tripit_consumer": Told(status=204, problems=_WRITES),
    "get_tripit_callback": Told(Connection, {"state": "connected"}, problems=(403, 404, 409, 422, 503)),
    "post_tripit_notification": Told(problems=(413, 415)),
}
"""By the name of a route."""
