"""Where shown values come from, and what other sources say of the same."""

from babel import Locale

from schemas.booking_record import Owner
from schemas.segments import AirSegment, FieldGroup, Seat
from schemas.trip import Claim
from services.query.domain.provenance import Told, Unused, told_of
from services.query.page.presentation import Words, rendered
from tests.support.query_trips import AGENCY, REVISION, an_id, flight, moment, trip

AIRLINE, MAIL = Owner(party="AZ", source="supplier"), Owner(party="az.example", source="email")


def told(*claims: Claim) -> Told:
    """What is told of a flight of the agency's, whose seat the airline states."""
    shown = flight(owners={FieldGroup.SEAT_ROOM_CLASS: AIRLINE}, seats=(Seat(number="22A"),))
    return told_of(shown.model_copy(update={"claims": claims}))


def claim(owner: Owner, *, live: bool = True, **values: object) -> Claim:
    said = AirSegment.model_validate(values) if values else None
    record = an_id(f"record of {owner.party}")
    return Claim(
        record=record,
        owner=owner,
        segment=an_id("flight"),
        position=0,
        revision=REVISION,
        live=live,
        values=said,
    )


def test_what_another_source_says_otherwise_stands_beside_what_is_shown() -> None:
    agency = claim(AGENCY, seats=(Seat(number="14C"),), flight_number="436")
    mail = claim(MAIL, live=False, start=moment("2026-05-12T08:30:00"), flight_number="0436", carrier="az")

    lines = {line.group: line for line in told(agency, claim(AIRLINE), mail).lines}

    assert lines["seat_room_class"].unused == (
        Unused((("seats", "14C"),), agency.record, "tmc", "horizon", live=True),
    )
    assert lines["route_and_times"].unused == (
        Unused((("start", "2026-05-12 08:30 Europe/Rome"),), mail.record, "email", "az.example", live=False),
    )
    assert lines["carrier_and_number"].unused == ()


def test_why_tells_what_is_not_used_and_whose_it_is() -> None:
    found = told(claim(AGENCY, seats=(Seat(number="14C"),)), claim(AIRLINE))
    frame = {
        "viewer": None, "form_key": "", "place": "", "live": None, "kept_as": None, "shared": False,
        "tellers": {}, "trip": trip("rome"), "told": [found], "correctable": {}, "may_change": False,
        "etag": "", "key": "",
    }  # fmt: skip

    page = rendered("why.html", locale=Locale("en"), context=frame)

    row = page.partition('<tr class="unused">')[2].partition("</tr>")[0]
    assert "14C" in row
    assert Words(Locale("en")).source("tmc") in row
    assert "another source comes first" in row
