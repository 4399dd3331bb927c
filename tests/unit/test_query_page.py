"""The page apart from its routes: every kind in every language, colours that can be read, sealed cookies."""

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from itertools import product

import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from cryptography.fernet import Fernet

from schemas.booking_record import Owner, TripHeader
from schemas.money import Money
from schemas.segments import Place, SegmentStatus
from schemas.trip import (
    Expense,
    ExpenseReason,
    PostedBy,
    TripBooking,
    TripContent,
    TripSegment,
    TripStatus,
)
from services.query.domain.calendar_format import FeedFace, calendar_ics
from services.query.domain.differences import NOT_CONTENT, differences
from services.query.domain.provenance import told_of
from services.query.domain.timeline import days_of, now_in
from services.query.domain.trip_format import trip_json
from services.query.page.correcting import correctable
from services.query.page.difference_words import Told, told_in_lines
from services.query.page.failure_words import Trouble
from services.query.page.field_words import FIELDS, VALUES
from services.query.page.languages import LANGUAGES, chosen
from services.query.page.presentation import Words, rendered
from services.query.page.sessions import Departure, Session, Sessions, same_site
from services.query.page.vendored import SCRIPTS, Script
from tests.support.page_contexts import CORRECTING, FRAME, KINDS, bare_and_full, of_a_trip
from tests.support.page_states import states
from tests.support.query_trips import booking, flight, hotel, moment, trip

PAGE = files("services.query.page")
DOMAIN = files("services.query.domain")


@pytest.mark.parametrize(("language", "segment"), list(product(LANGUAGES, bare_and_full())))
def test_a_trip_of_any_kind_is_shown_in_every_language(language: str, segment: TripSegment) -> None:
    shown = trip("t", segments=(segment,), bookings=(booking(),))
    locale = Locale.parse(language)

    page = rendered("trip.html", locale=locale, context=of_a_trip(shown))
    why = rendered(
        "why.html",
        locale=locale,
        context=FRAME
        | {
            "trip": shown,
            "told": [told_of(segment)],
            "tellers": {},
            **CORRECTING,
            "correctable": {segment.id: correctable(segment)},
        },
    )

    assert f'<html lang="{language}">' in page
    assert segment.id in why
    assert "None" not in page + why


def test_every_page_is_among_the_states_that_are_looked_at() -> None:
    """`tests/browser/test_states.py` looks at them."""
    pages = {
        template.name
        for template in PAGE.joinpath("templates").iterdir()
        if '{% extends "frame.html" %}' in template.read_text()
    }

    assert {state.template for state in states()} == pages


@pytest.fixture
def clocks_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the machine be in another zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_a_stay_of_dates_is_on_those_dates_wherever_the_service_runs(
    clocks_of: Callable[[str], None],
) -> None:
    shown = trip("t", segments=(hotel("h"),))
    face = FeedFace("Trips", "https://trips.example/trips/")
    told: set[tuple[str, bytes]] = set()
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        clocks_of(zone)
        page = rendered("trip.html", locale=Locale("en"), context=of_a_trip(shown))
        told.add((page, calendar_ics([shown], face=face, today=date(2026, 5, 1))))

    ((page, feed),) = told
    assert re.findall(r'<h2 id="day-(\d{4}-\d\d-\d\d)', page) == ["2026-05-12", "2026-05-14"]
    assert b"DTSTART;VALUE=DATE:20260512" in feed


def test_one_readers_language_is_not_the_next_ones() -> None:
    pages = [
        rendered("failure.html", locale=Locale(tag), context=FRAME | {"trouble": Trouble("t", "d", False)})
        for tag in ("en", "de", "en")
    ]

    assert pages[0] == pages[2] != pages[1]


def test_the_present_stands_once_in_a_trip_that_goes_on() -> None:
    shown = trip("t", segments=(flight(), hotel("h")))

    pages = [
        rendered("trip.html", locale=Locale("en"), context=of_a_trip(shown, now=now))
        for now in (now_in(days_of(shown), now=datetime(2026, 5, 13, tzinfo=UTC)), None)
    ]

    assert [page.count('id="now"') for page in pages] == [1, 0]
    assert re.search(r'<p class="now" id="now">\s*Now: Wed, May 13 02:00, Rome', pages[0])


def test_what_a_sender_writes_stays_text() -> None:
    shown = trip("t", segments=(hotel("h", room_type="<script>alert(1)</script>"),))

    page = rendered("trip.html", locale=Locale("en"), context=of_a_trip(shown))

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_time_that_nobody_gave_is_said_to_be_missing_and_is_never_midnight() -> None:
    words = Words(Locale("en"))

    assert words.clock(None) == words.clock(moment("2026-05-12")) == "time not given"
    assert words.clock(moment("2026-05-12T00:00:00")) == "00:00"


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "en"), ("de-CH,de;q=0.9", "de"), ("fr, de;q=0.5, en;q=0.4", "de"), ("xx", "en"), (";;q=,", "en")],
)
def test_the_browser_chooses_the_language(header: str, language: str) -> None:
    assert chosen(header).language == language


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_text_of_the_page_is_translated(language: str) -> None:
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "count": (1, 2)}
    keywords |= dict.fromkeys(("say", "_say", "_N"))
    places = ((PAGE, "**.html", "jinja2"), (PAGE, "**.py", "python"), (DOMAIN, "wording.py", "python"))
    found = [
        text
        for folder, pattern, method in places
        for _, _, text, _, _ in extract_from_dir(str(folder), [(pattern, method)], keywords=keywords)
    ]
    texts = {text[0] if isinstance(text, tuple) else text for text in found}
    with (PAGE / "catalogues" / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)

    untranslated = [text for text in texts if (entry := catalogue.get(text)) is None or not entry.string]
    assert len(texts) > 50
    assert untranslated == []


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=lambda script: script.name)
def test_scripts_of_others_are_those_whose_hash_is_written_down(script: Script) -> None:
    content = (PAGE / "static" / script.name).read_bytes()

    assert script.integrity == f"sha384-{b64encode(hashlib.sha384(content).digest()).decode()}"


