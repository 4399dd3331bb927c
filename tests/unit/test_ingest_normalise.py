"""What a message comes to: read, judged, and drafted, without any service."""

import json
from typing import Any

import pytest

from schemas.booking_record import BookingStatement, PostedTripStatement
from schemas.directory import Sender
from schemas.identifiers import normal_code, record_key, traveller_id
from schemas.times import Moment
from services.ingest.domain.json_bookings import MAX_BOOKINGS, JsonBooking, read_json, read_json_booking
from services.ingest.domain.messages import IDEMPOTENCY_KEY, TRIP_ID, Message, read_message
from services.ingest.domain.moments import moment_from
from services.ingest.domain.normalise import Context, Decision, decide
from services.ingest.domain.refusals import Refusal, RefusalKind
from services.ingest.domain.statements import Receipt, received
from services.ingest.domain.travellers import Caller, login_concerned

MESSAGE = "3f0f6d7e-4f6e-4b7c-8d8a-0b8f3a1d2c4e"
CHRIS, DANA = "Chris@acme.example", "dana@acme.example"
TRAVELLERS = {normal_code(who): traveller_id(tenant="acme", login=who) for who in (CHRIS, DANA)}


def stay(**fields: Any) -> dict[str, Any]:
    segment = {"type": "hotel", "start": "2026-05-12", "end": "2026-05-14"}
    return {"booking_source": "Sacher", "record_locator": "H7", "segments": [segment]} | fields


def context(
    kind: Any = "traveller", *, sender: Sender | None = None, wide: bool = False, **fields: Any
) -> Context:
    known = {"on_behalf_of": None} | fields
    return Context("acme", MESSAGE, Caller(kind, CHRIS, wide), sender, TRAVELLERS, **known)


def sender(**fields: Any) -> Sender:
    return Sender(tenant="acme", client="c", party="Agency", **({"source": "tmc"} | fields))


def read(*bookings: Any) -> Message:
    body = json.dumps(bookings[0] if len(bookings) == 1 else bookings).encode()
    message = read_message("json", body=body, parameters={})
    assert not isinstance(message, Refusal)
    return message


def decided(message: Message, *, by: Context) -> Decision:
    decision = decide(message, context=by)
    assert isinstance(decision, Decision), decision
    return decision


def rules(refused: Any) -> set[str]:
    assert isinstance(refused, Refusal), refused
    return {problem.rule for problem in refused.problems}


@pytest.mark.parametrize(
    ("written", "place", "moment"),
    [
        ("2026-05-12", None, Moment(local="2026-05-12")),
        ("2026-05-12T09:30", None, Moment(local="2026-05-12T09:30:00")),
        ("2026-05-12T09:30:15.250-04:30", None, Moment(local="2026-05-12T09:30:15", offset_minutes=-270)),
        ("2026-05-12T09:30Z", "VIE", Moment(local="2026-05-12T09:30:00", offset_minutes=0)),
        (
            "2026-05-12T09:30",
            "VIE",
            Moment(local="2026-05-12T09:30:00", zone="Europe/Vienna", offset_minutes=120, inferred=True),
        ),
        # A day is over by the clocks of its end, also where they were changed on it.
        *(
            (day, "VIE", Moment(local=day, zone="Europe/Vienna", offset_minutes=offset, inferred=True))
            for day, offset in (
                ("2026-05-12", 120),
                ("2026-03-29", 120),
                ("2026-10-25", 60),
                ("2199-12-31", 60),
            )
        ),
        (
            {"local": "2026-01-12T09:30", "zone": "Europe/Vienna"},
            "LHR",
            Moment(local="2026-01-12T09:30:00", zone="Europe/Vienna", offset_minutes=60),
        ),
        (
            {"local": "2026-05-12T09:30", "utc": "2026-05-12T04:00Z"},
            None,
            Moment(local="2026-05-12T09:30:00", offset_minutes=330),
        ),
        (
            {"local": "2026-05-12T09:30", "offset": "+02:00", "utc": "2026-05-12T07:30:00Z"},
            None,
            Moment(local="2026-05-12T09:30:00", offset_minutes=120),
        ),
    ],
)
def test_times_keep_the_wall_clock_and_resolve_the_offset(
    written: Any, place: str | None, moment: Moment
) -> None:
    assert moment_from(written, place_code=place) == moment


