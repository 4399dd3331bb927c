"""One trace from a post until it can be read and subscribers hear of it, through real processes."""

import json
import os
import secrets
import signal
from collections.abc import Iterator

import pytest

from services.command_line.running import RunningUp, running_up
from tests.support.backing_services import session_folder
from tests.support.command_line import CLOSED_ORIGIN, Installation
from tests.support.live_system import LiveClient, stay
from tests.support.otlp_receiver import OtlpReceiver, ReceivedSpan, otlp_receiver
from tests.support.waiting import wait_until

_STAY = {
    "@context": "http://schema.org",
    "@type": "LodgingReservation",
    "reservationNumber": "ZK4471",
    "reservationStatus": "http://schema.org/Confirmed",
    "underName": {"@type": "Person", "name": "Maria Example"},
    "reservationFor": {
        "@type": "LodgingBusiness",
        "name": "Harbour Inn",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "12 Pier Street",
            "addressLocality": "Kiel",
            "addressCountry": "DE",
        },
    },
    "checkinTime": "2027-10-04T15:00:00",
    "checkoutTime": "2027-10-06T11:00:00",
}
CONFIRMATION = (
    "From: stay@harbour-inn.example\r\nSubject: Your stay\r\nDate: Sun, 01 Nov 2026 08:00:00 +0000\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n"
    f'<html><script type="application/ld+json">{json.dumps(_STAY)}</script></html>\r\n'
)


@pytest.fixture(scope="module")
def collector() -> Iterator[OtlpReceiver]:
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def client(collector: OtlpReceiver) -> Iterator[LiveClient]:
    """A traveller of an `up` of this module's own, for which a collector is named."""
    with session_folder() as folder:
        place = Installation(folder)
        try:
            place.up(
                environment={
                    "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                    "OTEL_BSP_SCHEDULE_DELAY": "200",
                }
            )
            up: RunningUp = running_up(folder)
            yield LiveClient(place, up)
        finally:
            place.down()


def test_a_post_is_one_trace_until_it_is_seen_and_told(client: LiveClient, collector: OtlpReceiver) -> None:
    admin = client.token("--admin", "boss@acme.example")
    hook = client.http.post("/v1/webhooks", json={"url": f"{CLOSED_ORIGIN}/hook"}, headers=admin)
    assert hook.status_code == 201, hook.text
    trace = secrets.token_hex(16)
    client.http.headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
    position = client.book("L1", stay("Bonn", "2038-05-10", "2038-05-12"))
    del client.http.headers["traceparent"]
    assert len(client.trips(position)) == 1

    wanted = {
        ("itinerary-gateway", "POST /v1/bookings"),
        ("itinerary-consolidator", "process bookings.v1"),
        ("itinerary-query-projector", "process trips.v1"),
        ("itinerary-query-projector", "store"),
        ("itinerary-relay", "process trips.v1"),
        ("itinerary-query-webhooks", "process trip-events.v1"),
        ("itinerary-query-webhooks", "deliver"),
    }

    def missing() -> set[tuple[str, str]]:
        return wanted - {(span.service, span.name) for span in collector.spans(trace=trace)}

    wait_until(lambda: not missing(), what=f"the spans {missing()} of one trace", deadline_seconds=40)
    spans = {(span.service, span.name): span for span in collector.spans(trace=trace)}
    post = spans["itinerary-gateway", "POST /v1/bookings"]
    consolidated = spans["itinerary-consolidator", "process bookings.v1"]
    projected = spans["itinerary-query-projector", "process trips.v1"]
    assert consolidated.parent == post.span
    assert projected.parent == consolidated.span
    assert spans["itinerary-query-projector", "store"].parent == projected.span
    assert "202" in post.attributes["http.response.status_code"]
    assert f'"trace_id": "{trace}"' in (client.running.data / "logs" / "gateway.log").read_text()


