"""Reading trips over HTTP: which, whose, how fresh, and in which form."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from lxml import etree

from schemas.booking_record import Owner
from schemas.segments import FieldGroup
from schemas.trip import OutcomeResult, TripStatus
from services.query.domain.answer import FORM
from services.query.policies import POLICIES
from tests.support.query_service import QueryUnderTest
from tests.support.query_trips import an_id, booking, deletion, flight, hotel, marker, outcome, redirect, trip

SKYWAYS = Owner(party="skyways", source="supplier")
CONCUR = "/api/travel/trip/v1.1"


pytestmark = pytest.mark.usefixtures("projecting")


@pytest.fixture
async def client(query: QueryUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with query.client() as client:
        yield client


async def given(query: QueryUnderTest, *values: Any) -> None:
    """Write values for the test's tenant, and wait until they are stored."""
    await query.write(*values, trip("fence", tenant=query.tenant, traveller="nobody"))
    await query.until_stored("fence")


async def titles(client: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[str]:
    answer = await client.get("/v1/trips", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["trips"]]


async def test_lists_are_by_start_date_and_hide_what_is_cancelled(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    def one(title: str, **fields: Any) -> Any:
        return trip(title, tenant=query.tenant, title=title, **fields)

    await given(
        query,
        one("undated", dates=None),
        one("past", dates=("2026-01-02", "2026-01-04"), completed=True, ready=True),
        one("running", dates=("2026-05-09", "2026-05-11")),
        one("coming", dates=("2026-06-01", "2026-06-03")),
        one("dropped", dates=("2026-06-02", "2026-06-03"), status=TripStatus.CANCELLED),
    )
    me = query.token()

    assert await titles(client, me) == ["past", "running", "coming", "undated"]
    assert await titles(client, me, state="upcoming") == ["coming", "undated"]
    assert await titles(client, me, state="ongoing") == ["running"]
    assert await titles(client, me, state="completed") == ["past"]
    assert await titles(client, me, state="ready_to_expense") == ["past"]
    assert await titles(client, me, state="cancelled") == ["dropped"]
    assert await titles(client, me, **{"from": "2026-05-11", "to": "2026-06-01"}) == ["running", "coming"]
    assert await titles(client, me, modified_since="2026-05-01T08:00:01Z") == []


async def test_pages_follow_each_other_without_gap_or_repetition(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    names = [f"trip {i}" for i in range(7)]
    dates = [None, *[(f"2026-05-1{i % 3}", "2026-05-14") for i in range(1, 7)]]
    await given(
        query, *(trip(n, tenant=query.tenant, title=n, dates=d) for n, d in zip(names, dates, strict=True))
    )
    me = query.token()
    seen: list[str] = []
    cursor = None

    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/trips", params=params, headers=me)).json()
        assert len(page["trips"]) <= 2
        seen += [one["name"] for one in page["trips"]]
        if (cursor := page["next_cursor"]) is None:
            break

    assert sorted(seen) == names
    assert seen == await titles(client, me)


async def test_a_trip_is_shown_with_what_the_design_promises(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    whole = trip("rome", tenant=query.tenant, offset=4, segments=(flight(), hotel()), bookings=(booking(),))
    await given(query, whole)

    shown = (await client.get(f"/v1/trips/{an_id('rome')}", headers=query.token())).json()

    assert (shown["id"], shown["traveller"]) == (an_id("rome"), an_id("maria"))
    assert (shown["name"], shown["status"]) == ("Rome", "confirmed")
    assert (shown["start_date"], shown["end_date"]) == ("2026-05-12", "2026-05-14")
    assert shown["expense"]["ready"] is False
    assert shown["expense"]["since"] is None
    assert shown["version"] == {"epoch": 1, "offset": 4}
    air, stay = shown["segments"]
    assert (air["type"], air["status"], air["carrier"], air["sources"]) == ("air", "confirmed", "AZ", ["tmc"])
    assert air["start"]["local"] == "2026-05-12T09:00:00"
    assert air["start"]["zone"] == "Europe/Rome"
    assert air["start"]["utc"] == "2026-05-12T07:00:00Z"
    assert stay["start"]["utc"] is None
    assert air["total"] == {"amount": "240.35", "currency": "EUR"}
    assert shown["bookings"][0]["booking_source"] == "Amadeus"
    assert {"source", "record_locator", "status"} <= set(shown["bookings"][0])
    assert [(fact["code"], fact.get("first")) for fact in shown["between"]] == [
        ("check_in_opens", None),
        ("free_days", "2026-05-13"),
    ]


async def test_what_was_written_at_storing_is_what_would_be_written_at_reading(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    whole = trip("rome", tenant=query.tenant, segments=(flight(), hotel()), bookings=(booking(),))
    await given(query, whole)
    paths = (f"/v1/trips/{an_id('rome')}", "/v1/trips", "/v1/trips?fields=id,name,segments.start")
    callers = (query.token(), query.token("admin", subject="boss"), query.token("third_party"))

    async def answers() -> list[tuple[bytes, str | None]]:
        told = [await client.get(path, headers=caller) for path in paths for caller in callers]
        return [(one.content, one.headers.get("etag")) for one in told]

    written = await answers()
    assert (await query.stored("rome"))["answer"] is not None
    await query.rows("UPDATE read.trips SET answer = NULL, answer_facts = NULL, answer_mark = NULL")

    assert await answers() == written


async def test_what_was_written_of_another_state_is_not_sent(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    later = trip("rome", tenant=query.tenant, offset=9, title="Rome again")
    # As a projector of a release before this one stores it.
    await query.rows(
        """UPDATE read.trips SET document = $1::text::json, version_offset = 9, content_hash = $2
            WHERE tenant = $3 AND id = $4""",
        later.encode().decode(), later.content_hash, query.tenant, later.id,
    )  # fmt: skip

    assert await titles(client, query.token()) == ["Rome again"]
    shown = await client.get(f"/v1/trips/{an_id('rome')}", headers=query.token())
    assert (shown.json()["name"], shown.json()["version"]["offset"]) == ("Rome again", 9)


async def test_provenance_names_owner_record_and_revision_of_every_group(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant, segments=(flight(),)))

    shown = (await client.get(f"/v1/trips/{an_id('rome')}/provenance", headers=query.token())).json()

    (segment,) = shown["segments"]
    named = {field for entry in segment["provenance"] for field in entry["fields"]}
    assert {"start", "carrier", "total", "status"} <= named
    assert all({"group", "owner", "record", "revision"} <= set(entry) for entry in segment["provenance"])
    assert segment["claims"][0]["owner"] == {"party": "horizon", "source": "tmc"}


async def test_an_unchanged_trip_is_not_sent_again(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    url, me = f"/v1/trips/{an_id('rome')}", query.token()

    first = await client.get(url, headers=me)
    again = await client.get(url, headers=me | {"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    other_form = await client.get(f"{url}/provenance", headers=me)
    other_eyes = await client.get(url, headers=query.token("third_party"))
    await query.write(trip("rome", tenant=query.tenant, offset=2, title="Roma"))
    await query.until_stored("rome", offset=2)
    changed = await client.get(url, headers=me | {"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    tags = [answer.headers["etag"] for answer in (first, other_form, other_eyes, changed)]
    assert len(set(tags)) == len(tags)


async def test_a_trip_that_a_release_writes_otherwise_is_sent_again(
    query: QueryUnderTest, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await given(query, trip("rome", tenant=query.tenant))
    url, me = f"/v1/trips/{an_id('rome')}", query.token()
    first = await client.get(url, headers=me)
    monkeypatch.setattr("services.query.handlers.FORM", FORM + 1)

    assert (await client.get(url, headers=me | {"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_every_id_of_a_merged_trip_leads_to_the_trip_of_today(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(
        query,
        trip("milan", tenant=query.tenant, offset=1),
        redirect("milan", tenant=query.tenant, into="rome", offset=2),
        trip("rome", tenant=query.tenant, offset=2, also=("milan", "born inside")),
        redirect("rome", tenant=query.tenant, into="oslo", offset=3),
        trip("oslo", tenant=query.tenant, offset=3, also=("rome",)),
    )
    me = query.token()

    for name in ("milan", "rome", "born inside"):
        answer = await client.get(f"/v1/trips/{an_id(name)}", headers=me)
        assert (answer.status_code, answer.headers["cache-control"]) == (307, "no-store")
        assert answer.headers["location"] == f"/v1/trips/{an_id('oslo')}"
    provenance = await client.get(f"/v1/trips/{an_id('milan')}/provenance", headers=me)
    assert provenance.headers["location"] == f"/v1/trips/{an_id('oslo')}/provenance"
    some = await client.get(f"/v1/trips/{an_id('milan')}", params={"fields": "id,name"}, headers=me)
    followed = await client.get(some.headers["location"], headers=me)
    assert followed.json() == {"id": an_id("oslo"), "name": "Rome"}
    assert await titles(client, me) == ["Rome"]
    assert etree.fromstring((await client.get(f"{CONCUR}/{an_id('milan')}", headers=me)).content) is not None


async def test_a_split_gives_the_id_back(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    await given(
        query,
        trip("rome", tenant=query.tenant, offset=2, also=("milan",)),
        redirect("milan", tenant=query.tenant, into="rome", offset=2),
        trip("milan", tenant=query.tenant, offset=5, title="Milan"),
        trip("rome", tenant=query.tenant, offset=5),
    )

    answer = await client.get(f"/v1/trips/{an_id('milan')}", headers=query.token())

    assert (answer.status_code, answer.json()["name"]) == (200, "Milan")


@pytest.mark.parametrize("name", ["rome", "nonsense", "%00", "a" * 500])
async def test_unknown_and_deleted_trips_are_not_found(
    query: QueryUnderTest, client: httpx.AsyncClient, name: str
) -> None:
    await given(query, trip("rome", tenant=query.tenant), deletion("rome", tenant=query.tenant, offset=2))
    trip_id = an_id(name) if name == "rome" else name

    json_answer = await client.get(f"/v1/trips/{trip_id}", headers=query.token())
    concur_answer = await client.get(f"{CONCUR}/{trip_id}", headers=query.token())

    assert json_answer.status_code == 404
    assert json_answer.headers["content-type"] == "application/problem+json"
    assert json_answer.json()["status"] == 404
    assert concur_answer.status_code == 404
    assert etree.fromstring(concur_answer.content).tag == "Error"


async def test_a_reader_waits_until_its_own_write_is_stored(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    offset = await query.append_booking()
    token = query.position(offset)

    reading = asyncio.create_task(client.get("/v1/trips", params={"after": token}, headers=query.token()))
    done, _ = await asyncio.wait({reading}, timeout=0.3)
    assert not done
    await query.write(
        trip("rome", tenant=query.tenant), marker(offset, partition=query.partition(), epoch=query.epoch)
    )
    answer = await asyncio.wait_for(reading, timeout=8)

    assert [one["name"] for one in answer.json()["trips"]] == ["Rome"]
    again = await client.get("/v1/trips", params={"after": token}, headers=query.token())
    assert again.status_code == 200


async def test_a_wait_that_is_too_long_says_when_to_come_back(query: QueryUnderTest) -> None:
    token = query.position(await query.append_booking())

    async with query.client(wait_seconds=0.5) as client:
        for path in ("/v1/trips", f"/v1/trips/{an_id('rome')}", CONCUR, f"{CONCUR}/{an_id('rome')}"):
            answer = await client.get(path, params={"after": token}, headers=query.token())
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), path


@pytest.mark.parametrize("token", ["", "garbage", "%%%", "e30", "eyJlIjoxLCJvIjp7fX0", "ä", "a" * 20_000])
async def test_what_is_no_position_is_a_bad_request(
    query: QueryUnderTest, client: httpx.AsyncClient, token: str
) -> None:
    answer = await client.get("/v1/trips", params={"after": token}, headers=query.token())

    assert answer.status_code == 400
    assert answer.json()["field"] == "after"


async def test_a_position_beyond_the_logs_end_is_a_bad_request_at_once(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    offset = await query.append_booking()
    began = time.monotonic()

    beyond = await client.get(
        "/v1/trips", params={"after": query.position(offset + 1_000)}, headers=query.token()
    )
    query.epoch += 1_000_000_000
    future = await client.get("/v1/trips", params={"after": query.position(offset)}, headers=query.token())

    assert (beyond.status_code, future.status_code) == (400, 400)
    assert time.monotonic() - began < 5


async def test_a_listener_that_lost_its_connection_hears_again(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    offset = await query.append_booking()
    await query.rows(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'itinerary_query' AND query LIKE '%read.progress%'"""
    )

    await query.write(marker(offset, partition=query.partition(), epoch=query.epoch))
    answer = await client.get("/v1/trips", params={"after": query.position(offset)}, headers=query.token())

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"state": "lost"}, "state"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-05-02", "to": "2026-05-01"}, "to"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "garbage"}, "cursor"),
        ({"modified_since": "2026-05-01T10:00:00"}, "modified_since"),
    ],
)
async def test_a_malformed_filter_is_named_with_its_rule(
    query: QueryUnderTest, client: httpx.AsyncClient, params: dict[str, str], field: str
) -> None:
    answer = await client.get("/v1/trips", params=params, headers=query.token())

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert answer.json()["rule"]


async def test_a_traveller_reads_own_trips_only(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    await given(
        query,
        trip("rome", tenant=query.tenant, title="Maria's"),
        trip("oslo", tenant=query.tenant, traveller="john", title="John's"),
    )
    maria = query.token()

    assert await titles(client, maria) == ["Maria's"]
    assert await titles(client, maria, traveller="MARIA@acme.example") == ["Maria's"]
    assert (await client.get(f"/v1/trips/{an_id('oslo')}", headers=maria)).status_code == 404
    for other in ("john@acme.example", an_id("john"), "stranger@acme.example"):
        answer = await client.get("/v1/trips", params={"traveller": other}, headers=maria)
        assert answer.status_code == 403
    assert await titles(client, query.token(subject="stranger")) == []


async def test_a_company_reads_all_its_travellers_and_an_agency_those_it_acts_for(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(
        query,
        trip("rome", tenant=query.tenant, title="Maria's"),
        trip("oslo", tenant=query.tenant, traveller="john", title="John's"),
    )
    admin = query.token("admin", subject="boss")
    both, ours = {"Maria's", "John's"}, ["Maria's"]

    assert both <= set(await titles(client, admin))
    assert await titles(client, admin, traveller="john@acme.example") == ["John's"]
    assert await titles(client, query.token("tmc", client="horizon")) == ours
    assert both <= set(await titles(client, query.token("tmc", client="horizon", company_wide=True)))
    assert await titles(client, query.token("third_party", company_wide=True)) == ours
    # A supplier is not told by what name a trip goes that nobody posted, and sees nothing in this one.
    assert await titles(client, query.token("supplier", company_wide=True)) == ["Trip"]
    stranger = await client.get("/v1/trips", params={"traveller": "stranger@acme.example"}, headers=admin)
    assert stranger.status_code == 404


async def test_another_tenants_trips_do_not_exist(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    canary = trip("canary", tenant="other-company", title="CANARY")
    await given(query, canary, marker(1, outcomes=(outcome("canary message", tenant="other-company"),)))

    for kind in ("traveller", "admin", "tmc", "supplier", "third_party"):
        token = query.token(kind, company_wide=kind != "traveller")
        for path in (
            f"/v1/trips/{an_id('canary')}",
            f"{CONCUR}/{an_id('canary')}",
            f"/v1/messages/{an_id('canary message')}",
        ):
            answer = await client.get(path, headers=token)
            assert answer.status_code == 404, path
        assert "CANARY" not in (await client.get("/v1/trips", headers=token)).text


async def test_the_database_itself_keeps_tenants_apart(query: QueryUnderTest) -> None:
    await given(
        query,
        trip("canary", tenant="other-company"),
        trip("rome", tenant=query.tenant),
        marker(1, outcomes=(outcome("m", tenant=query.tenant),)),
    )
    tables = ("read.trips", "read.aliases", "read.messages", "own.travellers")

    async with query.session() as session:
        await session.execute("SET ROLE itinerary_query")
        for table in tables:
            assert await session.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
        await session.execute("SELECT set_config('itinerary.tenant', $1, false)", query.tenant)
        for table in tables:
            seen = await session.fetch(f"SELECT DISTINCT tenant FROM {table}")  # noqa: S608
            assert [row["tenant"] for row in seen] == [query.tenant]
        for table in tables[:3]:
            with pytest.raises(Exception, match="permission denied"):
                await session.execute(f"DELETE FROM {table}")  # noqa: S608


async def test_every_table_of_tenants_is_forced_under_row_level_security(query: QueryUnderTest) -> None:
    unguarded = await query.rows(
        """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
            WHERE n.nspname IN ('read', 'own') AND c.relkind = 'r'
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"""
    )
    owned = await query.rows("SELECT tablename FROM pg_tables WHERE tableowner LIKE 'itinerary_%'")

    assert (unguarded, owned) == ([], [])


async def test_a_supplier_sees_its_own_in_full_and_no_amount_of_others(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await query.enrol_sender(client="skyways-api", party="skyways")
    own = flight("own", owners=dict.fromkeys(FieldGroup, SKYWAYS))
    await given(query, trip("rome", tenant=query.tenant, segments=(own, flight("rival's"), hotel())))
    supplier = query.token("supplier", client="skyways-api", travel_types=("air",))

    shown = (await client.get(f"/v1/trips/{an_id('rome')}", headers=supplier)).json()
    stranger = query.token("supplier", client="unknown-api", travel_types=("air",))
    unknown = (await client.get(f"/v1/trips/{an_id('rome')}", headers=stranger)).json()

    air, rival, stay = shown["segments"]
    assert air["total"]["amount"] == "240.35"
    assert "total" not in rival
    assert ("carrier" in rival, "flight_number" in rival, rival["start"]) == (False, False, None)
    assert "rate" not in stay
    assert "240.35" not in str(unknown)
    assert "between" not in shown  # what is hidden from them would look like gaps


async def test_a_third_party_sees_no_amount(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    whole = trip("rome", tenant=query.tenant, segments=(flight(), hotel()), bookings=(booking(),))
    await given(query, whole)

    for path in (f"/v1/trips/{an_id('rome')}", f"{CONCUR}/{an_id('rome')}"):
        answer = await client.get(path, headers=query.token("third_party"))
        assert answer.status_code == 200
        assert ("240.35" in answer.text, "120.00" in answer.text, "AZ" in answer.text) == (False, False, True)


async def test_a_message_tells_what_became_of_it(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    refused = outcome("m", record=None, result=OutcomeResult.REFUSED, reason="too_many_segments", trip=None)
    outcomes = (outcome("m"), outcome("m", record="second", result=OutcomeResult.STALE), refused)
    ours = tuple(one.model_copy(update={"tenant": query.tenant}) for one in outcomes)
    await given(query, marker(7, partition=query.partition(), epoch=query.epoch, outcomes=ours))
    url = f"/v1/messages/{an_id('m')}"

    shown = (await client.get(url, headers=query.token())).json()

    assert {one["result"] for one in shown["outcomes"]} == {"applied", "stale", "refused"}
    assert shown["trips"] == [an_id("rome")]
    assert (await client.get(url, headers=query.token(subject="john"))).status_code == 404
    assert (await client.get(f"/v1/messages/{an_id('n')}", headers=query.token())).status_code == 404


async def test_concur_lists_what_is_under_way_and_whose_it_is(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    def one(title: str, start: str, end: str, **fields: Any) -> Any:
        return trip(
            title, tenant=query.tenant, title=title, dates=(start, end), bookings=(booking(),), **fields
        )

    await given(
        query,
        one("long ago", "2025-01-01", "2025-01-03"),
        one("begun before", "2026-04-01", "2026-04-10"),
        one("soon", "2026-05-20", "2026-05-22"),
        one("in two years", "2028-05-20", "2028-05-22"),
        one("dropped", "2026-05-21", "2026-05-22", status=TripStatus.CANCELLED),
        one("John's", "2026-05-21", "2026-05-22", traveller="john"),
    )

    async def names(headers: dict[str, str], path: str = CONCUR, **params: str) -> list[str]:
        answer = await client.get(path, params=params, headers=headers)
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/xml")
        return [str(e.text) for e in etree.fromstring(answer.content).iter("{*}TripName")]

    me, admin = query.token(), query.token("admin", subject="boss")
    assert await names(me) == ["begun before", "soon"]
    assert await names(me, f"{CONCUR}/") == ["begun before", "soon"]
    assert await names(me, STARTDATE="2025/01/02", enddate="2025-01-02") == ["long ago"]
    assert await names(me, includeCanceledTrips="true") == ["begun before", "soon", "dropped"]
    assert await names(admin) == []
    assert await names(admin, userid_type="login", userid_value="john@acme.example") == ["John's"]
    assert "John's" in await names(admin, userid_value="ALL")
    listed = await client.get(CONCUR, params={"userid_value": "ALL"}, headers=admin)
    assert "john@acme.example" in listed.text


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"startDate": "12.05.2026"}, 400),
        ({"userid_type": "passport", "userid_value": "x"}, 400),
        ({"includeCanceledTrips": "perhaps"}, 400),
        ({"userid_value": "ALL"}, 403),
        ({"userid_value": "john@acme.example"}, 403),
    ],
)
async def test_concur_errors_have_concurs_shape(
    query: QueryUnderTest, client: httpx.AsyncClient, params: dict[str, str], status: int
) -> None:
    answer = await client.get(CONCUR, params=params, headers=query.token())

    error = etree.fromstring(answer.content)
    assert (answer.status_code, error.tag) == (status, "Error")
    assert error.findtext("Message")
    assert error.findtext("Server-Time") == "2026-05-10T12:00:00"
    assert error.findtext("Id")


async def test_a_posted_trip_is_one_document_in_concurs_namespace(
    query: QueryUnderTest, client: httpx.AsyncClient
) -> None:
    await given(query, trip("rome", tenant=query.tenant, segments=(flight(),), bookings=(booking(),)))

    answer = await client.get(f"{CONCUR}/{an_id('rome')}", headers=query.token())

    root = etree.fromstring(answer.content)
    assert etree.QName(root).localname == "Itinerary"
    assert root.findtext("{*}id") == f"https://trips.example{CONCUR}/{an_id('rome')}"
    assert root.findtext(".//{*}RecordLocator") == "XYZ123"


async def test_without_a_token_only_health_and_metadata_answer(client: httpx.AsyncClient) -> None:
    for path in ("/v1/trips", f"/v1/trips/{an_id('x')}", f"/v1/messages/{an_id('x')}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"].split()[0]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
    concur = await client.get(CONCUR)
    assert (concur.status_code, etree.fromstring(concur.content).tag) == (401, "Error")
    for path in ("/health/live", "/health/ready", "/openapi.json", "/.well-known/oauth-protected-resource"):
        assert (await client.get(path)).status_code == 200, path


async def test_an_operators_token_reads_no_trips(query: QueryUnderTest, client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/trips", headers=query.token("operator", company_wide=True))

    assert answer.status_code == 403


async def test_every_route_has_a_policy_and_every_policy_a_route(client: httpx.AsyncClient) -> None:
    app: Any = client._transport.app  # type: ignore[attr-defined]  # noqa: SLF001
    routes = {
        context.route.name
        for context in iter_route_contexts(app.routes)
        if isinstance(context.route, APIRoute)
    }

    assert routes == set(POLICIES)
