"""Metrics in Prometheus' text format, written by hand: it is a dozen lines, and no value is kept twice.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/. No label holds a name of a project, user or session.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

Labels: TypeAlias = tuple[tuple[str, str], ...]
BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metric(NamedTuple):
    """One family: its samples by labels, or for a histogram by labels with ``le``."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    samples: Mapping[Labels, float]


def gauge(name: str, help_text: str, value: float) -> Metric:
    return Metric(name, "gauge", help_text, {(): value})


class Requests:
    """How many requests each route has answered, with which status, and how long it took; safe from several threads."""

    def __init__(self, on_request: Callable[[str, str, int, float], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self.on_request = on_request

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """``route`` is the pattern, never the address."""
        with self._lock:
            self._counts[method, route, status] += 1
            buckets = self._buckets.setdefault(route, [0] * (len(BUCKETS_S) + 1))
            buckets[bisect_left(BUCKETS_S, seconds)] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
        if self.on_request is not None:
            self.on_request(method, route, status, seconds)

    def lines(self) -> Iterable[str]:
        with self._lock:
            counts, seconds = dict(self._counts), dict(self._seconds)
            buckets = {route: list(counted) for route, counted in self._buckets.items()}
        yield from lines(
            Metric(
                "threadline_http_requests_total", "counter", "Requests answered, by route and status.",
                {(("method", method), ("route", route), ("status", str(status))): count
                 for (method, route, status), count in counts.items()},
            )
        )  # fmt: skip
        name = "threadline_http_request_duration_seconds"
        yield f"# HELP {name} From a request's head to the last byte of its answer, by route."
        yield f"# TYPE {name} histogram"
        for route, counted in buckets.items():
            total = 0
            for bound, count in zip((*map(str, BUCKETS_S), "+Inf"), counted, strict=True):
                total += count
                yield _line(f"{name}_bucket", (("route", route), ("le", bound)), total)
            yield _line(f"{name}_sum", (("route", route),), seconds[route])
            yield _line(f"{name}_count", (("route", route),), total)


def lines(metric: Metric) -> Iterable[str]:
    """The lines of one family."""
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.samples.items():
        yield _line(metric.name, labels, value)


def _line(name: str, labels: Labels, value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
