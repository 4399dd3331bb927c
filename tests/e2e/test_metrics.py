"""What the processes of a running system tell Prometheus, after a booking went through all of them."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from services.command_line.process_table import PROCESSES
from services.command_line.running import RunningUp
from services.platform.measuring import CONTENT_TYPE
from services.platform.metrics import CONSUMERS, METRICS
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.waiting import wait_until


def test_a_booking_shows_in_the_metrics_of_every_process_it_went_through(
    installation: Installation, running: RunningUp
) -> None:
    traveller = LiveClient(installation, running)
    before = _all_told(running)
    position = traveller.book("L1", stay("Bonn", "2038-05-10", "2038-05-12"))
    assert len(traveller.trips(position)) == 1
    refused = traveller.http.post("/v1/bookings", json={"segments": []}, headers=traveller.me)
    assert refused.status_code == 422
    assert traveller.http.get("/nowhere/maria@acme.example").status_code == 404

    grown = [
        ("gateway", "itinerary_http_requests_total", {"route": "/v1/bookings", "status": "202"}),
        ("gateway", "itinerary_http_requests_total", {"route": "/v1/bookings", "status": "422"}),
        ("gateway", "itinerary_http_requests_total", {"route": "other", "status": "404"}),
        ("gateway", "itinerary_http_response_seconds_count", {"route": "/v1/trips"}),
        ("gateway", "itinerary_ingest_statements_total", {"source": "email"}),
        ("gateway", "itinerary_ingest_refused_total", {"reason": "invalid"}),
        ("consolidator", "itinerary_consolidator_outcomes_total", {"result": "applied"}),
        ("consolidator", "itinerary_consolidator_trips_total", {"result": "written"}),
        ("consolidator", "itinerary_consolidator_batches_total", {}),
        ("projector", "itinerary_projector_rows_total", {"table": "trips"}),
        ("relay", "itinerary_relay_events_total", {"change": "created"}),
    ]

    def not_grown() -> list[object]:
        now = _all_told(running)
        return [
            (of, name, labels)
            for of, name, labels in grown
            if _sum(now[of], name, labels) <= _sum(before[of], name, labels)
        ]

    wait_until(lambda: not not_grown(), what=f"growth of {not_grown()}")
    assert "acme" not in str(_all_told(running))


def test_every_consumer_tells_how_far_it_is_and_catches_up(
    installation: Installation, running: RunningUp
) -> None:
    traveller = LiveClient(installation, running)
    traveller.trips(traveller.book("L2", stay("Ulm", "2038-05-10", "2038-05-12")))

    def caught_up() -> bool:
        now = _all_told(running)
        lags = {
            consumer: [
                sample.value
                for sample in now[process]
                if sample.name == "itinerary_consumer_lag_records" and sample.labels["consumer"] == consumer
            ]
            for consumer, process in CONSUMERS.items()
        }
        return all(len(of_each) == running.partitions and not any(of_each) for of_each in lags.values())

    wait_until(caught_up, what="a lag of 0 in each partition of every consumer")
    for consumer, process in CONSUMERS.items():
        known = {"consumer": consumer}
        assert _sum(_told(running, process), "itinerary_consumer_watermark_timestamp_seconds", known) > 0
        assert _sum(_told(running, process), "itinerary_consumer_rebalances_total", known) > 0


def test_every_process_tells_its_own_metrics_and_the_public_address_none(running: RunningUp) -> None:
    started = {process.name for process in PROCESSES if process.needs is None}
    assert {_kind(name) for name in running.metrics} == started
    for process in started:
        names = {sample.name for sample in _told(running, process)}
        for metric in METRICS:
            shown = metric.said.name in names or f"{metric.said.name}_count" in names
            assert not shown or process in metric.said.processes
        assert "process_resident_memory_bytes" in names
    assert httpx.get(f"{running.url}/metrics", trust_env=False).status_code == 404


def _all_told(running: RunningUp) -> dict[str, list[Sample]]:
    return {_kind(name): _told(running, _kind(name)) for name in running.metrics}


def _told(running: RunningUp, process: str) -> list[Sample]:
    (url,) = (url for name, url in running.metrics.items() if _kind(name) == process)
    answer = httpx.get(url, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPE)
    return [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]


def _sum(samples: list[Sample], name: str, labels: dict[str, str]) -> float:
    return sum(
        sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items()
    )


def _kind(name: str) -> str:
    return name.removesuffix("-1")
