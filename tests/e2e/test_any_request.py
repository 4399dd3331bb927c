"""Any request to the JSON side, as its OpenAPI document describes it and as it does not, gets no 500."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient

IN_XML = ("/api/travel/",)
OF_OTHER_TYPES = {"POST /v1/emails"}
ANSWER_SECONDS = 20
REQUESTS_OF_A_USER = 500
"""Less than a caller may send in a minute."""


@pytest.fixture(scope="module")
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


def operations(live: LiveClient) -> Iterator[Any]:
    """The operations of the running system's own document."""
    document = live.http.get("/openapi.json").json()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        if not operation.path.startswith(IN_XML) and operation.label not in OF_OTHER_TYPES:
            yield operation


def hold(live: LiveClient, *, cases: int) -> None:
    """Call every operation so often, and as often against its own description."""
    tried = list(operations(live))
    assert len(tried) >= 35
    share = max(1, REQUESTS_OF_A_USER // (len(GenerationMode) * cases))
    for number, operation in enumerate(tried):
        if number % share == 0:
            admin = live.token("--admin", f"fuzzer{number}@acme.example")
        modes = list(GenerationMode) if operation.query or operation.body else [GenerationMode.POSITIVE]
        with requests.Session() as session:
            for mode in modes:
                strategy = operation.as_strategy(generation_mode=mode)
                is_answered(live, strategy, session=session, headers=admin, cases=cases)
    assert live.http.get("/health/ready").status_code == 200


def is_answered(
    live: LiveClient,
    strategy: SearchStrategy[Case],
    *,
    session: requests.Session,
    headers: dict[str, str],
    cases: int,
) -> None:
    """Send so many requests, and tell of the first that fails as it is: a smaller one takes minutes."""

    @settings(max_examples=cases, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def law(case: Case) -> None:
        answer = case.call(base_url=live.url, session=session, headers=headers, timeout=ANSWER_SECONDS)
        assert answer.status_code not in {429, 500}, f"{case.as_curl_command()}\n{answer.text[:300]}"

    law()


def test_any_request_is_answered(live: LiveClient) -> None:
    hold(live, cases=2)


@pytest.mark.exhaustive
def test_very_many_requests_are_answered(live: LiveClient) -> None:
    hold(live, cases=settings().max_examples)
