"""What the logs of a process say, at whatever level: nothing that opens an account."""

import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from services.ingest.domain.tripit.visits import Ask
from services.ingest.tripit import open_tripit
from services.ingest.tripit_requests import Credentials, Trouble
from services.platform.logs import configure_logs
from tests.support.tripit_following import settings_for
from tests.support.tripit_server import CONSUMER, tripit_server


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Log everything that a process would at the level for debugging, and give what was logged."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in root.manager.loggerDict}
    configure_logs(service="test", level="DEBUG")
    try:
        yield lambda: "".join(capsys.readouterr())
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in root.manager.loggerDict:
            logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


async def test_no_token_signature_or_address_of_a_feed_is_logged_even_for_who_debugs(
    logged: Callable[[], str],
) -> None:
    with tripit_server() as server:
        account = server.account()
        consumer, token = Credentials(*CONSUMER), Credentials(account.token, account.secret)
        feed = f"{server.url}/feed/ical/private/{account.feed_key}/tripit.ics"
        async with open_tripit(settings_for(server)) as tripit:
            logging.getLogger("anything").debug("heard")
            await tripit.request_token(consumer)
            await tripit.ask(Ask("list/trip", {}), consumer=consumer, token=token)
            await tripit.feed(feed, etag=None)
            server.misbehave("429", "html")
            with pytest.raises(Trouble):
                await tripit.ask(Ask("list/trip", {}), consumer=consumer, token=token)
    said = logged()
    assert "heard" in said
    secrets = (account.token, account.secret, *CONSUMER, account.feed_key, "oauth_signature", "/feed/ical")
    assert [secret for secret in secrets if secret in said] == []
