"""What a change or cancellation of a whole trip may touch: only what its sender has in it."""

from collections.abc import Sequence
from typing import Any

import pytest

from schemas.booking_record import (
    CancellationStatement,
    Owner,
    PostedTripStatement,
    TripHeader,
)
from schemas.directory import Sender
from schemas.identifiers import birth_token, normal_code, record_key, traveller_id
from services.ingest.domain.messages import TRIP_ID, TRIP_SEEN, read_message
from services.ingest.domain.normalise import Context, Decision, decide
from services.ingest.domain.refusals import Refusal, RefusalKind
from services.ingest.domain.travellers import Caller
from services.ingest.domain.whole_trips import WholeTrip, WholeTripBooking, WholeTripPost

CHRIS = "chris@acme.example"
TRAVELLER = traveller_id(tenant="acme", login=CHRIS)
TRIP, OLD_ID = "0f3b8a52-6f0c-5d6e-9b5a-3a0e7b7f2c11", "0f3b8a52-6f0c-5d6e-9b5a-3a0e7b7f2c22"
AGENCY = Owner(party="Wayfarer", source="tmc")
HOTEL = Owner(party="Sacher", source="supplier")
BODY = b"<Itinerary><TripName>Vienna</TripName></Itinerary>"


def seen_booking(owner: Owner, locator: str, *, under: str | None = None) -> WholeTripBooking:
    record = record_key(
        tenant="acme",
        traveller=TRAVELLER,
        owner=owner.party,
        booking_source="Source",
        record_locator=locator,
        posted_trip=under,
    )
    return WholeTripBooking(
        record=record, owner=owner, booking_source="SOURCE", record_locator=locator.lower()
    )


def seen_trip(
    *bookings: WholeTripBooking, posted_by: Owner | None = None, traveller: str = TRAVELLER
) -> dict[str, str]:
    posted = posted_by and WholeTripPost(owner=posted_by, header=TripHeader(name="Vienna", comments="window"))
    trip = WholeTrip(
        id=TRIP, also_known_as=(OLD_ID,), traveller=traveller, bookings=bookings, posted=posted or None
    )
    return {TRIP_ID: TRIP, TRIP_SEEN: trip.encode().decode()}


def by(owner: Owner) -> Context:
    sender = Sender(tenant="acme", client="c", party=owner.party, source=owner.source)
    caller = Caller("tmc" if owner.source == "tmc" else "supplier", CHRIS, company_wide=False)
    return Context("acme", TRIP, caller, sender, {normal_code(CHRIS): TRAVELLER}, proposals=True)


def decided(route: str, parameters: dict[str, str], *, owner: Owner, body: bytes = b"") -> Any:
    message = read_message(route, body=body, parameters=parameters)
    return message if isinstance(message, Refusal) else decide(message, context=by(owner))


def cancelled(parameters: dict[str, str], *, owner: Owner = AGENCY) -> Any:
    decision = decided("concur_cancel_trip", parameters, owner=owner)
    return decision.drafts if isinstance(decision, Decision) else decision


def test_a_cancelled_trip_takes_its_senders_bookings_and_nobody_elses() -> None:
    loose, other = seen_booking(AGENCY, "QX7"), seen_booking(HOTEL, "H1")
    under = seen_booking(AGENCY, "QX8", under=OLD_ID)

    drafts = cancelled(seen_trip(loose, other, under))

    assert all(isinstance(draft, CancellationStatement) for draft in drafts)
    assert {(d.record, d.posted_trip) for d in drafts} == {(loose.record, None), (under.record, OLD_ID)}
    assert {draft.owner for draft in drafts} == {AGENCY}


def test_whoever_posted_the_trip_cancels_its_header_with_it() -> None:
    posted, loose = seen_booking(AGENCY, "QX7", under=TRIP), seen_booking(AGENCY, "QX8")

    header, *drafts = cancelled(seen_trip(posted, loose, posted_by=AGENCY))

    assert isinstance(header, PostedTripStatement)
    assert (header.trip, header.creates, header.bookings) == (TRIP, False, (posted.record,))
    assert (header.header.status, header.header.comments) == ("cancelled", "window")
    assert {draft.record for draft in drafts} == {posted.record, loose.record}


