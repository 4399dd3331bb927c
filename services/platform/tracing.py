"""Traces by OpenTelemetry: one from a post until it can be read, through HTTP, Kafka and PostgreSQL.

Nothing is recorded unless OTEL_EXPORTER_OTLP_ENDPOINT is set; what OpenTelemetry itself reads of the
environment (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …) holds. A context travels in `traceparent`, as
W3C Trace Context writes it: between our topics as a header of that name, on `trip-events.v1` and `inbox.v1`
as the extension of CloudEvents.

Conventions for names of spans and attributes still move; they stand here alone. No id, name or address may be
an attribute.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.platform.awaiting import CannotStart

TRACEPARENT = "traceparent"
_CLOUD_EVENTS = "ce_traceparent"
_MOST_LINKS = 128
_FAILED = 500
_REFUSED = 300
"""From here on a subscriber did not take an event: no redirect is followed."""
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("itinerary")

Headers = Sequence[tuple[str, bytes | None]]


class TraceSettings(BaseSettings):
    """Whether traces are sent, by OpenTelemetry's own variable."""

    model_config = SettingsConfigDict(populate_by_name=True)

    endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")


@contextmanager
def sending_traces(*, service: str) -> Generator[None]:
    """Send what is recorded in the block to where the environment says; nothing where it says nothing.

    A collector that is away or slow holds nobody up: what it does not take in time is dropped.

    Raises:
        CannotStart: where an endpoint is named and the extra `traces` is not installed.
    """
    if not TraceSettings().endpoint:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise CannotStart("OTEL_EXPORTER_OTLP_ENDPOINT is set: install the extra `traces`, too.") from missing
    provider = TracerProvider(resource=Resource.create({"service.name": f"itinerary-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


@contextmanager
def answering(method: str, *, traceparent: str | None) -> Generator[Span]:
    """Record the answer to a request, as a part of the caller's trace if it has one."""
    parent = Context() if traceparent is None else _PROPAGATOR.extract({TRACEPARENT: traceparent})
    with _span(method, SpanKind.SERVER, parent=parent) as span:
        yield span


def answered(span: Span, *, method: str, route: str, status: int) -> None:
    """Name an answer by what is known of it in the end."""
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= _FAILED:
        span.set_status(StatusCode.ERROR)


@contextmanager
def processing(topic: str, *, causes: Iterable[bytes | None]) -> Generator[None]:
    """Record the work on a batch of messages, given the context that each came with.

    A part of their trace if they share one, as on a quiet system; else a trace of its own with links to
    theirs: a span for each message would cost more than the work.
    """
    traceparents = dict.fromkeys(cause for cause in causes if cause is not None)
    contexts = [context for cause in traceparents if (context := _context(cause)) is not None]
    traces = {_span_context(context).trace_id for context in contexts}
    parent = contexts[0] if len(traces) == 1 else Context()
    links = [] if len(traces) == 1 else [Link(_span_context(one)) for one in contexts[:_MOST_LINKS]]
    with _span(f"process {topic}", SpanKind.CONSUMER, parent=parent, links=links) as span:
        span.set_attributes({"messaging.system": "kafka", "messaging.destination.name": topic})
        yield


@contextmanager
def storing() -> Generator[None]:
    """Record a transaction of PostgreSQL."""
    with _span("store", SpanKind.CLIENT) as span:
        span.set_attribute("db.system.name", "postgresql")
        yield


@contextmanager
def beginning(what: str) -> Generator[None]:
    """Record work that no message asked for, such as taking a mail; it begins a trace, or is part of one."""
    with _span(what, SpanKind.CONSUMER):
        yield


@contextmanager
def delivering(cause: str | None) -> Generator[Span]:
    """Record a request to a subscriber, as a part of the trace in which its event was told."""
    parent = None if cause is None else _context(cause.encode())
    with _span("deliver", SpanKind.CLIENT, parent=parent or Context()) as span:
        yield span


def delivered(span: Span, *, status: int | None) -> None:
    """Note what a subscriber answered."""
    span.set_attribute("http.request.method", "POST")
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if status is None or status >= _REFUSED:
        span.set_status(StatusCode.ERROR)


def carried() -> list[tuple[str, bytes]]:
    """Return the headers by which a message carries on the trace of this moment; none where there is none."""
    return [(name, value.encode()) for name, value in carried_by_http().items()]


def carried_by_http() -> dict[str, str]:
    """Return the same for a request."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


def told_with(cause: bytes | None) -> list[tuple[str, bytes]]:
    """Return the extension of a CloudEvent that tells of what a message brought: the same each time."""
    return [] if cause is None else [(_CLOUD_EVENTS, cause)]


def cause_of(headers: Headers) -> bytes | None:
    """Return the context that a message came with, as it is written; None where it came with none."""
    for name, value in headers:
        if name in {TRACEPARENT, _CLOUD_EVENTS}:
            return value
    return None


def current_trace() -> str | None:
    """Return the id of the trace of this moment, for the logs."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


@contextmanager
def _span(
    name: str, kind: SpanKind, *, parent: Context | None = None, links: Sequence[Link] = ()
) -> Generator[Span]:
    """Record a span; of what it failed with the kind alone, for the text may quote anybody."""
    with _TRACER.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as failure:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", type(failure).__name__)
            raise


def _context(cause: bytes) -> Context | None:
    """Return a context; None where it is none: anybody can write into `inbox.v1`."""
    found = _PROPAGATOR.extract({TRACEPARENT: cause.decode(errors="replace")})
    return found if _span_context(found).is_valid else None


def _span_context(context: Context) -> SpanContext:
    return trace.get_current_span(context).get_span_context()
