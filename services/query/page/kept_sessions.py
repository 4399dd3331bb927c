"""Routes whose answers take along what their checks decided about the session's cookie.

FastAPI has a place for cookies of a dependency, but drops it where the endpoint returns an answer of its own,
as all of the page's do.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

Keep = Callable[[Response], None]
"""Puts the cookie into an answer."""


def keep_with_answer(request: Request, keep: Keep) -> None:
    """Have a cookie put into the answer to a request, once there is one."""
    request.state.keep_session = keep


class PageRoute(APIRoute):
    """A route of the page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request; an error, which is answered elsewhere, keeps nothing."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            response = await handle(request)
            keep: Keep | None = getattr(request.state, "keep_session", None)
            if keep is not None:
                keep(response)
            return response

        return answer
