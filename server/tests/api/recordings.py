"""Recorded exports as requests: as they came, and cut into single spans and records to be sent in any other way."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .otlp import JSON, PROTOBUF, with_hex_ids

FOLDER = Path(__file__).parent / "recorded"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/facts.json"))
REQUESTS = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
LEVELS = {"traces": ("resourceSpans", "scopeSpans", "spans"), "logs": ("resourceLogs", "scopeLogs", "logRecords")}


class Sent(NamedTuple):
    """One request: its signal, its body and the body's content type."""

    signal: str
    body: bytes
    kind: str


def facts(case: str) -> dict[str, Any]:
    return json.loads((FOLDER / case / "facts.json").read_bytes())


def requests(case: str) -> list[Sent]:
    """As recorded."""
    return [
        Sent(path.stem.partition("-")[2], path.read_bytes(), JSON if path.suffix == ".json" else PROTOBUF)
        for path in sorted((FOLDER / case).glob("[0-9]*"))
    ]


def pieces(sent: Iterable[Sent]) -> list[tuple[str, dict[str, Any]]]:
    """Every span and every record, each with its own copy of resource and scope, as (signal, resourceSpans entry)."""
    return [(one.signal, entry) for one in sent if one.signal in LEVELS for entry in _entries(one)]


def _entries(sent: Sent) -> Iterator[dict[str, Any]]:
    top, middle, items = LEVELS[sent.signal]
    if sent.kind == JSON:
        whole = orjson.loads(sent.body)
    else:
        whole = with_hex_ids(MessageToDict(REQUESTS[sent.signal].FromString(sent.body)))
    for resource in whole[top]:
        for scope in resource[middle]:
            for item in scope[items]:
                yield {**resource, middle: [{**scope, items: [item]}]}


def regrouped(entries: Sequence[tuple[str, dict[str, Any]]], chance: random.Random) -> list[Sent]:
    """The pieces in any order, each once to three times, in some requests of each signal that come in any order too."""
    found = []
    for signal, (top, _, _) in LEVELS.items():
        own = [entry for kind, entry in entries if kind == signal for _ in range(chance.randint(1, 3))]
        chance.shuffle(own)
        cuts = sorted(chance.sample(range(len(own) + 1), k=min(4, len(own) + 1)))
        groups = [own[a:b] for a, b in zip([0, *cuts], [*cuts, len(own)], strict=True) if a < b]
        found += [Sent(signal, orjson.dumps({top: group}), JSON) for group in groups]
    chance.shuffle(found)
    return found