def test_a_posted_trip_without_bookings_can_be_cancelled() -> None:
    (header,) = cancelled(seen_trip(posted_by=AGENCY))

    assert header.header.status == "cancelled"


def test_a_supplier_cancels_its_own_in_a_trip_that_another_posted() -> None:
    posted, own = seen_booking(AGENCY, "QX7", under=TRIP), seen_booking(HOTEL, "H1")

    drafts = cancelled(seen_trip(posted, own, posted_by=AGENCY), owner=HOTEL)

    assert [draft.record for draft in drafts] == [own.record]


RESIDENT = seen_booking(AGENCY, "QX7", under=TRIP)


def with_resident(status: str = "confirmed", *, virtual: bool = False) -> dict[str, str]:
    header = {"name": "Vienna", "status": status, "is_virtual": virtual}
    posted = WholeTripPost(owner=AGENCY, header=TripHeader.model_validate(header))
    trip = WholeTrip(id=TRIP, traveller=TRAVELLER, bookings=(RESIDENT,), posted=posted)
    return {TRIP_ID: TRIP, TRIP_SEEN: trip.encode().decode()}


def ending_later_posts(drafts: Sequence[Any]) -> list[tuple[str, str]]:
    return [(d.kind, d.record) for d in drafts if getattr(d, "with_later_posts", None)]


def test_what_was_posted_of_a_booking_later_goes_with_the_cancelled_trip() -> None:
    assert ending_later_posts(cancelled(with_resident())) == [("cancellation", RESIDENT.record)]


@pytest.mark.parametrize(
    "seen", [with_resident("proposal"), with_resident("cancelled"), with_resident(virtual=True)]
)
def test_what_stood_beside_a_trip_stands_when_that_is_cancelled(seen: dict[str, str]) -> None:
    body = BODY.replace(b"</It", b"<TripStatus>2</TripStatus></It")

    assert ending_later_posts(cancelled(seen)) == []
    assert ending_later_posts(decided("concur_trip", seen, owner=AGENCY, body=body).drafts) == []


def test_a_loose_booking_of_a_cancelled_trip_is_cancelled_alone() -> None:
    posted, loose = seen_booking(AGENCY, "QX7", under=TRIP), seen_booking(AGENCY, "QX8")

    drafts = cancelled(seen_trip(posted, loose, posted_by=AGENCY))

    assert ending_later_posts(drafts) == [("cancellation", posted.record)]


@pytest.mark.parametrize(
    ("status", "names_it", "ended_by"),
    [
        ("0", True, None),
        ("0", False, "withdrawal"),
        ("2", True, "booking"),
        ("2", False, "cancellation"),
    ],
)
def test_what_was_posted_of_a_booking_later_goes_when_the_trip_no_longer_has_it(
    status: str, names_it: bool, ended_by: str | None
) -> None:
    said = f"<TripStatus>{status}</TripStatus>"
    if names_it:
        name = "<BookingSource>source</BookingSource><RecordLocator>qx7</RecordLocator>"
        said += f"<Bookings><Booking>{name}</Booking></Bookings>"
    body = BODY.replace(b"</It", f"{said}</It".encode())

    drafts = decided("concur_trip", with_resident(), owner=AGENCY, body=body).drafts

    assert ending_later_posts(drafts) == ([] if ended_by is None else [(ended_by, RESIDENT.record)])


def test_a_cancelled_booking_stays_shown_in_a_trip_that_no_longer_names_it() -> None:
    seen = seen_trip(RESIDENT.model_copy(update={"status": "cancelled"}), posted_by=AGENCY)

    drafts = decided("concur_trip", seen, owner=AGENCY, body=BODY).drafts

    assert [draft.kind for draft in drafts] == ["posted_trip"]


