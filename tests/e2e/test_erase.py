"""`itinerary erase` on a whole running system: a canary is in every place first, and in none afterwards."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from itertools import count
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from schemas.identifiers import traveller_id
from services.command_line.running import RunningUp, running_up
from services.platform.kafka import partition_for
from services.platform.settings import KafkaSettings
from tests.support.bookings_log import bookings_log, hotel_booking
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.live_traffic import traffic
from tests.support.page_client import PageClient
from tests.support.topic_contents import drop_old, kept_for_a_moment, topics_with
from tests.support.waiting import wait_until, wait_until_async

ENTERED: tuple[LiteralString, ...] = (
    (
        "INSERT INTO own.webhooks (tenant, webhook, url, form, concurrency, sealed, state) "
        "VALUES (%(tenant)s, gen_random_uuid(), 'https://x.example', 'cloudevents', 1, '', 'off')"
    ),
    (
        "INSERT INTO own.webhook_deliveries (tenant, webhook, event, type, traveller, body) "
        "SELECT tenant, webhook, gen_random_uuid(), 't', traveller, %(canary)s FROM own.webhooks "
        "JOIN own.traveller_logins USING (tenant) WHERE tenant = %(tenant)s AND login = %(login)s"
    ),
    (
        "INSERT INTO own.tripit_accounts (tenant, traveller, kind, state, sealed) "
        "SELECT tenant, traveller, 'feed', 'revoked', %(canary)s FROM own.traveller_logins "
        "WHERE tenant = %(tenant)s AND login = %(login)s"
    ),
)
RESTORED: tuple[LiteralString, ...] = (
    "DELETE FROM own.erasures WHERE tenant = %(tenant)s AND traveller = %(traveller)s",
    (
        "INSERT INTO own.travellers (tenant, traveller, last_name) "
        "VALUES (%(tenant)s, %(traveller)s, %(canary)s)"
    ),
)
"""A backup from before the erasure."""
PLACES = {
    "own": "traveller_logins traveller_addresses calendar_feeds shares overrides emails webhook_deliveries "
    "tripit_accounts people_openings",
    "read": "trips changes",
    "aside": "trips",
}
LOOKED_UP = "own.people_shown"
"""It tells of a traveller by their id alone."""
BOSS = "boss@acme.example"
TEXT = "text/plain"


class Erasable(LiveClient):
    """A traveller whose every trace bears one word."""

    def __init__(self, installation: Installation, running: RunningUp) -> None:
        self.canary = f"zk{secrets.token_hex(8)}"
        super().__init__(installation, running)
        self.login = f"{self.canary}@acme.example"
        self.me = self.token("--traveller", self.login)
        self.traveller = traveller_id(tenant=self.tenant, login=self.login)
        self.admin = self.token("--admin", BOSS)
        self.colleague = self.token("--traveller", self._neighbour())

    def _neighbour(self) -> str:
        """Return a login on the canary's partition, which is cleaned once an erasure lies behind it."""

        def home(login: str) -> int:
            traveller = traveller_id(tenant=self.tenant, login=login)
            return partition_for(tenant=self.tenant, traveller=traveller, partitions=self.running.partitions)

        logins = (f"bo{number}@acme.example" for number in count())
        return next(login for login in logins if home(login) == home(self.login))

    def act_for_the_colleague(self) -> str:
        """Correct, share, look up a colleague's trip, decide about a mail of theirs; return the trip's id."""
        booked = {"source": "email", "booking_source": "Web", "record_locator": "BO"}
        body = booked | {"segments": [stay("Jena", "2038-07-01", "2038-07-04")]}
        after = self.accepted(self.http.post("/v1/bookings", json=body, headers=self.colleague))
        shown = self.http.get("/v1/trips", params={"after": after}, headers=self.colleague).json()["trips"]
        (trip,) = shown
        acting = self.token("--admin", self.login)
        values = {"type": "hotel", "room_type": "Suite"}
        right = {"action": "correct", "segment": trip["segments"][0]["id"], "values": values}
        said = self.http.post(
            f"/v1/trips/{trip['id']}/corrections", json=right, headers={**acting, "If-Match": "*"}
        )
        self.accepted(said)
        shared = self.http.post(f"/v1/trips/{trip['id']}/shares", json={}, headers=acting)
        assert shared.status_code == 201, shared.text
        self._look_up("2038-07-02", by=self.login, where="Jena")
        mailed = {**self.colleague, "Content-Type": "message/rfc822"}
        sent = self.http.post("/v1/emails", content=b"Subject: Hi\r\n\r\nHi\r\n", headers=mailed)
        mail = f"/v1/emails/{sent.json()['message']}"

        def is_read() -> bool:
            return self.http.get(mail, headers=self.colleague).json()["outcome"] == "nothing_found"

        wait_until(is_read, what="the colleague's mail to be read", deadline_seconds=60)
        discarded = self.http.post(f"{mail}/discard", headers=acting)
        assert discarded.status_code in {200, 202}, discarded.text
        return trip["id"]

    def word_on(self, trip: str) -> tuple[str, str]:
        """Return what was corrected on the colleague's trip, and who is said to have done it."""
        shown = self.http.get(f"/v1/trips/{trip}", headers=self.colleague).json()
        said = self.http.get(f"/v1/trips/{trip}/overrides", headers=self.colleague).json()
        return shown["segments"][0]["room_type"], said["overrides"][0]["said_by"]

    def leave_traces(self, database_url: str) -> str:
        """Book, correct, share, subscribe, mail, be looked up; return the id of the trip."""
        (trip,) = self.trips(self.book(self.canary, stay("Bonn", "2038-05-01", "2038-05-04", self.canary)))
        said = self.say(
            trip["id"], "corrections", {"action": "name", "name": self.canary}, Idempotency_Key="k"
        )
        self.trips(self.accepted(said))
        shared = self.http.post(f"/v1/trips/{trip['id']}/shares", json={}, headers=self.me)
        assert shared.status_code == 201, shared.text
        fed = self.http.post("/v1/calendar-feeds", json={"name": self.canary}, headers=self.me)
        assert fed.status_code == 201, fed.text
        mail = (
            f"From: {self.login}\r\nSubject: {self.canary}\r\nContent-Type: {TEXT}\r\n\r\n{self.canary}\r\n"
        )
        sent = self.http.post(
            "/v1/emails", content=mail.encode(), headers={**self.me, "Content-Type": "message/rfc822"}
        )
        assert sent.status_code == 202, sent.text
        self._look_up("2038-05-02", by=BOSS, where="Bonn")
        self._enter(database_url)
        return trip["id"]

    def _look_up(self, day: str, *, by: str, where: str) -> None:
        """Open the page that tells where everybody is, and see that somebody is there."""
        shown = PageClient(self.url, tenant=self.tenant, login=by).http.get("/people", params={"on": day})
        assert (shown.status_code, where in shown.text) == (200, True), shown.text

    def _enter(self, database_url: str) -> None:
        """Enter what only the world outside brings: a webhook's delivery, an account at TripIt."""
        of = {"tenant": self.tenant, "login": self.login, "canary": self.canary}
        with psycopg.connect(database_url, autocommit=True) as session:
            for statement in ENTERED:
                session.execute(statement, of)


