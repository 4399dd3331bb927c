"""What people do on the page, sent to the API as any other client would send it.

So the page needs no rule of its own: who may do what, what must hold of a trip and what a retry is worth are
decided where every client's wish is.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

_SECONDS = 20.0


class DeedRefused(Exception):
    """The API did not take it; the text says why, in its words."""

    def __init__(self, status: int, detail: str) -> None:
        """Remember the answer's status for the page's own."""
        super().__init__(detail)
        self.status = status


class TripChanged(Exception):
    """The trip is not what the person looked at any more; nothing was done."""


class Done(NamedTuple):
    """A deed that was accepted: by which id it is taken back, and where in the log it stands."""

    override: str
    position: str


class Deeds:
    """The API, on behalf of whoever is signed in."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url

    async def say(
        self, trip: str, verb: str, body: Mapping[str, Any], *, token: str, etag: str, key: str
    ) -> Done:
        """Say something of a trip: merge, split or corrections.

        Args:
            trip: its id.
            verb: the last step of the API's address.
            body: as the API takes it.
            token: the person's.
            etag: of the trip as the person saw it.
            key: the same for every copy of one form, so that a second click does nothing more.

        Raises:
            DeedRefused, TripChanged: nothing was done.
        """
        headers = {"If-Match": etag, "Idempotency-Key": f'"{key}"'}
        return await self._send(
            "POST", f"/v1/trips/{trip}/{verb}", token=token, headers=headers, json=dict(body)
        )

    async def undo(self, override: str, *, token: str, key: str) -> Done:
        """Take back what was said.

        Raises:
            DeedRefused: nothing was done.
        """
        headers = {"Idempotency-Key": f'"{key}"'}
        return await self._send("DELETE", f"/v1/overrides/{override}", token=token, headers=headers)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        token: str,
        headers: Mapping[str, str],
        json: dict[str, Any] | None = None,
    ) -> Done:
        proof = {"Authorization": f"Bearer {token}", **headers}
        try:
            async with httpx.AsyncClient(base_url=self._api_url, timeout=_SECONDS, trust_env=False) as client:
                answer = await client.request(method, path, headers=proof, json=json)
        except httpx.HTTPError:
            raise DeedRefused(503, "the service that takes changes does not answer; try again") from None
        if answer.status_code == 412:  # noqa: PLR2004 - RFC 9110: precondition failed
            raise TripChanged
        said = answer.json()
        if not answer.is_success:
            raise DeedRefused(answer.status_code, str(said.get("detail", "")))
        return Done(said["override"], answer.headers["Itinerary-Position"])
