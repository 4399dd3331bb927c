"""Flights, trains and hours amid prose, in which none of them is looked for."""

import pytest

from services.ingest.domain.email import flight_marks, number_stretches
from services.ingest.domain.email.dates import hours
from services.ingest.domain.email.train_names import train_names

PROSE = "before you can cancel, all of them have to be told of it in writing and in good time; \n" * 8


@pytest.mark.parametrize(
    "flight", ["Lufthansa flight number: 0012", "Delta               FLT 1432", "4U 12", "EZY 123"]
)
def test_a_flight_is_found_amid_prose(flight: str) -> None:
    for pattern in (flight_marks._FLIGHT, flight_marks._BY_ICAO, flight_marks._CALLED):
        text = f"{PROSE}{flight}{PROSE}"
        spans = [found.span() for found in pattern.finditer(text)]
        assert [found.span() for found in number_stretches.finditer(pattern, text)] == spans


@pytest.mark.parametrize(
    "train", ["Regionale Veloce train 1234", "ICE International Nr. 105", "TRAIN number : train 7", "特急あずさ 3号", "G5次列车"]
)  # fmt: skip
def test_a_train_is_found_amid_prose(train: str) -> None:
    assert [found[0] for found in train_names(f"{PROSE}: {train} {PROSE}")] == [train]


@pytest.mark.parametrize(
    "hour", ["10:35 AM Donnerstag", "10:35 a.m. (+1 giorno)", "7 pm", "21 Uhr", "9:05 hrs"]
)
def test_an_hour_amid_prose_is_what_it_is_alone(hour: str) -> None:
    (alone,) = hours(hour)
    (amid,) = hours(f"{PROSE}{hour}\n{PROSE}")
    assert (amid.hour, amid.days_later) == (alone.hour, alone.days_later)
    assert amid.end - amid.start == alone.end - alone.start
