"""Serving an app until the process is told to stop, so that what was opened around it is closed in order."""

import asyncio
import signal

import uvicorn
from fastapi import FastAPI

_GRACE_SECONDS = 15
"""What requests under way may take once the process is told to stop."""


async def serve_until_told(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, and return once the requests under way are answered."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises the signal once more when it is done, which would end the process before the caller
        # has closed anything; with a handler of the loop's own beneath, that second one does nothing.
        loop.add_signal_handler(number, _leave_to_the_caller)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    app.state.stopping = lambda: server.should_exit  # answers without end, such as streams, end by it
    await server.serve()


def _leave_to_the_caller() -> None:
    """Do nothing: the server has stopped already."""
