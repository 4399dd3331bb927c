"""Laws of the relay: whatever is on `trips.v1`, its events are a function of that value alone."""

from hypothesis import given, settings

from schemas.events import TripEventV1
from schemas.trip import TripsValue, decode_trips_value
from services.consolidator.domain.events import events_of
from tests.support.any_value import any_of

FEWER = settings(max_examples=min(settings.default.max_examples, 200))


@FEWER
@given(any_of(TripsValue))
def test_whoever_relays_a_value_says_the_same_bytes(value: TripsValue) -> None:
    encoded = value.encode()
    events = events_of(decode_trips_value(encoded))
    assert events == events_of(decode_trips_value(encoded))
    changes = getattr(value, "changes", ())
    assert [TripEventV1.decode(event.value).change for event in events] == [c.type for c in changes]
    by_type = {(dict(event.headers)["ce_type"], dict(event.headers)["ce_id"]) for event in events}
    assert len(by_type) == len({change.type for change in changes})
