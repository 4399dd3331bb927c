"""`itinerary gateway`: ingest's and query's routes in one process, on one base URL."""

import argparse
import asyncio
import secrets
from collections.abc import Sequence

import structlog
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.exceptions import HTTPException

from services.command_line.embedded_sign_in import embedded_sign_in
from services.ingest.described import TOLD as INGEST_TOLD
from services.ingest.handlers import Unavailable
from services.ingest.roles.http import Door, open_door
from services.ingest.settings import IngestSettings
from services.platform.awaiting import CannotStart
from services.platform.health import answering_metrics
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.logs import configure_logs
from services.platform.openapi import describe
from services.platform.settings import HealthSettings, what_to_set
from services.platform.tracing import sending_traces
from services.query.described import TOLD as QUERY_TOLD
from services.query.http import ABOUT, Serving
from services.query.roles.http import setup_from_environment
from services.query.serving import open_serving, query_app
from services.query.settings import QuerySettings

log = structlog.get_logger()


class GatewaySettings(BaseSettings):
    """Where the one base URL is; variables are `ITINERARY_GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="ITINERARY_GATEWAY_")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65_535)
    public_url: str | None = None
    """By which clients know it, where a proxy stands before it."""

    @property
    def own_url(self) -> str:
        """The URL at which this process answers itself."""
        return f"http://{self.host}:{self.port}"


async def serve(settings: GatewaySettings) -> None:
    """Serve all routes until told to stop.

    Raises:
        CannotStart: where Kafka or PostgreSQL do not come, or are not fit; the text says what to do.
    """
    public_url = settings.public_url or settings.own_url
    own_reads = SecretStr(secrets.token_urlsafe(32))
    query = QuerySettings(public_url=public_url, api_url=settings.own_url, own_reads_secret=own_reads)
    embedded = embedded_sign_in(public_url)
    setup = setup_from_environment(query, sign_in=None if embedded is None else embedded.settings)
    try:
        refuse_beyond_loopback(issuer=setup.tokens.issuer, host=settings.host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    # A post is answered with the trip as query shows it, and query is this same process.
    ingest_settings = IngestSettings(query_url=settings.own_url, query_own_reads_secret=own_reads)
    async with (
        answering_metrics("gateway", settings=HealthSettings()),
        open_door(ingest_settings) as door,
        open_serving(setup) as serving,
    ):
        app = query_app(setup, serving=with_ingest(serving, door=door))
        app.include_router(door.router)
        describe(app, about=ABOUT, told={**QUERY_TOLD, **INGEST_TOLD})
        if embedded is not None:
            app.include_router(embedded.router)
        await serve_until_told(app, host=settings.host, port=settings.port)


def with_ingest(serving: Serving, *, door: Door) -> Serving:
    """Return what serves trips, ready only where bookings can be taken in as well."""

    async def check() -> None:
        await serving.check()
        try:
            await door.check()
        except Unavailable as trouble:
            raise HTTPException(503, str(trouble)) from trouble

    return serving._replace(check=check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gateway until it is told to stop; return the exit code: 1 where it could not start."""
    parser = argparse.ArgumentParser(prog="itinerary gateway", description=__doc__)
    parser.add_argument("--host", help="where to listen (ITINERARY_GATEWAY_HOST)")
    parser.add_argument("--port", type=int, help="where to listen (ITINERARY_GATEWAY_PORT)")
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    configure_logs(service="gateway")
    try:
        with sending_traces(service="gateway"):
            asyncio.run(serve(GatewaySettings(**given)))
    except ValidationError as wrong:
        log.error("settings.incomplete", mend=what_to_set(wrong))  # noqa: TRY400 - people mend this, not stacks
        return 1
    except CannotStart as why:
        log.error("process.not_started", reason=str(why))  # noqa: TRY400 - as above
        return 1
    return 0
