"""Counts and times the answers of an app by the template of their route, and records each as a span."""

import time
from typing import Any

from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.platform import tracing
from services.platform.measuring import OTHER
from services.platform.metrics import REQUESTS, RESPONSE_SECONDS

NO_OTHER_TRACES: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own spans hold what was asked for, with every name and login in it."""

_FAILED = 500
_TRACEPARENT = tracing.TRACEPARENT.encode()


class WatchedRequests:
    """The innermost layer of an app: outer ones may hand a copy of the scope on, and see no route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, began, is_counted = scope["method"], time.monotonic(), False

        def count(status: int) -> None:
            nonlocal is_counted
            is_counted = True
            route = _template(scope)
            REQUESTS.add(method=method, route=route, status=str(status))
            RESPONSE_SECONDS.observe(time.monotonic() - began, route=route)
            tracing.answered(span, method=method, route=route, status=status)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        with tracing.answering(method, traceparent=_traceparent(scope)) as span:
            try:
                await self._app(scope, receive, watched)
            except Exception:  # whoever serves the app answers it
                if not is_counted:
                    count(_FAILED)
                raise


def _template(scope: Scope) -> str:
    """Return the path of the route as it was declared: what was asked for may name anybody."""
    route: Any = scope.get("route")
    return getattr(route, "path", OTHER)


def _traceparent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _TRACEPARENT), None)
