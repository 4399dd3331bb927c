"""Forms for bookings that people type: what they say as a booking, what is wrong with it, and back."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from babel import Locale

from schemas.booking_record import Owner
from schemas.identifiers import record_key
from schemas.segments import (
    ConfirmationKind,
    ConfirmationNumber,
    HotelSegment,
    Place,
    SegmentStatus,
    SegmentType,
)
from schemas.trip import Claim, ShownRevision, Trip, TripBooking
from services.ingest.domain.json_bookings import JsonBooking, read_json_booking
from services.query.domain.own_bookings import (
    BY_TRAVELLER,
    FOR_TRAVELLER,
    kind_in_form,
    own_bookings,
    said_again,
    statement_of,
)
from services.query.page.booking_forms import Trouble, said_by, segment_of, troubles_of
from services.query.page.booking_inputs import FORMS
from services.query.page.booking_shown import BookingForm, context_of
from services.query.page.languages import LANGUAGES
from services.query.page.presentation import Words, rendered
from tests.support.query_trips import an_id, hotel, moment, trip

PERSON = Owner(party="traveller", source="manual")
FILLED = {"date": "2027-05-12", "time": "15:00", "country": "AT", "airport": "VIE", "flight": "OS 201"}
STAY = {
    "name": "Sacher",
    "place/city": "Wien",
    "start/date": "2027-05-12",
    "end/date": "2027-05-14",
}


def filled(kind: SegmentType) -> dict[str, str]:
    return {one.name: FILLED.get(one.kind, "Wien") for one in FORMS[kind]}


def found(kind: SegmentType, said: dict[str, str], **former: Any) -> dict[str, str]:
    _, troubles = segment_of(kind, said, **former)
    return {trouble.name: trouble.rule for trouble in troubles}


def booked(**segment: Any) -> dict[str, Any]:
    return {"booking_source": BY_TRAVELLER, "record_locator": "A1", "revision": 1, "segments": [segment]}


@pytest.mark.parametrize("kind", FORMS)
def test_a_filled_form_of_any_kind_is_a_booking_that_is_taken_and_says_the_same_again(
    kind: SegmentType,
) -> None:
    segment, troubles = segment_of(kind, filled(kind))
    taken = read_json_booking(booked(**segment))

    assert troubles == []
    assert isinstance(taken, JsonBooking), taken
    (read,) = taken.segments
    stated = read.model_dump(mode="json", exclude_none=True)
    assert said_by(stated) == filled(kind)
    assert segment_of(kind, filled(kind), former=stated)[1] == []


@pytest.mark.parametrize("kind", FORMS)
def test_each_required_input_that_is_empty_is_said_to_be(kind: SegmentType) -> None:
    required = {one.name for one in FORMS[kind] if one.required}

    assert found(kind, {}) == dict.fromkeys(required, "missing")


@pytest.mark.parametrize(
    ("kind", "said", "name", "rule"),
    [
        ("air", {"flight": "Lufthansa"}, "flight", "flight"),
        ("air", {"origin/code": "London"}, "origin/code", "airports"),
        ("air", {"origin/code": "Atlantis"}, "origin/code", "airport"),
        ("air", {"end/date": ""}, "end/date", "missing"),  # an hour without its day
        ("hotel", {"end/date": "2027-05-11"}, "end/date", "ends_before_it_starts"),
        ("event", {"end/time": "14:59"}, "end/time", "ends_before_it_starts"),
        ("air", {"end/date": "2027-05-10"}, "end/date", "ends_before_it_starts"),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_input(
    kind: SegmentType, said: dict[str, str], name: str, rule: str
) -> None:
    assert found(kind, filled(kind) | said) == {name: rule}


def test_over_the_date_line_one_lands_the_day_before() -> None:
    assert found("air", filled("air") | {"end/date": "2027-05-11"}) == {}


@pytest.mark.parametrize(
    ("said", "carrier", "number"),
    [("LH716", "LH", "716"), ("lh 0716", "LH", "716"), ("U2 8", "U2", "8"), ("4U-123", "4U", "123")],
)
def test_a_flight_is_known_however_its_number_is_written(said: str, carrier: str, number: str) -> None:
    segment, _ = segment_of("air", filled("air") | {"flight": said})

    assert (segment["carrier"], segment["flight_number"]) == (carrier, number)


def test_an_airport_is_known_by_its_city_where_that_has_but_one() -> None:
    segment, troubles = segment_of("air", filled("air") | {"origin/code": "oslo"})

    assert troubles == []
    assert segment["origin"]["code"] == "OSL"


def test_what_a_form_has_no_input_for_stays_as_it_was() -> None:
    former = {
        "type": "hotel",
        "name": "Sacher",
        "room_type": "Suite",
        "place": {"city": "Wien", "address": "Philharmonikerstraße 4"},
        "start": {"local": "2027-05-12", "zone": "Europe/Vienna", "offset_minutes": 120},
        "end": {"local": "2027-05-14", "zone": "Europe/Vienna", "offset_minutes": 120, "inferred": True},
        "confirmation_numbers": [{"kind": "supplier", "value": "7"}, {"kind": "agency", "value": "A"}],
    }
    as_it_was = said_by(former)
    kept, _ = segment_of("hotel", as_it_was, former=former)
    renamed, _ = segment_of("hotel", as_it_was | {"name": "Imperial", "confirmation": ""}, former=former)
    moved, _ = segment_of("hotel", as_it_was | {"place/city": "Linz"}, former=former)
    found, _ = segment_of("hotel", as_it_was | {"place/country": "AT"}, former=former)

    assert kept == former | {"end": "2027-05-14"}  # by the clock that is inferred anew
    assert (renamed["name"], renamed["room_type"]) == ("Imperial", "Suite")
    assert renamed["confirmation_numbers"] == [{"kind": "agency", "value": "A"}]
    assert (moved["place"], moved["start"]) == ({"city": "Linz"}, "2027-05-12")
    assert (found["place"], found["start"]) == (former["place"] | {"country": "AT"}, former["start"])
    assert former["name"] == "Sacher"


STATED = {"zone": "Europe/Berlin", "offset_minutes": 120}
FLIGHT = {
    "type": "air",
    "carrier": "LH",
    "flight_number": "1",
    "origin": {"code": "FRA"},
    "origin_terminal": "1",
    "destination": {"code": "VIE"},
    "destination_terminal": "3",
    "start": {"local": "2027-05-12T09:30:00", **STATED},
    "end": {"local": "2027-05-12T10:55:30", "offset_minutes": 120},
}


def changed(former: dict[str, Any], **said: str) -> dict[str, Any]:
    """What becomes of a segment where a form says something else in some inputs, named by `__` for `/`."""
    told = said_by(former) | {name.replace("__", "/"): value for name, value in said.items()}
    return segment_of(former["type"], told, former=former)[0]


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("clock", [STATED, {"offset_minutes": 120}, STATED | {"inferred": True}])
def test_no_time_is_lost_where_something_else_is_changed(kind: SegmentType, clock: dict[str, Any]) -> None:
    """Hours that have no input, seconds, and ends that nobody needs to say."""
    former = segment_of(kind, filled(kind))[0] | {
        "start": {"local": "2027-05-12T15:00:30", **clock},
        "end": {"local": "2027-05-14T11:00:20", **clock},
    }
    kept = changed(former, confirmation="8")

    for end in ("start", "end"):
        known = former[end]
        assert kept[end] == (known["local"] if clock.get("inferred") else known)


def test_a_time_that_is_changed_is_by_the_clock_that_was_stated() -> None:
    later = changed(FLIGHT, start__time="09:45", end__time="11:10")
    next_day = changed(FLIGHT, start__date="2027-11-12", end__date="2027-11-12")

    assert later["start"] == {"local": "2027-05-12T09:45", "zone": "Europe/Berlin"}
    assert later["end"] == {"local": "2027-05-12T11:10", "offset_minutes": 120}
    assert next_day["start"] == {"local": "2027-11-12T09:30:00", "zone": "Europe/Berlin"}
    assert next_day["end"] == {"local": "2027-11-12T10:55:30"}  # in winter it has another offset


def test_what_is_said_of_a_place_is_not_said_of_another_one() -> None:
    flight = changed(FLIGHT, origin__code="LHR")
    train = changed(
        {
            "type": "rail",
            "origin": {"name": "Köln Hbf", "city": "Köln", "code": "8000207", "country": "DE"},
            "origin_platform": "4",
            "destination": {"name": "Basel SBB"},
            "start": {"local": "2027-05-12T09:30:00", **STATED},
        },
        origin__name="Bonn Hbf",
    )
    car = changed(
        {
            "type": "car",
            "vendor_name": "Sixt",
            "origin": {"code": "MUC", "city": "München"},
            "start": {"local": "2027-05-12", **STATED},
            "end": {"local": "2027-05-14", **STATED},
        },
        origin__city="Berlin",
    )

    assert flight["origin"]["code"] == "LHR"
    assert "origin_terminal" not in flight
    assert flight["start"] == "2027-05-12T09:30:00"
    assert (flight["destination_terminal"], flight["end"]) == ("3", FLIGHT["end"])
    assert train["origin"] == {"name": "Bonn Hbf", "country": "DE"}
    assert "origin_platform" not in train
    assert car["origin"] == {"city": "Berlin"}
    assert (car["start"], car["end"]) == ("2027-05-12", "2027-05-14")  # returned where it is picked up


def test_a_place_that_is_said_to_be_in_another_country_is_another_one() -> None:
    former = {"type": "hotel", "name": "Sacher", "place": {"city": "Wien", "country": "DE", "address": "A 4"}}

    assert changed(former, place__country="AT")["place"] == {"city": "Wien", "country": "AT"}


def test_what_the_api_refuses_is_said_beside_the_input_that_it_is_about() -> None:
    errors = [
        {"field": field, "rule": "r", "message": "m"}
        for field in ("segments.0.start", "segments.0.flight_number", "segments.0.origin.code", "trip_id")
    ]

    assert [trouble.name for trouble in troubles_of(errors, kind="air")] == [
        "start/date",
        "flight",
        "origin/code",
        "",
    ]


# --- back from a trip ----------------------------------------------------------------------------


def a_trip(
    *,
    source: str = BY_TRAVELLER,
    status: Any = "confirmed",
    values: Any = None,
    shown: SegmentStatus = SegmentStatus.CONFIRMED,
) -> Trip:
    """A trip with a stay that a person stated; `values` are what they said where more was known."""
    key = record_key(
        tenant="acme",
        traveller=an_id("maria"),
        owner=PERSON.party,
        booking_source=source,
        record_locator="A1",
    )
    revision = ShownRevision(source_revision=3, content_hash="c")
    segment = hotel("h", place=Place(city="Wien"), room_type="Suite", status=shown)
    claim = Claim(
        record=key,
        owner=PERSON,
        segment=segment.id,
        position=0,
        revision=revision,
        live=status == "confirmed",
        values=values,
    )
    booking = TripBooking(
        record=key,
        owner=PERSON,
        source="manual",
        booking_source=source,
        record_locator="A1",
        status=status,
        segments=(segment.id,),
        created="2026-05-01T08:00:00Z",
        revision=revision,
    )
    return trip("t", segments=(segment.model_copy(update={"claims": (claim,)}),), bookings=(booking,))


def test_a_statement_is_read_back_as_it_was_made() -> None:
    said = HotelSegment(
        name="Sacher",
        start=moment("2026-05-12"),
        confirmation_numbers=(ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="7"),),
    )
    shown = a_trip(values=said)
    (booking,) = own_bookings(shown)
    statement = statement_of(booking, trip=shown)

    taken = read_json_booking(statement)
    assert isinstance(taken, JsonBooking), taken
    assert taken.segments == (said,)
    assert kind_in_form(booking, trip=shown) == "hotel"
    alone = a_trip()
    (segment,) = statement_of(own_bookings(alone)[0], trip=alone)["segments"]
    assert (segment["room_type"], segment["place"]) == ("Suite", {"city": "Wien"})


@pytest.mark.parametrize(
    ("status", "shown", "stated"),
    [
        ("confirmed", SegmentStatus.CONFIRMED, None),
        ("cancelled", SegmentStatus.CANCELLED, None),
        ("confirmed", SegmentStatus.WAITLISTED, "waitlisted"),
    ],
)
def test_what_the_trip_says_of_whether_a_booking_stands_is_not_stated_in_its_name(
    status: str, shown: SegmentStatus, stated: str | None
) -> None:
    found = a_trip(status=status, shown=shown)
    (segment,) = statement_of(own_bookings(found)[0], trip=found)["segments"]

    assert segment.get("status") == stated


def test_what_was_posted_with_a_whole_trip_is_not_stated_by_itself() -> None:
    shown = a_trip()
    (booking,) = shown.content.bookings
    other = booking.model_copy(update={"record": an_id("in a posted trip")})
    content = shown.content.model_copy(update={"bookings": (other,)})

    assert own_bookings(shown.model_copy(update={"content": content})) == ()


def test_what_was_cancelled_is_put_back_as_cancelled() -> None:
    before = {"record_locator": "A1", "status": "cancelled", "segments": []}

    assert [(one["status"], one["revision"]) for one in said_again(before, over={"revision": 4})] == [
        ("confirmed", 5),
        ("cancelled", 6),
    ]
    assert [one["status"] for one in said_again(before, over={})] == ["confirmed", "cancelled"]
    assert said_again(before | {"status": "confirmed"}, over={}) == [before | {"status": "confirmed"}]


# --- the pages -----------------------------------------------------------------------------------


def frame(kind: str) -> dict[str, Any]:
    viewer = SimpleNamespace(kind=kind, subject="ada")
    return {
        "viewer": viewer,
        "form_key": "f",
        "place": "trips",
        "live": None,
        "kept_as": None,
        "shared": False,
    }


def form_page(form: BookingForm, *, language: str = "en", viewer: str = "traveller") -> str:
    locale = Locale(language)
    names_traveller = viewer == "admin" and form.booking is None
    context = context_of(form, words=Words(locale), names_traveller=names_traveller)
    return rendered("booking.html", locale=locale, context=frame(viewer) | context)


def test_every_trouble_is_told_and_only_inputs_that_are_shown_are_linked() -> None:
    shown = a_trip()
    nameless = Trouble("traveller", "nameless_traveller", "m")
    troubles = [Trouble("", "a", "first"), Trouble("", "b", "second"), nameless]
    form = BookingForm("hotel", STAY, trip=shown, troubles=troubles)
    changing = form_page(form._replace(booking=shown.content.bookings[0]), viewer="admin")

    for told in ("first", "second", "no login of its traveller"):
        assert told in changing
    assert 'href="#traveller"' not in changing
    assert 'href="#traveller"' in form_page(form, viewer="admin")


@pytest.mark.parametrize("country", ["de", "Germany", "XK", "AD"])
def test_a_country_that_was_stated_is_sent_again_whatever_it_is_called(country: str) -> None:
    page = form_page(BookingForm("hotel", STAY | {"place/country": country}, trip=None))

    assert page.count(f'<option value="{country}" selected>') == 1


@pytest.mark.parametrize(
    ("language", "kind", "viewer", "changes"),
    list(product(LANGUAGES, FORMS, ("traveller", "admin"), (False, True))),
)
def test_every_form_is_shown_in_every_language(
    language: str, kind: SegmentType, viewer: str, changes: bool
) -> None:
    troubles = [Trouble(one.name, "missing", "m") for one in FORMS[kind]] + [Trouble("", "odd", "m")]
    shown = a_trip()
    form = BookingForm(kind, {}, trip=shown, troubles=troubles, otherwise="changed")
    if changes:
        form = form._replace(booking=shown.content.bookings[0], seen="s", otherwise="outranked")
    page = form_page(form, language=language, viewer=viewer)

    assert page.count('aria-invalid="true"') == len(FORMS[kind])
    for one in FORMS[kind]:
        assert f'id="{one.name.replace("/", "-")}-trouble"' in page
    assert "None" not in page


@pytest.mark.parametrize(("language", "deed"), list(product(LANGUAGES, ("change", "cancel", "remove"))))
def test_what_was_done_can_be_undone_in_every_language(language: str, deed: str) -> None:
    said = {
        "deed": deed,
        "trip": "t",
        "undo": "/undo",
        "before": '[{"name": "<b>"}]',
        "seen": "s",
        "after": "p",
    }
    page = rendered("booking_done.html", locale=Locale(language), context=frame("traveller") | said)

    assert 'action="/undo"' in page
    assert "<b>" not in page


@pytest.mark.parametrize(("language", "outcome"), list(product(LANGUAGES, ("pending", "removed"))))
def test_what_came_of_a_booking_that_cannot_be_shown_is_told(language: str, outcome: str) -> None:
    page = rendered(
        "booking_told.html", locale=Locale(language), context=frame("traveller") | {"outcome": outcome}
    )

    assert 'href="/bookings/new"' in page or outcome == "pending"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (BY_TRAVELLER, "typed in on the page"),
        (FOR_TRAVELLER, "typed in on the page"),
        ("Web", "a person: Web"),
    ],
)
def test_a_booking_says_who_told_of_it(source: str, told: str) -> None:
    (booking,) = a_trip(source=source).content.bookings

    assert Words(Locale("en")).teller(booking) == told


def test_a_flight_and_a_train_leave_by_words_of_their_own() -> None:
    say = Words(Locale("de")).say
    labels = {kind: {say(one.label) for one in inputs} for kind, inputs in FORMS.items()}

    assert {"Abflug am", "Abflug um"} <= labels["air"]
    assert {"Abfahrt am", "Abfahrt um"} <= labels["rail"]
    assert {"Land der Abholung", "Land der Rückgabe"} <= labels["car"]
    assert Words(Locale("de")).field("rate") == "Tarif"


def test_every_country_can_be_chosen_and_nothing_else() -> None:
    codes = {code for code, _ in Words(Locale("en")).countries()}

    assert {"LI", "AD", "MC", "SM", "VA", "PS", "XK"} <= codes
    assert not {"EU", "UN", "ZZ", "XA", "419"} & codes
    assert len(codes) == 250  # of ISO 3166, and Kosovo


def test_countries_stand_in_the_order_of_the_readers_alphabet() -> None:
    german = [name for _, name in Words(Locale("de")).countries()]

    assert german.index("Österreich") < german.index("Polen")
    assert ("AT", "Austria") in Words(Locale("en")).countries()
