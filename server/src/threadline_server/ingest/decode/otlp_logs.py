"""OTLP's log records, in both encodings: an ``ExportLogsServiceRequest`` -> raw log records.

Sources: opentelemetry-proto 1.x, ``collector/logs/v1`` and ``logs/v1``; https://opentelemetry.io/docs/specs/otel/logs/data-model.
A record may stand outside any span, so both of its ids may be absent; its time may be known only as that of its observation.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import otlp_json_fields, otlp_protobuf, validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.otlp_json_fields import Malformed, field, listed, objects, scalar, text, time_ns
from threadline_server.model import Attributes, Drop, RawLog

DecodedLogs: TypeAlias = tuple[list[RawLog], list[Drop], int]
"""The records, what could not be used, and how many were received."""

_SEVERITIES: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_PROTOBUF_START: Final = b"\x0a"


def decode_protobuf(body: bytes, *, now_ns: int | None = None) -> DecodedLogs:
    """The records of a binary request; ``now_ns`` bounds their times (default: the clock)."""
    return read(otlp_protobuf.parsed(body, ExportLogsServiceRequest()), _latest(now_ns))


def decode_json(body: bytes, *, now_ns: int | None = None) -> DecodedLogs:
    """The records of a JSON request."""
    if not body:
        return [], [], 0
    try:
        request = parse(body)
    except BadRequest:
        if body.startswith(_PROTOBUF_START):  # some exporters call protobuf JSON
            with suppress(BadRequest):
                return decode_protobuf(body, now_ns=now_ns)
        raise
    try:
        return _read_json(request, _latest(now_ns))
    except Malformed as error:
        raise BadRequest(f"cannot read the body: {error}") from error


def read(request: ExportLogsServiceRequest, latest_ns: int) -> DecodedLogs:
    """The records of a parsed request; times after ``latest_ns`` are refused."""
    logs: list[RawLog] = []
    drops: list[Drop] = []
    for resource_logs in request.resource_logs:
        resource = otlp_protobuf.attributes_of(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            scope = (scope_logs.scope.name, scope_logs.scope.version)
            for record in scope_logs.log_records:
                _keep(_log(record, resource, scope), latest_ns, logs, drops)
    return logs, drops, len(logs) + len(drops)


def _log(record: LogRecord, resource: Attributes, scope: tuple[str, str]) -> RawLog:
    return RawLog(
        record.trace_id.hex(),
        record.span_id.hex(),
        record.time_unix_nano or record.observed_time_unix_nano,
        record.event_name,
        otlp_protobuf.value_of(record.body),
        otlp_protobuf.attributes_of(record.attributes),
        record.severity_text or _severity(record.severity_number),
        resource,
        *scope,
    )


def _read_json(request: Any, latest_ns: int) -> DecodedLogs:
    otlp_json_fields.check_signal(request, "resourceLogs", "resource_logs")
    logs: list[RawLog] = []
    drops: list[Drop] = []
    for resource_logs in objects(request, "resourceLogs", "resource_logs"):
        resource = otlp_json_fields.attributes_of(field(resource_logs, "resource", "resource") or {})
        for scope_logs in objects(resource_logs, "scopeLogs", "scope_logs"):
            scope = field(scope_logs, "scope", "scope") or {}
            if not isinstance(scope, dict):
                raise Malformed("scope is not an object")
            names = (text(scope, "name", "name"), text(scope, "version", "version"))
            for record in listed(scope_logs, "logRecords", "log_records"):
                try:
                    _keep(_json_log(record, resource, names), latest_ns, logs, drops)
                except Malformed as error:
                    drops.append(Drop(len(logs) + len(drops), reasons.MALFORMED, str(error)))
    return logs, drops, len(logs) + len(drops)


def _json_log(record: Any, resource: Attributes, scope: tuple[str, str]) -> RawLog:
    if not isinstance(record, dict):
        raise Malformed("the log record is not an object")
    number = scalar(field(record, "severityNumber", "severity_number"))
    return RawLog(
        text(record, "traceId", "trace_id").lower(),
        text(record, "spanId", "span_id").lower(),
        time_ns(record, "timeUnixNano", "time_unix_nano")
        or time_ns(record, "observedTimeUnixNano", "observed_time_unix_nano"),
        text(record, "eventName", "event_name"),
        otlp_json_fields.value_of(record.get("body"), 0),
        otlp_json_fields.attributes_of(record),
        text(record, "severityText", "severity_text") or _severity(number),
        resource,
        *scope,
    )


def _keep(log: RawLog, latest_ns: int, logs: list[RawLog], drops: list[Drop]) -> None:
    """Sort a record among the sound ones, without the ids that are none, or among those that are refused."""
    index = len(logs) + len(drops)
    trace_id, span_id = log.trace_id.strip("0") and log.trace_id, log.span_id.strip("0") and log.span_id
    fault = validity.log_fault(index, trace_id, span_id, log.time_ns, latest_ns)
    if fault is not None:
        drops.append(fault)
        return
    if (trace_id, span_id) != (log.trace_id, log.span_id) or (span_id and not trace_id):
        log = msgspec.structs.replace(log, trace_id=trace_id, span_id=span_id if trace_id else "")
    logs.append(log)


def _severity(number: object) -> str:
    if isinstance(number, str):
        return number.removeprefix("SEVERITY_NUMBER_").rstrip("234")
    return _SEVERITIES[(number - 1) // 4] if isinstance(number, int) and 1 <= number <= 24 else ""


def _latest(now_ns: int | None) -> int:
    return (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
