"""What lies between the segments of a trip: one model for each kind of fact, by a code that all forms share.

The code tells API, page and calendar what it is; the words are each one's own. Durations are minutes by the
instants, dates are those of the place, thresholds stand beside the rules that use them.
"""

from typing import Annotated, Any, Literal, cast

from pydantic import Field, computed_field, model_validator

from schemas.base import Model, written_json
from schemas.identifiers import Identifier, fact_id
from schemas.segments import Place
from schemas.times import Instant

Note = Literal["note"]
"""Good to know."""
Warn = Literal["warning"]
"""Something may be missing or tight."""
Conflict = Literal["conflict"]
"""Two things cannot both be, or sources disagree."""


_NOT_NAMED_BY = frozenset({"dismissed", "place", "onward"})
"""Places are told in other words when another source says more of them, and are those of the segments."""


class _Fact(Model):
    segments: tuple[Identifier, ...]
    """What it is about, in the order of time."""
    dismissed: bool = False
    """Whether a person said that it is fine as it is."""

    @model_validator(mode="before")
    @classmethod
    def _as_told(cls, said: Any) -> Any:  # noqa: ANN401 - whatever is read
        """Take a fact as answers have it, too: its id follows from the rest."""
        if not isinstance(said, dict) or "id" not in said:
            return cast("Any", said)
        return {name: value for name, value in cast("dict[str, Any]", said).items() if name != "id"}

    @computed_field
    @property
    def id(self) -> Identifier:
        """What it is dismissed by; once it says something else it has another one, and is told again."""
        # All but places are plain values: to have the model written would take as long as all the rest.
        said = ((name, value) for name, value in vars(self).items() if name not in _NOT_NAMED_BY)
        return fact_id(written_json({name: value for name, value in said if value is not None}))


class _DatedFact(_Fact):
    first: str
    """The first local date, `YYYY-MM-DD`."""
    days: int = 1
    """How many dates from there on."""
    place: Place | None = None


class Layover(_Fact):
    """The next departure is from where the traveller arrives."""

    code: Literal["layover"] = "layover"
    severity: Note = "note"
    minutes: int
    place: Place | None


class ShortConnection(_Fact):
    """So little time to change that it may fail."""

    code: Literal["short_connection"] = "short_connection"
    severity: Warn = "warning"
    minutes: int
    place: Place | None
    onward: Place | None
    """From where it goes on; another airport of the city where it differs."""
    one_booking: bool
    """Whether one booking holds both legs: then whoever sold it sees to the rest."""


class Impossible(_Fact):
    """Two journeys at the same time."""

    code: Literal["impossible"] = "impossible"
    severity: Conflict = "conflict"
    minutes: int
    """How long they overlap."""


class OverlappingStays(_Fact):
    """Two beds for one night."""

    code: Literal["overlap_stay"] = "overlap_stay"
    severity: Conflict = "conflict"
    first: str
    nights: int
    same_house: bool
    """Two bookings of one house: possibly one that was booked twice."""


class NightWithoutStay(_DatedFact):
    """Nights away from home for which nothing is booked."""

    code: Literal["night_without_stay"] = "night_without_stay"
    severity: Warn = "warning"


class TransferUnbooked(_Fact):
    """It ends in one place and goes on in another, and nothing is booked between."""

    code: Literal["transfer_unbooked"] = "transfer_unbooked"
    severity: Note = "note"
    place: Place | None
    onward: Place | None
    kilometres: int | None
    """As the crow flies, where both coordinates are known."""


class BeforeCheckIn(_Fact):
    """The traveller arrives long before the house receives."""

    code: Literal["before_check_in"] = "before_check_in"
    severity: Note = "note"
    minutes: int


class AfterCheckOut(_Fact):
    """The traveller leaves long after the house wants the room back."""

    code: Literal["after_check_out"] = "after_check_out"
    severity: Note = "note"
    minutes: int


class ZoneChange(_Fact):
    """The clocks where it ends show another hour than where it starts."""

    code: Literal["zone_change"] = "zone_change"
    severity: Note = "note"
    minutes: int
    """By how much they are ahead; negative where behind."""


class DateLine(_Fact):
    """The local date goes back, or jumps."""

    code: Literal["date_line"] = "date_line"
    severity: Note = "note"
    minutes: int
    """From the clock at the start to the clock at the end; negative where it ends earlier than it starts."""
    days: int
    """From date to date."""


class DstChange(_DatedFact):
    """The clocks of a place change while the traveller is there."""

    code: Literal["dst_change"] = "dst_change"
    severity: Note = "note"
    minutes: int
    """By how much they go forward; negative where back."""


class CheckInOpens(_Fact):
    """When online check-in for a flight usually opens: no source says, so a day before, as with most."""

    code: Literal["check_in_opens"] = "check_in_opens"
    severity: Note = "note"
    local: str
    """By the clock that the departure is told in."""
    utc: Instant


class FreeDays(_DatedFact):
    """Days with a bed and nothing else."""

    code: Literal["free_days"] = "free_days"
    severity: Note = "note"


class SuspectedCancelled(_Fact):
    """A source says that it is cancelled, and a better one that it stands."""

    code: Literal["suspected_cancelled"] = "suspected_cancelled"
    severity: Conflict = "conflict"
    said_by: tuple[str, ...]
    """Kinds of the sources that say so."""


Fact = Annotated[
    Layover
    | ShortConnection
    | Impossible
    | OverlappingStays
    | NightWithoutStay
    | TransferUnbooked
    | BeforeCheckIn
    | AfterCheckOut
    | ZoneChange
    | DateLine
    | DstChange
    | CheckInOpens
    | FreeDays
    | SuspectedCancelled,
    Field(discriminator="code"),
]
