"""Posting to the real application: what stands on the log afterwards, and what the sender hears."""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from lxml import etree

from schemas.booking_record import (
    BookingStatement,
    CancellationStatement,
    NumberCancellationStatement,
    PostedTripStatement,
    decode_statement,
)
from schemas.identifiers import traveller_id
from schemas.topics import BOOKINGS, RAW
from services.ingest.http import POLICIES
from services.ingest.kafka import KafkaLog
from services.platform.backing import Backing
from services.platform.kafka import partition_for, partition_of
from services.platform.positions import decode_position
from services.platform.settings import KafkaSettings, TopicSettings
from tests.support.ingest_edge import CHRIS, DANA, IngestUnderTest, Written, ingest_under_test, rows
from tests.support.waiting import wait_until_async

XML = {"Content-Type": "application/xml"}
CAR = """<?xml version="1.0"?>
<Booking>
  <Segments><Car>
    <Vendor>ZE</Vendor><StartDateLocal>2026-05-12T10:00:00</StartDateLocal>
    <EndDateLocal>2026-05-14T10:00:00</EndDateLocal><ConfirmationNumber>CAR-77</ConfirmationNumber>
    <StartCityCode>VIE</StartCityCode><EndCityCode>VIE</EndCityCode>
  </Car></Segments>
  <RecordLocator>QX7PLM</RecordLocator><BookingSource>Wheels</BookingSource>
  <Passengers><Passenger><NameFirst>Chris</NameFirst><NameLast>Moser</NameLast></Passenger></Passengers>
</Booking>"""
TRIP = f"""<Itinerary xmlns="http://www.concursolutions.com/api/travel/trip/2010/06">
  <TripName>Vienna</TripName><Bookings>{CAR.partition("?>")[2]}</Bookings>
</Itinerary>"""
TRIP_AGAIN = TRIP.replace(">\n", "> \n  ")


def flight(**fields: Any) -> dict[str, Any]:
    segment = {
        "type": "air",
        "carrier": "OS",
        "flight_number": "451",
        "origin": {"code": "VIE"},
        "destination": {"code": "LHR"},
        "start": "2026-05-12T07:00:00+02:00",
        "end": {"local": "2026-05-12T08:30", "zone": "Europe/London"},
        "total": {"amount": 240.350, "currency": "EUR"},
    }
    return {"booking_source": "Austrian", "record_locator": "QX7PLM", "segments": [segment]} | fields


@pytest.fixture
async def ingest(backing: Backing, tmp_path: Path) -> AsyncGenerator[IngestUnderTest]:
    async with ingest_under_test(backing, folder=tmp_path) as ready:
        await ready.enrol()
        yield ready


async def post(ingest: IngestUnderTest, path: str, **request: Any) -> httpx.Response:
    async with ingest.client(query=request.pop("query", None)) as client:
        request.setdefault("headers", ingest.bearer())
        return await client.post(path, **request)


async def split(ingest: IngestUnderTest) -> tuple[list[Written], list[Any]]:
    written = await ingest.written()
    raw = [record for record in written if record.topic == RAW.name]
    statements = [decode_statement(record.value) for record in written if record.topic == BOOKINGS.name]
    return raw, statements


async def test_a_json_booking_stands_on_raw_before_its_statement_and_names_where_it_stood(
    ingest: IngestUnderTest,
) -> None:
    answer = await post(ingest, "/v1/bookings", json=flight())

    assert answer.status_code == 202
    (raw,) = [r for r in await ingest.written() if r.topic == RAW.name]
    (booking,) = [r for r in await ingest.written() if r.topic == BOOKINGS.name]
    statement = decode_statement(booking.value)
    assert isinstance(statement, BookingStatement)
    assert answer.json() == {
        "message": raw.key,
        "results": [{"key": booking.key, "status": "accepted"}],
    }
    revision = statement.revision
    assert (revision.received_ms, revision.partition, revision.offset) == (
        raw.timestamp,
        raw.partition,
        raw.offset,
    )
    assert raw.timestamp <= booking.timestamp
    assert statement.content.segments[0].total is not None
    assert statement.content.segments[0].total.amount == "240.35"
    assert statement.content.segments[0].end is not None
    assert statement.content.segments[0].end.offset_minutes == 60


