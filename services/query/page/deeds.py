"""What people do to trips on the page.

So the page needs no rule of its own: who may do what, what must hold of a trip and what a retry is worth are
decided where every client's wish is.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.query.page.api import Api, ApiRefused


class TripChanged(Exception):
    """The trip is not what the person looked at any more; nothing was done."""


class Done(NamedTuple):
    """A deed that was accepted: by which id it is taken back, and where in the log it stands."""

    override: str
    position: str


class Deeds:
    """What people say of trips, sent to the API."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
            ApiRefused, TripChanged: nothing was done.
        """
        headers = {"If-Match": etag, "Idempotency-Key": f'"{key}"'}
        return await self._send("POST", f"/v1/trips/{trip}/{verb}", token=token, headers=headers, json=body)

    async def undo(self, override: str, *, token: str, key: str) -> Done:
        """Take back what was said.

        Raises:
            ApiRefused: nothing was done.
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
        json: Mapping[str, Any] | None = None,
    ) -> Done:
        try:
            answer = await self._api.ask(method, path, token=token, headers=headers, json=json)
        except ApiRefused as refused:
            if refused.status == 412:  # noqa: PLR2004 - RFC 9110: precondition failed
                raise TripChanged from None
            raise
        return Done(answer.json()["override"], answer.headers["Itinerary-Position"])
