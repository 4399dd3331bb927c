"""The order in which the hops of something are told."""

from schemas.hops import Hop, in_order

RAW = Hop(stage="received", where="raw.v1", partition=6, offset=0, at_ms=5, decision="kept")
STATED = Hop(stage="stated", where="bookings.v1", partition=2, offset=9, at_ms=5, decision="stated")
APPLIED = Hop(stage="consolidated", where="trips.v1", partition=2, offset=1, at_ms=7, decision="applied")
SHOWN = Hop(stage="shown", where="read.trips", decision="live")


def test_hops_are_told_by_time_and_what_is_now_at_the_end() -> None:
    assert in_order([SHOWN, APPLIED, STATED]) == [STATED, APPLIED, SHOWN]


def test_hops_of_one_millisecond_are_told_in_the_order_of_the_way() -> None:
    assert in_order([STATED, RAW]) == [RAW, STATED]


def test_a_hop_that_was_found_twice_is_told_once() -> None:
    assert in_order([RAW, RAW]) == [RAW]


def test_a_hop_is_placed_by_topic_partition_and_offset_or_by_its_table() -> None:
    assert (RAW.place, SHOWN.place) == ("raw.v1-6@0", "read.trips")