@pytest.mark.parametrize(
    "written",
    [
        "12.05.2026",
        "2026-02-30",
        "2026-05-12T25:00",
        7,
        {"zone": "Europe/Vienna"},
        {"local": "2026-05-12T09:30", "zone": "../../etc/passwd"},
        {"local": "2026-05-12T09:30", "zone": "Vienna"},
        {"local": "2026-05-12T09:30", "offset": "two hours"},
        {"local": "2026-05-12T09:30", "utc": "2026-05-14T09:30Z"},
        {"local": "2026-05-12T09:30+02:00", "utc": "2026-05-12T09:30Z"},
        {"local": "2026-05-12T09:30", "timezone": "Europe/Vienna"},
        {"local": "2026-05-12T10:00:00", "offset_minutes": []},
        {"local": "2026-05-12T10:00:00", "offset_minutes": {"of": 1}},
        "2026-05-12T10:00:00+\u0660\u0662:00",
    ],
    ids=str,
)
def test_times_that_are_not_written_so_or_contradict_themselves_are_refused(written: Any) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        moment_from(written, place_code=None)
    assert "passwd" not in str(refused.value)


def test_amounts_keep_their_digits_and_never_pass_through_floats() -> None:
    body = b"""{"booking_source": "S", "record_locator": "L", "segments": [{"type": "hotel",
      "total": {"amount": 0.10000000000000000001, "currency": "eur"}, "rate": {"amount": 90}}]}"""
    unread = read_json(body)
    assert not isinstance(unread, Refusal)
    booking = read_json_booking(unread.items[0])
    assert isinstance(booking, JsonBooking)
    total, rate = booking.segments[0].total, booking.segments[0].rate
    assert total is not None
    assert rate is not None
    assert (total.amount, total.currency, rate.amount) == ("0.10000000000000000001", "EUR", "90")


@pytest.mark.parametrize("amount", ["1e3", '"1,000.00"', "true", '"NaN"', '" 1"', "[1]"])
def test_amounts_that_are_no_plain_decimals_are_refused_by_name(amount: str) -> None:
    charge = f'{{"kind": "fixed", "amount": {amount}}}'
    body = f'{{"booking_source": "S", "record_locator": "L", "charges": [{charge}]}}'
    unread = read_json(body.encode())
    assert not isinstance(unread, Refusal)
    refused = read_json_booking(unread.items[0])
    assert isinstance(refused, Refusal)
    assert "charges.0.amount" in {problem.field for problem in refused.problems}


def test_an_array_holds_a_thousand_bookings_at_most() -> None:
    assert not isinstance(read_json(b"[" + b",".join([b"1"] * MAX_BOOKINGS) + b"]"), Refusal)
    assert rules(read_json(b"[" + b",".join([b"1"] * (MAX_BOOKINGS + 1)) + b"]")) == {"array_size"}


def test_problems_are_named_as_the_sender_wrote_the_fields() -> None:
    item = stay(segments=[{"type": "air", "seats": [{"number": ""}], "start": "soon", "colour": "red"}])
    refused = read_json_booking(item)
    assert isinstance(refused, Refusal)
    assert {problem.field for problem in refused.problems} == {
        "segments.0.start",
        "segments.0.seats.0.number",
        "segments.0.colour",
    }


def test_the_key_of_a_booking_is_its_identity_however_it_is_written() -> None:
    one = decided(read(stay()), by=context()).drafts[0]
    other = decided(read(stay(booking_source=" SACHER", record_locator="h7 ")), by=context()).drafts[0]
    expected = record_key(
        tenant="acme",
        traveller=TRAVELLERS[normal_code(CHRIS)],
        owner="traveller",
        booking_source="Sacher",
        record_locator="H7",
    )
    assert one.record == other.record == expected


def test_a_receipt_completes_the_revision_and_nothing_else() -> None:
    (draft,) = decided(read(stay(revision=9)), by=context()).drafts
    statement = received(draft, receipt=Receipt(1_777_000_000_000, 3, 14))
    assert statement.revision.order()[:4] == (9, 1_777_000_000_000, 3, 14)
    assert statement.model_copy(update={"revision": draft.revision}) == draft
    assert statement.revision.content_hash == draft.revision.content_hash


@pytest.mark.parametrize(
    ("by", "owner"),
    [
        (context(), ("traveller", "manual")),
        (context("admin", wide=True), ("traveller", "manual")),
        (context("tmc", sender=sender()), ("Agency", "tmc")),
        (context("feed", sender=sender(source="booking_tool"), wide=True), ("Agency", "booking_tool")),
    ],
)
def test_the_owner_comes_from_token_and_table(by: Context, owner: tuple[str, str]) -> None:
    (draft,) = decided(read(stay()), by=by).drafts
    assert isinstance(draft, BookingStatement)
    assert (draft.owner.party, draft.owner.source) == owner


