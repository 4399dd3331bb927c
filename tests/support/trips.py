"""A traveller in memory: feed statements, look at the trips. Runs the core as the stream does."""

from collections.abc import Iterable
from typing import Any

import orjson

from schemas.booking_record import Statement
from schemas.segments import FIELD_PLACES, Segment
from schemas.settings import TenantSettings
from schemas.trip import TripsValue, decode_trips_value
from services.consolidator.domain.consolidate import expected_trips, step
from services.consolidator.domain.inputs import Input
from services.consolidator.domain.state import Step, TravellerState
from tests.support.statements import TENANT, TRAVELLER
from tests.support.twins import twin_of

APPENDED_MS = 1_900_000_000_000
"""Late enough for every instant that a test advances to."""


class Traveller:
    """The fold over one traveller's inputs."""

    def __init__(self, settings: TenantSettings | None = None) -> None:
        self.state = TravellerState(TENANT, TRAVELLER)
        self.settings = settings or TenantSettings()
        self.offset = 0
        self.outputs: list[bytes] = []

    def feed(self, *statements: Statement) -> Step:
        """Feed statements as one batch."""
        inputs = [
            Input(statement, offset=self.offset + n, appended_ms=APPENDED_MS + self.offset + n)
            for n, statement in enumerate(statements)
        ]
        self.offset += len(statements)
        made = step(self.state, inputs, settings=self.settings, epoch=1)
        self.state.absorb(made)
        self.outputs += [output.value for output in made.trips]
        return made

    def twin(self) -> "Traveller":
        """Return one who lived the same, and goes on apart."""
        twin = Traveller(self.settings)
        twin.state, twin.offset, twin.outputs = twin_of(self.state), self.offset, list(self.outputs)
        return twin

    @property
    def written(self) -> list[TripsValue]:
        """Everything that went to `trips.v1`, in order."""
        return [decode_trips_value(value) for value in self.outputs]

    def each(self, *statements: Statement) -> "Traveller":
        """Feed statements one by one."""
        for statement in statements:
            self.feed(statement)
        return self

    def trips(self) -> dict[str, dict[str, Any]]:
        """The trips of today, by id, as last written."""
        stored = {trip_id: orjson.loads(value) for trip_id, value in self.state.trips.items()}
        return {trip_id: value for trip_id, value in stored.items() if value["kind"] == "trip"}

    def live(self) -> list[dict[str, Any]]:
        """The contents of the trips that are not cancelled, by date."""
        contents = (trip["content"] for trip in self.trips().values())
        return sorted(
            (content for content in contents if content["status"] != "cancelled"),
            key=lambda content: (content.get("start_date", "9999"), content["name"]),
        )

    def content(self) -> list[bytes]:
        """All contents in their byte form: what `f` computes."""
        return sorted(expected_trips(self.state.records, settings=self.settings).values())

    def homes(self) -> dict[str, str]:
        """The trips that ids lead to today, by id."""
        return {
            alias: trip["id"]
            for trip in self.trips().values()
            for alias in (trip["id"], *trip["also_known_as"])
        }

    def resolve(self, trip_id: str) -> str | None:
        """The trip that an id leads to today; None for a deleted one."""
        return self.homes().get(trip_id)


def after(*statements: Statement, settings: TenantSettings | None = None) -> Traveller:
    """The traveller after these statements, fed one by one."""
    return Traveller(settings).each(*statements)


def locators(content: dict[str, Any]) -> list[str]:
    """The record locators of a trip's bookings."""
    return sorted(booking["record_locator"] for booking in content["bookings"])


def grouped(traveller: Traveller) -> list[list[str]]:
    """Which bookings are together, by record locator, live trips only."""
    return [locators(content) for content in traveller.live()]


def values(content: dict[str, Any], kind: str, field: str) -> list[Any]:
    """A field of all segments of one kind."""
    return [segment.get(field) for segment in content["segments"] if segment["type"] == kind]


def all_changes(written: Iterable[TripsValue]) -> list[str]:
    """The types of all changes, in order."""
    return [change.type.value for value in written if value.kind != "progress" for change in value.changes]


def fields_said(segment: Segment) -> dict[str, Any]:
    """The fields that a segment states and a trip may show, as JSON."""
    stated = segment.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {name: value for name, value in stated.items() if name in FIELD_PLACES}
