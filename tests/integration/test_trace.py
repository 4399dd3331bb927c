"""`itinerary trace` as an operator runs it, against a real log and a consolidator."""

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.booking_record import BookingContent, BookingStatement, Source
from schemas.identifiers import birth_token
from services.command_line.trace import trace
from services.platform.backing import Backing
from tests.support.bookings_log import Posted, bookings_log, hotel_booking, own_tenant
from tests.support.command_line import Installation, said_here
from tests.support.statements import message, stay
from tests.support.worker_processes import consolidator

GRAND = stay("Grand Hotel", "2027-01-01", "2027-01-03", city="Bonn")
LONGER = stay("Grand Hotel", "2027-01-01", "2027-01-04", city="Bonn", confirmation="N-7")
HOSTILE = stay("Inn [bold]\x1b[2J", "2027-03-01", "2027-03-02")


def said(tenant: str, source: Source, locator: str, hotel: Any, *, at: int, login: str) -> BookingStatement:
    statement = hotel_booking(tenant=tenant, login=login, locator=locator, day=0, at=at, source=source)
    return statement.model_copy(update={"content": BookingContent(segments=(hotel,))})


class Operator(NamedTuple):
    """Somebody at a terminal, and what travellers have."""

    tenant: str
    place: Installation
    kafka: str
    agency: BookingStatement
    mail: BookingStatement
    posted: Sequence[Posted]

    async def run(self, *arguments: str, tenant: str | None = None, check: bool = True) -> Any:
        """Run the command to its end."""
        return await asyncio.to_thread(
            self.place.run,
            *("trace", *arguments, "--tenant", tenant or self.tenant),
            check=check,
            environment={"KAFKA_BOOTSTRAP": self.kafka, "COLUMNS": "200"},
        )

    async def found(self, what: str, *arguments: str) -> list[dict[str, Any]]:
        return (await self.said(what, *arguments))["found"]

    async def said(self, what: str, *arguments: str) -> dict[str, Any]:
        """Return all that it says, in JSON."""
        asked = (what, "--json", "--tenant", self.tenant, *arguments)
        here = partial(said_here, trace, *asked, environment={"KAFKA_BOOTSTRAP": self.kafka})
        return json.loads(await asyncio.to_thread(here))

    async def hops(self, what: str, *arguments: str, stage: str) -> list[dict[str, Any]]:
        """Return the hops of one stage."""
        return [hop for hop in (await self.said(what, *arguments))["hops"] if hop["stage"] == stage]


