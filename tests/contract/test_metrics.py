"""The closed list of metrics: what each is called, that it is used, and that people read of the same ones."""

import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from schemas.trip import OutcomeResult
from services.command_line.process_table import PROCESSES
from services.ingest.domain.emails import EmailOutcome
from services.ingest.domain.refusals import RefusalKind
from services.platform import metrics
from services.platform.measuring import OTHER, Bounded, Count, Declaration, Declared, Spread, exposition
from services.platform.metrics import METRICS
from services.query.domain.projection import Projection
from services.query.webhook_visits import Tried

ROOT = Path(__file__).parents[2]
ALONE = {"ingest", "query"}
"""Commands that serve one half of the gateway, which no deployment of ours has."""
SERVICES = {path: path.read_text() for path in (ROOT / "services").rglob("*.py")}


def row(metric: Declared) -> str:
    """The line of a metric in docs/metrics.md."""
    said = metric.said
    labels = "; ".join(
        f"`{name}`: {values.value if isinstance(values, Bounded) else ', '.join(_shortened(values))}"
        for name, values in said.labels.items()
    )
    return f"| `{said.name}` | {metric.kind} | {labels} | {', '.join(said.processes)} | {said.about} |"


def _shortened(values: tuple[str, ...]) -> tuple[str, ...]:
    return (values[0], "…", values[-1]) if len(values) > 100 else values


def test_the_document_lists_every_metric_and_no_other() -> None:
    listed = [
        line
        for line in (ROOT / "docs" / "metrics.md").read_text().splitlines()
        if line.startswith("| `itinerary_")
    ]
    assert listed == [row(metric) for metric in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.said.name)
def test_names_keep_to_the_conventions_of_prometheus(metric: Declared) -> None:
    said = metric.said
    assert re.fullmatch(r"itinerary(_[a-z]+)+", said.name)
    assert said.name.endswith("_total") == isinstance(metric, Count)
    assert said.name.removesuffix("_total").endswith(said.unit)
    assert (said.unit == "seconds") == said.name.endswith("_seconds")
    assert not isinstance(metric, Spread) or said.unit == "seconds"
    assert said.about.endswith(".")


def test_a_metric_is_of_processes_that_there_are() -> None:
    assert {name for metric in METRICS for name in metric.said.processes} <= ALONE | {
        process.name for process in PROCESSES
    }


def test_every_process_that_runs_names_its_metrics_by_its_command() -> None:
    named = {
        name
        for text in SERVICES.values()
        for name in re.findall(r'(?:Health\(service=|answering_metrics\()"([a-z-]+)"', text)
    }
    assert named == ALONE | {process.name for process in PROCESSES}


def test_every_metric_is_used() -> None:
    code = "".join(text for path, text in SERVICES.items() if path.name != "metrics.py")
    names = [name for name, value in vars(metrics).items() if isinstance(value, Declared)]
    assert len(names) == len(METRICS)
    assert [name for name in names if not re.search(rf"\b{name}\.(add|set|observe|follow)\(", code)] == []


def test_the_sets_of_values_are_those_of_the_code() -> None:
    sets = {
        metrics.REFUSED: ("reason", {kind.value for kind in RefusalKind}),
        metrics.MAILS: ("outcome", set(get_args(EmailOutcome))),
        metrics.OUTCOMES: ("result", {result.value for result in OutcomeResult}),
        metrics.DELIVERIES: ("outcome", set(get_args(Tried.__annotations__["state"]))),
        metrics.ROWS: (
            "table",
            set(Projection._fields) - {"forgotten", "poison", "next_offsets", "unwritten"},
        ),
    }
    for metric, (label, values) in sets.items():
        assert set(metric.said.labels[label]) == values


def test_every_reason_of_ours_for_a_dead_letter_is_in_the_list() -> None:
    places = {
        "services/ingest/feeds.py": r'Poison\(\s*"(\w+)"',
        "services/consolidator/handlers.py": r'(?:Refusal\(message, |_Failed\()"(\w+)"',
        "services/consolidator/refusals.py": r'TOO_LARGE = "(\w+)"',
        "services/consolidator/relay.py": r'reason="(\w+)"',
        "services/query/domain/projection.py": r'reason="(\w+)"',
    }
    given = {name for place, how in places.items() for name in re.findall(how, SERVICES[ROOT / place])}
    assert given == set(metrics.DEAD_LETTERS.said.labels["reason"]) - {OTHER}


@pytest.mark.parametrize("process", sorted(ALONE | {process.name for process in PROCESSES}))
def test_what_a_process_says_can_be_parsed_and_is_its_own(process: str) -> None:
    text = exposition(METRICS, process=process).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    own = {name for name in families if name.startswith("itinerary_")}
    assert own == {
        metric.said.name.removesuffix("_total") for metric in METRICS if process in metric.said.processes
    }
    assert families["process_resident_memory_bytes"].samples


def test_a_value_outside_of_its_set_is_never_shown() -> None:
    count = Count(Declaration("itinerary_tries_total", "Tries.", ("here",), {"reason": ("known", OTHER)}))
    count.add(reason="known")
    count.add(reason="jane@acme.example")
    strict = Count(Declaration("itinerary_deeds_total", "Deeds.", ("here",), {"reason": ("known",)}))
    with pytest.raises(ValueError, match="knows no reason of this kind"):
        strict.add(reason="jane@acme.example")
    with pytest.raises(ValueError, match="has the labels reason"):
        strict.add(traveller="jane@acme.example")
    shown = exposition((count, strict), process="here").decode()
    assert 'itinerary_tries_total{reason="other"} 1.0' in shown
    assert 'itinerary_deeds_total{reason="known"} 0.0' in shown  # there before the first event
    assert "acme" not in shown
