"""1,000 spans/s, a body at a time: how long an acknowledgement takes, and how long after it a session's numbers are right."""

from __future__ import annotations

import http.client
import json
import pathlib
import time
import urllib.parse
from collections import defaultdict
from typing import Any

SPANS_PER_S = 1_000
SECONDS = 25
GIVE_UP_S = 5.0


def run(spec: dict[str, Any], data: pathlib.Path, log: pathlib.Path) -> dict[str, float]:
    """Start the server on an empty folder, send for ``SECONDS``, answer percentiles in milliseconds."""
    import numpy as np
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from sessionbench.proc import Server

    server = Server(spec, log)
    server.wipe()
    server.start()
    address = urllib.parse.urlsplit(spec["base"])
    headers = dict(spec["query_headers"])
    sending = http.client.HTTPConnection(address.hostname or "", address.port)
    asking = http.client.HTTPConnection(address.hostname or "", address.port)
    expected: dict[str, int] = defaultdict(int)
    acks, lags = [], []
    try:
        began = time.perf_counter()
        sent = 0
        for body in sorted(data.glob("*.pb")):
            payload = body.read_bytes()
            spans = [
                s
                for r in ExportTraceServiceRequest.FromString(payload).resource_spans
                for g in r.scope_spans
                for s in g.spans
            ]
            session = ""
            for span in spans:
                session = next(a.value.string_value for a in span.attributes if a.key == "session.id")
                expected[session] += 1
            time.sleep(max(0.0, began + sent / SPANS_PER_S - time.perf_counter()))
            asked = time.perf_counter()
            sending.request("POST", "/v1/traces", payload, {"Content-Type": "application/x-protobuf", **headers})
            answer = sending.getresponse()
            answer.read()
            if answer.status != http.client.OK:
                raise RuntimeError(f"the server answered {answer.status} to {body.name}")
            acked = time.perf_counter()
            acks.append(acked - asked)
            lags.append(_until_right(asking, headers, session, expected[session], acked))
            sent += len(spans)
            if time.perf_counter() - began > SECONDS:
                break
    finally:
        server.stop()
    return {
        "ack_p50_ms": round(float(np.percentile(acks, 50)) * 1000, 1),
        "ack_p99_ms": round(float(np.percentile(acks, 99)) * 1000, 1),
        "fresh_p50_ms": round(float(np.percentile(lags, 50)) * 1000, 1),
        "fresh_p99_ms": round(float(np.percentile(lags, 99)) * 1000, 1),
    }


def _until_right(
    connection: http.client.HTTPConnection, headers: dict[str, str], session: str, spans: int, since: float
) -> float:
    path = f"/observability/sessions/{urllib.parse.quote(session, safe='')}"
    while (waited := time.perf_counter() - since) < GIVE_UP_S:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status == http.client.OK and json.loads(content)["spanCount"] == spans:
            return time.perf_counter() - since
        time.sleep(0.01)
    return waited
