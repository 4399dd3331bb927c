"""What is read of a posted booking or trip."""

from pathlib import Path

import pytest

from schemas.segments import CarSegment, HotelSegment, RailSegment, SegmentStatus
from schemas.times import Moment
from services.ingest.domain.concur.posts import PostedBooking
from services.ingest.domain.concur.reading import read_booking, read_trip
from services.ingest.domain.places import zone_of_airport

SAMPLES = Path(__file__).parent.parent / "samples" / "concur"


def booking(
    inside: str, *, identity: str = "<BookingSource>X</BookingSource><RecordLocator>Y</RecordLocator>"
) -> PostedBooking:
    return read_booking(f"<Booking>{identity}{inside}</Booking>".encode())


def car(inside: str) -> PostedBooking:
    return booking(f"<Segments><Car>{inside}</Car></Segments>")


@pytest.fixture(scope="module")
def sample() -> PostedBooking:
    return read_booking((SAMPLES / "booking.xml").read_bytes())


def test_a_booking_with_every_kind_of_segment_is_read_without_problems(sample: PostedBooking) -> None:
    assert sample.problems == ()
    assert (sample.booking_source, sample.record_locator) == ("Example Travel", "K7QX2M")
    assert [segment.type for segment in sample.content.segments] == [
        "air", "car", "hotel", "rail", "ride", "dining", "parking", "event",
    ]  # fmt: skip
    assert sample.content.agency_name == "Example Travel Vienna"


def test_an_unknown_status_and_an_unknown_vendor_are_kept_and_warned_of(sample: PostedBooking) -> None:
    assert [(w.field, w.rule) for w in sample.warnings] == [
        ("Booking/Segments/Car[1]/Status", "unknown_value"),
        ("Booking/Segments/Hotel[1]/Vendor", "unknown_value"),
    ]
    assert sample.content.segments[1].status is None
    assert sample.content.segments[1].status_code == "ZZ"


def test_an_offset_comes_from_local_time_and_utc(sample: PostedBooking) -> None:
    start, end = sample.content.segments[0].start, sample.content.segments[0].end
    assert start is not None
    assert end is not None
    assert (start.offset_minutes, start.zone, start.inferred) == (120, None, False)
    assert (end.offset_minutes, end.utc()) == (-240, "2026-05-12T18:10:00Z")


def test_an_offset_may_stand_in_the_local_time_and_fractions_are_cut(sample: PostedBooking) -> None:
    segment = sample.content.segments[1]
    assert segment.start is not None
    assert segment.end is not None
    assert (segment.start.local, segment.start.offset_minutes) == ("2026-05-12T15:00:00", -240)
    assert segment.end.local == "2026-05-14T09:00:00"
    assert segment.details["StartDateLocal"] == "2026-05-12T15:00:00-04:00"


def test_a_zone_is_inferred_from_the_airport_where_nothing_else_is_said(sample: PostedBooking) -> None:
    stay = sample.content.segments[2]
    assert isinstance(stay, HotelSegment)
    assert stay.start is not None
    assert (stay.start.zone, stay.start.offset_minutes, stay.start.inferred) == (
        "America/New_York",
        -240,
        True,
    )
    assert stay.start.local == "2026-05-14T23:59:00"


def test_a_stated_zone_gives_the_offset_and_is_not_inferred(sample: PostedBooking) -> None:
    train = sample.content.segments[3]
    assert isinstance(train, RailSegment)
    assert train.start is not None
    assert (train.start.zone, train.start.offset_minutes, train.start.inferred) == (
        "America/New_York",
        -240,
        False,
    )


def test_utc_further_away_than_any_zone_is_no_offset() -> None:
    posted = car(
        "<StartDateLocal>2026-05-12T10:00:00</StartDateLocal><StartDateUtc>2026-05-20T10:00:00</StartDateUtc>"
    )
    start = posted.content.segments[0].start
    assert start is not None
    assert start.offset_minutes is None
    assert posted.content.segments[0].details["StartDateUtc"] == "2026-05-20T10:00:00"


