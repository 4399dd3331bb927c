"""What the page's templates are given, for trips of every kind, without a service behind them."""

from datetime import UTC, datetime
from types import MappingProxyType, SimpleNamespace
from typing import Any

from schemas.money import Money
from schemas.segments import ConfirmationKind, ConfirmationNumber, Place, Seat, SegmentStatus
from schemas.trip import (
    Trip,
    TripAir,
    TripCar,
    TripDining,
    TripEventSegment,
    TripHotel,
    TripParking,
    TripRail,
    TripRide,
    TripSegment,
)
from services.query.change_reading import StoredOverride
from services.query.domain.between import between, told_after
from services.query.domain.route_map import route_map
from services.query.domain.timeline import days_of, now_in, undated_of
from services.query.looks import News
from services.query.page.difference_words import Told
from services.query.page.trips import Live
from services.query.shares import Share
from tests.support.query_trips import flight, moment

KINDS = (TripAir, TripCar, TripDining, TripEventSegment, TripHotel, TripParking, TripRail, TripRide)
PERSON = SimpleNamespace(kind="traveller", subject="ada")
FRAME = MappingProxyType(
    {"viewer": PERSON, "form_key": "", "place": "", "live": None, "kept_as": None, "shared": False}
)
SAID = StoredOverride(
    override="o",
    action="merge",
    trips=(),
    subjects=(),
    said_by="ada",
    said_at=datetime(2026, 5, 1, tzinfo=UTC),
    undone_at=None,
    result="applied",
    reason=None,
)
"""What a person said of the trip."""


SHARE = Share("s", "t", "u", "ada", SAID.said_at, SAID.said_at, None, None, 1)
CORRECTING = MappingProxyType({"may_change": True, "etag": '"e"', "key": "k"})


def of_a_trip(shown: Trip, **said: Any) -> dict[str, Any]:
    """What the template of a trip is given, for somebody who may change it."""
    days, facts = days_of(shown), between(shown)
    return {
        **FRAME,
        "trip": shown,
        "days": days,
        "facts": facts,
        "told_after": told_after(facts, days),
        "segments": {segment.id: segment for segment in shown.content.segments},
        "undated": undated_of(shown),
        "route": route_map(shown),
        "now": now_in(days, now=datetime(2026, 5, 13, tzinfo=UTC)),
        "news": News(SAID.said_at, None),
        "booked": "b",
        "own": {"b": "s"},
        "own_rows": {segment.id: "b" for segment in shown.content.segments},
        "news_lines": [Told("Train", "gate", "A1", "A2"), Told("", "name", "", "Rome")],
        "moved": False,
        "changed": True,
        "done": "o",
        "person": "A",
        "may_change": True,
        "others": [shown],
        "may_share": True,
        "shares": [SHARE, SHARE._replace(revoked_at=SAID.said_at)],
        "live": Live("/live", "/", SAID.said_at),
        "said": [SAID, SAID._replace(undone_at=SAID.said_at)],
        "etag": '"e"',
        "key": "k",
        **said,
    }


def of_kind(kind: type[Any], **said: Any) -> TripSegment:
    like = flight(kind.__name__)
    return kind(id=like.id, sources=like.sources, claims=like.claims, provenance=like.provenance, **said)


def bare_and_full() -> list[TripSegment]:
    """Each kind as a source states it that says nothing, and as one that says all."""
    said = {
        "start": moment("2026-05-12T09:00:00"),
        "end": moment("2026-05-13T11:00:00"),
        "status": SegmentStatus.WAITLISTED,
        "total": Money(amount="12.50"),
        "phone": "+39 06 1",
        "confirmation_numbers": (ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="R1"),),
    }
    there = {"origin": Place(code="FCO"), "destination": Place(city="Munich", code="MUC")}
    more: dict[type[Any], dict[str, Any]] = {
        TripAir: {"carrier": "AZ", "flight_number": "1", "seats": (Seat(number="1A"),), **there},
        TripRail: {"train_type": "ICE", "train_number": "71", "wagon": "9", **there},
        TripCar: {"vendor_name": "Wheels", "car_class": "ECAR", **there},
        TripRide: {"vendor_name": "Taxi", "party_size": 2, **there},
        TripHotel: {"name": "Sole", "place": Place(address="Via Appia 1"), "check_in_time": "15:00"},
        TripParking: {"name": "P3"},
        TripDining: {"name": "Da Gino", "party_size": 4},
        TripEventSegment: {"name": "Fair"},
    }
    return [of_kind(kind) for kind in KINDS] + [of_kind(kind, **said, **more[kind]) for kind in KINDS]
