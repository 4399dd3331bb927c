"""The API, asked by the page on behalf of whoever is signed in.

What ingest keeps, and all that is written, the page asks for as any other client would: so it needs no rule
of its own about who may do what.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

_SECONDS = 20.0


class ApiRefused(Exception):
    """The API did not do it; the text says why, in its words."""

    def __init__(self, status: int, detail: str, *, errors: Sequence[Mapping[str, str]] = ()) -> None:
        """Remember the answer's status for the page's own, and which fields break which rules."""
        super().__init__(detail)
        self.status = status
        self.errors = errors


class Api:
    """Where the API is."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """Return the answer to what was taken.

        Raises:
            ApiRefused: it was not, or the API does not answer.
        """
        proof = {"Authorization": f"Bearer {token}", **(headers or {})}
        try:
            async with httpx.AsyncClient(base_url=self._url, timeout=_SECONDS, trust_env=False) as client:
                answer = await client.request(method, path, headers=proof, params=params, json=json)
        except httpx.HTTPError:
            raise ApiRefused(503, "the service that takes changes does not answer; try again") from None
        if not answer.is_success:
            said: dict[str, Any] = answer.json()
            errors = said.get("errors", ())
            raise ApiRefused(answer.status_code, str(said.get("detail", "")), errors=errors)
        return answer