async def test_raw_keeps_the_bytes_and_says_who_sent_them(ingest: IngestUnderTest) -> None:
    body = json.dumps(flight(), indent=3).encode()
    await post(
        ingest, "/v1/bookings", content=body, headers=ingest.bearer() | {"Content-Type": "application/json"}
    )

    (raw,), _ = await split(ingest)
    assert raw.value == body
    assert raw.headers == {
        "tenant": ingest.tenant,
        "client": "itinerary",
        "caller": "traveller",
        "owner": "traveller",
        "source": "manual",
        "route": "json",
        "disposition": "done",
        "content-type": "application/json",
        "sha256": hashlib.sha256(body).hexdigest(),
        "login": CHRIS,
        "traveller": traveller_id(tenant=ingest.tenant, login=CHRIS),
        "parameters": "{}",
    }
    partitions = TopicSettings().partitions
    assert raw.partition == partition_of(raw.key.encode(), partitions=partitions)


async def test_statements_go_to_the_partition_of_the_traveller_and_the_position_names_it(
    ingest: IngestUnderTest,
) -> None:
    answer = await post(ingest, "/v1/bookings", json=[flight(), flight(record_locator="ABC123")])

    records = [r for r in await ingest.written() if r.topic == BOOKINGS.name]
    traveller = traveller_id(tenant=ingest.tenant, login=CHRIS)
    expected = partition_for(tenant=ingest.tenant, traveller=traveller, partitions=TopicSettings().partitions)
    assert {record.partition for record in records} == {expected}
    position = decode_position(answer.headers["Itinerary-Position"])
    assert position.offsets == {expected: max(record.offset for record in records)}


async def test_of_an_array_the_good_are_accepted_and_the_bad_told_why(ingest: IngestUnderTest) -> None:
    bad = flight(record_locator="  ", segments=[{"type": "air", "start": "tomorrow"}])
    answer = await post(ingest, "/v1/bookings", json=[bad, flight(), flight()])

    assert answer.status_code == 202
    first, second, third = answer.json()["results"]
    assert first["status"] == third["status"] == "rejected"
    assert second["status"] == "accepted"
    assert {(e["field"], e["rule"]) for e in first["errors"]} == {
        ("segments.0.start", "time"),
        ("record_locator", "value_error"),
    }
    assert third["errors"][0]["rule"] == "booking_stated_twice"
    _, statements = await split(ingest)
    assert len(statements) == 1


async def test_a_cancelled_booking_is_a_cancellation(ingest: IngestUnderTest) -> None:
    await post(ingest, "/v1/bookings", json=flight(status="cancelled", segments=[], revision=4))

    _, (statement,) = await split(ingest)
    assert isinstance(statement, CancellationStatement)
    assert statement.revision.source_revision == 4


REFUSED: list[tuple[Any, int, str]] = [
    (b"{", 400, "json"),
    (b'{"booking_source": "A", "booking_source": "B"}', 400, "json"),
    (b'{"booking_source": NaN}', 400, "json"),
    (b"[" * 100_000, 400, "json"),
    (b"[]", 422, "array_size"),
    (b"7", 422, "object"),
    (flight(record_locator=None), 422, "string_type"),
    (flight(segments=[]), 422, "segments_required"),
    (flight(seat="12A"), 422, "extra_forbidden"),
    (flight(traveller="nobody@acme.example"), 403, "not_your_traveller"),
    (flight(source="tmc"), 403, "source_comes_from_token"),
    (flight(record_locator="a\x00b"), 422, "string_pattern_mismatch"),
    (flight(record_locator="\ud800"), 422, "string_unicode"),
    (
        flight(segments=[{"type": "air", "start": "2026-05-12T09:00Z", "end": "2026-05-12T08:59Z"}]),
        422,
        "ends_before_it_starts",
    ),
]


