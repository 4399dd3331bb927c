"""A collector of traces for tests: an HTTP server that takes OTLP as any collector does."""

import gzip
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class ReceivedSpan(NamedTuple):
    """A span as it came."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    attributes: dict[str, str]
    linked: frozenset[str]
    """The traces that it is linked to."""


class OtlpReceiver:
    def __init__(self) -> None:
        self._spans: list[ReceivedSpan] = []
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            for resource in request.resource_spans:
                (service,) = (
                    one.value.string_value
                    for one in resource.resource.attributes
                    if one.key == "service.name"
                )
                self._spans += [
                    ReceivedSpan(
                        service,
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        {one.key: str(one.value).strip() for one in span.attributes},
                        frozenset(link.trace_id.hex() for link in span.links),
                    )
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]

    def spans(self, *, trace: str | None = None) -> list[ReceivedSpan]:
        """Return what came, of one trace or of all."""
        with self._lock:
            return [span for span in self._spans if trace in {None, span.trace}]


def _handler(receiver: OtlpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Handler


@contextmanager
def otlp_receiver() -> Generator[OtlpReceiver]:
    """Run one on a free port of loopback."""
    receiver = OtlpReceiver()
    try:
        yield receiver
    finally:
        receiver.stop()
