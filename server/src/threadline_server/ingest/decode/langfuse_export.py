"""Langfuse's exports -> the parts that its SDK would have sent.

Read are traces with their observations and scores (``GET /api/public/traces/{id}``), pages of traces and of observations
(``{"data": [...]}``), and what its user interface and blob storage export: arrays or JSON lines of them, there with underscores in
their names. What Langfuse derives (latency, total cost of a trace) is not read; costs of observations are.

Sources: https://api.reference.langfuse.com (trace, observations, score), https://langfuse.com/docs/api-and-data-platform (export).
"""

from __future__ import annotations

import time
from typing import Any, Final

import orjson

from threadline_server.ingest import reasons
from threadline_server.ingest.decode import validity
from threadline_server.ingest.decode.imports import records
from threadline_server.ingest.decode.langfuse_batch import OBSERVATION, SCORE, TRACE, check_moments
from threadline_server.ingest.decode.native_fields import Refused, identifier
from threadline_server.ingest.decode.piecewise import Told, Value, checked_session, instant, part_of, text_of
from threadline_server.model import Drop, SpanPart

_NOT_SAID: Final = frozenset(
    {"observations", "scores", "htmlPath", "latency", "totalCost", "projectId", "createdAt", "updatedAt", "eventTs", "isDeleted",
     "timeToFirstToken", "calculatedInputCost", "calculatedOutputCost", "calculatedTotalCost", "inputPrice", "outputPrice",
     "totalPrice", "inputCost", "outputCost", "promptTokens", "completionTokens", "totalTokens", "unit", "modelId",
     "providedModelName", "internalModelId", "internalModel", "providedUsageDetails", "providedCostDetails", "inputUsage",
     "outputUsage", "totalUsage", "bookmarked", "public", "externalId", "usagePricingTierId", "usagePricingTierName"}
)  # fmt: skip
_JSON_TEXTS: Final = ("input", "output", "metadata", "modelParameters", "usageDetails", "costDetails")
_TYPES: Final = frozenset(
    {"span", "generation", "event", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail"}
)


def decode(body: bytes, *, now_ns: int | None = None) -> Told:
    """The parts of every record, of a trace those of its observations and scores too; ``now_ns`` is the arrival."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    told = Told([], [], [])
    for record in records(body):
        _take(_camel(record), told, latest_ns, "")
    return told


def _take(record: Value, told: Told, latest_ns: int, trace_id: str) -> None:
    index = len(told.ids)
    told.ids.append(text_of(record, "id"))
    try:
        told.parts.append((index, _part(record, trace_id, latest_ns)))
    except Refused as refusal:
        told.drops.append(Drop(index, refusal.reason, str(refusal)))
        return
    for name in ("observations", "scores"):
        below = record.get(name)
        for each in below if isinstance(below, list) else ():
            if isinstance(each, dict):  # a page of traces names them only
                _take(_camel(each), told, latest_ns, text_of(record, "id"))


def _part(record: Value, trace_id: str, latest_ns: int) -> SpanPart:
    own_id = identifier(record, "id", reasons.SPAN_ID)
    if not own_id:
        raise Refused(reasons.SPAN_ID, "id is missing")
    of = identifier(record, "traceId", reasons.TRACE_ID) or trace_id
    if "startTime" in record:
        return _observation(record, own_id, of, latest_ns)
    if "value" in record or "stringValue" in record:
        return _score(record, own_id, of, latest_ns)
    if "timestamp" not in record:
        raise Refused(reasons.MALFORMED, "it is neither a trace, an observation nor a score")
    return _trace(record, own_id, latest_ns)


def _trace(record: Value, own_id: str, latest_ns: int) -> SpanPart:
    began_ns = _moment(record, "timestamp", latest_ns)
    check_moments(record, latest_ns)
    checked_session(text_of(record, "sessionId"))
    body = _said(record)
    latency = record.get("latency")
    if isinstance(latency, int | float) and not isinstance(latency, bool) and 0 < latency < 1e9:
        body["endTime"] = min(began_ns + round(latency * 1_000) * 1_000_000, latest_ns) // 1_000_000
    return part_of(TRACE, own_id, own_id, {"type": "trace-create", "body": body}, step=0, sent_ns=began_ns)


def _observation(record: Value, own_id: str, trace_id: str, latest_ns: int) -> SpanPart:
    if not trace_id:
        raise Refused(reasons.TRACE_ID, "traceId is missing")
    began_ns = _moment(record, "startTime", latest_ns)
    check_moments(record, latest_ns)
    identifier(record, "parentObservationId", reasons.PARENT_ID)
    body = _said(record) | {"traceId": trace_id}
    if model := text_of(record, "model", "providedModelName"):
        body["model"] = model
    _add_numbers(record, body)
    kind = text_of(record, "type").lower()
    type_ = f"{kind if kind in _TYPES else 'span'}-create"
    return part_of(OBSERVATION, own_id, trace_id, {"type": type_, "body": body}, step=0, sent_ns=began_ns)


def _add_numbers(record: Value, body: Value) -> None:
    """Tokens and cost, in whichever of their places this version of the export has them."""
    counts = {
        "input": record.get("promptTokens", record.get("inputUsage")),
        "output": record.get("completionTokens", record.get("outputUsage")),
        "total": record.get("totalTokens", record.get("totalUsage")),
    }
    if not body.get("usage") and not body.get("usageDetails"):
        body["usage"] = {name: count for name, count in counts.items() if isinstance(count, int) and count}
    total = record.get("calculatedTotalCost", record.get("totalCost"))
    if not body.get("costDetails") and isinstance(total, int | float) and total:
        body["costDetails"] = {"total": total}


def _score(record: Value, own_id: str, trace_id: str, latest_ns: int) -> SpanPart:
    if not text_of(record, "name"):
        raise Refused(reasons.MALFORMED, "a score has a name")
    word = record.get("stringValue")
    value = (
        word if isinstance(word, str) and record.get("dataType") not in ("NUMERIC", "BOOLEAN") else record.get("value")
    )
    if value is None:
        raise Refused(reasons.MALFORMED, "a score has a value")
    names = ("name", "observationId", "sessionId", "comment", "source", "dataType")
    score = {name: record[name] for name in names if record.get(name) is not None} | {
        "value": value,
        "traceId": trace_id,
    }
    moment = next((key for key in ("timestamp", "createdAt") if record.get(key) is not None), "timestamp")
    return part_of(SCORE, own_id, trace_id, {"score": score}, step=0, sent_ns=_moment(record, moment, latest_ns))


def _moment(record: Value, key: str, latest_ns: int) -> int:
    found = instant(record, key, latest_ns)
    if not found:
        raise Refused(reasons.TIME_MISSING, f"{key} is missing")
    return found


def _said(record: Value) -> Value:
    """What its program said, without what Langfuse worked out; JSON that stands in a text is opened."""
    body = {key: held for key, held in record.items() if key not in _NOT_SAID and held is not None}
    for key in _JSON_TEXTS:
        held = body.get(key)
        if isinstance(held, str) and held[:1] in ("{", "["):
            try:
                body[key] = orjson.loads(held)
            except orjson.JSONDecodeError:
                continue
    return body


def _camel(record: dict[str, Any]) -> Value:
    return {_camel_name(key): held for key, held in record.items()}


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest) if first and rest else name
