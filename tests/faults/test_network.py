"""The network between our processes and Kafka is slow, silent, deaf, cut and gone."""

import asyncio

import pytest

from tests.support.faults.network import Weather
from tests.support.faults.rig import Rig, running

_BAD = [weather for weather in Weather if weather is not Weather.FAIR]


async def test_answers_that_are_lost_or_break_off_and_connections_that_go_lose_nothing(rig: Rig) -> None:
    async with running(rig, seed=30, consolidators=2) as run:
        for weather in (Weather.DEAF, Weather.CUT, Weather.GONE, Weather.SILENT):
            rig.turn(weather)
            await run.post(25)
            await asyncio.sleep(1.5)  # for the fault to last, not for a result
            rig.turn(Weather.FAIR)
            await run.post(25)
        await run.holds()


@pytest.mark.exhaustive
@pytest.mark.parametrize("seconds", [3, 20])
@pytest.mark.parametrize("weather", _BAD, ids=lambda weather: weather.name)
async def test_bad_weather_of_each_kind_loses_nothing(rig: Rig, weather: Weather, seconds: int) -> None:
    async with running(rig, seed=31, consolidators=2) as run:
        await run.post(30)
        rig.turn(weather)
        await run.post(30)
        await asyncio.sleep(seconds)
        rig.turn(Weather.FAIR)
        await run.post(30)
        await run.holds()


@pytest.mark.exhaustive
async def test_a_network_that_flaps_loses_nothing(rig: Rig) -> None:
    async with running(rig, seed=32, consolidators=2) as run:
        for _ in range(10):
            rig.turn(run.dice.choice(_BAD))
            await run.post(10)
            await asyncio.sleep(1)
            rig.turn(Weather.FAIR)
            await run.post(10)
        await run.holds()
