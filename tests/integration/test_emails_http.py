"""Mail over HTTP: upload, dry run, what became of each mail, and what people decide about it."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.booking_record import BookingStatement, decode_statement
from schemas.topics import BOOKINGS, RAW
from services.ingest.domain.email.results import FoundBooking, MailReading
from services.ingest.enrolment import Enrolled
from services.ingest.handlers import Unavailable
from services.ingest.mails import MAX_MAIL_BYTES
from services.ingest.replay import Doing, Report, replay
from services.ingest.replay_place import Wanted
from services.ingest.replay_readers import MailsAgain
from services.platform.backing import Backing
from services.platform.positions import decode_position
from tests.support.ingest_edge import IngestUnderTest, ingest_under_test
from tests.support.mail_system import MailUnderTest, blocking
from tests.support.readings import ToldReaders, booked, found, reading
from tests.support.signed_mail import ADA, mail, zone

ADMIN, BO = "boss@acme.example", "bo@acme.example"
MAIL = {"Content-Type": "message/rfc822"}
STAY = found("TYPED").booking.model_dump(mode="json", exclude_none=True)


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        await ready.enrol(ADMIN, admin=True)
        await ready.enrol(BO)
        yield ready


@pytest.fixture
async def ada(ingest: IngestUnderTest) -> Enrolled:
    return await ingest.enrolled(ADA)


@pytest.fixture
async def system(ingest: IngestUnderTest) -> MailUnderTest:
    return MailUnderTest(ingest, zone=zone())


async def call(
    ingest: IngestUnderTest, method: str, path: str, *, by: str = ADA, **request: Any
) -> httpx.Response:
    kind = "admin" if by == ADMIN else "traveller"
    headers = ingest.bearer(kind, login=by, company_wide=by == ADMIN) | request.pop("headers", {})
    async with ingest.client() as client:
        return await client.request(method, path, headers=headers, **request)


async def upload(ingest: IngestUnderTest, body: str = "BOOK HX7PLM", **request: Any) -> httpx.Response:
    path = request.pop("path", "/v1/emails")
    return await call(ingest, "POST", path, content=mail(body=body), headers=MAIL, **request)


async def suspect(system: MailUnderTest, ada: Enrolled, body: str = "BOOK HX7PLM") -> str:
    """Have a mail come from nobody known, and return its id."""
    async with system.listening() as port:
        await blocking(_send, port, mail(sender="x@lax.example", body=body), ada.mail_addresses[1])
    (entry,) = [entry for entry in await system.work() if entry is not None]
    assert entry.outcome == "needs_review"
    return entry.message


def _send(port: int, raw: bytes, to: str) -> None:
    from smtplib import SMTP  # noqa: PLC0415 - of this one function

    with SMTP("127.0.0.1", port) as client:
        client.sendmail("x@lax.example", [to], raw)


async def statements(ingest: IngestUnderTest) -> list[Any]:
    return [decode_statement(record.value) for record in await ingest.written(BOOKINGS.name)]


def as_it_stands(said: Sequence[Any]) -> dict[tuple[str, str], str]:
    """Return what the newest statement says of each booking of each traveller."""
    newest: dict[tuple[str, str], Any] = {}
    for one in said:
        key = (one.traveller, one.record_locator)
        if key not in newest or one.revision.order() > newest[key].revision.order():
            newest[key] = one
    return {key: one.kind for key, one in newest.items()}


async def test_a_dry_run_says_what_would_be_read_and_keeps_nothing(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    answer = await upload(ingest, "BOOK A1\r\nBOOK A2", path="/v1/emails?dry_run=true")
    assert answer.status_code == 200
    said = answer.json()
    assert [booking["record_locator"] for booking in said["bookings"]] == ["A1", "A2"]
    assert said["notes"] == []
    posted = await call(ingest, "POST", "/v1/bookings", json=said["bookings"])
    assert posted.status_code == 202
    assert [r.headers["route"] for r in await ingest.written(RAW.name)] == ["json"]
    assert ada.traveller


async def test_an_uploaded_mail_is_the_users_whoever_wrote_it(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    answer = await upload(ingest)
    assert answer.status_code == 202
    message = answer.json()["message"]
    assert answer.headers["Location"] == f"/v1/emails/{message}"
    before = (await call(ingest, "GET", f"/v1/emails/{message}")).json()
    assert (before["outcome"], before["bookings"]) == ("queued", [])
    await system.work()
    after = (await call(ingest, "GET", f"/v1/emails/{message}")).json()
    assert (after["outcome"], after["traveller"], after["door"]) == ("extracted", ada.traveller, "http")
    assert after["bookings"][0]["taken"] is True
    assert [record.key for record in await ingest.written(BOOKINGS.name)] == after["records"]


async def test_a_whole_booking_that_a_person_accepts_ends_the_older_parts_that_it_does_not_name(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    def flight(number: str, *, revision: int) -> FoundBooking:
        start = {"local": "2027-03-08T10:05", "zone": "Europe/Berlin"}
        leg = {"type": "air", "carrier": "LH", "flight_number": number, "start": start}
        return found("ABC123", segments=[leg], revision=revision)

    def told(raw: bytes) -> MailReading:
        if b"retimed" in raw:
            of_change = {"is_part": True, "of_change": True}
            return reading(flight("456", revision=1_790_000_000).model_copy(update=of_change))
        return reading(flight("400", revision=1_790_000_001), kind="needs_review", why="it is doubtful")

    system = MailUnderTest(ingest, zone=zone(), readers=ToldReaders(told))
    await upload(ingest, "LH456 was retimed")
    message = (await upload(ingest, "LH400 instead")).json()["message"]
    await system.work()
    (part,) = await statements(ingest)
    answer = await call(ingest, "POST", f"/v1/emails/{message}/accept")
    assert answer.status_code == 200, answer.text
    said = await statements(ingest)
    assert [one.kind for one in said] == ["booking", "booking", "withdrawal"]
    assert said[-1].record == part.record
    assert ada.traveller


async def test_a_leg_that_moved_far_stands_once_when_a_person_accepts_the_mail_that_moves_it(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    def flight(day: int, *, revision: int) -> FoundBooking:
        start = {"local": f"2027-03-{day:02d}T10:05", "zone": "Europe/Berlin"}
        leg = {"type": "air", "carrier": "LH", "flight_number": "456", "start": start}
        return found("ABC123", segments=[leg], revision=revision)

    def told(raw: bytes) -> MailReading:
        if b"moved" in raw:
            of_change = {"is_part": True, "of_change": True}
            return reading(flight(10, revision=1_790_000_001).model_copy(update=of_change))
        return reading(flight(8, revision=1_790_000_000))

    system = MailUnderTest(ingest, zone=zone(), readers=ToldReaders(told))
    await upload(ingest, "LH456 is confirmed")
    await system.work()
    message = (await upload(ingest, "LH456 was moved")).json()["message"]
    await system.work()
    answer = await call(ingest, "POST", f"/v1/emails/{message}/accept")
    assert answer.status_code == 200, answer.text
    said = await statements(ingest)
    assert {one.record_locator for one in said} == {"ABC123"}
    newest = max(said, key=lambda one: one.revision.order())
    assert [str(segment.start.date) for segment in newest.content.segments] == ["2027-03-10"]
    assert ada.traveller


class UnconfirmedLog:
    """Appends, and does not hear that it did."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, statements: Sequence[Any]) -> None:
        await self._log.append(statements)
        raise Unavailable("Kafka")


