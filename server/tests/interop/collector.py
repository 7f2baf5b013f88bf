"""What an OpenTelemetry Collector does to requests on their way: decode, batch, enrich, send on as gzipped protobuf.

A batch takes whole resources of several requests as they are and cuts where it is full, between any two spans or records; each
part keeps its own resource and scope. A processor may add attributes to every resource.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator, Sequence

import orjson
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .recordings import PROTOBUF, Sent

ADDED = {"k8s.pod.name": "shop-7d9f", "cloud.region": "eu-central-1", "host.name": "node-3"}
LEVELS = {
    "traces": (ExportTraceServiceRequest, "resource_spans", "scope_spans", "spans"),
    "logs": (ExportLogsServiceRequest, "resource_logs", "scope_logs", "log_records"),
}
IDS = {"traceId", "spanId", "parentSpanId"}
"""Hexadecimal in OTLP/JSON, base64 in protobuf's own JSON."""


def through_a_collector(requests: Sequence[Sent], *, size: int, seed: int) -> list[Sent]:
    """The requests as a Collector sends them on, in batches of ``size`` spans or records; traces and logs apart."""
    chance, sent = random.Random(seed), []
    for signal, (kind, outer, inner, leaf) in LEVELS.items():
        arrived = [decoded(request, kind) for request in requests if signal_of(request) == signal]
        chance.shuffle(arrived)
        pieces = [piece for request in arrived for piece in _pieces(request, (outer, inner, leaf))]
        for start in range(0, len(pieces), size):
            batch = _joined(kind(), pieces[start : start + size], (outer, inner, leaf))
            sent.append(Sent(f"/v1/{signal}", PROTOBUF, "gzip", batch.SerializeToString()))
    return sent


def signal_of(request: Sent) -> str:
    return "logs" if request.path.endswith("/logs") else "traces"


def decoded(request: Sent, kind: type[Message]) -> Message:
    if request.body[:1] != b"{":
        return kind.FromString(request.body)
    return ParseDict(_with_base64_ids(orjson.loads(request.body)), kind())


def _with_base64_ids(value: object) -> object:
    if isinstance(value, list):
        return [_with_base64_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(item)).decode() if key in IDS else _with_base64_ids(item)
        for key, item in value.items()
    }


def _pieces(request: Message, names: tuple[str, str, str]) -> Iterator[tuple[Message, Message, Message]]:
    outer, inner, leaf = names
    for of_resource in getattr(request, outer):
        for of_scope in getattr(of_resource, inner):
            for item in getattr(of_scope, leaf):
                yield of_resource, of_scope, item


def _joined(batch: Message, pieces: Sequence[tuple[Message, Message, Message]], names: tuple[str, str, str]) -> Message:
    """Neighbours of one resource and scope stay together."""
    outer, inner, leaf = names
    before: tuple[Message | None, Message | None] = (None, None)
    for of_resource, of_scope, item in pieces:
        if before[0] is not of_resource:
            resource = getattr(batch, outer).add(schema_url=of_resource.schema_url)
            resource.resource.CopyFrom(of_resource.resource)
            for key, value in ADDED.items():
                resource.resource.attributes.add(key=key).value.string_value = value
        if before[1] is not of_scope:
            scope = getattr(resource, inner).add(schema_url=of_scope.schema_url)
            scope.scope.CopyFrom(of_scope.scope)
        getattr(scope, leaf).append(item)
        before = (of_resource, of_scope)
    return batch