@pytest.mark.parametrize(("body", "status", "rule"), REFUSED, ids=lambda value: str(value)[:30])
async def test_what_breaks_a_rule_is_refused_by_field_and_nothing_is_written(
    ingest: IngestUnderTest, body: Any, status: int, rule: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = ingest.bearer() | {"Content-Type": "application/json"}
    answer = await post(ingest, "/v1/bookings", content=content, headers=headers)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert rule in {error["rule"] for error in answer.json()["errors"]}
    assert await ingest.written() == []


async def test_too_large_wrong_type_and_no_token_are_told_apart(ingest: IngestUnderTest) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(5 * 1024):
            yield b" " * 1024

    as_json = ingest.bearer() | {"Content-Type": "application/json"}
    assert (await post(ingest, "/v1/bookings", content=endless(), headers=as_json)).status_code == 413
    assert (
        await post(ingest, "/v1/bookings", content=b"x", headers=ingest.bearer() | XML)
    ).status_code == 415
    refused = await post(ingest, "/v1/bookings", json=flight(), headers={})
    assert (refused.status_code, refused.headers["www-authenticate"].split()[0]) == (401, "Bearer")
    third_party = ingest.bearer("third_party", client="dev")
    assert (await post(ingest, "/v1/bookings", json=flight(), headers=third_party)).status_code == 403


async def test_a_supplier_speaks_for_itself_and_of_what_it_sells_only(ingest: IngestUnderTest) -> None:
    row = ingest.sender("wheels", source="supplier", travel_types=("car",), booking_sources=("WHEELS",))
    await ingest.enrol(sender=row)
    bearer = ingest.bearer("supplier", client="wheels")

    own = await post(ingest, "/api/travel/booking/v1.1", content=CAR, headers=bearer | XML)
    other = await post(ingest, "/v1/bookings", json=flight(), headers=bearer)
    foreign = await post(ingest, "/v1/bookings", json=flight(booking_source="Wheels"), headers=bearer)
    stranger = await post(
        ingest, "/v1/bookings", json=flight(), headers=ingest.bearer("supplier", client="who")
    )

    assert own.status_code == 200
    assert [r.status_code for r in (other, foreign, stranger)] == [403, 403, 403]
    assert [r.json()["errors"][0]["rule"] for r in (other, foreign, stranger)] == [
        "booking_source_not_yours",
        "travel_type_not_yours",
        "unknown_sender",
    ]
    _, (statement,) = await split(ingest)
    assert (statement.owner.party, statement.owner.source) == ("wheels", "supplier")


async def test_an_administrator_posts_for_anyone_the_directory_knows(ingest: IngestUnderTest) -> None:
    dana = await ingest.enrol(DANA)
    await ingest.enrol(sender=ingest.sender("agency", source="tmc"))
    bearer = ingest.bearer("tmc", client="agency", company_wide=True)
    path = "/api/travel/booking/v1.1/?userid_type=login_id&userid_value="

    known = await post(ingest, path + DANA.upper(), content=CAR, headers=bearer | XML)
    as_in_a_template = path.replace("userid_value", "user_id") + DANA
    templated = await post(ingest, as_in_a_template, content=CAR, headers=bearer | XML)
    unknown = await post(ingest, path + "nobody@acme.example", content=CAR, headers=bearer | XML)
    everyone = await post(ingest, path + "ALL", content=CAR, headers=bearer | XML)
    nonsense = await post(ingest, path + "%00", content=CAR, headers=bearer | XML)

    assert [r.status_code for r in (known, templated)] == [200, 200]
    assert [r.status_code for r in (unknown, everyone, nonsense)] == [400, 400, 400]
    assert "Invalid User" in unknown.text
    _, statements = await split(ingest)
    assert [statement.traveller for statement in statements] == [dana, dana]


async def test_a_concur_booking_is_answered_while_nobody_can_read_it_yet(ingest: IngestUnderTest) -> None:
    headers = {"Authorization": ingest.bearer()["Authorization"].replace("Bearer", "OAuth")} | XML
    answer = await post(ingest, "/api/travel/booking/v1.1", content=CAR, headers=headers)

    assert answer.status_code == 200
    assert answer.headers["Itinerary-Pending"] == answer.headers["Itinerary-Position"]
    root = etree.fromstring(answer.content)
    assert etree.QName(root).localname == "Itinerary"
    assert root.findtext(".//{*}RecordLocator") == "QX7PLM"


async def test_a_concur_post_is_answered_with_the_trip_as_query_serves_it(ingest: IngestUnderTest) -> None:
    asked: list[httpx.Request] = []

    def query(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path.startswith("/v1/messages/"):
            body = {"message": "m", "outcomes": [], "trips": ["trip-7"]}
            return httpx.Response(200, json=body)
        return httpx.Response(200, content=b"<Itinerary><Bookings/></Itinerary>")

    bearer = ingest.bearer()
    answer = await post(
        ingest,
        f"/api/travel/trip/v1.1?userid_type=login&userid_value={CHRIS}",
        content=TRIP,
        headers=bearer | XML,
        query=httpx.MockTransport(query),
    )

    assert (answer.status_code, answer.text) == (200, "<Itinerary><Bookings/></Itinerary>")
    assert "Itinerary-Pending" not in answer.headers
    message, trip = asked
    assert message.headers["authorization"] == bearer["Authorization"]
    assert message.url.params["after"] == answer.headers["Itinerary-Position"]
    assert (trip.url.path, trip.url.params["userid_value"]) == ("/api/travel/trip/v1.1/trip-7", CHRIS)


async def test_the_same_trip_posted_twice_is_one_trip_and_another_key_another(
    ingest: IngestUnderTest,
) -> None:
    bearer = ingest.bearer() | XML
    await post(ingest, "/api/travel/trip/v1.1", content=TRIP, headers=bearer)
    await post(ingest, "/api/travel/trip/v1.1/", content=TRIP_AGAIN, headers=bearer)
    await post(ingest, "/api/travel/trip/v1.1", content=TRIP, headers=bearer | {"Idempotency-Key": "k"})

    _, statements = await split(ingest)
    headers = [s for s in statements if isinstance(s, PostedTripStatement)]
    bookings = [s for s in statements if isinstance(s, BookingStatement)]
    assert [h.creates for h in headers] == [True] * 3
    assert headers[0].trip == headers[1].trip != headers[2].trip
    assert [h.bookings for h in headers] == [(b.record,) for b in bookings]
    assert [h.trip for h in headers] == [b.posted_trip for b in bookings]


async def test_a_booking_with_a_trip_id_is_put_in_that_trip(ingest: IngestUnderTest) -> None:
    trip = "0f3b8a52-6f0c-5d6e-9b5a-3a0e7b7f2c11"
    put = await post(
        ingest, f"/api/travel/booking/v1.0?TRIPID={trip}", content=CAR, headers=ingest.bearer() | XML
    )
    nowhere = await post(
        ingest, "/api/travel/booking/v1.1?tripId=CNQR$1", content=CAR, headers=ingest.bearer() | XML
    )

    assert (put.status_code, nowhere.status_code) == (200, 404)
    _, (statement,) = await split(ingest)
    assert statement.explicit_trip == trip


async def test_a_cancellation_by_number_is_kept_even_where_nothing_bears_it_yet(
    ingest: IngestUnderTest,
) -> None:
    def query(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"message": "m", "outcomes": [], "trips": []})

    path = "/api/travel/booking/v1.1/cancel?bookingSource=Wheels&confirmationNumber=CAR-77"
    answer = await post(ingest, path, query=httpx.MockTransport(query))
    incomplete = await post(ingest, "/api/travel/booking/v1.1/cancel?bookingSource=Wheels")

    assert (answer.status_code, incomplete.status_code) == (404, 400)
    assert etree.fromstring(answer.content).findtext("Status") == "NotFound"
    assert "confirmationNumber" in incomplete.text
    _, (statement,) = await split(ingest)
    assert isinstance(statement, NumberCancellationStatement)
    assert statement.number == "CAR-77"


async def test_malformed_xml_gets_an_error_in_concurs_shape_and_nothing_is_written(
    ingest: IngestUnderTest,
) -> None:
    bearer = ingest.bearer() | XML
    no_locator = CAR.replace("QX7PLM", "")
    for body in (b"<Booking>", b'<!DOCTYPE a [<!ENTITY b "c">]><Booking/>', b"", no_locator.encode()):
        answer = await post(ingest, "/api/travel/booking/v1.1", content=body, headers=bearer)
        assert answer.status_code == 400, answer.text
        assert [e.tag for e in etree.fromstring(answer.content)] == ["Message", "Server-Time", "Id"]
    large = await post(ingest, "/api/travel/booking/v1.1", content=b"<" * (1 << 21), headers=bearer)
    assert large.status_code == 413
    assert await ingest.written() == []


async def test_a_token_of_another_company_reaches_nobody_here(ingest: IngestUnderTest) -> None:
    stranger = ingest.bearer(tenant="elsewhere")
    answer = await post(ingest, "/v1/bookings", json=flight(), headers=stranger)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["rule"] == "unknown_traveller"


async def test_the_directory_shows_a_tenant_to_nobody_who_does_not_name_it(
    ingest: IngestUnderTest, backing: Backing
) -> None:
    (count,) = await rows(backing, "SELECT count(*) AS n FROM own.traveller_logins WHERE login = $1", CHRIS)
    async with ingest.directory._pool.acquire() as connection:  # noqa: SLF001 - the role is what is tested
        hidden = await connection.fetchval("SELECT count(*) FROM own.traveller_logins")
    assert count["n"] >= 1
    assert hidden == 0


async def test_while_no_broker_answers_the_sender_is_told_to_send_again(ingest: IngestUnderTest) -> None:
    nowhere = KafkaLog(KafkaSettings(bootstrap="127.0.0.1:1"), topics=TopicSettings(), confirm_seconds=2)
    async with ingest.client(log=nowhere) as client:
        answer = await client.post("/v1/bookings", json=flight(), headers=ingest.bearer())
        in_xml = await client.post("/api/travel/booking/v1.1", content=CAR, headers=ingest.bearer() | XML)
    assert [(a.status_code, a.headers["retry-after"]) for a in (answer, in_xml)] == [(503, "5")] * 2
    assert etree.fromstring(in_xml.content).tag == "Error"


async def test_every_route_has_a_policy(ingest: IngestUnderTest) -> None:
    async with ingest.client() as client:
        routes = iter_route_contexts(client._transport.app.routes)  # noqa: SLF001 - httpx keeps it nowhere else
        names = {route.name for route in routes if isinstance(route.original_route, APIRoute)}
    assert names == POLICIES.keys()


async def test_posts_side_by_side_are_all_kept(ingest: IngestUnderTest) -> None:
    async with ingest.client() as client:
        bearer = ingest.bearer()
        answers = await asyncio.gather(
            *(
                client.post("/v1/bookings", json=flight(record_locator=f"L{n}"), headers=bearer)
                for n in range(40)
            )
        )
    assert {answer.status_code for answer in answers} == {202}
    raw, statements = await split(ingest)
    assert (len(raw), len({s.record for s in statements})) == (40, 40)


async def test_what_nobody_knows_the_meaning_of_is_accepted_with_a_warning(ingest: IngestUnderTest) -> None:
    odd = CAR.replace("<Vendor>", "<Status>??</Status><Vendor>")

    plain = await post(ingest, "/api/travel/booking/v1.1", content=CAR, headers=ingest.bearer() | XML)
    warned = await post(ingest, "/api/travel/booking/v1.1", content=odd, headers=ingest.bearer() | XML)

    assert (plain.status_code, warned.status_code) == (200, 200)
    assert "Itinerary-Warnings" not in plain.headers
    assert "Booking/Segments/Car[1]/Status" in warned.headers["Itinerary-Warnings"]


PROPOSAL = """<Itinerary><TripName>Vienna</TripName><TripStatus>6</TripStatus>
  <ClientLocator>B7</ClientLocator><TravelRequestId>33TZ</TravelRequestId><CustomAttributes>
  <CustomAttribute><Name>ProposalBatchSize</Name><Data>1</Data></CustomAttribute>
  <CustomAttribute><Name>ProposalSequenceIndex</Name><Data>1</Data></CustomAttribute>
  </CustomAttributes></Itinerary>"""


async def test_an_agency_proposes_trips_where_the_company_has_it_do_so(ingest: IngestUnderTest) -> None:
    await ingest.enrol(sender=ingest.sender("agency", source="tmc"))
    agency, admin = ingest.bearer("tmc", client="agency"), ingest.bearer("admin", company_wide=True)

    async def proposed(headers: dict[str, str]) -> tuple[int, str]:
        answer = await post(ingest, "/api/travel/trip/v1.1", content=PROPOSAL, headers=headers | XML)
        return answer.status_code, answer.text

    status, why = await proposed(agency)
    assert (status, "Agency Proposal" in why) == (403, True)
    assert await ingest.written() == []

    async with ingest.client() as client:
        switched = await client.put("/v1/settings", json={"agency_proposal": True}, headers=admin)

    assert switched.status_code == 202
    assert (await proposed(agency))[0] == 200
    assert (await proposed(ingest.bearer()))[0] == 403


async def test_settings_are_said_on_every_partition_before_anybody_hears_yes(ingest: IngestUnderTest) -> None:
    admin = ingest.bearer("admin", company_wide=True)
    async with ingest.client() as client:
        before = await client.get("/v1/settings", headers=admin)
        answer = await client.put("/v1/settings", json={"merge_gap_days": 2}, headers=admin)
        after = await client.get("/v1/settings", headers=admin)
        again = await client.put("/v1/settings", json=after.json(), headers=admin)

    assert (before.json()["revision"], before.json()["merge_gap_days"]) == (0, 0)
    assert answer.json() == after.json() == again.json()
    assert answer.headers["etag"] == after.headers["etag"] != before.headers["etag"]
    raw, statements = await split(ingest)
    assert {"merge_gap_days": 2} in [json.loads(record.value) for record in raw]
    assert {s.settings.revision for s in statements} == {after.json()["revision"]}
    said = await ingest.written(BOOKINGS.name)
    partitions = TopicSettings().partitions
    assert sorted(record.partition for record in said) == sorted([*range(partitions)] * 2)
    assert len({record.key for record in said}) == partitions
    assert decode_position(answer.headers["itinerary-position"]).offsets.keys() == set(range(partitions))


async def test_settings_that_changed_meanwhile_are_not_replaced(ingest: IngestUnderTest) -> None:
    operator = ingest.bearer("operator", login="operations")
    async with ingest.client() as client:
        seen = (await client.get("/v1/settings", headers=operator)).headers["etag"]
        known = operator | {"If-Match": seen}
        first = await client.put("/v1/settings", json={"merge_gap_days": 2}, headers=known)
        late = await client.put("/v1/settings", json={"merge_gap_days": 3}, headers=known)
        at_once = await asyncio.gather(
            *(client.put("/v1/settings", json={"merge_gap_days": n}, headers=operator) for n in range(4, 9))
        )
        now = (await client.get("/v1/settings", headers=operator)).json()

    assert (first.status_code, late.status_code) == (202, 412)
    assert late.json()["current"]["merge_gap_days"] == 2
    taken = [one.json() for one in at_once if one.status_code == 202]
    assert {one.status_code for one in at_once} <= {202, 412}
    assert len({one["revision"] for one in taken}) == len(taken) >= 1
    assert now == max(taken, key=lambda one: one["revision"])


async def test_settings_that_were_entered_and_not_said_are_said_when_they_are_sent_again(
    ingest: IngestUnderTest,
) -> None:
    admin = ingest.bearer("admin", company_wide=True)
    row = {"client": "rail", "party": "Rail", "source": "supplier"}
    wanted = {"merge_gap_days": 2, "senders": [row, row | {"client": "air"}]}
    nowhere = KafkaLog(KafkaSettings(bootstrap="127.0.0.1:1"), topics=TopicSettings(), confirm_seconds=1)
    async with ingest.client(log=nowhere) as client:
        seen = admin | {"If-Match": (await client.get("/v1/settings", headers=admin)).headers["etag"]}
        unheard = await client.put("/v1/settings", json=wanted, headers=seen)
        entered = (await client.get("/v1/settings", headers=admin)).json()
    assert (unheard.status_code, await ingest.written()) == (503, [])

    async with ingest.client() as client:
        again = await client.put("/v1/settings", json=wanted, headers=seen)
        other = await client.put("/v1/settings", json=wanted | {"senders": [row]}, headers=seen)

    _, statements = await split(ingest)
    assert (again.status_code, other.status_code) == (202, 412)
    assert {statement.settings.revision for statement in statements} == {entered["revision"]}
    assert again.json()["revision"] == entered["revision"]


async def test_an_administrator_decides_who_may_send(ingest: IngestUnderTest) -> None:
    admin = ingest.bearer("admin", company_wide=True)
    row = {"client": "rail", "party": "Rail", "source": "supplier", "travel_types": ["rail"]}
    rail = ingest.bearer("supplier", client="rail")
    async with ingest.client() as client:
        entered = await client.put("/v1/settings", json={"senders": [row]}, headers=admin)
        as_flight = await client.post("/v1/bookings", json=flight(), headers=rail)
        wider = row | {"travel_types": "any"}
        await client.put("/v1/settings", json={"senders": [wider]}, headers=admin)
        kept = await client.put("/v1/settings", json={"merge_gap_days": 1}, headers=admin)
        as_any = await client.post("/v1/bookings", json=flight(), headers=rail)
        other = await client.put("/v1/settings", json={"senders": [row | {"party": "X"}]}, headers=admin)
        await client.put("/v1/settings", json={"senders": []}, headers=admin)
        as_nobody = await client.post("/v1/bookings", json=flight(), headers=rail)
        as_another = await client.put("/v1/settings", json={"senders": [row | {"party": "X"}]}, headers=admin)
        back = await client.put("/v1/settings", json={"senders": [row]}, headers=admin)

    assert entered.json()["senders"] == [row | {"booking_sources": "any", "trusted_feed": False}]
    assert (other.status_code, other.json()["errors"][0]["rule"]) == (422, "fixed")
    assert [one["travel_types"] for one in kept.json()["senders"]] == ["any"]
    assert [a.status_code for a in (as_flight, as_any, as_nobody)] == [403, 202, 403]
    assert (as_another.status_code, as_another.json()["errors"][0]["rule"]) == (422, "fixed")
    assert (back.status_code, back.json()["senders"]) == (202, entered.json()["senders"])


async def test_who_never_sent_anything_may_still_become_another_party(ingest: IngestUnderTest) -> None:
    admin = ingest.bearer("admin", company_wide=True)
    row = {"client": "rail", "party": "Rial", "source": "supplier", "travel_types": ["air"]}
    mended = row | {"party": "Rail"}

    async with ingest.client() as client:

        async def enter(*senders: dict[str, Any]) -> tuple[int, list[str]]:
            answer = await client.put("/v1/settings", json={"senders": list(senders)}, headers=admin)
            return answer.status_code, [one["party"] for one in answer.json().get("senders", [])]

        assert await enter(row) == (202, ["Rial"])
        assert await enter(mended) == (202, ["Rail"])
        assert await enter() == (202, [])
        assert await enter(row) == (202, ["Rial"])
        assert await enter(mended) == (202, ["Rail"])
        rail = ingest.bearer("supplier", client="rail")
        assert await enter(row | {"booking_sources": ["Rail"]}) == (202, ["Rial"])
        refused = await client.post("/v1/bookings", json=flight(), headers=rail)
        assert refused.status_code == 403
        assert await enter(mended) == (202, ["Rail"]), "what was refused fixes nothing"
        sent = await client.post("/v1/bookings", json=flight(), headers=rail)
        assert sent.status_code == 202
        assert await enter(row) == (422, [])
        assert await enter() == (202, [])
        assert await enter(row) == (422, [])
        assert await enter(mended) == (202, ["Rail"])

    _, statements = await split(ingest)
    assert [one.owner.party for one in statements if isinstance(one, BookingStatement)] == ["Rail"]


async def test_who_becomes_another_party_while_its_first_booking_comes_sent_it_as_that(
    ingest: IngestUnderTest,
) -> None:
    row = {"client": "rail", "party": "Rial", "source": "supplier"}
    headers = ingest.bearer("supplier", client="rail")
    owner = await asyncpg.connect(ingest.backing.database_url)
    async with ingest.client() as client:
        admin = ingest.bearer("admin", company_wide=True)
        await client.put("/v1/settings", json={"senders": [row]}, headers=admin)
        async with owner.transaction():
            await owner.execute("UPDATE own.senders SET party = 'Rail' WHERE tenant = $1", ingest.tenant)
            sending = asyncio.create_task(client.post("/v1/bookings", json=flight(), headers=headers))
            waited_for = partial(_is_waited_for, ingest, backend=owner.get_server_pid())
            await wait_until_async(waited_for, what="the booking that waits for the change")
        sent = await sending
    await owner.close()

    assert sent.status_code == 202, sent.text
    _, statements = await split(ingest)
    assert [one.owner.party for one in statements if isinstance(one, BookingStatement)] == ["Rail"]


async def _is_waited_for(ingest: IngestUnderTest, *, backend: int) -> bool:
    waiting = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
    return bool(await rows(ingest.backing, waiting, backend))


async def test_settings_are_an_administrators_and_of_ones_own_company(ingest: IngestUnderTest) -> None:
    await ingest.enrol(sender=ingest.sender("agency", source="tmc"))
    agency = ingest.bearer("tmc", client="agency", company_wide=True)
    nobodys = ingest.bearer("admin", company_wide=True, tenant="nobodys")
    async with ingest.client() as client:
        for headers, status in ((ingest.bearer(), 403), (agency, 403), (nobodys, 404)):
            assert (await client.get("/v1/settings", headers=headers)).status_code == status
            assert (await client.put("/v1/settings", json={}, headers=headers)).status_code == status
    assert await ingest.written() == []
