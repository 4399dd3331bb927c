"""A stand-in for TripIt, as it is documented: a real HTTP server that checks signatures and misbehaves.

It runs in a thread of its own, so that tests, processes and benches reach it alike. Its clock is a number
that edits move on. It is written down a second time on purpose: it shares nothing with our client.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn

from tests.support.tripit_account import KINDS, StandInAccount, days_of_plan
from tests.support.tripit_documents import Tree, as_json, as_xml
from tests.support.tripit_feed import written_feed
from tests.support.tripit_signatures import Signed, checked_signature
from tests.support.waiting import wait_until

CONSUMER = ("consumer-key", "consumer-secret")
OTHER_CONSUMER = ("other-key", "other-secret")
_CONSUMERS = dict([CONSUMER, OTHER_CONSUMER])
TRIP_PAGE, OBJECT_PAGE = 5, 25
SILENCE_SECONDS = 600
"""So long TripIt says nothing more of a trip after a notification."""
_TRIPS_WITHOUT_PAGES = 50

Answer = tuple[int, bytes, list[tuple[str, str]]]


class StandInTripIt:
    """The server's state. `misbehave` queues faults, of which each request takes one."""

    def __init__(self) -> None:
        self.clock = 1_790_000_000
        self.today = "2026-09-20"
        self.accounts: dict[str, StandInAccount] = {}
        """By token key."""
        self.feeds: dict[str, StandInAccount] = {}
        """By the secret part of the feed's address."""
        self.requests: list[str] = []
        self.count = 0
        self.keeps_requests = True
        self.faults: list[str] = []
        self.faults_by_path: dict[str, str] = {}
        """By the beginning of a request what always goes wrong with it."""
        self.notifications: list[dict[str, str]] = []
        """What is to be posted to our callback, as forms; whoever runs the test delivers or loses them."""
        self.holds_back: set[str] = set()
        """Consumer keys, or parts of questions, that are not answered as long as they stand here."""
        self.drip_seconds = 0.005
        """Between two bytes of an answer that drips."""
        self.retry_after = "0"
        """What a 429 asks for."""
        self.says_modified = True
        self.url = ""
        self._last: dict[tuple[str, str], Answer] = {}
        """What was answered last, by token and request: caches on the way answer with it."""
        self._nonces: set[str] = set()
        self._waiting: dict[str, tuple[str, StandInAccount | None]] = {}
        self._serial = 0
        self._told: dict[tuple[str, str], int] = {}
        """When each trip of an account was last notified of."""

    def account(self) -> StandInAccount:
        """Make an account whose owner granted us a token, and which has a feed."""
        self._serial += 1
        made = StandInAccount(
            self, token=f"token-{self._serial}", secret=f"secret-{self._serial}", consumer=CONSUMER[0]
        )
        self.accounts[made.token] = made
        self.feeds[made.feed_key] = made
        return made

    def agree(self, request_key: str, account: StandInAccount) -> None:
        """Have the account's owner say yes on TripIt's page."""
        secret, _ = self._waiting[request_key]
        self._waiting[request_key] = (secret, account)

    def misbehave(self, *faults: str, after: int = 0) -> None:
        """Queue faults, behind so many good answers.

        Each is an HTTP status (from somebody on the way), `denied` or `grant` (TripIt's own 404 and 401),
        `blank`, `empty`, `cut`, `html`, `hang`, `drip`, `reset`, `fault`, `cached`, or nothing.
        """
        self.faults.extend([""] * after + list(faults))

    def changed(self, account: StandInAccount, trip: str | None, change: str) -> None:
        """Queue a notification, unless TripIt is silent about the trip."""
        if not account.is_subscribed or trip is None:
            return
        if self.clock - self._told.get((account.token, trip), -SILENCE_SECONDS) < SILENCE_SECONDS:
            return
        self._told[account.token, trip] = self.clock
        form = {"type": "trip", "id": trip, "change": change, "oauth_token_key": account.token}
        self.notifications.append(form)

    def next_id(self) -> int:
        self._serial += 1
        return 1000 + self._serial

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    # --- answering ---------------------------------------------------------------------------------------

    def next_fault(self, request: str) -> str:
        """Take note of a request, and return what goes wrong with it; nothing mostly."""
        self.count += 1
        if self.keeps_requests:
            self.requests.append(request)
        always = (fault for path, fault in self.faults_by_path.items() if request.startswith(path))
        return next(always, "") or (self.faults.pop(0) if self.faults else "")

    def in_place_of_answer(self, fault: str) -> Answer | None:
        """Return what comes where a request never arrives; None where it does."""
        if fault.isdecimal():
            return int(fault), b"", [("retry-after", self.retry_after)] if fault == "429" else []
        return {
            "html": (200, b"<html><body>We are busy</body></html>", [("content-type", "text/html")]),
            "blank": (200, b"", [("content-type", "text/calendar")]),
            "empty": (200, b"{}", [("content-type", "application/json")]),
            "fault": (200, as_json({"Error": {"code": "500", "description": "no"}}), []),
            "denied": self.refusal(404, ""),
            "grant": self.refusal(401, "106.5"),
        }.get(fault)

    def answer(
        self, method: str, path: str, query: str, headers: dict[str, str], *, is_cached: bool = False
    ) -> Answer:
        if path.startswith("/feed/ical/private/"):
            return self._feed(path, headers)
        signed = checked_signature(method, f"{self.url}{path}", query, headers.get("authorization", ""))
        if signed is None or signed.consumer not in _CONSUMERS or signed.nonce in self._nonces:
            return self.refusal(401, "102.1")
        self._nonces.add(signed.nonce)
        secret = _CONSUMERS[signed.consumer]
        if path.startswith("/oauth/"):
            return self._handshake(path, signed)
        account = self.accounts.get(signed.token)
        if account is None or account.is_revoked:
            return self.refusal(401, "106.5")
        if not signed.holds(secret, account.secret) or account.consumer != signed.consumer:
            return self.refusal(401, "104.1")
        request = (account.token, f"{path}?{query}")
        answer = self._resource(account, path.strip("/").split("/")[1:], dict(parse_qsl(query)))
        before, self._last[request] = self._last.get(request, answer), answer
        return before if is_cached else answer

    def _resource(self, account: StandInAccount, words: list[str], asked: dict[str, str]) -> Answer:
        found = _ROUTES.get(words[0], _unknown)(account, words, asked, self.today)
        if isinstance(found, int):
            return self.refusal(found, "")
        response: Tree = {"timestamp": str(self.clock), "num_bytes": "1", **found}
        if asked.get("format") == "json":
            return 200, as_json(response), [("content-type", "application/json; charset=UTF-8")]
        return 200, as_xml(response), [("content-type", "text/xml; charset=UTF-8")]

    def _handshake(self, path: str, signed: Signed) -> Answer:
        if path == "/oauth/request_token":
            if not signed.holds(_CONSUMERS[signed.consumer], ""):
                return self.refusal(401, "104.1")
            key, secret = f"request-{self.next_id()}", f"request-secret-{self.next_id()}"
            self._waiting[key] = (secret, None)
            return _form({"oauth_token": key, "oauth_token_secret": secret})
        secret, account = self._waiting.get(signed.token, ("", None))
        if account is None or not signed.holds(_CONSUMERS[signed.consumer], secret):
            return self.refusal(401, "106.3")
        del self._waiting[signed.token]
        account.is_revoked, account.consumer = False, signed.consumer
        return _form({"oauth_token": account.token, "oauth_token_secret": account.secret})

    def _feed(self, path: str, headers: dict[str, str]) -> Answer:
        account = self.feeds.get(path.split("/")[4])
        if account is None:
            return 404, b"", []
        body, etag = written_feed(account, today=self.today)
        if headers.get("if-none-match") == etag:
            return 304, b"", [("etag", etag)]
        return (
            200,
            body,
            [("content-type", "text/calendar"), ("etag", etag), ("cache-control", "max-age=900")],
        )

    def refusal(self, status: int, detail: str) -> Answer:
        error = {
            "code": str(status),
            **({"detailed_error_code": detail} if detail else {}),
            "description": "no",
            "entity_type": "none",
            "timestamp": "2026-09-20T00:00:00",
        }
        return status, as_xml({"timestamp": str(self.clock), "num_bytes": "1", "Error": error}), []