def test_who_booked_nothing_in_a_trip_cancels_nothing() -> None:
    refused = cancelled(seen_trip(seen_booking(AGENCY, "QX7")), owner=HOTEL)

    assert isinstance(refused, Refusal)
    assert refused.kind is RefusalKind.FORBIDDEN


def test_a_trip_of_another_traveller_is_not_there() -> None:
    elsewhere = traveller_id(tenant="acme", login="dana@acme.example")

    seen = seen_trip(seen_booking(AGENCY, "QX7"), posted_by=AGENCY, traveller=elsewhere)

    for refused in (cancelled(seen), decided("concur_trip", seen, owner=AGENCY, body=BODY)):
        assert isinstance(refused, Refusal)
        assert refused.kind is RefusalKind.NOT_FOUND


def test_a_booking_whose_key_is_none_of_its_name_is_left_alone() -> None:
    forged = seen_booking(AGENCY, "QX7").model_copy(update={"record": OLD_ID})

    assert isinstance(cancelled(seen_trip(forged)), Refusal)


def test_a_trip_that_is_not_named_or_not_there_cannot_be_cancelled() -> None:
    unnamed, unknown = cancelled({}), cancelled({TRIP_ID: TRIP})

    assert (unnamed.kind, unknown.kind) == (RefusalKind.INVALID, RefusalKind.NOT_FOUND)


def test_only_the_party_that_posted_a_trip_may_change_it() -> None:
    seen = seen_trip(posted_by=AGENCY)

    own = decided("concur_trip", seen, owner=AGENCY, body=BODY)
    anothers = decided("concur_trip", seen, owner=HOTEL, body=BODY)

    assert isinstance(own, Decision)
    assert anothers.kind is RefusalKind.FORBIDDEN


@pytest.mark.parametrize(("status", "is_taken"), [("0", True), ("1", True), ("2", False), ("6", False)])
def test_a_trip_that_nobody_posted_takes_bookings_in_and_becomes_no_proposal(
    status: str, is_taken: bool
) -> None:
    said = "<ClientLocator>C</ClientLocator><TravelRequestId>R</TravelRequestId>"
    said += f"<TripStatus>{status}</TripStatus>"
    stated = "".join(
        f"<CustomAttribute><Name>{name}</Name><Data>1</Data></CustomAttribute>"
        for name in ("ProposalBatchSize", "ProposalSequenceIndex")
    )
    said += f"<CustomAttributes>{stated}</CustomAttributes><Bookings>{BOOKING.decode()}</Bookings>"
    body = BODY.replace(b"</It", f"{said}</It".encode())

    decision = decided("concur_trip", seen_trip(), owner=AGENCY, body=body)

    if is_taken:
        assert isinstance(decision, Decision)
    else:
        assert (decision.kind, decision.problems[0].rule) == (RefusalKind.FORBIDDEN, "not_your_trip")


BOOKING = b"<Booking><BookingSource>Source</BookingSource><RecordLocator>NEW</RecordLocator></Booking>"


def test_a_booking_in_a_trip_that_nobody_posted_is_one_record_by_whichever_id_and_route_it_comes() -> None:
    stands = seen_booking(HOTEL, "H1")
    seen = WholeTrip(
        id=TRIP, also_known_as=(OLD_ID, birth_token(stands.record)), traveller=TRAVELLER, bookings=(stands,)
    )
    trip = BODY.replace(b"</It", b"<Bookings>" + BOOKING + b"</Bookings></It")

    drafts = [
        draft
        for named in (OLD_ID, TRIP)
        for route, body in (("concur_trip", trip), ("concur_booking", BOOKING))
        for draft in decided(
            route, {TRIP_ID: named, TRIP_SEEN: seen.encode().decode()}, owner=AGENCY, body=body
        ).drafts
    ]

    assert [draft.kind for draft in drafts] == ["booking"] * 4
    assert len({(draft.record, draft.posted_trip, draft.explicit_trip) for draft in drafts}) == 1
    assert drafts[0].record == seen_booking(AGENCY, "NEW").record