def test_a_person_says_where_they_have_it_from_and_each_source_is_a_record_of_its_own() -> None:
    drafts = decided(read(stay(), stay(source="email"), stay(source="tripit")), by=context()).drafts
    assert [d.owner.source for d in drafts if isinstance(d, BookingStatement)] == [
        "manual",
        "email",
        "tripit",
    ]
    assert len({draft.record for draft in drafts}) == 3


def test_the_only_booking_that_may_not_be_said_is_refused_as_forbidden() -> None:
    supplier = sender(source="supplier", booking_sources=("SACHER",), travel_types=("hotel",))
    by = context("supplier", sender=supplier)
    assert isinstance(decide(read(stay()), context=by), Decision)
    foreign = decide(read(stay(booking_source="Hilton")), context=by)
    of_cars = decide(read(stay(segments=[{"type": "car"}])), context=by)
    for refused, rule in ((foreign, "booking_source_not_yours"), (of_cars, "travel_type_not_yours")):
        assert rules(refused) == {rule}
        assert isinstance(refused, Refusal)
        assert refused.kind is RefusalKind.FORBIDDEN


def test_a_client_that_is_in_no_table_or_of_another_kind_is_refused() -> None:
    assert rules(decide(read(stay()), context=context("tmc"))) == {"unknown_sender"}
    assert rules(decide(read(stay()), context=context("supplier", sender=sender()))) == {"unknown_sender"}


@pytest.mark.parametrize(
    ("caller", "named", "login"),
    [
        (Caller("traveller", CHRIS, company_wide=False), None, CHRIS),
        (Caller("traveller", CHRIS, company_wide=False), CHRIS.upper(), CHRIS),
        (Caller("admin", CHRIS, company_wide=True), DANA, DANA),
        (Caller("tmc", CHRIS, company_wide=True), DANA, DANA),
        (Caller("feed", "", company_wide=True), DANA, DANA),
        (Caller("traveller", CHRIS, company_wide=False), DANA, "not_your_traveller"),
        (Caller("tmc", CHRIS, company_wide=False), DANA, "not_your_traveller"),
        (Caller("supplier", CHRIS, company_wide=True), DANA, "not_your_traveller"),
        (Caller("admin", CHRIS, company_wide=True), "ALL", "one_traveller"),
        (Caller("feed", "", company_wide=True), None, "missing"),
    ],
)
def test_who_may_post_for_whom(caller: Caller, named: str | None, login: str) -> None:
    found = login_concerned(caller, named=named, field="traveller")
    assert (next(iter(rules(found))) if isinstance(found, Refusal) else found) == login


def test_a_login_that_the_directory_lacks_is_refused_without_repeating_it() -> None:
    refused = decide(read(stay(traveller="eve@acme.example")), context=context("admin", wide=True))
    assert rules(refused) == {"unknown_traveller"}
    assert isinstance(refused, Refusal)
    assert "eve" not in refused.text


def test_two_statements_of_one_booking_in_one_message_need_revisions_to_be_told_apart() -> None:
    unclear = decided(read(stay(), stay(status="cancelled", segments=[])), by=context())
    clear = decided(read(stay(revision=1), stay(status="cancelled", segments=[], revision=2)), by=context())
    assert [item.refusal is None for item in unclear.items] == [True, False]
    assert [item.refusal is None for item in clear.items] == [True, True]


WEST = {"type": "air", "start": "2026-05-12T12:00+12:00", "end": "2026-05-12T08:00-10:00"}
BACKWARDS = {"type": "air", "start": "2026-05-12T12:00Z", "end": "2026-05-12T11:00Z"}
UNKNOWN = {"type": "air", "start": "2026-05-12T12:00", "end": "2026-05-12T11:00"}
INFERRED = UNKNOWN | {"origin": {"code": "VIE"}, "destination": {"code": "VIE"}}


