"""Recorded exports as requests that can be sent again: as they were, or with what they carry spread over many requests.

A folder of ``tests/dialects`` holds a case: ``request-NN.json`` says how a body went out (the key apart), ``facts.json`` what must
come out. Nothing here knows whose export it is.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CASES = Path(__file__).parents[1] / "dialects"
PROTOBUF = "application/x-protobuf"


@dataclass(frozen=True)
class Sent:
    """One request; ``body`` is inflated, ``encoding`` says how it went over the wire."""

    path: str
    kind: str
    encoding: str
    body: bytes

    @property
    def on_the_wire(self) -> bytes:
        return gzip.compress(self.body) if self.encoding == "gzip" else self.body


def facts(case: str) -> dict[str, Any]:
    return json.loads(CASES.joinpath(case, "facts.json").read_bytes())


def recorded(case: str) -> list[Sent]:
    """The requests of a case in the order in which they came."""
    return [_recorded(path) for path in sorted(CASES.joinpath(case).glob("request-*.json"))]


def _recorded(path: Path) -> Sent:
    how = json.loads(path.read_bytes())
    return Sent(
        how["path"], how["content-type"], how["content-encoding"] or "", (path.parent / how["body"]).read_bytes()
    )


def shuffled(case: str, seed: int) -> list[Sent]:
    """Every span and log record in a request of its own, in any order; requests of other wires as they are."""
    pieces = [piece for sent in recorded(case) for piece in _pieces(sent)]
    random.Random(seed).shuffle(pieces)
    return pieces


def _pieces(sent: Sent) -> Iterator[Sent]:
    if not sent.path.endswith(("/v1/traces", "/v1/logs")):
        yield sent
    elif sent.body[:1] == b"{":
        yield from (replace(sent, body=json.dumps(piece).encode()) for piece in _json_pieces(json.loads(sent.body)))
    else:
        of_logs = sent.path.endswith("logs")
        request: Message = ExportLogsServiceRequest() if of_logs else ExportTraceServiceRequest()
        request.ParseFromString(sent.body)
        names = (
            ("resource_logs", "scope_logs", "log_records") if of_logs else ("resource_spans", "scope_spans", "spans")
        )
        yield from (replace(sent, body=piece.SerializeToString()) for piece in _message_pieces(request, names))


def _json_pieces(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for outer, inner, leaf in (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords")):
        for of_resource in request.get(outer, []):
            for of_scope in of_resource[inner]:
                for item in of_scope[leaf]:
                    yield {outer: [{**of_resource, inner: [{**of_scope, leaf: [item]}]}]}


def _message_pieces(request: Message, names: tuple[str, str, str]) -> Iterator[Message]:
    outer, inner, leaf = names
    for of_resource in getattr(request, outer):
        for of_scope in getattr(of_resource, inner):
            for item in getattr(of_scope, leaf):
                resource, scope = copy.deepcopy(of_resource), copy.deepcopy(of_scope)
                scope.ClearField(leaf)
                getattr(scope, leaf).append(item)
                resource.ClearField(inner)
                getattr(resource, inner).append(scope)
                piece = type(request)()
                getattr(piece, outer).append(resource)
                yield piece
