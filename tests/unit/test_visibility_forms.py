"""No form of a trip tells what the table of visibility hides: every route is asked, by everybody.

Everything that a trip can say is a word, a figure or a time that stands nowhere else; what may not be seen
must not stand in an answer, whichever way it would get there.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter, ValidationError

from schemas.base import Model
from schemas.booking_record import Coupon, LoyaltyProgram, Owner, Passenger, Ticket, TripHeader
from schemas.money import Money
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    SEGMENT_TYPES,
    Charge,
    ChargeKind,
    ConfirmationKind,
    ConfirmationNumber,
    FieldGroup,
    Place,
    Seat,
    Segment,
    SegmentStatus,
    SegmentType,
    number_field,
)
from schemas.times import Moment
from schemas.trip import (
    Change,
    ChangeType,
    Claim,
    Expense,
    ExpenseReason,
    PostedBy,
    Provenance,
    Trip,
    TripContent,
    TripSegment,
)
from services.platform.principals import Principal
from services.query.domain.visible_fields import (
    BOOKING_FIELDS_OF_OTHERS,
    HEADER_FIELDS_OF_OTHERS,
    TRIPS_FOR_SUPPLIERS,
    VISIBLE,
    Relation,
)
from services.query.policies import HAND_OUT_LINKS, POLICIES, READ_TRIPS
from tests.support.one_trip import OneTripService
from tests.support.query_trips import REVISION, an_id, booking, trip

OWNER, OTHER = Owner(party="skyways", source="supplier"), Owner(party="horizon", source="tmc")
NUMBER = ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="Zqsuppliernumber")
HIDDEN_WORDS = ("ready_to_expense", "Zqlosing", "771.31", "Zqheld")
"""What nobody but insiders may find: the change to ready, a losing claim's values, and amounts in details."""


def principal(kind: Any, *types: str) -> Principal:
    client = {"supplier": types[0] if types else "none"}.get(kind, kind)
    return Principal(
        tenant="acme", kind=kind, subject="maria@acme.example", client=client, travel_types=types
    )


PRINCIPALS = {
    "insider": principal("traveller"),
    "agency": principal("tmc"),
    "consented": principal("third_party"),
    "own": principal("supplier", "own"),
    "others": principal("supplier", "boat"),
    "rival": principal("supplier", "air"),
}
PARTIES = {"tmc": "horizon", "own": "skyways", "boat": "rentacar", "air": "otherair"}
RELATIONS = {
    "insider": Relation.INSIDER,
    "agency": Relation.INSIDER,
    "consented": Relation.CONSENTED,
    "own": Relation.OWN,
    "others": Relation.OTHERS,
    "rival": Relation.RIVAL_FLIGHT,
    "guest": Relation.GUEST,
}
FORMS = {
    "list_trips": ("GET", "/v1/trips"),
    "get_trip": ("GET", "/v1/trips/{trip}"),
    "get_trip_provenance": ("GET", "/v1/trips/{trip}/provenance"),
    "get_message": ("GET", f"/v1/messages/{an_id('m')}"),
    "list_changes": ("GET", "/v1/changes"),
    "listen_to_changes": ("GET", "/v1/events?cursor="),
    "get_trip_history": ("GET", "/v1/trips/{trip}/history"),
    "list_trip_overrides": ("GET", "/v1/trips/{trip}/overrides"),
    "list_concur_trips": ("GET", "/api/travel/trip/v1.1?includeMetadata=true&includeCanceledTrips=true"),
    "post_get_concur_trips": ("POST", "/api/travel/trip/v1.1/GetTrips"),
    "get_concur_trip": ("GET", "/api/travel/trip/v1.1/{trip}"),
    "in TripIt's form": ("GET", "/api/travel/trip/v1.1/{trip}?systemFormat=Tripit"),
    "list_concur_v4_trips": ("GET", "/travel/v4/trips"),
    "get_concur_v4_trip": ("GET", "/travel/v4/trips/{trip}"),
    "show_trips": ("GET", "/"),
    "show_trip": ("GET", "/trips/{trip}"),
    "show_trip_as_text": ("GET", "/trips/{trip}.txt"),
    "expense_csv": ("GET", "/expense.csv"),
    "trips_json": ("GET", "/trips.json"),
    "show_why": ("GET", "/trips/{trip}/why"),
    "show_history": ("GET", "/trips/{trip}/history"),
    "show_expense": ("GET", "/expense"),
}
"""By the route's name, how it is asked."""
SHOWS_NO_TRIP = {"list_code_tables", "get_code_table", "follow_page", "mark_as_seen"}


