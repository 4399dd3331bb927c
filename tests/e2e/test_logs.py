"""What a running system says of what strangers send, above all where it refuses it: nothing of theirs.

What it says of what it takes, `test_erase.py` looks at.
"""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.waiting import wait_until

JSON, XML = {"Content-Type": "application/json"}, {"Content-Type": "application/xml"}


def _refused(canary: str, me: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Requests that bear a word in each place where one can be, and are refused."""
    post = "POST", "/v1/bookings"
    locator = {"booking_source": canary, "record_locator": canary}
    yield *post, {"content": f'{{"{canary}"', "headers": me | JSON}
    yield *post, {"json": {canary: canary}, "headers": me}
    yield *post, {"json": locator | {"segments": [{"type": canary}]}, "headers": me}
    yield *post, {"json": locator | {"segments": [stay(canary, canary, canary)]}, "headers": me}
    yield *post, {"json": locator | {"traveller": canary, "segments": []}, "headers": me}
    yield *post, {"json": {}, "headers": {"Authorization": f"Bearer {canary}"}}
    yield *post, {"content": canary, "headers": me | {"Content-Type": f"text/{canary}"}}
    yield "POST", "/api/travel/booking/v1.1", {"content": f"<{canary}", "headers": me | XML}
    yield (
        "POST",
        "/api/travel/trip/v1.1",
        {"content": f"<Itinerary><{canary}/></Itinerary>", "headers": me | XML},
    )
    yield "POST", "/v1/emails", {"content": canary, "headers": me | JSON}
    yield "GET", f"/v1/trips/{canary}", {"headers": me}
    yield "GET", f"/nowhere/{canary}", {"headers": me, "params": {canary: canary}}
    yield "GET", "/v1/trips", {"headers": me, "params": {"cursor": canary}}
    yield "GET", "/v1/trips", {"headers": me, "params": {"after": canary}}
    yield "GET", "/v1/trips", {"headers": me, "params": {"traveller": canary}}
    yield "PUT", "/v1/settings", {"json": {canary: canary}, "headers": me}
    yield "POST", "/v1/webhooks", {"json": {"url": f"https://{canary}.example"}, "headers": me}


def test_nothing_of_what_is_refused_stands_in_logs_or_metrics(
    installation: Installation, running: RunningUp
) -> None:
    client = LiveClient(installation, running)
    canary = f"zk{secrets.token_hex(8)}"
    statuses: set[int] = set()
    for method, path, request in _refused(canary, client.me):
        answer = client.http.request(method, path, **request)
        assert answer.is_client_error, (method, path, request, answer.text)
        statuses.add(answer.status_code)
    assert statuses >= {400, 401, 403, 404, 415, 422}
    mail = f"From: {canary}@acme.example\r\nSubject: {canary}\r\n\r\nYour booking {canary} is confirmed\r\n"
    headers = client.me | {"Content-Type": "message/rfc822"}
    message = client.http.post("/v1/emails", content=mail.encode(), headers=headers).headers[
        "itinerary-message"
    ]

    def said() -> str:
        return "".join(log.read_text(errors="replace") for log in (running.data / "logs").glob("*.log"))

    wait_until(lambda: '"mail.read"' in said() and message in said(), what="the mail in the logs")
    told = "".join(httpx.get(url, trust_env=False).text for url in running.metrics.values())
    assert "message.refused" in said()
    assert canary not in said().lower()
    assert canary not in told.lower()
