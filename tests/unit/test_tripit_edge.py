"""The edge to TripIt: which addresses are fetched, how secrets are kept, and what a refusal means."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
import stamina
from pydantic import SecretStr, ValidationError

from services.ingest.domain.tripit.visits import Ask
from services.ingest.settings import TripItSettings
from services.ingest.tripit import TripIt, is_feed_address, open_tripit
from services.ingest.tripit_postgres import consumer_of, token_secret
from services.ingest.tripit_requests import Credentials, OwnPace, Revoked, Trouble
from services.platform.outbound import NotPublic, NotResolved
from services.platform.sealing import Seal, SealBroken, new_key
from services.platform.settings import what_to_set
from tests.support.http_servers import baker

ORIGINS = ("https://www.tripit.com",)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://www.tripit.com/feed/ical/private/AB-12/tripit.ics", True),
        ("https://www.tripit.com/feed/ical/private/AB\n12/tripit.ics", False),
        ("https://www.tripit.com/feed/ical/private/AB\x0112/tripit.ics", False),
        ("https://www.tripit.com/feed/ical/private/AB-12/tripit.ics\x7f", False),
        ("http://www.tripit.com/feed/ical/private/AB-12/tripit.ics", False),
        ("https://www.tripit.com.evil.example/feed/ical/private/AB-12/tripit.ics", False),
        ("https://www.tripit.com@evil.example/feed/ical/private/AB-12/tripit.ics", False),
        ("https://user:pw@www.tripit.com/feed/ical/private/AB-12/tripit.ics", False),
        ("https://www.tripit.com:8443/feed/ical/private/AB-12/tripit.ics", False),
        ("https://www.tripit.com/feed/ical/private/../../account", False),
        ("https://www.tripit.com/feed/ical/private/AB-12/tripit.ics?next=x", False),
        ("https://www.tripit.com/account", False),
        ("file:///etc/passwd", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_private_feeds_at_the_named_origins_are_followed(address: str, allowed: bool) -> None:
    assert is_feed_address(address, origins=ORIGINS) is allowed


def test_a_sealed_secret_opens_where_it_belongs_and_nowhere_else() -> None:
    seal = Seal(SecretStr(new_key()))
    sealed = seal.seal({"key": "k"}, belongs_to=("acme", "ada"))
    assert seal.open(sealed, belongs_to=("acme", "ada")) == {"key": "k"}
    with pytest.raises(SealBroken):
        seal.open(sealed, belongs_to=("acme", "ben"))
    with pytest.raises(SealBroken):
        Seal(SecretStr(new_key())).open(sealed, belongs_to=("acme", "ada"))
    with pytest.raises(SealBroken):
        seal.open(sealed[:-4], belongs_to=("acme", "ada"))


def test_keys_rotate_what_an_old_key_sealed_opens_until_it_is_taken_away() -> None:
    old, new = new_key(), new_key()
    sealed = Seal(SecretStr(old)).seal({"key": "k"}, belongs_to=("acme",))
    both = Seal(SecretStr(f"{new}, {old}"))
    renewed = both.seal(both.open(sealed, belongs_to=("acme",)), belongs_to=("acme",))
    assert Seal(SecretStr(new)).open(renewed, belongs_to=("acme",)) == {"key": "k"}
    with pytest.raises(SealBroken):
        Seal(SecretStr(new)).open(sealed, belongs_to=("acme",))


@pytest.mark.parametrize("keys", ["", " , ", "too-short"])
def test_what_is_no_key_is_refused(keys: str) -> None:
    with pytest.raises(ValueError, match=r"key|bytes|base64|Fernet"):
        Seal(SecretStr(keys))


@pytest.mark.parametrize("seconds", [{"lease_seconds": 60}, {"request_seconds": 31}])
def test_an_attempt_may_take_a_quarter_of_the_lease_at_most(seconds: dict[str, float]) -> None:
    assert TripItSettings(lease_seconds=120, request_seconds=30)
    with pytest.raises(ValidationError) as refused:
        TripItSettings(**seconds)
    said = what_to_set(refused.value)
    assert said.startswith("ITINERARY_TRIPIT_REQUEST_SECONDS: ")
    assert said.endswith("may be at most a quarter of ITINERARY_TRIPIT_LEASE_SECONDS")


def test_credentials_show_nothing_of_themselves() -> None:
    assert "secret" not in repr(Credentials("key", "secret"))
    assert "key" not in repr(Credentials("key", "secret"))


KEY = Credentials("key", "secret")
DENIED = "<Response><Error><code>404</code><description>no</description></Error></Response>"
UNAUTHORISED = (
    "<Response><Error><code>401</code><detailed_error_code>{}</detailed_error_code></Error></Response>"
)


@asynccontextmanager
async def tripit_that_answers(*answers: tuple[int, str]) -> AsyncGenerator[TripIt]:
    """Give a client whose requests are answered one after the other, the last answer over and over."""
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        status, text = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, text=text)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        yield TripIt(client, client, settings=TripItSettings(unauthorised_pause_seconds=0))


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("path", ["list/trip", "get/air/id/1"])
async def test_a_denial_of_somebody_on_the_way_is_trouble_and_denies_nothing(status: int, path: str) -> None:
    async with tripit_that_answers((status, "no such page")) as tripit:
        with pytest.raises(Trouble, match="http_404"):
            await tripit.ask(Ask(path, {}), consumer=KEY, token=KEY)


@pytest.mark.parametrize("status", [404, 200])
async def test_only_tripits_own_denial_is_believed_and_never_of_a_list(status: int) -> None:
    async with tripit_that_answers((status, DENIED)) as tripit:
        assert await tripit.ask(Ask("get/air/id/1", {}), consumer=KEY, token=KEY) is None
        with pytest.raises(Trouble, match="http_404"):
            await tripit.ask(Ask("list/trip", {}), consumer=KEY, token=KEY)


async def test_only_tripits_own_word_twice_in_a_row_revokes_a_grant() -> None:
    ask, expired = Ask("list/trip", {}), UNAUTHORISED.format("106.5")
    for answers, raised in (
        ([(401, expired)], Revoked),
        ([(401, "a gateway's page")], Trouble),
        ([(401, expired), (401, "")], Trouble),
        ([(401, UNAUTHORISED.format("104.1"))], Trouble),
        ([(403, "")], Trouble),
    ):
        async with tripit_that_answers(*answers) as tripit:
            with pytest.raises(raised):
                await tripit.ask(ask, consumer=KEY, token=KEY)
    async with tripit_that_answers((401, expired), (200, "{}")) as tripit:
        assert await tripit.ask(ask, consumer=KEY, token=KEY) is not None


@pytest.mark.parametrize(
    ("why", "code", "tries"), [(NotResolved, "name_not_resolved", 3), (NotPublic, "address_not_allowed", 1)]
)
async def test_a_name_that_is_not_resolved_is_passing_trouble_and_no_wrong_address(
    why: type[NotPublic], code: str, tries: int
) -> None:
    asked: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        raise why("")

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        tripit = TripIt(client, client, settings=TripItSettings())
        with stamina.set_testing(True, attempts=3, cap=True), pytest.raises(Trouble, match=code):
            await tripit.feed(f"{ORIGINS[0]}/feed/ical/private/AB-12/tripit.ics", etag=None)
    assert len(asked) == tries


async def test_cookies_that_tripit_sets_for_one_account_are_not_those_of_another() -> None:
    async with baker() as (origin, came), open_tripit(TripItSettings(api_url=origin)) as tripit:
        for token in ("one", "other"):
            await tripit.ask(Ask("list/trip", {}), consumer=KEY, token=Credentials(token, "secret"))

    assert came == [None, None]


async def test_where_tls_breaks_after_the_handshake_tripit_is_out_of_reach() -> None:
    def break_off(_: httpx.Request) -> httpx.Response:
        raise ssl.SSLError("decryption failed or bad record mac")  # as httpx raises it

    async with httpx.AsyncClient(transport=httpx.MockTransport(break_off)) as client:
        tripit = TripIt(client, client, settings=TripItSettings())
        with stamina.set_testing(True, attempts=1), pytest.raises(Trouble, match="unreachable"):
            await tripit.ask(Ask("list/trip", {}), consumer=KEY, token=KEY)


async def test_whoever_ends_an_authorisation_holds_it_anew_before_each_attempt() -> None:
    token, holds = "oauth_token=t&oauth_token_secret=s", list[int]()

    async def hold() -> None:
        holds.append(1)

    async with tripit_that_answers((503, ""), (401, ""), (200, token)) as tripit:
        with stamina.set_testing(True, attempts=3, cap=True):
            assert await tripit.access_token(KEY, request=KEY, hold=hold) == Credentials("t", "s")
    assert len(holds) == 3


class Paces:
    """Keeps which keys were held back."""

    def __init__(self) -> None:
        self.held: list[tuple[str, float]] = []

    async def turn(self, way: str) -> None:
        pass

    async def hold_back(self, way: str, *, seconds: float) -> None:
        self.held.append((way, seconds))


async def test_where_tripit_asks_for_a_pause_the_whole_key_pauses_for_a_bounded_time() -> None:
    paces = Paces()
    busy = httpx.MockTransport(lambda _: httpx.Response(429, headers={"retry-after": "3600"}))
    async with httpx.AsyncClient(transport=busy) as client:
        tripit = TripIt(client, client, settings=TripItSettings(), pace=paces)
        with pytest.raises(Trouble, match="http_429") as raised:
            await tripit.ask(Ask("list/trip", {}), consumer=KEY, token=KEY)
    assert (raised.value.wait_seconds, paces.held) == (3600.0, [(KEY.key, 30.0)])


async def test_a_process_by_itself_holds_a_key_back_as_well() -> None:
    pace = OwnPace(per_second=1_000)
    await pace.hold_back("key", seconds=3600)
    await pace.hold_back("key", seconds=1)
    await pace.turn("another key")
    waiting = asyncio.ensure_future(pace.turn("key"))
    done, _ = await asyncio.wait([waiting], timeout=0)
    assert not done
    waiting.cancel()


def test_a_token_is_used_with_the_key_that_it_was_granted_to_and_no_other() -> None:
    companys, systems = Credentials("company", "s1"), Credentials("system", "s2")
    secret = token_secret(Credentials("token", "s3"), consumer=systems)
    assert consumer_of(secret, companys=companys, systems=systems) == systems
    assert consumer_of(secret, companys=companys, systems=None) is None
    assert consumer_of({}, companys=companys, systems=systems) == companys
    assert consumer_of({}, companys=None, systems=systems) == systems
