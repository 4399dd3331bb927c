"""Alerts and dashboard: they ask for metrics that there are, and every alert says what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from fastapi.routing import iter_route_contexts
from prometheus_client.parser import text_string_to_metric_families

from services.command_line.process_table import PROCESSES
from services.platform.measuring import Bounded, Declared, Spread, exposition
from services.platform.metrics import METRICS
from tests.support.all_routes import app_of_all_routes

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
SHOWN = {
    f"{panel['title']} {target['refId']}": target["expr"].replace("$__rate_interval", "5m")
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
}
ASKED = {rule.get("alert") or rule["record"]: rule["expr"] for rule in RULES} | SHOWN
"""Whatever is asked of Prometheus, by who asks."""
OF_EVERY_PROCESS = {
    family.name for family in text_string_to_metric_families(exposition((), process="any").decode())
} | {"process_cpu_seconds_total"}
OF_PROMETHEUS = {"up"}
OF_EVERY_SERIES = {"job", "instance"}
POSTS_OF_BOOKINGS = {
    "post_json_bookings",
    "post_concur_booking",
    "post_concur_trip",
    "cancel_concur_booking",
    "cancel_concur_trip",
}


def series(metric: Declared) -> Iterator[tuple[str, dict[str, tuple[str, ...] | Bounded]]]:
    """The names under which Prometheus knows a metric, with their labels."""
    labels = dict(metric.said.labels)
    if not isinstance(metric, Spread):
        yield metric.said.name, labels
        return
    yield f"{metric.said.name}_count", labels
    yield f"{metric.said.name}_sum", labels
    yield f"{metric.said.name}_bucket", labels | {"le": (*map(str, metric.bounds), "+Inf")}


KNOWN = dict(one for metric in METRICS for one in series(metric))


def selectors(expression: str) -> Iterator[promql_parser.VectorSelector]:
    """What an expression asks for; one that Prometheus could not read raises."""
    found: list[promql_parser.VectorSelector] = []

    def visit(part: promql_parser.Expr) -> bool:
        if isinstance(part, promql_parser.VectorSelector):
            found.append(part)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    yield from found


@pytest.mark.parametrize("asks", ASKED)
def test_what_is_asked_for_is_told(asks: str) -> None:
    asked = list(selectors(ASKED[asks]))
    assert asked
    for one in asked:
        if one.name in RECORDED | OF_EVERY_PROCESS | OF_PROMETHEUS:
            assert {matcher.name for matcher in one.matchers.matchers} <= OF_EVERY_SERIES
            continue
        labels = KNOWN[one.name]
        for matcher in one.matchers.matchers:
            if matcher.name not in OF_EVERY_SERIES:
                assert meant(matcher, labels[matcher.name]), f"{matcher.name} is never {matcher.value}"


def meant(matcher: promql_parser.Matcher, values: tuple[str, ...] | Bounded) -> bool:
    """Whether each of the values that a matcher names is one that there is."""
    if isinstance(values, Bounded):
        return True  # the routes are looked at below
    return all(any(re.fullmatch(named, value) for value in values) for named in matcher.value.split("|"))


def test_taking_in_is_of_every_route_by_which_bookings_are_posted_and_reading_of_none_of_them() -> None:
    routes = [
        (str(one.path_format), one.name, one.methods or ())
        for one in iter_route_contexts(app_of_all_routes().routes)
    ]
    posts = {path for path, name, _ in routes if name in POSTS_OF_BOOKINGS}
    assert len(posts) > len(POSTS_OF_BOOKINGS)
    (taking_in,) = _routes_of("itinerary:taking_in_failures:ratio_rate5m")
    assert {path for path, _, methods in routes if "POST" in methods and taking_in.fullmatch(path)} == posts
    (reading,) = _routes_of("itinerary:reading_failures:ratio_rate5m")
    read = {path for path, _, methods in routes if "GET" in methods and reading.fullmatch(path)}
    assert read >= {"/v1/trips", "/v1/trips/{trip}"}
    assert any(path.startswith("/api/travel/trip/v1.1") for path in read)
    assert "/health/ready" not in read


def _routes_of(asks: str) -> set[re.Pattern[str]]:
    return {
        re.compile(matcher.value)
        for one in selectors(ASKED[asks])
        for matcher in one.matchers.matchers
        if matcher.name == "route"
    }


def test_every_metric_is_shown_or_alerted_on() -> None:
    asked = {one.name for expression in ASKED.values() for one in selectors(expression)}
    assert [m.said.name for m in METRICS if not asked & {name for name, _ in series(m)}] == []


def test_every_recorded_rate_is_used() -> None:
    asked = {one.name for expression in ASKED.values() for one in selectors(expression)}
    assert asked >= RECORDED


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_who_is_called_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    page = ROOT / rule["annotations"]["runbook_url"]
    assert page.read_text().startswith("# ")
    register = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    (line,) = (line for line in register.splitlines() if f"({page.name})" in line)
    assert alert in line


def test_every_runbook_is_of_an_alert() -> None:
    pages = {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README.md"}
    assert pages == {Path(rule["annotations"]["runbook_url"]).name for rule in ALERTS.values()}


def test_every_alert_is_made_to_fire_once() -> None:
    tried = yaml.safe_load((FOLDER / "alerts_test.yaml").read_text())["tests"][0]["promql_expr_test"][0]
    fired = [re.findall(r'alertname="(\w+)"', sample["labels"])[0] for sample in tried["exp_samples"]]
    assert fired == sorted(ALERTS)


def test_every_objective_has_a_budget_and_both_paces() -> None:
    described = (ROOT / "docs" / "slo.md").read_text()
    for promise in ("taking_in", "reading", "answering", "showing"):
        assert f"| {promise.replace('_', ' ')} |" in described
        windows = {name.rpartition("ratio_rate")[2] for name in RECORDED if f":{promise}_" in name}
        assert windows == {"5m", "30m", "1h", "6h"}


def test_every_process_is_scraped() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}
    always = {f"{process.name}:8081" for process in PROCESSES if process.needs is None}
    assert set(jobs.pop("itinerary")) == always
    assert jobs == {"itinerary-canary": ["canary:8081"]}
    assert config["rule_files"] == ["alerts.yaml"]


def test_the_panels_lie_side_by_side_and_say_what_they_show() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
        assert panel["title"]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