@pytest.fixture
def ada(installation: Installation, running: RunningUp) -> Iterator[Erasable]:
    yield Erasable(installation, running)
    installation.run("rebuild", "drop", "--data", str(running.data))


def _tables_with(database_url: str, word: str) -> set[str]:
    found: set[str] = set()
    with psycopg.connect(database_url, autocommit=True) as session:
        tables = session.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            asked = sql.SQL("SELECT count(*) FROM {} t WHERE lower(t::text) LIKE {}").format(
                sql.Identifier(schema, table), sql.Literal(f"%{word}%")
            )
            if session.execute(asked).fetchone() != (0,):
                found.add(f"{schema}.{table}")
    return found


def _openers(database_url: str, *, tenant: str) -> list[str]:
    """Return by whom it was looked up where people are, in the order of time."""
    with psycopg.connect(database_url, autocommit=True) as session:
        asked = "SELECT opened_by FROM own.people_openings WHERE tenant = %s ORDER BY opened_at"
        return [by for (by,) in session.execute(asked, (tenant,))]


def _files_with(running: RunningUp, word: str) -> list[str]:
    """Return which logs and which files of a worker's state hold a word."""
    files = [*(running.data / "logs").rglob("*"), *(running.data / "work").rglob("*")]
    return [str(file) for file in files if file.is_file() and word.encode() in file.read_bytes().lower()]


def _erase(installation: Installation, ada: Erasable, *more: str) -> subprocess.CompletedProcess[str]:
    of = ("--tenant", ada.tenant, "--data", str(installation.data))
    return installation.run("erase", ada.login, *of, *more, check=False)


