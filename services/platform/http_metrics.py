"""Counts the requests of an app by the template of their route, and how long their answers took to begin."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.platform.measuring import OTHER
from services.platform.metrics import REQUESTS, RESPONSE_SECONDS

_FAILED = 500


class MeteredRequests:
    """The innermost layer of an app: outer ones may hand a copy of the scope on, and see no route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, is_counted = time.monotonic(), False

        def count(status: int) -> None:
            nonlocal is_counted
            is_counted = True
            route = template(scope)
            REQUESTS.add(method=scope["method"], route=route, status=str(status))
            RESPONSE_SECONDS.observe(time.monotonic() - began, route=route)

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, counting)
        except Exception:  # whoever serves the app answers it
            if not is_counted:
                count(_FAILED)
            raise


def template(scope: Scope) -> str:
    """Return the path of the route as it was declared: what was asked for may name anybody."""
    route: Any = scope.get("route")
    return getattr(route, "path", OTHER)