# --- colours -------------------------------------------------------------------------------------


def tokens() -> dict[str, tuple[str, str]]:
    """The colours of the stylesheet: by name, in light and in dark."""
    css = (PAGE / "static" / "itinerary.css").read_text()
    return {
        name: (light, dark)
        for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    }


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


KINDS_OF_SEGMENTS = ("air", "rail", "car", "hotel", "dining", "ride", "parking", "event")


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        *product(("text", "muted", "accent", "cancelled"), ("bg", "surface", "sunken"), (4.5,)),
        *((name, f"{name}-tint", 4.5) for name in ("ok", "warn", "bad", "info")),
        *product(("text", "muted", "accent"), ("ok-tint", "warn-tint", "bad-tint", "info-tint"), (4.5,)),
        ("on-accent", "accent", 4.5),
        *product(("control", "accent"), ("bg", "surface"), (3.0,)),
        *product(KINDS_OF_SEGMENTS, ("bg", "surface"), (4.5,)),
    ],
)
def test_text_and_controls_can_be_told_from_their_ground(
    text: str, ground: str, least: float, theme: int
) -> None:
    assert contrast(tokens()[text][theme], tokens()[ground][theme]) >= least


# --- cookies -------------------------------------------------------------------------------------


def test_a_cookie_opens_with_any_known_key_and_with_no_other() -> None:
    old, new, strange = (Fernet.generate_key().decode() for _ in range(3))
    session = Session(token="a.b.c", form_key="f")
    sealed = Sessions([old]).seal(session)

    assert Sessions([new, old]).session(sealed) == session
    assert Sessions([strange]).session(sealed) is None
    assert Sessions([old]).session(None) is None
    assert Sessions([old]).session("torn") is None
    assert "a.b.c" not in sealed


def test_a_cookie_of_one_kind_is_none_of_the_other() -> None:
    sessions = Sessions([Fernet.generate_key().decode()])
    departure = Departure(state="s", verifier="v", return_to="/")

    assert sessions.session(sessions.seal(departure)) is None
    assert sessions.departure(sessions.seal(departure)) == departure


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", "", "trips"])
def test_after_signing_in_nobody_is_led_elsewhere(path: str) -> None:
    assert same_site(path) == "/"
    assert same_site("/trips/1?moved=1") == "/trips/1?moved=1"


def test_what_differs_is_told_by_thing_field_and_values() -> None:
    before = trip("t", segments=(flight(origin_gate="A1"), hotel("gone")))
    later = moment("2026-05-12T09:40:00")
    after = trip("t", segments=(flight(origin_gate="A12", start=later), hotel("new")), title="Rome again")

    lines = told_in_lines(
        differences(trip_json(before), trip_json(after)),
        segments=after.content.segments,
        words=Words(Locale("en")),
    )

    number, house = (Words(Locale("en")).headline(one) for one in after.content.segments)
    assert set(lines) == {
        Told("", "name", before.content.name, "Rome again"),
        Told(number, "origin gate", "A1", "A12"),
        Told(number, "start", "2026-05-12 09:00:00", "2026-05-12 09:40:00"),
        Told("", "", "", house),
        Told("", "", "Albergo Sole", ""),
    }


def test_what_differs_is_told_in_the_readers_language() -> None:
    before = trip("t", segments=(flight(origin_gate="A1", status=SegmentStatus.CONFIRMED),))
    after = trip("t", segments=(flight(origin_gate="A2", status=SegmentStatus.CANCELLED),))
    late = hotel("h", place=Place(city="Rom"))
    moved = late.model_copy(update={"place": Place(city="Mailand")})
    words = Words(Locale("de"))

    told = [
        (line.field, line.before, line.after)
        for pair in ((before, after), (trip("t", segments=(late,)), trip("t", segments=(moved,))))
        for line in told_in_lines(differences(*map(trip_json, pair)), segments=(), words=words)
    ]

    assert told == [
        ("Gate beim Abflug", "A1", "A2"),
        ("Status", "bestätigt", "storniert"),
        ("Ort, Stadt", "Rom", "Mailand"),
    ]
    assert (words.yes_or_no(True), words.field("X_OF_A_SOURCE")) == ("ja", "X OF A SOURCE")


def test_every_field_that_a_trip_can_show_has_a_name() -> None:
    models = (*KINDS, Place, Money, TripContent, TripBooking, TripHeader, PostedBy, Expense, Owner)
    shown = {field for model in models for field in model.model_fields}
    never_told = NOT_CONTENT | {"id", "record", "segments", "bookings"}
    inner = {"settings_revision", "tells_amounts", "dismissed"}

    assert shown - never_told - inner == FIELDS.keys()
    assert {one.value for one in (*SegmentStatus, *TripStatus)} == VALUES["status"].keys()
    assert {one.value for one in ExpenseReason} == VALUES["reason"].keys()