@pytest.fixture(scope="module")
async def operator(backing: Backing, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    tenant, folder = own_tenant(), tmp_path_factory.mktemp("trace")
    mail = said(tenant, "email", "MAIL", LONGER, at=2, login="ada")
    agency = said(tenant, "tmc", "PNR", GRAND, at=5, login="ada")
    stale = said(tenant, "tmc", "PNR", LONGER, at=3, login="ada")
    other = said(tenant, "tmc", "PNR", GRAND, at=6, login="grace")
    hostile = said(tenant, "email", "EVIL", HOSTILE, at=7, login="ada")
    async with bookings_log(backing.kafka_settings) as log:
        with consolidator(backing):
            await log.post(mail, agency, stale, other, hostile)
            await log.settled()
        posted = tuple(log.posted)
    return Operator(tenant, Installation(Path(folder)), backing.kafka, agency, mail, posted)


async def test_a_locator_shows_the_trip_and_why(operator: Operator) -> None:
    shown = (await operator.run("pnr", "--traveller", "ada")).stdout

    assert "found as booking" in shown
    assert "email party MAIL (email)" in shown
    assert " agree on " in shown  # which of the two is named first depends on their ids
    assert "2027-01-04 of email party MAIL (email): email comes after tmc." in shown
    assert "N-7" in shown


async def test_everything_that_names_a_thing_leads_to_its_trip(operator: Operator) -> None:
    [by_locator] = await operator.found("MAIL")
    [trip] = by_locator["trips"]
    names = {
        "N-7": "booking",
        operator.agency.record: "record",
        trip["id"]: "trip",
        birth_token(operator.agency.record): "trip",
        trip["segments"][0]["id"]: "segment",
        trip["segments"][0]["also_known_as"][0]: "segment",
        message(5): "message",
    }

    for name, kind in names.items():
        [finding] = await operator.found(name)
        assert kind in finding["found_as"]
        assert [t["id"] for t in finding["trips"]] == [trip["id"]]
    assert by_locator["written"][0]["version"]["epoch"] == 1


async def test_a_message_tells_what_became_of_it_even_where_nothing_remained_of_it(
    operator: Operator,
) -> None:
    [finding] = await operator.found(message(3))

    assert [(o["record"], o["result"]) for o in finding["outcomes"]] == [(operator.agency.record, "stale")]
    assert len(finding["trips"]) == 1


async def test_each_traveller_who_has_it_is_found_unless_one_is_named(operator: Operator) -> None:
    assert len(await operator.found("PNR")) == 2
    [finding] = await operator.found("PNR", "--traveller", "ada")
    assert finding["traveller"] == operator.agency.traveller


async def test_each_statement_is_told_with_its_place_and_what_was_decided_of_it(operator: Operator) -> None:
    stated = await operator.hops("PNR", "--traveller", "ada", stage="stated")
    decided = await operator.hops("PNR", "--traveller", "ada", stage="consolidated")
    [accepted] = await operator.hops("PNR", "--traveller", "ada", stage="accepted")

    posted = {one.statement.message: one for one in operator.posted}
    said = {hop["message"]: (hop["partition"], hop["offset"]) for hop in stated}
    assert said == {of: (posted[of].partition, posted[of].offset) for of in (message(5), message(3))}
    assert {hop["message"]: hop["decision"] for hop in decided} == {
        message(5): "applied",
        message(3): "stale",
    }
    place = f"bookings.v1-{posted[message(5)].partition}@{posted[message(5)].offset}"
    assert (accepted["record"], accepted["reason"]) == (operator.agency.record, f"as of {place}")
    assert all(hop["at"] is not None for hop in (*stated, *decided, accepted))


async def test_a_trip_is_told_with_every_version_and_a_stale_message_with_none(operator: Operator) -> None:
    [finding] = await operator.found("MAIL")
    [trip] = finding["written"]

    versions = await operator.hops(trip["id"], stage="written")
    assert {hop["trip"] for hop in versions} == {trip["id"]}
    newest = trip["version"]
    assert versions[-1]["decision"] == f"version {newest['epoch']}/{newest['offset']}"
    assert {hop["message"] for hop in await operator.hops(trip["id"], stage="stated")} >= {
        message(2), message(3), message(5)
    }  # fmt: skip


async def test_the_log_alone_is_followed_where_the_database_is_not_known(operator: Operator) -> None:
    said = await operator.said("MAIL")

    assert said["notes"] == [
        "DATABASE_URL is not set: mails, the read model and webhooks were not looked at."
    ]
    assert {hop["stage"] for hop in said["hops"]} == {"stated", "consolidated", "accepted", "written"}


async def test_what_others_wrote_does_not_steer_the_terminal(operator: Operator) -> None:
    shown = (await operator.run("EVIL")).stdout

    assert "\x1b[2J" not in shown
    assert "Inn [bold]" in shown


async def test_what_nobody_bears_is_an_error_that_says_so(operator: Operator) -> None:
    for arguments in (("NOWHERE",), ("NOWHERE", "--json"), ("MAIL", "--traveller", "grace")):
        done = await operator.run(*arguments, check=False)
        assert done.returncode == 1
        assert done.stdout == ""
        assert f"bears the locator, number, key or id {arguments[0]}" in done.stderr


async def test_another_tenants_bookings_are_not_found(operator: Operator) -> None:
    assert (await operator.run("MAIL", tenant=own_tenant(), check=False)).returncode == 1
