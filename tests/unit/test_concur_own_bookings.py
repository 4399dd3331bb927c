"""Two parties speak of the same things: in XML each finds its own words, and the rest once."""

from pathlib import Path

import pytest
from lxml import etree

from schemas.booking_record import BookingStatement, Owner
from schemas.identifiers import record_key
from schemas.segments import Segment, SegmentStatus
from schemas.trip import Trip
from services.ingest.domain.concur.reading import read_booking
from services.ingest.domain.concur.xml import parse
from services.query.domain.concur_format import itinerary_xml
from services.query.domain.tripit_format import tripit_xml
from services.query.domain.visibility import Audience, Viewer, visible
from tests.support.concur_trips import OWNER as POSTER
from tests.support.concur_trips import trip_of
from tests.support.statements import TENANT, TRAVELLER, message, revision
from tests.support.trips import Traveller

BASE = "https://itinerary.example"
SAMPLE = (Path(__file__).parent.parent / "samples" / "concur" / "booking.xml").read_bytes()
SUPPLIER = Owner(party="skyways", source="supplier")
AGENCY = Owner(party="horizon", source="tmc")
VIEWERS = {
    SUPPLIER: Viewer(Audience.SUPPLIER, "skyways", ("air",)),
    AGENCY: Viewer(Audience.INSIDER, "horizon"),
}
NOT_ITS_OWN = {"DateCreatedUtc", "DateModifiedUtc"}


def statement(segments: tuple[Segment, ...] | None, *, owner: Owner, at: int) -> BookingStatement:
    """The sample as one party's, or with other segments."""
    read = read_booking(SAMPLE)
    content = read.content if segments is None else read.content.model_copy(update={"segments": segments})
    return BookingStatement(
        tenant=TENANT,
        traveller=TRAVELLER,
        message=message(at),
        record=record_key(
            tenant=TENANT,
            traveller=TRAVELLER,
            owner=owner.party,
            booking_source=owner.party,
            record_locator=read.record_locator,
        ),
        revision=revision(at).model_copy(update={"content_hash": str(at)}),
        owner=owner,
        booking_source=owner.party,
        record_locator=read.record_locator,
        content=content,
    )


def as_others_say() -> tuple[Segment, ...]:
    """The sample's segments, with other notes, numbers and prices, and without what nobody else knows."""
    return tuple(
        segment.model_copy(
            update={"details": {}, "charges": (), "notes": "as others say", "cancellation_number": "X"}
        )
        for segment in read_booking(SAMPLE).content.segments
    )


def merged(own: Owner, other: Owner, *, first: bool) -> Trip:
    mine, theirs = (1, 2) if first else (2, 1)
    said = [statement(None, owner=own, at=mine), statement(as_others_say(), owner=other, at=theirs)]
    traveller = Traveller().each(*sorted(said, key=lambda one: one.revision.offset))
    (stored,) = traveller.trips().values()
    trip = Trip.model_validate(stored)
    assert any(len(segment.claims) == 2 for segment in trip.content.segments)
    return trip


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("own", "other"), [(SUPPLIER, AGENCY), (AGENCY, SUPPLIER)])
def test_an_owner_finds_every_element_that_it_posted(own: Owner, other: Owner, first: bool) -> None:
    trip = visible(merged(own, other, first=first), viewer=VIEWERS[own])
    (place,) = [n for n, b in enumerate(trip.content.bookings, start=1) if b.owner == own]

    answer = parse(itinerary_xml(trip, base_url=BASE, party=own.party), roots=["Itinerary"])

    posted = parse(SAMPLE, roots=["Booking"])
    for path, text in posted.items():
        if path != "BookingSource" and path.rpartition("/")[2] not in NOT_ITS_OWN:
            assert answer.get(f"Bookings/Booking[{place}]/{path}") == text, path


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("own", "other"), [(SUPPLIER, AGENCY), (AGENCY, SUPPLIER)])
def test_in_tripits_form_an_owner_finds_its_flights_under_its_own_booking(
    own: Owner, other: Owner, first: bool
) -> None:
    trip = visible(merged(own, other, first=first), viewer=VIEWERS[own])

    document = etree.fromstring(tripit_xml(trip, party=own.party))

    posted = [s for s in read_booking(SAMPLE).content.segments if s.type == "air"]
    told = [
        [s.findtext("notes") for s in booked.iterfind("Segment")] for booked in document.iterfind("AirObject")
    ]
    assert [segment.notes or "" for segment in posted] in told


