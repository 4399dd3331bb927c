"""Structured logs: facts as `noun.past_participle` with keys, one JSON object a line.

No names, payloads or tokens; only what is bound on purpose (conventions, rule 8).
"""

import logging
import sys

import structlog

from services.platform.tracing import current_trace

_NOISY = ("aiokafka", "kafka", "faust", "mode", "uvicorn.access", "yoyo")
_TALKATIVE = ("httpx", "httpcore", "oauthlib", "requests_oauthlib", "hpack")
"""They say headers, addresses that are secrets, and what signatures are made of: not even to who debugs."""


def configure_logs(*, service: str, level: str = "INFO", pretty: bool = False) -> None:
    """Set up structlog, and route the standard library's loggers through it.

    Args:
        service: bound to every line.
        level: the least level that is written.
        pretty: for people at a terminal; otherwise JSON.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_the_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in (*_NOISY, *_TALKATIVE):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def _name_the_trace(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    trace = current_trace()
    if trace is not None:
        event["trace_id"] = trace
    return event
