"""Metrics whose labels are closed sets, made with prometheus_client; `metrics.py` declares all there are.

Nothing that a sender wrote can become a label: a value outside of its set counts as `other`, or is a mistake
of ours. So the number of series is known, and nothing personal can stand in one.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from itertools import product
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics import MetricWrapperBase

CONTENT_TYPE = CONTENT_TYPE_LATEST
"""Of an exposition."""
OTHER = "other"
"""What a value counts as that is not in its set, where the set has this."""

Unit = Literal["", "records", "connections", "seconds"]
"""Empty for what is merely counted."""

disable_created_metrics()  # one more series for each, of which Prometheus makes nothing

_M = TypeVar("_M", bound=MetricWrapperBase)


class Bounded(Enum):
    """Sets of values that the installation bounds, and no list could name."""

    PARTITION = "a partition's number"
    ROUTE = "the template of a route, or `other`"


Labels = Mapping[str, tuple[str, ...] | Bounded]
NO_LABELS: Labels = MappingProxyType({})


class Declaration(NamedTuple):
    """What is said of a metric in the list."""

    name: str
    about: str
    processes: tuple[str, ...]
    """Which processes have it, by their commands."""
    labels: Labels = NO_LABELS
    unit: Unit = ""


class Declared:
    """One metric; its subclasses are the kinds."""

    kind: str

    def __init__(self, said: Declaration, *, collector: MetricWrapperBase) -> None:
        self.said = said
        self.collector = collector
        closed = [values for values in said.labels.values() if not isinstance(values, Bounded)]
        self._is_closed = len(closed) == len(said.labels)
        self._series: dict[tuple[tuple[str, str], ...], Any] = {}
        self._combinations = tuple(product(*closed)) if self._is_closed and said.labels else ()

    def _of(self, collector: _M, labels: Mapping[str, str]) -> _M:
        """Return the series with these labels; kept from the first time, unless they stand for others."""
        if not self.said.labels:
            return collector
        said = tuple(labels.items())
        known: _M | None = self._series.get(said)
        if known is None:
            within = self._within(labels)
            known = collector.labels(**within)
            if within == labels:
                self._series[said] = known
        return known

    def _within(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Return the labels as they may stand.

        Raises:
            ValueError: a label is missing, unknown, or has a value outside of a set without `other`.
        """
        if labels.keys() != self.said.labels.keys():
            raise ValueError(f"{self.said.name} has the labels {', '.join(self.said.labels)}")
        return {name: self._allowed(name, value) for name, value in labels.items()}

    def _allowed(self, name: str, value: str) -> str:
        values = self.said.labels[name]
        if isinstance(values, Bounded) or value in values:
            return value
        if OTHER in values:
            return OTHER
        raise ValueError(f"{self.said.name} knows no {name} of this kind")


class Count(Declared):
    """Counts what happened since the process began."""

    kind = "counter"

    def __init__(self, said: Declaration) -> None:
        self._counter = Counter(said.name, said.about, tuple(said.labels), registry=None)
        super().__init__(said, collector=self._counter)
        # A series that appears with its first event hides that event from every rate.
        for values in self._combinations:
            self._counter.labels(*values)

    def add(self, amount: int = 1, **labels: str) -> None:
        """Count some more."""
        self._of(self._counter, labels).inc(amount)


class Level(Declared):
    """Tells how much there is of something just now."""

    kind = "gauge"

    def __init__(self, said: Declaration) -> None:
        self._gauge = Gauge(said.name, said.about, tuple(said.labels), registry=None)
        super().__init__(said, collector=self._gauge)

    def set(self, value: float, **labels: str) -> None:
        """Say how much there is."""
        self._of(self._gauge, labels).set(value)

    def follow(self, look: Callable[[], float], **labels: str) -> None:
        """Look whenever somebody asks."""
        self._of(self._gauge, labels).set_function(look)

    def drop(self, **labels: str) -> None:
        """Say nothing any more: it is another process's to tell."""
        within = self._within(labels)
        self._series.clear()
        self._gauge.remove(*(within[name] for name in self.said.labels))


class Spread(Declared):
    """Tells how long things took, by how many took no longer than each bound."""

    kind = "histogram"

    def __init__(self, said: Declaration, *, bounds: tuple[float, ...]) -> None:
        self._histogram = Histogram(said.name, said.about, tuple(said.labels), registry=None, buckets=bounds)
        super().__init__(said, collector=self._histogram)
        self.bounds = bounds

    def observe(self, seconds: float, **labels: str) -> None:
        """Note how long something took."""
        self._of(self._histogram, labels).observe(seconds)


def exposition(declared: Iterable[Declared], *, process: str) -> bytes:
    """Return what `/metrics` of a process says: its own metrics, its memory, CPU time and open files.

    In the text format of Prometheus, version as `CONTENT_TYPE` says.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for metric in declared:
        if process in metric.said.processes:
            registry.register(metric.collector)
    return generate_latest(registry)