def test_people_withdraw_what_they_said_and_nobody_withdraws_what_a_sender_booked() -> None:
    gone = read(stay(status="withdrawn", segments=[], revision=2))

    (withdrawn,) = decided(gone, by=context()).drafts
    (booked,) = decided(read(stay(revision=1)), by=context()).drafts
    assert withdrawn.kind == "withdrawal"
    assert withdrawn.record == booked.record
    refused = decide(gone, context=context("tmc", sender=sender(), wide=True, on_behalf_of=CHRIS))
    assert rules(refused) == {"not_yours_to_withdraw"}
    from_mail = read(stay(status="withdrawn", segments=[], source="email"))
    assert rules(decide(from_mail, context=context())) == {"not_yours_to_withdraw"}


def test_a_time_without_a_zone_is_told_by_the_clock_of_its_city() -> None:
    segment = {"type": "hotel", "place": {"city": "Vienna"}, "start": "2026-05-12T15:00"}
    (draft,) = decided(read(stay(segments=[segment])), by=context()).drafts

    assert isinstance(draft, BookingStatement)
    start = draft.content.segments[0].start
    assert start is not None
    assert (start.zone, start.utc()) == ("Europe/Vienna", "2026-05-12T13:00:00Z")


@pytest.mark.parametrize(
    ("segment", "is_refused"), [(WEST, False), (BACKWARDS, True), (UNKNOWN, False), (INFERRED, False)]
)
def test_an_end_before_the_start_is_refused_only_where_both_offsets_were_given(
    segment: dict[str, Any], is_refused: bool
) -> None:
    result = decide(read(stay(segments=[segment])), context=context())
    assert isinstance(result, Refusal) is is_refused


def xml_trip(*bookings: str, name: str = "Vienna") -> bytes:
    return (
        f"<Itinerary><TripName>{name}</TripName><Bookings>{''.join(bookings)}</Bookings></Itinerary>".encode()
    )


def xml_booking(locator: str = "QX7PLM", source: str = "Wheels") -> str:
    return (
        f"<Booking><BookingSource>{source}</BookingSource><RecordLocator>{locator}</RecordLocator></Booking>"
    )


def trip_of(body: bytes, **parameters: str) -> PostedTripStatement:
    message = read_message("concur_trip", body=body, parameters=parameters)
    assert not isinstance(message, Refusal), message
    header = decided(message, by=context()).drafts[0]
    assert isinstance(header, PostedTripStatement)
    return header


def test_what_a_trip_post_says_makes_the_trip_unless_the_sender_names_it() -> None:
    plain = trip_of(xml_trip(xml_booking()))
    spaced = trip_of(xml_trip(xml_booking()).replace(b"><", b">\n <"))
    renamed = trip_of(xml_trip(xml_booking(), name="Wien"))
    keyed = [trip_of(xml_trip(xml_booking(), name=name), **{IDEMPOTENCY_KEY: "k"}) for name in ("a", "b")]
    given = trip_of(xml_trip(xml_booking()), **{TRIP_ID: plain.trip})

    assert plain.trip == spaced.trip == given.trip
    assert len({plain.trip, renamed.trip, keyed[0].trip}) == 3
    assert keyed[0].trip == keyed[1].trip
    assert (plain.creates, given.creates) == (True, False)
    assert (plain.revision.opens, given.revision.opens) == (True, None)


def test_bookings_of_a_posted_trip_are_keyed_under_its_header() -> None:
    message = read_message("concur_trip", body=xml_trip(xml_booking(), xml_booking("B2")), parameters={})
    assert not isinstance(message, Refusal)
    header, *bookings = decided(message, by=context()).drafts
    assert isinstance(header, PostedTripStatement)
    assert header.bookings == tuple(booking.record for booking in bookings)
    assert [booking.revision.opens for booking in bookings] == [True, True]
    loose = read_message("concur_booking", body=xml_booking().encode(), parameters={})
    assert not isinstance(loose, Refusal)
    assert decided(loose, by=context()).drafts[0].record not in header.bookings


def test_a_trip_that_states_a_booking_twice_is_refused() -> None:
    message = read_message("concur_trip", body=xml_trip(xml_booking(), xml_booking("qx7plm")), parameters={})
    assert not isinstance(message, Refusal)
    assert rules(decide(message, context=context())) == {"booking_stated_twice"}


@pytest.mark.parametrize("path", ["Segments/Air[1]/FlightNumber", "Passengers/Passenger[1]/NameLast"])
def test_what_a_part_of_a_booking_says_itself_stands_in_no_details_of_the_booking(path: str) -> None:
    smuggled = read(stay(details={path: "400"}))

    assert "value_error" in rules(decide(smuggled, context=context()))
    assert decided(read(stay(details={"BookingReferrer": "Supplier Web"})), by=context()).drafts