def _form(said: dict[str, str]) -> Answer:
    return 200, urlencode(said).encode(), [("content-type", "application/x-www-form-urlencoded")]


def _unknown(*_: Any) -> int:
    return 404


def _subscription(account: StandInAccount, words: list[str], _: dict[str, str], __: str) -> Tree | int:
    if not account.may_subscribe:
        return 400
    account.is_subscribed = words[0] == "subscribe"
    return {}


def _get(account: StandInAccount, words: list[str], asked: dict[str, str], _: str) -> Tree | int:
    kind, named = words[1], words[3]
    if kind == "trip":
        trip = account.trips.get(named)
        if trip is None:
            return 404
        with_plans = asked.get("include_objects") == "true"
        return {**account.trip_document([trip]), **(account.plan_documents([named]) if with_plans else {})}
    plan = account.plans.get(named) or next((p for p in account.plans.values() if p.uuid == named), None)
    if kind not in KINDS.values():
        return 400
    return 404 if plan is None or KINDS[plan.element] != kind else {plan.element: [plan.document()]}


def _list(account: StandInAccount, words: list[str], asked: dict[str, str], today: str) -> Tree | int:
    return (_list_trips if words[1] == "trip" else _list_objects)(account, asked, today)


def _list_trips(account: StandInAccount, asked: dict[str, str], today: str) -> Tree | int:
    """A trip is past when it ended before today, which is not how objects are judged."""
    past = asked.get("past", "false") == "true"
    since = int(asked.get("modified_since", "0"))
    wants = asked.get("traveler", "true")
    found = [
        trip
        for trip in account.trips.values()
        if (trip.end < today) is past
        and trip.modified >= since
        and (wants == "all" or trip.is_own is (wants == "true"))
    ]
    paged = past or "page_num" in asked or len(found) > _TRIPS_WITHOUT_PAGES
    page = (
        _page(sorted(found, key=lambda t: (t.start, t.id)), asked, size=TRIP_PAGE) if paged else (found, {})
    )
    if isinstance(page, int):
        return page
    shown, numbers = page
    if not shown:
        return numbers
    with_plans = asked.get("include_objects") == "true"
    plans = account.plan_documents([trip.id for trip in shown]) if with_plans else {}
    return {**account.trip_document(shown), **plans, **numbers}