@pytest.mark.parametrize(
    ("places", "zone", "offset", "inferred"),
    [
        ("<StartCityCode>FCO</StartCityCode>", "Europe/Rome", 120, True),
        ("<TimeZone>Asia/Tokyo</TimeZone><StartCityCode>FCO</StartCityCode>", "Asia/Tokyo", 540, False),
        ("", None, -420, False),
    ],
)
def test_the_zone_of_the_city_counts_before_a_posted_utc(
    places: str, zone: str | None, offset: int, inferred: bool
) -> None:
    times = (
        "<StartDateLocal>2026-05-12T10:00:00</StartDateLocal><StartDateUtc>2026-05-12T17:00:00</StartDateUtc>"
    )

    start = car(places + times).content.segments[0].start

    assert start is not None
    assert (start.zone, start.offset_minutes, start.inferred) == (zone, offset, inferred)


def test_a_day_at_a_known_place_is_over_by_the_clocks_there() -> None:
    days = "<StartDateLocal>2026-10-24</StartDateLocal><EndDateLocal>2026-10-25</EndDateLocal>"

    rented = car("<StartCityCode>FCO</StartCityCode><EndCityCode>FCO</EndCityCode>" + days).content.segments[
        0
    ]

    assert (rented.start, rented.end) == (
        Moment(local="2026-10-24", zone="Europe/Rome", offset_minutes=120, inferred=True),
        Moment(local="2026-10-25", zone="Europe/Rome", offset_minutes=60, inferred=True),
    )


@pytest.mark.parametrize(("utc", "offset"), [("00:30:00", 120), ("01:30:00", 60)])
def test_where_clocks_show_an_hour_twice_utc_tells_which(utc: str, offset: int) -> None:
    posted = car(
        "<StartCityCode>FCO</StartCityCode><StartDateLocal>2026-10-25T02:30:00</StartDateLocal>"
        f"<StartDateUtc>2026-10-25T{utc}</StartDateUtc>"
    )

    start = posted.content.segments[0].start

    assert start is not None
    assert start.offset_minutes == offset


def test_a_utc_alone_becomes_local_by_the_place() -> None:
    posted = car("<StartCityCode>SEA</StartCityCode><StartDateUtc>2026-05-20T10:00:00</StartDateUtc>")
    start = posted.content.segments[0].start
    assert start is not None
    assert (start.local, start.inferred) == ("2026-05-20T03:00:00", True)


def test_what_has_no_name_in_the_language_stays_in_details(sample: PostedBooking) -> None:
    content = sample.content
    assert content.details["BookingReferrer"] == "Supplier Web"
    assert content.details["AirfareQuotes/Quote[1]/Taxes/Tax[1]/TaxAmount"] == "12.3000"
    assert content.details["AirlineTickets/AirlineAdjustment[1]/AdjustmentType"] == "R"
    assert content.details["Segments/Travel[1]/StartCity"] == "Vienna"
    assert content.segments[0].details["Meals"] == "D"
    assert content.segments[0].details["IsUpgradeAllowed"] == "True"
    assert content.segments[3].details["Seats/RailSeat[1]/Deck"] == "upper"
    assert content.tickets[0].details["AirlineTicketCoupons/AirlineTicketCoupon[1]/ClassOfService"] == "Y"


def test_details_hold_nothing_that_the_language_says_or_the_service_computes(sample: PostedBooking) -> None:
    assert set(sample.content.segments[0].details) == {
        "Meals", "LegId", "IsUpgradeAllowed", "Remarks/TripLinkRemarks[1]/TripLinkRemark[1]/Text",
    }  # fmt: skip
    assert "DateModifiedUtc" not in sample.content.details
    assert "NotInTheSchema" not in sample.content.details


def test_a_rate_and_total_keep_their_scale_and_share_the_currency(sample: PostedBooking) -> None:
    rental = sample.content.segments[1]
    assert isinstance(rental, CarSegment)
    assert rental.total is not None
    assert rental.rate is not None
    assert (rental.total.amount, rental.rate.amount) == ("122.0000", "61.0000")
    assert rental.total.currency == rental.rate.currency == "USD"
    assert [charge.kind for charge in rental.charges] == ["rate_with_allowance", "fixed"]