def test_for_the_traveller_each_segment_stands_once() -> None:
    trip = merged(SUPPLIER, AGENCY, first=True)

    document = etree.fromstring(itinerary_xml(trip, base_url=BASE))

    kinds = [str(etree.QName(e).localname) for e in document.iterfind(".//{*}Segments/*")]
    of_requests = kinds.count("Travel")  # each booking's own
    assert len(kinds) - of_requests == len(trip.content.segments)


def test_what_is_cancelled_since_is_cancelled_for_its_owner_too() -> None:
    said = statement(None, owner=SUPPLIER, at=1)
    cancelled = said.content.model_copy(
        update={
            "segments": tuple(
                s.model_copy(update={"status": SegmentStatus.CANCELLED, "status_code": "XX"})
                for s in said.content.segments
            )
        }
    )
    traveller = Traveller().each(
        said, said.model_copy(update={"content": cancelled, "revision": revision(2)})
    )
    (stored,) = traveller.trips().values()

    document = etree.fromstring(itinerary_xml(Trip.model_validate(stored), base_url=BASE, party="skyways"))

    travelled = [e for e in document.iterfind(".//{*}Segments/*") if "Travel" not in str(e.tag)]
    assert {e.findtext("{*}Status") for e in travelled} == {"XX"}


def test_a_utc_that_contradicts_the_city_is_found_again_by_its_owner_alone() -> None:
    posted = read_booking(
        b"<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator><Segments><Car>"
        b"<StartCityCode>FCO</StartCityCode><StartDateLocal>2026-05-12T10:00:00</StartDateLocal>"
        b"<StartDateUtc>2026-05-12T17:00:00</StartDateUtc></Car></Segments></Booking>"
    )
    trip = trip_of([posted])

    def utc(party: str | None) -> str | None:
        document = etree.fromstring(itinerary_xml(trip, base_url=BASE, party=party))
        return document.findtext(".//{*}Car/{*}StartDateUtc")

    assert utc(POSTER.party) == "2026-05-12T17:00:00"
    assert utc(None) == utc("somebody else") == "2026-05-12T08:00:00"


def test_who_booked_without_a_status_sees_what_the_carrier_cancelled() -> None:
    unsaid = tuple(
        segment.model_copy(update={"status": None, "status_code": None})
        for segment in read_booking(SAMPLE).content.segments
    )
    booked = statement(unsaid, owner=AGENCY, at=1)
    confirmed = statement(as_others_say(), owner=SUPPLIER, at=2)
    cancelled = tuple(
        segment.model_copy(update={"status": SegmentStatus.CANCELLED}) for segment in as_others_say()
    )
    traveller = Traveller().each(booked, confirmed, statement(cancelled, owner=SUPPLIER, at=3))
    (stored,) = traveller.trips().values()
    shown = visible(Trip.model_validate(stored), viewer=VIEWERS[AGENCY])
    by_carrier = [s for s in shown.content.segments if len(s.claims) == 2 and s.status == "cancelled"]
    assert by_carrier

    root = etree.fromstring(itinerary_xml(shown, base_url=BASE, party="horizon"))
    (place,) = [n for n, b in enumerate(shown.content.bookings, start=1) if b.owner == AGENCY]
    (own,) = root.xpath(f"(//*[local-name()='Booking'])[{place}]")
    statuses = [found.text for found in own.iter("{*}Status") if found.getparent().tag.endswith("Air")]
    assert "HX" in statuses
