"""`http` serves trips."""

from datetime import UTC, datetime
from secrets import token_urlsafe
from uuid import uuid4

from services.platform.awaiting import CannotStart
from services.platform.health import answering_metrics
from services.platform.http_server import serve_until_told
from services.platform.issuer import refuse_beyond_loopback
from services.platform.settings import (
    HealthSettings,
    KafkaSettings,
    PostgresSettings,
    TokenSettings,
    TopicSettings,
)
from services.query.serving import QuerySetup, open_serving, query_app
from services.query.settings import QuerySettings, SignInSettings, WebhookSettings


def setup_from_environment(
    settings: QuerySettings | None = None, *, sign_in: SignInSettings | None = None
) -> QuerySetup:
    """Return what the environment says, with the clock of this machine."""
    return QuerySetup(
        kafka=KafkaSettings.model_validate({}),
        postgres=PostgresSettings.model_validate({}),
        topics=TopicSettings(),
        tokens=TokenSettings.model_validate({}),
        query=settings or QuerySettings(),
        sign_in=sign_in or SignInSettings(),
        webhooks=WebhookSettings(),
        now=lambda: datetime.now(UTC),
        new_id=lambda: str(uuid4()),
        new_secret=lambda: token_urlsafe(32),
    )


async def run() -> None:
    """Serve trips alone until told to stop."""
    setup = setup_from_environment()
    try:
        refuse_beyond_loopback(issuer=setup.tokens.issuer, host=setup.query.host)
    except ValueError as why:
        raise CannotStart(str(why)) from why
    async with answering_metrics("query", settings=HealthSettings()), open_serving(setup) as serving:
        app = query_app(setup, serving=serving)
        await serve_until_told(app, host=setup.query.host, port=setup.query.port)