def test_ticket_number_and_coupons_are_read(sample: PostedBooking) -> None:
    ticket = sample.content.tickets[0]
    assert ticket.number == "2570123456789"
    assert (ticket.coupons[0].status, ticket.coupons[0].origin) == ("OPEN", "VIE")


def test_flight_and_rail_memberships_are_read(sample: PostedBooking) -> None:
    programs = sample.content.passengers[0].loyalty_programs
    assert [(program.vendor, program.number) for program in programs] == [("LH", "MM100200"), ("OB", "VC-7")]


def test_a_segment_with_a_date_of_cancellation_is_cancelled_whatever_its_code(sample: PostedBooking) -> None:
    assert sample.content.segments[7].status is SegmentStatus.CANCELLED


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("HK", "confirmed"),
        ("tk", "confirmed"),
        ("HL", "waitlisted"),
        ("HN", "requested"),
        ("UC", "cancelled"),
    ],
)
def test_status_codes_are_what_the_reservation_systems_mean(code: str, status: str) -> None:
    assert car(f"<Status>{code}</Status>").content.segments[0].status == status


@pytest.mark.parametrize("missing", ["BookingSource", "RecordLocator"])
def test_a_booking_without_its_identity_is_a_problem(missing: str) -> None:
    names = {"BookingSource", "RecordLocator"} - {missing}
    posted = booking("", identity="".join(f"<{name}>A</{name}>" for name in names))
    assert [(p.field, p.rule) for p in posted.problems] == [(f"Booking/{missing}", "required")]


@pytest.mark.parametrize(
    "text",
    ["2026-02-30T10:00:00", "tomorrow", "2026-05-12T25:00:00", "0001-01-01T00:00:00", "9999-12-31T23:00:00"],
)
@pytest.mark.parametrize("element", ["StartDateLocal", "EndDateUtc"])
def test_a_date_that_does_not_exist_is_a_problem_that_does_not_repeat_it(element: str, text: str) -> None:
    (problem,) = car(f"<{element}>{text}</{element}>").problems
    assert (problem.field, problem.rule) == (f"Booking/Segments/Car[1]/{element}", "date")
    assert text not in problem.message


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:00:00-05:00"])
def test_dates_of_which_no_other_zone_has_a_clock_are_problems(text: str) -> None:
    both = f"<StartDateLocal>{text}</StartDateLocal><EndDateLocal>{text}</EndDateLocal>"
    assert {problem.rule for problem in car(f"<StartCityCode>JFK</StartCityCode>{both}").problems} == {"date"}


def test_a_year_in_which_nobody_travels_is_a_problem() -> None:
    (problem,) = car("<StartDateLocal>1800-01-01T00:00:00</StartDateLocal>").problems
    assert (problem.field, problem.rule) == ("Booking/Segments/Car[1]/StartDateLocal", "date")


def test_an_amount_that_is_no_number_is_a_problem() -> None:
    posted = car(
        "<TotalRate>cheap</TotalRate><Charges><Fixed/><Percent><Amount>x</Amount></Percent></Charges>"
    )
    assert sorted((p.field, p.rule) for p in posted.problems) == [
        ("Booking/Segments/Car[1]/Charges/*[1]/Amount", "amount"),
        ("Booking/Segments/Car[1]/TotalRate", "amount"),
    ]


def test_a_count_that_is_no_number_is_kept_and_warned_of() -> None:
    posted = car("<NumCars>several</NumCars>")
    assert posted.problems == ()
    assert [(w.field, w.rule) for w in posted.warnings] == [("Booking/Segments/Car[1]/NumCars", "type")]
    assert posted.content.segments[0].details == {"NumCars": "several"}


def test_an_end_before_its_start_is_a_problem_only_where_both_offsets_were_given() -> None:
    times = (
        "<StartDateLocal>2026-05-12T10:00:00</StartDateLocal><EndDateLocal>2026-05-12T08:00:00</EndDateLocal>"
    )
    assert car(times).problems == ()
    utc = "<StartDateUtc>2026-05-12T08:00:00</StartDateUtc><EndDateUtc>2026-05-12T06:00:00</EndDateUtc>"
    assert [p.rule for p in car(times + utc).problems] == ["ends_before_start"]
    across_the_date_line = utc.replace("<EndDateUtc>2026-05-12T06", "<EndDateUtc>2026-05-12T18")
    assert car(times + across_the_date_line).problems == ()


