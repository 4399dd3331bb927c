"""The forms of the review queue: a mail's bookings as inputs, and inputs back as bookings."""

import re
from itertools import product
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from babel import Locale

from schemas.booking_record import Owner
from schemas.segments import FieldGroup
from services.ingest.domain.json_bookings import JsonBooking, read_json_booking
from services.query.domain.alike import pairs_alike
from services.query.domain.between_facts import SuspectedCancelled
from services.query.domain.wording import KINDS
from services.query.page.doubts import Doubted
from services.query.page.filling_in import Booking, blank, filled, parts_of
from services.query.page.languages import LANGUAGES
from services.query.page.presentation import rendered
from services.query.page.review import Mail
from tests.support.query_trips import an_id, flight, hotel, moment, trip

FRAME = MappingProxyType(
    {
        "viewer": SimpleNamespace(kind="admin", subject="ada"),
        "form_key": "f",
        "place": "review",
        "live": None,
        "kept_as": None,
        "shared": False,
        "people": None,
    }
)
FLIGHT: dict[str, Any] = {
    "booking_source": "harbour.example",
    "record_locator": "mail-1",
    "segments": [
        {
            "type": "air",
            "carrier": "LH",
            "flight_number": "716",
            "origin": {"code": "FRA", "city": "Frankfurt"},
            "start": {"local": "2027-12-03T13:05:00", "zone": "Europe/Berlin", "offset_minutes": 60},
        }
    ],
}


def entries(bookings: list[Booking]) -> dict[str, str]:
    return {entry.path: entry.value for part in parts_of(bookings) for entry in part.entries}


def test_what_a_form_leaves_as_it_was_keeps_all_that_it_says() -> None:
    assert filled([FLIGHT], entries([FLIGHT])) == [FLIGHT]


def test_a_value_is_mended_added_and_taken_away_where_its_input_says() -> None:
    said = entries([FLIGHT]) | {
        "0/record_locator": " K7QX2P ",
        "0/segments/0/end": "2027-12-04 09:10",
        "0/segments/0/destination/code": "HND",
        "0/segments/0/carrier": "",
        "0/segments/0/notes": "not offered",
    }
    (mended,) = filled([FLIGHT], said)

    assert mended["record_locator"] == "K7QX2P"
    segment = mended["segments"][0]
    assert (segment["end"], segment["destination"]) == ("2027-12-04T09:10", {"code": "HND"})
    assert segment["start"] == FLIGHT["segments"][0]["start"]
    assert "carrier" not in segment
    assert "notes" not in segment
    assert FLIGHT["record_locator"] == "mail-1"


@pytest.mark.parametrize("kind", KINDS)
def test_a_blank_of_any_kind_can_be_filled_in_to_a_booking_that_is_taken(kind: Any) -> None:
    times = {"0/segments/0/start": "2027-05-12 15:00", "0/segments/0/end": "2027-05-12 18:00"}
    words = {path: "FRA" if path.endswith("code") else "Sole" for path in entries([blank(kind)])}
    (booking,) = filled([blank(kind)], words | times)

    assert isinstance(read_json_booking(booking), JsonBooking)


@pytest.mark.parametrize(
    ("language", "outcome", "bookings", "kind"),
    [
        *product(
            LANGUAGES,
            ("needs_review", "nothing_found", "rejected", "queued", "extracted", "accepted", "corrected"),
            ([], [{"booking": FLIGHT}]),
            ("admin",),
        ),
        *product(LANGUAGES, ("needs_review", "discarded"), ([], [{"booking": FLIGHT}]), ("traveller",)),
    ],
)
def test_a_mail_in_any_state_is_shown_in_every_language(
    language: str, outcome: str, bookings: list[Any], kind: str
) -> None:
    mail = Mail.model_validate(
        {"id": "m", "outcome": outcome, "received": "2026-05-01T00:00:00Z", "bookings": bookings}
        | {"reason": "unsure_reading", "proposed_traveller": "u", "notes": ["n"], "sender": "a@b.example"}
        | {"reviewed": {"by": "ada", "at": "2026-05-01T00:00:00Z"}}
    )
    frame = FRAME | {"viewer": SimpleNamespace(kind=kind, subject="ada")}
    frame |= {"people": {"u": "Ada"} if kind == "admin" else None}
    parts = list(parts_of([one["booking"] for one in bookings]))
    page = rendered(
        "mail.html",
        locale=Locale.parse(language),
        context=frame
        | {"mail": mail, "parts_read": parts, "parts_offered": parts, "kinds": KINDS, "kind": None}
        | {"said": {}, "refused": "no", "may_settle": True},
    )
    queue = rendered(
        "review.html",
        locale=Locale.parse(language),
        context=frame | NOTHING_ASKED | {"show": "waiting", "mails": [mail], "more": "/review", "done": "m"},
    )

    assert "None" not in page + queue