def test_nothing_is_left_of_an_erased_traveller_and_nothing_late_revives_them(
    installation: Installation, running: RunningUp, ada: Erasable
) -> None:
    trip = ada.leave_traces(running.database_url)
    colleagues = ada.act_for_the_colleague()
    installation.run("rebuild", "build", "--data", str(running.data))
    wanted = {f"{schema}.{table}" for schema, tables in PLACES.items() for table in tables.split()}
    wait_until(
        lambda: not wanted - _tables_with(running.database_url, ada.canary), what="the canary everywhere"
    )

    assert LOOKED_UP in _tables_with(running.database_url, ada.traveller)

    assert _erase(installation, ada).returncode != 0  # not without --yes
    planned = json.loads(_erase(installation, ada, "--dry-run", "--json").stdout)
    assert ada.trip(trip).status_code == 200
    with traffic(running, seed=35):
        for pid in running_up(running.data).processes["consolidator"]:
            os.kill(pid, signal.SIGKILL)
        of = (ada.login, "--tenant", ada.tenant, "--yes", "--data", str(running.data))
        for at in ("erase.said", "erase.forgotten", "erase.projected"):
            installation.dies("erase", *of, at=at)
        done = _erase(installation, ada, "--yes", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["erased"] == [planned["erased"][0] | {"was_erased": True}]

        assert _tables_with(running.database_url, ada.canary) == set()
        assert _files_with(running, ada.canary) == []
        assert LOOKED_UP not in _tables_with(running.database_url, ada.traveller)
        assert _openers(running.database_url, tenant=ada.tenant) == [BOSS, "erased"]
        assert ada.word_on(colleagues) == ("Suite", "erased")
        asyncio.run(_nothing_late_revives(installation, running, ada))
        _a_restored_backup_revives_nothing(installation, running, ada, planned["erased"][0]["traveller"])
    asyncio.run(_topics_forget(installation, running, ada))
    shown = ada.http.get(f"/v1/trips/{trip}", headers=ada.admin)
    assert shown.status_code == 404


async def _nothing_late_revives(installation: Installation, running: RunningUp, ada: Erasable) -> None:
    booked = {
        "booking_source": "W",
        "record_locator": "L",
        "segments": [stay("Ulm", "2038-06-01", "2038-06-02")],
    }
    assert ada.http.post("/v1/bookings", json=booked, headers=ada.me).status_code == 422
    again = installation.run(
        "token", "--tenant", ada.tenant, "--traveller", ada.login, "--data", str(running.data), check=False
    )
    assert (again.returncode, "erased" in again.stderr) == (1, True)

    late = hotel_booking(tenant=ada.tenant, login=ada.login, locator=ada.canary, day=0, at=1)
    async with bookings_log(KafkaSettings(bootstrap=running.kafka)) as log:
        await log.post(late)  # whoever looked the traveller up before they were erased
        await log.settled(deadline_seconds=120)
    installation.json("replay", "--source", "email", "--tenant", ada.tenant, "--data", str(running.data))

    assert _tables_with(running.database_url, ada.canary) == set()
    verified = installation.json("verify", "--data", str(running.data))
    assert verified["differences"] == []
    built: dict[str, Any] = installation.json("rebuild", "build", "--data", str(running.data))
    assert (built["computed_otherwise"], built["shown_otherwise"]) == ([], [])
    assert _tables_with(running.database_url, ada.canary) == set()


def _a_restored_backup_revives_nothing(
    installation: Installation, running: RunningUp, ada: Erasable, traveller: str
) -> None:
    of = {"tenant": ada.tenant, "traveller": traveller, "canary": ada.canary}
    with psycopg.connect(running.database_url, autocommit=True) as session:
        for statement in RESTORED:
            session.execute(statement, of)
    assert _tables_with(running.database_url, ada.canary) != set()

    again = installation.json("erase", "--restored", "--yes", "--data", str(running.data))

    assert {"tenant": ada.tenant, "traveller": traveller, "was_erased": True} in again["erased"]
    assert _tables_with(running.database_url, ada.canary) == set()


async def _topics_forget(installation: Installation, running: RunningUp, ada: Erasable) -> None:
    kafka = KafkaSettings(bootstrap=running.kafka)
    held = {line.split()[0] for line in await topics_with(kafka, ada.canary)}
    assert held >= {"raw.v1", "bookings.v1"}

    async def forgotten() -> bool:
        # What is appended last is never compacted away: erase again, so that something lies behind it.
        assert _erase(installation, ada, "--yes").returncode == 0
        return not await topics_with(kafka, ada.canary)

    async with kept_for_a_moment(kafka):
        await drop_old(kafka)
        await wait_until_async(forgotten, what="the topics to forget", deadline_seconds=480)
    assert installation.json("verify", "--data", str(running.data))["differences"] == []
