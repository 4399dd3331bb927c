"""The definitions of zones in calendars: what they say of a time is what the zone does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Timezone

from services.query.domain.calendar_zones import is_near_change, zone_definition

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
near = st.timedeltas(-timedelta(days=360), timedelta(days=360))


def offset_by(definition: Timezone, instant: datetime) -> timedelta:
    """Return what a definition says of an instant: that of the last observance which has begun."""
    begun = {
        observance.DTSTART - observance.TZOFFSETFROM: observance.TZOFFSETTO
        for observance in definition.subcomponents
    }
    return begun[max(at for at in begun if at <= instant.replace(tzinfo=None))]


@given(zones, st.lists(instants, min_size=1, max_size=4), near)
def test_around_its_times_a_definition_says_what_the_zone_does(
    zone: ZoneInfo, times: list[datetime], apart: timedelta
) -> None:
    definition = zone_definition(zone, times)

    for time in (*times, *(time + apart for time in times)):
        assert offset_by(definition, time) == time.astimezone(zone).utcoffset()


@given(zones, instants)
def test_a_time_that_the_clocks_show_twice_is_near_a_change(zone: ZoneInfo, instant: datetime) -> None:
    local = instant.astimezone(zone)
    is_there_twice = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()

    assert not is_there_twice or is_near_change(instant, zone)
