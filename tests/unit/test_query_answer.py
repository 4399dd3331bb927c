"""Rows keep what was written of them: a release that writes otherwise has to say so."""

import hashlib

import orjson

from schemas.base import canonical_json
from schemas.trip import Trip
from services.query.domain.answer import FORM, answer_for, mark_of, stored_answer
from services.query.domain.trip_format import trip_json
from services.query.domain.visibility import Audience, Viewer
from tests.support.query_trips import an_id, booking, flight, hotel, moment, trip

WRITTEN = (2, "1fd97dc4757fb52fb95358966f9cb02b041a9c5889ef0258eb133d9bdfef2fed")
"""The form, and the hash of what it makes of the trip below and of the names of all fields of a trip."""


def journey() -> Trip:
    away = flight(
        "out", start=moment("2026-12-03T13:05:00"), end=moment("2026-12-04T09:10:00", offset_minutes=540)
    )
    late = flight(
        "on", start=moment("2026-12-04T09:40:00"), end=moment("2026-12-04T08:00:00", offset_minutes=-600)
    )
    first = hotel("a", start=moment("2026-12-05"), end=moment("2026-12-09"))
    second = hotel("b", start=moment("2026-12-07"), end=moment("2026-12-08"))
    home = flight("home", start=moment("2026-12-12T10:00:00"), end=moment("2026-12-12T12:00:00"))
    segments = (away, late, first, second, home)
    return trip("t", segments=segments, bookings=(booking(),), also=("before",))


def fields() -> dict[str, list[str]]:
    schema = Trip.model_json_schema()
    return {
        name: sorted(part.get("properties", ()))
        for name, part in [*schema["$defs"].items(), ("Trip", schema)]
    }


def test_what_is_written_changes_only_with_its_form() -> None:
    told = stored_answer(journey()).whole().encode() + canonical_json(fields())
    written = hashlib.sha256(told).hexdigest()

    assert (FORM, written) == WRITTEN, "raise FORM if answers changed, then write both down here"


def test_provenance_is_written_with_all_that_it_has() -> None:
    (entry, *_) = flight("out").provenance
    revised = entry.revision.model_copy(update={"source_revision": 7})
    all_of_it = entry.model_copy(update={"filled": True, "revision": revised})
    told = trip("t", segments=(flight("out").model_copy(update={"provenance": (all_of_it, entry)}),))

    assert trip_json(told)["segments"][0]["provenance"] == [
        one.model_dump(mode="json", exclude_none=True) for one in (all_of_it, entry)
    ]


def test_what_lies_between_is_told_of_one_trip_and_not_where_segments_are_hidden() -> None:
    whole = orjson.loads(stored_answer(journey()).whole())
    supplier = answer_for(journey(), viewer=Viewer(Audience.SUPPLIER, "skyways"))

    assert {"zone_change", "overlap_stay", "night_without_stay"} <= {
        fact["code"] for fact in whole["between"]
    }
    assert whole["between"][0]["segments"] == [an_id("out")]
    assert "between" not in orjson.loads(stored_answer(journey()).trip)
    assert "between" not in orjson.loads(supplier.whole())


def test_the_mark_tells_one_state_of_a_trip_from_another() -> None:
    same, later, other = trip("t"), trip("t", offset=2), trip("t", title="Milan")

    assert mark_of(same) == mark_of(trip("t"))
    assert len({mark_of(one) for one in (same, later, other)}) == 3
