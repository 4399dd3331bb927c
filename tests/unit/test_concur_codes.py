"""What codes mean, and that an unknown one is warned of and kept."""

import pytest

from schemas.concur.code_tables import CHARGE_CODES, CODE_TABLES
from services.ingest.domain.concur.reading import read_booking


def test_every_code_has_a_meaning() -> None:
    assert all(code and meaning for codes in CODE_TABLES.values() for code, meaning in codes.items())


@pytest.mark.parametrize(
    ("kind", "code", "is_known"),
    [
        ("Hotel", "ROOMRATE", True),
        ("Hotel", "roomrate", True),
        ("Hotel", "DAYS", False),
        ("Car", "DAYS", True),
        ("Dining", "ANYTHING", True),
    ],
)
def test_a_charge_code_that_nobody_knows_is_warned_of_and_kept(kind: str, code: str, is_known: bool) -> None:
    body = f"""<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator><Segments><{kind}>
        <Charges><Fixed><Amount>1</Amount><SemanticsCode>{code}</SemanticsCode></Fixed></Charges></{kind}>
        </Segments></Booking>"""

    posted = read_booking(body.encode())

    (segment,) = posted.content.segments
    assert segment.charges[0].semantics_code == code
    assert (posted.problems, [w.rule for w in posted.warnings]) == ((), [] if is_known else ["unknown_value"])


def test_kinds_of_segment_have_their_own_codes() -> None:
    assert set(CHARGE_CODES) == {"hotel", "car", "air", "rail"}


@pytest.mark.parametrize(
    ("kind", "code", "is_known"),
    [
        ("Car", "ZE", True),
        ("Car", " ze ", True),
        ("Car", "HI", False),
        ("Hotel", "HI", True),
        ("Hotel", "ZE", False),
        ("Ride", "$R", True),
        ("Ride", "ZE", False),
        ("Hotel", "$$", True),
        ("Air", "OS", True),
        ("Air", "4U", True),
        ("Air", "Austrian", False),
        ("Rail", "anything", True),
    ],
)
def test_a_vendor_code_that_nobody_knows_is_warned_of_and_kept(kind: str, code: str, is_known: bool) -> None:
    body = f"""<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator>
        <Segments><{kind}><Vendor>{code}</Vendor></{kind}></Segments></Booking>"""

    posted = read_booking(body.encode())

    (segment,) = posted.content.segments
    assert (
        getattr(segment, "carrier", None) or getattr(segment, "vendor", None) or code.strip()
    ) == code.strip()
    assert posted.problems == ()
    assert [w.field for w in posted.warnings] == ([] if is_known else [f"Booking/Segments/{kind}[1]/Vendor"])


COUPON = "<AirlineTickets><AirlineTicket><AirlineTicketCoupons><AirlineTicketCoupon>{}</AirlineTicketCoupon>"
COUPON += "</AirlineTicketCoupons></AirlineTicket></AirlineTickets>"
CHARGE = "<Charges><Fixed><Amount>1</Amount>{}</Fixed></Charges>"
CAR = "<Segments><Car>{}</Car></Segments>"


@pytest.mark.parametrize(
    ("around", "element", "known", "unknown"),
    [
        (COUPON, "CouponStatus", "open", "FLOWN"),
        (CAR, "TimeZone", "Europe/Vienna", "Pacific"),
        (CAR, "Body", "C", "Z"),
        (CAR, "Class", "e", "Z"),
        (CAR, "Transmission", "A", "S"),
        (CAR, "AirCondition", "R", "Y"),
        (CHARGE, "SemanticsVendorType", "H", "Z"),
        ("{}", "BookingReferrer", "Supplier Web", "A friend"),
    ],
)
def test_a_value_of_no_short_list_is_warned_of_and_kept(
    around: str, element: str, known: str, unknown: str
) -> None:
    def warnings(value: str) -> list[tuple[str, str]]:
        inside = around.format(f"<{element}>{value}</{element}>")
        posted = read_booking(
            f"<Booking><BookingSource>A</BookingSource><RecordLocator>1</RecordLocator>{inside}</Booking>".encode()
        )
        assert posted.problems == ()
        return [(w.field.rpartition("/")[2], w.rule) for w in posted.warnings]

    assert warnings(known) == []
    assert warnings(unknown) == [(element, "unknown_value")]