def put(seen: WholeTrip, *, named: str = OLD_ID) -> Any:
    parameters = {TRIP_ID: named, TRIP_SEEN: seen.encode().decode()}
    return decided("concur_booking", parameters, owner=AGENCY, body=BOOKING)


def test_a_booking_is_put_into_no_trip_of_another_traveller() -> None:
    elsewhere = traveller_id(tenant="acme", login="dana@acme.example")

    refused = put(WholeTrip(id=TRIP, traveller=elsewhere))

    assert isinstance(refused, Refusal)
    assert refused.kind is RefusalKind.NOT_FOUND


def test_a_booking_is_put_where_the_named_trip_is_today() -> None:
    gone = seen_booking(AGENCY, "QX7").model_copy(update={"status": "cancelled"})
    stands = seen_booking(HOTEL, "H1")
    of_gone, of_stands = birth_token(gone.record), birth_token(stands.record)
    loose = WholeTrip(
        id=of_gone, also_known_as=(OLD_ID, of_stands), traveller=TRAVELLER, bookings=(gone, stands)
    )
    headed = loose.model_copy(update={"id": of_stands, "also_known_as": (of_gone,)})
    posted = WholeTripPost(owner=HOTEL, header=TripHeader(name="Vienna"))
    pinned = loose.model_copy(update={"id": TRIP, "posted": posted})
    ended = loose.model_copy(update={"bookings": (gone,)})

    found = [put(seen).drafts[0].explicit_trip for seen in (loose, headed, pinned, ended)]

    assert found == [of_stands, of_stands, TRIP, of_gone]


def test_a_trip_is_changed_by_any_id_that_it_ever_had() -> None:
    seen = seen_trip(posted_by=AGENCY) | {TRIP_ID: OLD_ID}

    header, *_ = decided("concur_trip", seen, owner=AGENCY, body=BODY).drafts

    assert (header.trip, header.creates) == (TRIP, False)


def test_a_trip_that_nobody_posted_has_nothing_to_replace_but_its_bookings() -> None:
    refused = decided("concur_trip", seen_trip(), owner=AGENCY, body=BODY)

    assert isinstance(refused, Refusal)
    assert (refused.kind, refused.problems[0].rule) == (RefusalKind.INVALID, "nothing_to_take_in")


CAR = """
<Itinerary xmlns="http://www.concursolutions.com/api/travel/trip/2010/06"><TripName>Rome</TripName><Bookings><Booking>
  <BookingSource>Wayfarer</BookingSource><RecordLocator>QX9</RecordLocator><Segments><Car><Vendor>ZE</Vendor>
  <StartCityCode>FCO</StartCityCode><StartDateLocal>{start}</StartDateLocal>
  <EndCityCode>FCO</EndCityCode><EndDateLocal>2026-05-14</EndDateLocal>{zone}</Car></Segments></Booking></Bookings></Itinerary>
"""


@pytest.mark.parametrize(
    ("start", "zone", "known_as"),
    [
        ("2026-05-12", "", "bf805c70-a8e1-5516-a953-a486eb6aa2ed"),
        ("2026-05-12", "<TimeZone>Europe/Rome</TimeZone>", "0fd9ae23-e053-5d62-be83-0ebc46c08a8e"),
        ("2026-05-12T10:00:00", "", "8c4e4fd7-7764-57bc-bc60-ea9cb209a0b6"),
    ],
)
def test_a_trip_that_is_posted_again_keeps_the_id_it_got_from_an_older_reader(
    start: str, zone: str, known_as: str
) -> None:
    body = CAR.format(start=start, zone=zone).strip().encode()

    decision = decided("concur_trip", {}, owner=AGENCY, body=body)

    assert isinstance(decision, Decision), decision
    assert next(d.trip for d in decision.drafts if isinstance(d, PostedTripStatement)) == known_as