def test_more_than_500_segments_are_a_problem() -> None:
    full = "<Car><Status>HK</Status></Car>"
    assert [p.rule for p in booking(f"<Segments>{full * 501}</Segments>").problems] == ["too_many"]
    assert booking(f"<Segments>{full * 500}</Segments>").problems == ()


def test_a_trip_is_read_in_any_encoding_and_prefix() -> None:
    trip = read_trip((SAMPLES / "trip.xml").read_bytes())
    assert trip.problems == ()
    assert (trip.header.name, trip.header.status) == ("Messe in Köln", "ticketed")
    assert trip.header.custom_attributes == ({"Name": "CostCentre", "Data": "4711", "DataType": "Text"},)
    assert [found.record_locator for found in trip.bookings] == ["AAA111", "BBB222"]
    assert "TripId" not in trip.header.details


def test_a_trip_without_a_name_is_a_problem_and_one_without_status_is_confirmed() -> None:
    trip = read_trip(b"<Itinerary/>")
    assert [(p.field, p.rule) for p in trip.problems] == [("Itinerary/TripName", "required")]
    assert trip.header.status == "confirmed"


def test_a_status_that_is_none_is_taken_as_confirmed_and_warned_of() -> None:
    trip = read_trip(b"<Itinerary><TripName>T</TripName><TripStatus>HK</TripStatus></Itinerary>")
    assert trip.header.status == "confirmed"
    assert [(w.field, w.rule) for w in trip.warnings] == [("Itinerary/TripStatus", "unknown_value")]


def test_a_trip_name_longer_than_concurs_schema_allows_is_kept_and_warned_of() -> None:
    trip = read_trip(f"<Itinerary><TripName>{'n' * 256}</TripName></Itinerary>".encode())

    assert (trip.problems, trip.header.name) == ((), "n" * 256)
    assert [(w.field, w.rule) for w in trip.warnings] == [("Itinerary/TripName", "too_long")]


@pytest.mark.parametrize(("element", "longest"), [("BookingSource", 32), ("RecordLocator", 50)])
def test_a_name_of_a_booking_longer_than_concurs_schema_allows_is_kept_and_warned_of(
    element: str, longest: int
) -> None:
    def warned(length: int) -> list[tuple[str, str]]:
        names = {"BookingSource": "A", "RecordLocator": "1", element: "x" * length}
        inside = "".join(f"<{name}>{text}</{name}>" for name, text in names.items())
        posted = read_booking(f"<Booking>{inside}</Booking>".encode())
        assert posted.problems == ()
        assert "x" * length in {posted.booking_source, posted.record_locator}
        return [(warning.field, warning.rule) for warning in posted.warnings]

    assert warned(longest) == []
    assert warned(longest + 1) == [(f"Booking/{element}", "too_long")]


@pytest.mark.parametrize(
    "text", ["2026-05-12T15:00:00-\u0660\u0664:00", "\u0662\u0660\u0662\u0666-05-12T15:00:00"]
)
def test_digits_of_another_script_make_no_date(text: str) -> None:
    body = f"""<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator><Segments><Car>
        <StartDateLocal>{text}</StartDateLocal></Car></Segments></Booking>"""

    assert [p.rule for p in read_booking(body.encode()).problems] == ["date"]


def test_problems_of_a_trip_name_the_booking_they_are_in() -> None:
    trip = read_trip(
        b"<Itinerary><TripName>T</TripName><Bookings><Booking/><Booking/></Bookings></Itinerary>"
    )
    assert "Itinerary/Bookings/Booking[2]/RecordLocator" in {p.field for p in trip.problems}


def test_airports_have_zones() -> None:
    assert zone_of_airport(" vie ") == "Europe/Vienna"
    assert zone_of_airport("???") is None