def words_of(value: Any) -> Iterator[str]:
    """What a value would be recognised by, in any form: words and figures that stand nowhere else."""
    if isinstance(value, str):
        if value.startswith("Zq") or any(letter.isdigit() for letter in value):
            yield value
    elif isinstance(value, Moment):
        yield value.local[11:16]
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from words_of(getattr(value, name))
    elif isinstance(value, dict | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words_of(inner)


def said(field: str) -> Any:
    """A value for a field that is of this field alone."""
    amounts = Charge(
        kind=ChargeKind.FIXED, amount="661.17", description="Zqcharge", vendor_charge_code="Zqcode"
    )
    values: dict[str, Any] = {
        "start": Moment(local="2026-05-12T09:41:00", zone="UTC", offset_minutes=0),
        "end": Moment(local="2026-05-12T23:53:00", zone="UTC", offset_minutes=0),
        "total": Money(amount="441.73", currency="EUR"),
        "rate": Money(amount="551.79", currency="EUR"),
        "charges": (amounts,),
        "seats": (Seat(number="Zqseat"),),
        "status": SegmentStatus.CONFIRMED,
        "status_code": "Zqstatuscode",
        "passengers": ("Zqguest",),
        "details": {"Zqdetail": "Zqdetailvalue"},
        CONFIRMATION_NUMBERS: (NUMBER,),
    }
    if field in {"origin", "destination", "place"}:
        figures = {"latitude": f"48.13{len(field)}7", "longitude": f"16.57{len(field)}3"}
        return Place(**{n: figures.get(n, f"Zq{field}{n.replace('_', '')}") for n in Place.model_fields})
    return values.get(field, f"Zq{field.replace('_', '')}")


SEGMENT: TypeAdapter[Any] = TypeAdapter(TripSegment)
STATED: TypeAdapter[Any] = TypeAdapter(Segment)
KINDS = {kind.model_fields["type"].default: kind for kind in get_args(get_args(TripSegment)[0])}


def fields_of(kind: SegmentType) -> list[str]:
    return [name for name in FIELD_PLACES if name in KINDS[kind].model_fields]


def segment_of(kind: SegmentType) -> Any:
    """A segment that says all it can, won by one owner, over a claim of another that says the like."""
    fields = fields_of(kind)
    values = {name: said(name) for name in fields}
    rest: dict[str, Any] = {"type": kind, "id": an_id(kind), "sources": ("supplier", "tmc")}
    try:
        SEGMENT.validate_python(values | rest | {"claims": (), "provenance": ()})
    except ValidationError as error:
        values |= {str(fault["loc"][-1]): 3 for fault in error.errors()}
    provenance = tuple(
        Provenance(
            group=group,
            fields=tuple(
                number_field(NUMBER) if name == CONFIRMATION_NUMBERS else name
                for name in fields
                if FIELD_PLACES[name].group is group
            ),
            record=an_id(f"record of {OWNER.party}"),
            owner=OWNER,
            revision=REVISION,
        )
        for group in FieldGroup
    )
    losing = STATED.validate_python({"type": kind, "notes": "Zqlosing", "total": {"amount": "771.31"}})
    claims = tuple(
        Claim(
            record=an_id(f"record of {owner.party}"),
            owner=owner,
            segment=an_id(kind),
            position=0,
            revision=REVISION,
            live=True,
            values=own,
        )
        for owner, own in ((OWNER, None), (OTHER, losing))
    )
    return SEGMENT.validate_python(values | rest | {"claims": claims, "provenance": provenance})


BOOKING_SAID: dict[str, Any] = {
    "tickets": (
        Ticket(
            number="0019876543",
            passenger_name="Zqholder",
            total=Money(amount="881.37", currency="EUR"),
            coupons=(Coupon(status="OPEN", flight_number="Zqcoupon"),),
            details={"BaseFare": "771.31"},
        ),
    ),
    "charges": (Charge(kind=ChargeKind.FIXED, amount="991.39", description="Zqbookingcharge"),),
    "agency_name": "Zqagency",
    "details": {"FormOfPaymentName": "Zqheld"},
}
HEADER = TripHeader(
    name="Fair",
    comments="Zqcomments",
    client_locator="Zqclientlocator",
    travel_request_id="Zqrequest",
    project_name="Zqproject",
    custom_attributes=({"Name": "Zqheld", "Data": "Zqattribute"},),
    details={"RuleViolations/RuleViolation[1]/QuotedPrice": "771.31"},
)


def whole(kind: SegmentType, *, header: TripHeader | None = HEADER) -> Trip:
    """A trip of one segment, whose booking and header say all that they can."""
    guest = Passenger(
        first_name="Maria",
        last_name="Rossi",
        loyalty_programs=(LoyaltyProgram(number="Zqloyalty"),),
        details={"NameRemark": "Zqremark"},
    )
    made = booking(owner=OWNER, **BOOKING_SAID).model_copy(
        update={"passengers": (guest,), "segments": (an_id(kind),)}
    )
    plain = trip("rome", segments=(segment_of(kind),), bookings=(made,), title="Trip to Zqplaceeverywhere")
    told = {
        "posted": None if header is None else PostedBy(owner=OTHER, header=header),
        "completes_at": "2026-05-12T23:53:00Z",
        "expense": Expense(
            ready=True, reason=ExpenseReason.OVER_WITH_VALID_COUPON, since="2026-05-12T23:53:00Z"
        ),
    }
    changes = (Change(type=ChangeType.UPDATED), Change(type=ChangeType.READY_TO_EXPENSE))
    return plain.model_copy(update={"content": plain.content.model_copy(update=told), "changes": changes})


@cache
def service_of(kind: SegmentType, *, header: TripHeader | None = HEADER) -> OneTripService:
    return OneTripService(whole(kind, header=header), principals=PRINCIPALS, parties=PARTIES)


def hidden_from(viewer: str, kind: SegmentType) -> set[str]:
    """What the tables do not name for this viewer, as it would be recognised."""
    relation = RELATIONS[viewer]
    if relation is Relation.INSIDER:
        return set()
    allowed = VISIBLE[relation][kind]
    segment = segment_of(kind)
    shown, hidden = set[str](), set[str]()
    for field in fields_of(kind):
        value = getattr(segment, field)
        parts = (
            {f"{field}.{n}": getattr(value, n) for n in Place.model_fields}
            if isinstance(value, Place)
            else {}
        )
        for name, part in (parts or {field: value}).items():
            (shown if name in allowed or field in allowed else hidden).update(words_of(part))
    if viewer == "consented":
        return (hidden | {"881.37", "991.39", "Zqbookingcharge", "Zqheld", "771.31"}) - shown
    hidden |= {
        *words_of(HEADER.model_copy(update=dict.fromkeys(HEADER_FIELDS_OF_OTHERS))),
        *HIDDEN_WORDS,
    }
    if viewer != "own":
        hidden |= {"Zqloyalty", "Zqremark", "Zqplaceeverywhere"}
        for name in BOOKING_SAID.keys() - BOOKING_FIELDS_OF_OTHERS:
            hidden |= set(words_of(BOOKING_SAID[name]))
    elif viewer == "own":
        hidden -= {"771.31", "Zqheld"}  # in details of its own, as well
    return hidden - shown


async def answers(service: OneTripService, viewer: str) -> dict[str, tuple[int, str]]:
    """Ask every route; the answer is the text, with what identifies things taken away."""
    found: dict[str, tuple[int, str]] = {}
    async with service.client(viewer) as client:
        for name, (method, path) in FORMS.items():
            body = {} if method == "GET" else {"json": {"includeMetadata": True}}
            answer = await client.request(method, path.format(trip=an_id("rome")), **body)
            found[name] = (answer.status_code, answer.text)
    return found


@pytest.mark.parametrize("kind", SEGMENT_TYPES)
@pytest.mark.parametrize("viewer", PRINCIPALS)
async def test_no_form_shows_what_the_table_hides(viewer: str, kind: SegmentType) -> None:
    service = service_of(kind)

    told = await answers(service, viewer)

    hidden = hidden_from(viewer, kind)
    leaks = {(form, word) for form, (_, text) in told.items() for word in hidden if word in text}
    assert leaks == set()
    if viewer in {"insider", "own"}:  # else nothing would ever be found, and nothing proved
        everything = {word for name in fields_of(kind) for word in words_of(getattr(segment_of(kind), name))}
        assert everything - {word for word in everything if word in told["get_trip"][1]} == set()
    assert {status for status, _ in told.values()} <= {200, 403, 404}
    assert [
        told[form][0] for form in ("list_trips", "get_trip", "get_concur_trip", "get_concur_v4_trip")
    ] == [200] * 4


@pytest.mark.parametrize("viewer", ["others", "rival"])
async def test_a_trip_that_nobody_named_is_called_by_what_is_seen_of_it(viewer: str) -> None:
    service = service_of("hotel", header=None)

    told = await answers(service, viewer)

    shown = json.loads(told["get_trip"][1])
    assert shown["name"] == "Trip to Zqplacecity"
    assert shown["expense"] == {"ready": False, "reason": "not_shown", "since": None, "expensable_from": None}
    assert {form for form, (_, text) in told.items() if "Zqplaceeverywhere" in text} == set()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/trips?state=ready_to_expense",
        "/v1/trips?q=Zqname",
        "/v1/trips?place=Rome",
        "/v1/trips?source=email",
        "/api/travel/trip/v1.1?bookingType=Dining",
        "/api/travel/trip/v1.1?bookingType=Ride",
    ],
)
async def test_no_filter_tells_a_supplier_what_no_form_shows(path: str) -> None:
    service = service_of("dining")

    for viewer, tells in (("insider", True), ("agency", True), ("others", False), ("own", False)):
        async with service.client(viewer) as client:
            answer = await client.get(path)
        assert (an_id("rome") in answer.text) is tells
        assert answer.status_code in ({200} if tells or path.startswith("/api/") else {200, 403})