def _list_objects(account: StandInAccount, asked: dict[str, str], today: str) -> Tree | int:
    """Others' plans and unfiled ones come together; undated ones count as far in the future."""
    past = asked.get("past", "false") == "true"
    since = int(asked.get("modified_since", "0"))
    own = asked.get("traveler", "true") == "true"
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    found = [
        plan
        for plan in account.plans.values()
        if ((days_of_plan(plan) or "9999") < yesterday) is past
        and plan.modified >= since
        and (plan.is_own and plan.trip is not None if own else (not plan.is_own or plan.trip is None))
    ]
    page = _page(sorted(found, key=lambda p: p.id), asked, size=OBJECT_PAGE)
    if isinstance(page, int):
        return page
    shown, numbers = page
    documents: dict[str, list[Tree]] = {}
    for plan in shown:
        documents.setdefault(plan.element, []).append(plan.document())
    return {**documents, **numbers}


def _page(found: list[Any], asked: dict[str, str], *, size: int) -> tuple[list[Any], Tree] | int:
    size = int(asked.get("page_size", size))
    pages = max(1, -(-len(found) // size))
    number = int(asked.get("page_num", "1"))
    if not 1 <= number <= pages:
        return 400
    numbers = {"page_num": str(number), "page_size": str(size), "max_page": str(pages)}
    return found[(number - 1) * size : number * size], numbers


_ROUTES: dict[str, Callable[..., Tree | int]] = {
    "get": _get,
    "list": _list,
    "subscribe": _subscription,
    "unsubscribe": _subscription,
}


class _App:
    """The server as ASGI; here the faults are."""

    def __init__(self, server: StandInTripIt) -> None:
        self._server = server

    async def __call__(self, scope: Any, _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        path, query = scope["path"], scope["query_string"].decode()
        if path == "/stand-in/requests":  # for whoever has this only as a process
            fault, answer = "", (200, str(self._server.count).encode(), list[tuple[str, str]]())
        else:
            fault = self._server.next_fault(f"{path}?{query}" if query else path)
            answer = self._server.in_place_of_answer(fault)
        keys = headers.get("authorization", "")
        # Whoever holds back runs in another thread.
        while any(f'"{held}"' in keys or held in query for held in set(self._server.holds_back)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        status, body, extra = answer or self._server.answer(
            scope["method"], path, query, headers, is_cached=fault == "cached"
        )
        if fault == "cut":
            body = body[: len(body) // 2]
        if fault == "hang":
            await asyncio.sleep(30)
        sent = [(name.encode(), value.encode()) for name, value in extra]
        if fault == "reset":  # promise more than is sent, and close
            sent.append((b"content-length", str(len(body) + 100).encode()))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        if fault == "drip":
            for at in range(len(body)):
                await send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
                await asyncio.sleep(self._server.drip_seconds)
        await send({"type": "http.response.body", "body": b"" if fault == "drip" else body})


@contextmanager
def tripit_server() -> Generator[StandInTripIt]:
    """Run a stand-in on a free port."""
    state = StandInTripIt()
    config = uvicorn.Config(_App(state), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, what="the stand-in to start")
    port = server.servers[0].sockets[0].getsockname()[1]
    state.url = f"http://127.0.0.1:{port}"
    try:
        yield state
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(timeout=10)