def test_a_mail_is_one_trace_until_it_is_read(client: LiveClient, collector: OtlpReceiver) -> None:
    trace = secrets.token_hex(16)
    headers = client.me | {
        "Content-Type": "message/rfc822",
        "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01",
    }
    answer = client.http.post("/v1/emails", content=b"Subject: Hello\r\n\r\nHello\r\n", headers=headers)
    assert answer.status_code == 202, answer.text

    def parents() -> dict[str, str]:
        """Return of each span by which it was caused."""
        names = {span.span: span.name for span in collector.spans(trace=trace)}
        return {span.name: names.get(span.parent, "") for span in collector.spans(trace=trace)}

    wait_until(lambda: "process raw.v1" in parents(), what="the span of whoever reads the mail")
    assert parents() == {"POST /v1/emails": "", "take mail": "POST /v1/emails", "process raw.v1": "take mail"}


def test_a_mail_that_books_is_one_trace_until_it_is_stored(
    client: LiveClient, collector: OtlpReceiver
) -> None:
    trace = secrets.token_hex(16)
    headers = client.me | {
        "Content-Type": "message/rfc822",
        "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01",
    }
    answer = client.http.post("/v1/emails", content=CONFIRMATION.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    wanted = {
        "take mail": "POST /v1/emails",
        "process raw.v1": "take mail",
        "process bookings.v1": "process raw.v1",
        "process trips.v1": "process bookings.v1",
        "store": "process trips.v1",
    }

    def caused() -> set[tuple[str, str]]:
        """Return the spans with those by which they were caused."""
        spans = collector.spans(trace=trace)
        names = {span.span: span.name for span in spans}
        return {(span.name, names.get(span.parent, "")) for span in spans}

    wait_until(lambda: wanted.items() <= caused(), what="the mail's booking stored", deadline_seconds=60)
    shown = client.http.get("/v1/trips", headers=client.me).json()["trips"]
    assert "ZK4471" in {one["record_locator"] for trip in shown for one in trip["bookings"]}


def test_posts_that_are_done_together_are_linked(client: LiveClient, collector: OtlpReceiver) -> None:
    (consolidator,) = client.running.processes["consolidator"]
    traces = {secrets.token_hex(16) for _ in range(5)}
    os.kill(consolidator, signal.SIGSTOP)  # so that they pile up
    try:
        for number, trace in enumerate(sorted(traces)):
            client.http.headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
            client.book(f"M{number}", stay("Ulm", "2038-06-10", "2038-06-12"))
    finally:
        os.kill(consolidator, signal.SIGCONT)
    del client.http.headers["traceparent"]

    def done() -> list[ReceivedSpan]:
        return [span for span in collector.spans() if span.name == "process bookings.v1"]

    wait_until(
        lambda: traces <= {span.trace for span in done()}.union(*(span.linked for span in done())),
        what="each trace in a span of the consolidator, or linked to one",
    )
    assert max(len(span.linked & traces) for span in done()) > 1


def test_nothing_personal_is_recorded(client: LiveClient, collector: OtlpReceiver) -> None:
    client.http.get(
        "/v1/trips", params={"traveller": client.login, "q": "canary-in-a-query"}, headers=client.me
    )
    client.http.get("/nowhere/canary-in-a-path", headers=client.me)

    def told() -> list[ReceivedSpan]:
        return [span for span in collector.spans() if span.name == "GET other"]

    wait_until(told, what="the span of an address that there is not")
    everything = str(collector.spans())
    for personal in (
        client.login,
        client.tenant,
        "canary-in-a-query",
        "canary-in-a-path",
        "Bonn",
        "Grand Hotel",
    ):
        assert personal not in everything


def test_a_collector_that_is_gone_holds_nobody_up(client: LiveClient, collector: OtlpReceiver) -> None:
    collector.stop()
    position = client.book("L9", stay("Jena", "2038-09-10", "2038-09-12"))
    assert any(trip["start_date"] == "2038-09-10" for trip in client.trips(position))
