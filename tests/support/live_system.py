"""A running `up`, spoken to as clients do: with tokens of the command line, over HTTP."""

# ruff: noqa: TID251 - a composition root, like __main__

import uuid
from typing import Any

import httpx

from services.command_line.running import RunningUp
from services.command_line.token import token
from tests.support.command_line import Installation, said_here


class LiveClient:
    """One traveller of a tenant of its own, and the bookings that arrive for them."""

    def __init__(self, installation: Installation, running: RunningUp) -> None:
        self._data = installation.data
        self.running = running
        self.tenant = f"t{uuid.uuid4().hex[:12]}"
        self.login = "maria@acme.example"
        self.url = running.url
        self.http = httpx.Client(base_url=running.url, trust_env=False, timeout=30)
        self.me = self.token("--traveller", self.login)

    def token(self, *arguments: str) -> dict[str, str]:
        """Return the header of a token that the command signs."""
        signed = said_here(token, "--tenant", self.tenant, *arguments, "--data", str(self._data))
        return {"Authorization": f"Bearer {signed.strip()}"}

    def book(self, locator: str, *segments: dict[str, Any], **fields: Any) -> str:
        """Post a booking as a mail told it, and return the position at which it can be read."""
        body = {"source": "email", "booking_source": "Web", "record_locator": locator, "segments": segments}
        return self.accepted(self.http.post("/v1/bookings", json=body | fields, headers=self.me))

    def accepted(self, answer: httpx.Response) -> str:
        """Return the position of an accepted write."""
        assert answer.status_code == 202, answer.text
        return answer.headers["itinerary-position"]

    def trips(self, after: str, **params: Any) -> list[dict[str, Any]]:
        """Return the traveller's trips once a position can be read."""
        answer = self.http.get("/v1/trips", params={"after": after, **params}, headers=self.me)
        assert answer.status_code == 200, answer.text
        return answer.json()["trips"]

    def trip(self, trip: str, *, after: str | None = None) -> httpx.Response:
        """Return the answer for one trip."""
        params = {} if after is None else {"after": after}
        return self.http.get(f"/v1/trips/{trip}", params=params, headers=self.me, follow_redirects=True)

    def say(self, trip: str, verb: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Post an override about the trip as it is just now."""
        known = {"If-Match": self.trip(trip).headers["etag"]} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.http.post(f"/v1/trips/{trip}/{verb}", json=body, headers={**self.me, **known})


def stay(city: str, start: str, end: str, name: str = "Grand Hotel") -> dict[str, Any]:
    return {"type": "hotel", "name": name, "place": {"city": city}, "start": start, "end": end}
