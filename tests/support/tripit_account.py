"""One account of the stand-in: trips and plans, edited as a traveller would."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.support.tripit_documents import Tree

KINDS = {
    "AirObject": "air", "LodgingObject": "lodging", "CarObject": "car", "RailObject": "rail",
    "RestaurantObject": "restaurant", "ActivityObject": "activity", "ParkingObject": "parking",
    "TransportObject": "transport", "CruiseObject": "cruise", "NoteObject": "note",
}  # fmt: skip
ME = "ME0001"


class Clock(Protocol):
    says_modified: bool

    def next_id(self) -> int: ...

    def tick(self) -> int: ...

    def changed(self, account: "StandInAccount", trip: str | None, change: str) -> None: ...


@dataclass
class StandInTrip:
    """A trip as the account shows it; TripIt derives its dates from its plans."""

    id: str
    uuid: str
    name: str
    start: str
    end: str
    modified: int
    is_own: bool = True


@dataclass
class StandInPlan:
    """A plan: its element, and the texts and children beside the ids."""

    id: str
    uuid: str
    element: str
    fields: dict[str, Any]
    trip: str | None
    modified: int
    says_modified: bool
    is_own: bool = True
    names: tuple[str, ...] = ("id", "uuid")
    """Which of them answers show: not all do all."""

    def document(self) -> Tree:
        said: dict[str, Any] = {**{name: getattr(self, name) for name in self.names}, **self.fields}
        said["trip_id"] = self.trip or "0"
        said["is_client_traveler"] = "true" if self.is_own else "false"
        if self.says_modified:
            said["last_modified"] = str(self.modified)
        return said


@dataclass
class StandInAccount:
    """What one traveller has in TripIt."""

    clock: Clock
    token: str
    secret: str
    consumer: str
    """The key that the token was granted to."""
    is_revoked: bool = False
    is_subscribed: bool = False
    may_subscribe: bool = True
    trips: dict[str, StandInTrip] = field(default_factory=dict[str, StandInTrip])
    plans: dict[str, StandInPlan] = field(default_factory=dict[str, StandInPlan])

    @property
    def feed_key(self) -> str:
        return f"FEED-{self.token}"

    def add_trip(self, *, start: str, end: str, name: str = "Vienna", is_own: bool = True) -> str:
        number = self.clock.next_id()
        trip = StandInTrip(
            str(number), _uuid(number, 1), name, start, end, modified=self.clock.tick(), is_own=is_own
        )
        self.trips[trip.id] = trip
        self.clock.changed(self, trip.id, "created")
        return trip.id

    def add_plan(self, element: str, trip: str | None, *, is_own: bool = True, **fields: Any) -> str:
        number = self.clock.next_id()
        self.plans[str(number)] = StandInPlan(
            str(number),
            _uuid(number, 2),
            element,
            fields,
            trip,
            modified=self.clock.tick(),
            says_modified=self.clock.says_modified,
            is_own=is_own,
        )
        self.clock.changed(self, trip, "plans_created")
        return str(number)

    def edit(self, plan: str, **fields: Any) -> None:
        self.plans[plan].fields |= fields
        self.plans[plan].modified = self.clock.tick()
        self.clock.changed(self, self.plans[plan].trip, "plans_updated")

    def move(self, plan: str, trip: str | None) -> None:
        """Moving changes no plan: not even `last_modified` is promised to tell."""
        self.plans[plan].trip = trip
        self.clock.changed(self, trip, "plans_moved")

    def delete(self, plan: str) -> StandInPlan:
        self.clock.changed(self, self.plans[plan].trip, "plans_deleted")
        return self.plans.pop(plan)

    def restore(self, plan: StandInPlan) -> None:
        self.plans[plan.id] = plan

    def delete_trip(self, trip: str) -> None:
        del self.trips[trip]
        for plan in [plan for plan in self.plans.values() if plan.trip == trip]:
            del self.plans[plan.id]
        self.clock.changed(self, trip, "deleted")

    def merge(self, trip: str, *, into: str) -> None:
        for plan in self.plans.values():
            if plan.trip == trip:
                plan.trip = into
        del self.trips[trip]
        self.clock.changed(self, into, "merged")

    def trip_document(self, trips: list[StandInTrip]) -> Tree:
        return {
            "Trip": [
                {
                    "TripInvitees": {
                        "Invitee": [
                            {"@profile_ref": "OTHER1", "is_read_only": "false", "is_traveler": "true"},
                            {
                                "@profile_ref": ME,
                                "is_read_only": "false",
                                "is_traveler": "true" if trip.is_own else "false",
                            },
                        ]
                    },
                    "id": trip.id,
                    "uuid": trip.uuid,
                    "start_date": trip.start,
                    "end_date": trip.end,
                    "display_name": trip.name,
                    "last_modified": str(trip.modified),
                }
                for trip in trips
            ],
            "Profile": [
                {"@ref": "OTHER1", "is_client": "false", "screen_name": "other"},
                {"@ref": ME, "is_client": "true", "screen_name": "me"},
            ],
        }

    def plan_documents(self, trips: list[str]) -> Tree:
        documents: dict[str, list[Tree]] = {}
        for plan in self.plans.values():
            if plan.trip in trips:
                documents.setdefault(plan.element, []).append(plan.document())
        return documents


def days_of_plan(plan: StandInPlan) -> str | None:
    """Return the last day of a plan; None for an undated one."""
    inner = plan.fields.get("Segment")
    elements: list[Any] = [plan.fields, *(inner if isinstance(inner, list) else [inner] if inner else [])]
    days = [
        element[name]["date"]
        for element in elements
        for name in ("StartDateTime", "EndDateTime", "DateTime")
        if "date" in element.get(name, {})
    ]
    return max(days, default=None)


def _uuid(number: int, kind: int) -> str:
    return f"{number:08x}-0000-9000-{kind:04d}-{number:012x}"
