"""What an explanation consists of: each fact as data, and `words` that say the same to a person."""

from pydantic import JsonValue

from schemas.base import Model
from schemas.booking_record import Owner, Revision, Source
from schemas.segments import FieldGroup
from schemas.trip import TripStatus
from services.consolidator.domain.bundles import Rule, TieKind
from services.consolidator.domain.clustering import Apart

Values = dict[str, JsonValue]
"""By field, the value as JSON."""


class Speaker(Model):
    """Whose word something is: a booking record's, or a person's."""

    record: str
    owner: Owner
    booking_source: str | None = None
    record_locator: str | None = None
    """None for a person's own word."""


class ClaimNamed(Model):
    """A claim, by its id, whose it is and of what."""

    segment: str
    speaker: Speaker
    title: str


class ClaimExplained(Model):
    """A claim of a segment."""

    segment: str
    speaker: Speaker
    position: int
    revision: Revision
    live: bool
    words: str


class Match(Model):
    """Two claims that are one thing, and what speaks for it."""

    left: ClaimNamed
    right: ClaimNamed
    strength: int
    """0 where the two do not match by themselves, and others or a person join them."""
    reasons: tuple[str, ...]
    by_person: bool
    words: str


class KeptApart(Model):
    """Two claims that were candidates and are not one thing."""

    left: ClaimNamed
    right: ClaimNamed
    strength: int
    """Above 0 where the two match by themselves, and something else keeps them apart."""
    reasons: tuple[str, ...]
    by_person: bool
    why: Apart
    aspect: str | None = None
    """Of a conflict, on what."""
    between: tuple[str, str]
    """The two claims that cannot be one; others of the same clusters, it may be."""
    words: str


class ValuesLost(Model):
    """What one claim says, and is not shown."""

    speaker: Speaker
    revision: Revision
    values: Values
    words: str


class ValuesWon(Model):
    """What is shown of a field group from one claim, and what it was preferred to."""

    group: FieldGroup
    speaker: Speaker
    revision: Revision
    values: Values
    filled: bool
    order: tuple[Source, ...]
    """The sources for this group, best first."""
    words: str
    lost: tuple[ValuesLost, ...] = ()


class StandingExplained(Model):
    """Whether a segment stands, by whose word, and against whose."""

    status: str
    live: bool
    suspected_cancelled: bool
    by: Speaker
    against: tuple[Speaker, ...]
    words: str


class SegmentExplained(Model):
    """A shown segment: its claims, why they are one thing, and where each value came from."""

    id: str
    also_known_as: tuple[str, ...]
    type: str
    title: str
    standing: StandingExplained
    claims: tuple[ClaimExplained, ...]
    matches: tuple[Match, ...]
    kept_apart: tuple[KeptApart, ...]
    """Candidates that are another segment, or in another trip."""
    values: tuple[ValuesWon, ...]
    unfit: tuple[ValuesLost, ...]
    """Values that would fill a gap, but not beside the others."""


class Dates(Model):
    """First and last local date, both inclusive."""

    first: str
    last: str


class Neighbour(Model):
    """Another booking of the trip, whose dates connect it with this one."""

    speaker: Speaker
    dates: Dates
    """Of it and what it moves with."""


class TieExplained(Model):
    """Why a booking goes where others go, whatever their dates."""

    kind: TieKind
    others: tuple[Speaker, ...]
    words: str


class BookingExplained(Model):
    """A booking, and why it is in its trip."""

    speaker: Speaker
    founded: int
    live: bool
    dates: Dates | None = None
    segments: tuple[str, ...]
    also: tuple[str, ...]
    """Records of the same booking that were posted apart from the trip and are read as part of this."""
    rule: Rule
    trip_dates: Dates | None = None
    """What the trip covered before the booking joined it."""
    overlapping_days: int
    neighbours: tuple[Neighbour, ...]
    ties: tuple[TieExplained, ...]
    words: tuple[str, ...]


class TripExplained(Model):
    """A trip, and why each booking, segment and value is in it."""

    id: str
    also_known_as: tuple[str, ...]
    name: str
    status: TripStatus
    dates: Dates | None = None
    posted_by: Owner | None = None
    words: tuple[str, ...]
    """Why it has this id and this status."""
    bookings: tuple[BookingExplained, ...]
    segments: tuple[SegmentExplained, ...]


class NotShown(Model):
    """A record that shows in no trip by itself, and why."""

    record: str
    speaker: Speaker | None = None
    words: str


class Explanation(Model):
    """Why a traveller's trips are what they are."""

    trips: tuple[TripExplained, ...]
    not_shown: tuple[NotShown, ...]
    notes: tuple[str, ...]
    """What holds for all of it."""