NOTHING_ASKED = MappingProxyType(
    {"answered": None, "changed": False, "doubted": (), "travellers": None, "more_trips": None, "beyond": ""}
    | {"key": "k"}
)
BY_MAIL = dict.fromkeys(FieldGroup, Owner(party="mail", source="email"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_of_trips_is_shown_in_every_language_with_what_it_is_asked_for(language: str) -> None:
    beds = hotel("a"), hotel("b", owners=BY_MAIL, room_type=None, end=moment("2026-05-13"))
    shown = trip("t", segments=(*beds, flight(carrier=None)))
    doubt = SuspectedCancelled(segments=(beds[0].id,), said_by=("email",))
    context = FRAME | NOTHING_ASKED | {
        "doubted": [Doubted(shown, '"e"', pairs_alike(shown), (doubt,), has_more=True)],
        "travellers": {shown.traveller: "Ada"},
        "more_trips": "/review?beyond=x",
        "beyond": "before-x",
    }  # fmt: skip
    queue = rendered(
        "review.html",
        locale=Locale.parse(language),
        context=context | {"show": "waiting", "mails": [], "more": None, "done": "o", "answered": shown.id},
    )

    assert "None" not in queue
    assert queue.count("<article") == 2
    assert queue.count('<li class="small">') == 1
    assert queue.count(f'action="/trips/{shown.id}/alike"') == queue.count(f"/trips/{shown.id}/status") == 1
    assert f'name="segment" value="{beds[0].id}"' in queue
    assert f'name="segment" value="{beds[1].id}"' in queue
    assert queue.count('name="back"') == queue.count('name="beyond" value="before-x"') == 3


@pytest.mark.parametrize(
    ("more_trips", "beyond", "said"),
    [
        (None, "", "Nothing waits."),
        ("/review?beyond=x", "", "No mail waits, and nothing is asked of the first hundred trips."),
        ("/review?beyond=y", "x", "No mail waits, and nothing is asked of these trips."),
        (None, "x", "No mail waits, and nothing is asked of these trips."),
    ],
)
def test_nothing_waits_only_where_all_trips_were_looked_through(
    more_trips: str | None, beyond: str, said: str
) -> None:
    here = {"show": "waiting", "mails": [], "more": None, "done": None}
    here |= {"more_trips": more_trips, "beyond": beyond}

    queue = rendered("review.html", locale=Locale("en"), context=FRAME | NOTHING_ASKED | here)

    assert f'<p class="empty">{said}</p>' in queue


def told_by(*segments: Any) -> set[str]:
    """Who is said to tell of each of the two that review asks about."""
    shown = trip("t", segments=segments)
    doubted = [Doubted(shown, '"e"', pairs_alike(shown), ())]
    queue = rendered(
        "review.html",
        locale=Locale.parse("en"),
        context=FRAME | NOTHING_ASKED | {"doubted": doubted, "done": None}
        | {"show": "waiting", "mails": [], "more": None},
    )  # fmt: skip
    row = re.search(r"Told by</th><td>(.*?)</td><td>(.*?)</td>", queue)
    assert row is not None, queue
    return set(row.groups())


def test_who_took_a_booking_back_does_not_tell_of_it_unless_nobody_else_does() -> None:
    mailed = hotel("b", owners=BY_MAIL, room_type=None)
    (mails,) = mailed.claims
    rival = Owner(party="rival", source="tmc")
    taken_back = mails.model_copy(update={"record": an_id("other"), "owner": rival, "live": False})
    both, alone = ({"claims": claims} for claims in ((taken_back, mails), (taken_back,)))

    assert told_by(hotel("a"), mailed) == {"travel agency: horizon", "e-mail: mail"}
    assert told_by(hotel("a"), mailed.model_copy(update=both)) == {"travel agency: horizon", "e-mail: mail"}
    assert told_by(hotel("a"), mailed.model_copy(update=alone)) == {
        "travel agency: horizon",
        "travel agency: rival",
    }
