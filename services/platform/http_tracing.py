"""Records the answers of an app as spans, each a part of its caller's trace if it has one."""

from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.platform import tracing
from services.platform.http_metrics import template

NO_OTHER_TRACES: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own spans hold what was asked for, with every name and login in it."""


class TracedRequests:
    """As `MeteredRequests`, to which it is a neighbour."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with tracing.answering(method, traceparent=Headers(scope=scope).get(tracing.TRACEPARENT)) as span:

            async def recorded(message: Message) -> None:
                if message["type"] == "http.response.start":
                    tracing.answered(span, method=method, route=template(scope), status=message["status"])
                await send(message)

            await self._app(scope, receive, recorded)