async def test_what_a_decision_stated_unconfirmed_is_withdrawn_by_the_next_one(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    message = await suspect(system, ada)
    headers = ingest.bearer("admin", login=ADMIN, company_wide=True)
    async with ingest.client(log=UnconfirmedLog(ingest.log)) as client:  # pyright: ignore[reportArgumentType] - it stands for one
        answer = await client.post(f"/v1/emails/{message}/accept", json={"traveller": ADA}, headers=headers)
    assert answer.status_code == 503
    shown = (await call(ingest, "GET", f"/v1/emails/{message}", by=ADMIN)).json()
    assert shown["outcome"] == "needs_review"
    assert (await call(ingest, "POST", f"/v1/emails/{message}/discard", by=ADMIN)).status_code == 200
    assert as_it_stands(await statements(ingest)) == {(ada.traveller, "HX7PLM"): "withdrawal"}


async def test_an_administrator_uploads_for_a_traveller_and_nobody_else_may(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    path = f"/v1/emails?traveller={ADA}"
    assert (await upload(ingest, by=ADMIN, path=path)).status_code == 202
    assert (await upload(ingest, by=BO, path=path)).status_code == 403
    assert (await upload(ingest, by=ADMIN, path="/v1/emails?traveller=no@acme.example")).status_code == 422
    await system.work()
    assert {s.traveller for s in await statements(ingest)} == {ada.traveller}


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"x" * (MAX_MAIL_BYTES + 1), MAIL, 413),
        (b"x", MAIL | {"Content-Encoding": "gzip"}, 415),
    ],
)
async def test_what_is_no_mail_or_too_large_is_refused_in_words(
    ingest: IngestUnderTest, ada: Enrolled, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await call(ingest, "POST", "/v1/emails", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert await ingest.written(RAW.name) == []
    assert ada.traveller


async def test_a_traveller_sees_own_mails_and_an_administrator_all(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    waiting = await suspect(system, ada)
    own = (await upload(ingest, "BOOK A1")).json()["message"]
    bos = (await upload(ingest, "BOOK B1", by=BO)).json()["message"]
    await system.work()

    async def listed(by: str, query: str = "") -> list[str]:
        answer = await call(ingest, "GET", f"/v1/emails{query}", by=by)
        return [one["id"] for one in answer.json()["emails"]]

    assert await listed(ADA) == [own]
    assert await listed(BO) == [bos]
    assert set(await listed(ADMIN)) == {own, bos, waiting}
    assert await listed(ADMIN, "?outcome=needs_review") == [waiting]
    assert await listed(ADMIN, f"?traveller={BO}") == [bos]
    assert (await call(ingest, "GET", f"/v1/emails?traveller={ADA}", by=BO)).status_code == 403
    assert (await call(ingest, "GET", f"/v1/emails/{bos}")).status_code == 404
    assert (await call(ingest, "GET", f"/v1/emails/{waiting}")).status_code == 404
    assert (await call(ingest, "GET", "/v1/emails/none")).status_code == 404
    assert (await call(ingest, "POST", f"/v1/emails/{bos}/discard")).status_code == 404
    addresses = (await call(ingest, "GET", "/v1/mail-addresses")).json()["addresses"]
    assert [(a["address"], a["kind"]) for a in addresses] == list(
        zip(ada.mail_addresses, ("own", "company"), strict=True)
    )


async def test_lists_go_on_behind_their_cursor_without_gap_or_repetition(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    sent = {(await upload(ingest, f"BOOK A{n}")).json()["message"] for n in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await call(ingest, "GET", f"/v1/emails?limit=2{cursor}")).json()
        seen += [one["id"] for one in page["emails"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == 5
    assert set(seen) == sent
    assert (await call(ingest, "GET", "/v1/emails?cursor=nonsense")).status_code == 400
    assert ada.traveller


async def test_a_mail_that_waits_is_accepted_for_somebody_as_of_when_it_came(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    message = await suspect(system, ada)
    path = f"/v1/emails/{message}/accept"
    assert (await call(ingest, "POST", path, by=ADMIN)).status_code == 422
    answer = await call(ingest, "POST", path, by=ADMIN, json={"traveller": ADA})
    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["traveller"]) == ("accepted", ada.traveller)
    assert answer.json()["reviewed"]["by"] == ADMIN
    assert decode_position(answer.headers["Itinerary-Position"]).offsets
    (statement,) = await statements(ingest)
    (raw,) = await system.raw()
    assert isinstance(statement, BookingStatement)
    assert statement.revision.order()[1:4] == (raw.timestamp, raw.partition, raw.offset)
    assert (await call(ingest, "POST", path, by=ADMIN, json={"traveller": BO})).status_code == 409
    assert await system.work() == [None]


async def test_a_mail_that_was_given_to_somebody_stays_theirs_when_more_is_read_from_it(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    silent = MailUnderTest(ingest, zone=zone(), readers=ToldReaders(lambda _: reading(kind="nothing_found")))
    async with silent.listening() as port:
        await blocking(_send, port, mail(sender="x@lax.example", body="BOOK HX7PLM"), ada.mail_addresses[1])
    (entry,) = [entry for entry in await silent.work() if entry is not None]
    path = f"/v1/emails/{entry.message}"
    refused = await call(ingest, "POST", f"{path}/accept", by=ADMIN, json={"traveller": ADA})
    assert refused.status_code == 422, "accepting nothing would look as if something came of it"
    given = await call(ingest, "POST", f"{path}/assign", by=ADMIN, json={"traveller": ADA})
    assert (given.status_code, given.json()["traveller"]) == (200, ada.traveller)

    (read,) = await system.work()
    assert read is not None
    assert (read.outcome, read.traveller) == ("extracted", ada.traveller)


class AskedReaders(ToldReaders):
    """Would ask a language model, and finds nothing else."""

    def __init__(self) -> None:
        super().__init__(lambda _: reading(kind="nothing_found"))
        self.asked: list[bytes] = []

    async def ask(self, raw: bytes, *, received: datetime, reading: MailReading) -> MailReading:
        self.asked.append(raw)
        return await super().ask(raw, received=received, reading=reading)


async def test_a_model_is_asked_about_mail_of_known_travellers_alone(
    ingest: IngestUnderTest, ada: Enrolled
) -> None:
    readers = AskedReaders()
    system = MailUnderTest(ingest, zone=zone(), readers=readers)
    async with system.listening() as port:
        await blocking(_send, port, mail(sender="x@lax.example"), ada.mail_addresses[1])
        assert await system.work()
        assert readers.asked == []
        await blocking(_send, port, mail(sender="x@lax.example"), ada.mail_addresses[0])
        await system.work()
    assert len(readers.asked) == 1


async def test_corrections_and_second_thoughts_are_newer_than_what_they_change(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    message = (await upload(ingest)).json()["message"]
    await system.work()
    bo = await ingest.enrol(BO)

    async def decide(verb: str, by: str = ADA, **said: Any) -> httpx.Response:
        return await call(ingest, "POST", f"/v1/emails/{message}/{verb}", by=by, json=said)

    assert (await decide("correct", bookings=[STAY])).status_code == 200
    stands = as_it_stands(await statements(ingest))
    assert stands == {(ada.traveller, "HX7PLM"): "withdrawal", (ada.traveller, "TYPED"): "booking"}
    assert (await decide("assign", traveller=BO)).status_code == 403
    assert (await decide("assign", by=ADMIN, traveller=BO)).status_code == 200
    stands = as_it_stands(await statements(ingest))
    assert stands[bo, "TYPED"] == "booking"
    assert stands[ada.traveller, "TYPED"] == "withdrawal"
    assert (await decide("discard", by=BO)).status_code == 200
    assert set(as_it_stands(await statements(ingest)).values()) == {"withdrawal"}
    assert (await decide("accept", by=BO)).status_code == 409
    assert (await decide("correct", by=BO, bookings=[STAY])).status_code == 200
    assert as_it_stands(await statements(ingest))[bo, "TYPED"] == "booking"
    assert await system.work() == [None]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "bookings"),
        ({"bookings": STAY}, "bookings"),
        ({"bookings": [STAY, {**STAY, "segments": "none"}]}, "bookings.1.segments"),
        ({"bookings": [STAY], "traveller": 7}, "traveller"),
    ],
)
async def test_a_correction_that_breaks_rules_says_where_and_changes_nothing(
    ingest: IngestUnderTest, ada: Enrolled, said: Any, field: str
) -> None:
    message = (await upload(ingest)).json()["message"]
    system = MailUnderTest(ingest, zone={}, readers=ToldReaders(lambda _: reading(kind="nothing_found")))
    await system.work()
    answer = await call(ingest, "POST", f"/v1/emails/{message}/correct", json=said)
    assert answer.status_code in {400, 422}
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert await statements(ingest) == []
    assert ada.traveller


async def test_a_replay_with_better_readers_changes_what_it_says_and_no_more(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    for body in ("BOOK OLD", "nothing", "BOOK SAME"):
        await upload(ingest, body)
    decided = (await upload(ingest, "BOOK MINE")).json()["message"]
    await system.work()
    await call(ingest, "POST", f"/v1/emails/{decided}/discard")
    before = as_it_stands(await statements(ingest))

    def better(raw: bytes) -> Any:
        return booked(raw.replace(b"BOOK OLD", b"BOOK NEW").replace(b"nothing", b"BOOK FOUND"))

    improved = MailUnderTest(ingest, zone={}, readers=ToldReaders(better))

    async def again(*, write: bool) -> Report:
        return await replay(
            ingest.backing.kafka_settings,
            wanted=Wanted("email", tenant=ingest.tenant),
            doing=Doing({"email": MailsAgain(improved.reader)}, ingest.log if write else None),
            on_progress=lambda _topic, done, total: progress.append(done <= total),
        )

    progress: list[bool] = []
    planned = await again(write=False)
    assert as_it_stands(await statements(ingest)) == before
    done = await again(write=True)
    assert done == planned
    assert (done.read, done.settled, done.unchanged) == (4, 1, 1)
    assert sorted(change.stated for change in done.changes) == [
        ("Harbour Inn FOUND",),
        ("Harbour Inn NEW",),
    ]
    stands = as_it_stands(await statements(ingest))
    assert {name: kind for (_, name), kind in stands.items()} == {
        "OLD": "withdrawal",
        "NEW": "booking",
        "FOUND": "booking",
        "SAME": "booking",
        "MINE": "withdrawal",
    }
    assert {traveller for traveller, _ in stands} == {ada.traveller}
    assert (await again(write=False)).changes == ()
    assert progress
    assert all(progress)


async def test_a_replay_from_a_time_and_of_a_traveller_leaves_the_others(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    await upload(ingest)
    await upload(ingest, by=BO)
    await system.work()
    wanted = Wanted("email", tenant=ingest.tenant, traveller=ada.traveller)
    of_ada = await replay(
        ingest.backing.kafka_settings,
        wanted=wanted,
        doing=Doing({"email": MailsAgain(system.reader)}, None),
        on_progress=lambda *_: None,
    )
    assert of_ada.read == 1


async def test_a_replay_of_some_messages_or_up_to_a_time_leaves_the_others(
    ingest: IngestUnderTest, system: MailUnderTest, ada: Enrolled
) -> None:
    one = (await upload(ingest, "BOOK ONE")).json()["message"]
    await upload(ingest, "BOOK TWO")
    await system.work()

    async def read(**narrowed: Any) -> int:
        report = await replay(
            ingest.backing.kafka_settings,
            wanted=Wanted("email", tenant=ingest.tenant, traveller=ada.traveller, **narrowed),
            doing=Doing({"email": MailsAgain(system.reader)}, None, a_second=1000),
            on_progress=lambda *_: None,
        )
        return report.read

    assert await read() == 2
    assert await read(messages=frozenset({one})) == 1
    assert await read(until=datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert await read(until=datetime(2100, 1, 1, tzinfo=UTC)) == 2