async def test_a_calendar_shows_no_amounts_and_no_numbers() -> None:
    service = service_of("hotel")
    async with service.client("insider") as client:
        answer = await client.get("/v1/trips.ics?feed=acme.s")

    unwanted = [
        *words_of(HEADER),
        *HIDDEN_WORDS,
        "441.73",
        "551.79",
        "661.17",
        "Zqsuppliernumber",
        "Zqdetailvalue",
    ]
    assert answer.status_code == 200
    assert [word for word in unwanted if word in answer.text.replace("\r\n ", "")] == []


@pytest.mark.parametrize("kind", SEGMENT_TYPES)
async def test_a_shared_page_shows_no_more_than_the_table_lets_a_guest_see(kind: SegmentType) -> None:
    async with service_of(kind).client("nobody") as client:
        answer = await client.get("/share/acme.s")

    assert answer.status_code == 200
    assert "09:41" in answer.text
    assert [word for word in hidden_from("guest", kind) if word in answer.text] == []
    assert [
        word for word in ("Maria", "Rossi", "skyways", "horizon", an_id("rome")) if word in answer.text
    ] == []


def test_every_route_that_shows_trips_is_asked() -> None:
    service = service_of("hotel")
    routes = iter_route_contexts(service.app.routes)
    names = {route.name for route in routes if isinstance(route.original_route, APIRoute)}
    reading = {name for name in names if POLICIES[name] is READ_TRIPS}

    assert reading == (FORMS.keys() - {"in TripIt's form"}) | SHOWS_NO_TRIP
    assert not {name for name in HAND_OUT_LINKS.kinds if name in {"supplier", "third_party"}}


def test_whatever_a_trip_can_say_is_either_shown_to_suppliers_or_hidden_on_purpose() -> None:
    """A field that is added to these is seen by nobody outside until it has its place here."""
    narrowed = {"segments", "bookings", "posted", "name", *TRIPS_FOR_SUPPLIERS}
    published = {"status", "start_date", "end_date", "completed"}
    in_no_form = {"settings_revision", "tells_amounts"}
    in_between = {"dismissed"}  # as part of facts, which suppliers are told none of
    of_segments = {"type", "id", "also_known_as", "suspected_cancelled", "sources", "claims", "provenance"}

    assert TripContent.model_fields.keys() == narrowed | published | in_no_form | in_between
    for kind in KINDS.values():
        assert kind.model_fields.keys() - FIELD_PLACES.keys() == of_segments
