"""A session as OTLP/JSON, one ``ExportTraceServiceRequest``, in OpenTelemetry's GenAI names wherever these name a fact.

What they do not name (kind, cost, time to first token) is under ``threadline.*``, so that sent to ``/v1/traces`` it ends in the same
numbers. Ids that are no OTLP ids (plain JSON takes any text) become digests. Each trace is a line of the file. Log records are
another signal of OTLP, and left out; the session and user that they tell stand on the spans.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from threadline import semconv
from threadline_server import __version__
from threadline_server.query import present
from threadline_server.query.export_pages import WholeTrace, whole_traces
from threadline_server.store.database import Database, Row

_HEX: Final = re.compile(r"[0-9a-f]+")
_INT64: Final = 2**63
_KINDS: Final = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_OPERATIONS: Final = {
    "generation": "chat", "tool": "execute_tool", "embedding": "embeddings", "agent": "invoke_agent", "retriever": "retrieval",
}  # fmt: skip


def write(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    yield b'{"resourceSpans":['
    before = b"\n"
    for trace in whole_traces(database, project_id, session):
        if groups := _resources(trace):
            yield before + b",\n".join(map(present.encoded, groups))
            before = b",\n"
    yield b"\n]}\n"


def _resources(trace: WholeTrace) -> list[dict[str, Any]]:
    """The trace's spans by the resource and scope that they came from."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in trace.spans:
        key = tuple(row[name] for name in ("resource", "service", "release", "environment", "scope"))
        groups.setdefault(key, []).append(row)
    return [
        {
            "resource": {"attributes": attributes(_resource(rows[0]))},
            "scopeSpans": [
                {
                    "scope": {"name": rows[0]["scope"] or "threadline.export", "version": __version__},
                    "spans": [_span(trace, row) for row in rows],
                }
            ],
        }
        for rows in groups.values()
    ]


def _resource(row: Row) -> dict[str, Any]:
    own = {
        semconv.SERVICE_NAME: row["service"],
        semconv.RELEASE: row["release"],
        semconv.ENVIRONMENT: row["environment"],
    }
    return {**_object(row["resource"]), **{name: text for name, text in own.items() if text}}


def _span(trace: WholeTrace, row: Row) -> dict[str, Any]:
    trace_id, failed = row["trace_id"], row["status"] == "error"
    span = {
        "traceId": otlp_id(trace_id, 32),
        "spanId": otlp_id(row["span_id"], 16, trace_id),
        "name": row["name"],
        "kind": _KINDS.get(row["span_kind"], 3 if row["kind"] == "generation" else 1),
        "startTimeUnixNano": row["start_ns"],
        "endTimeUnixNano": row["end_ns"],
        "attributes": attributes(_attributes(trace, row)),
        "events": _events(row, failed=failed),
        "status": {"code": 2, "message": row["error_message"]} if failed else {"code": int(row["status"] == "ok")},
    }
    if row["parent_id"]:
        span["parentSpanId"] = otlp_id(row["parent_id"], 16, trace_id)
    return span


def otlp_id(text: str, digits: int, *within: str) -> str:
    """The id as hexadecimal digits: itself where it is such, else a digest of it, the same in every export."""
    if len(text) == digits and _HEX.fullmatch(text) and text.strip("0"):
        return text
    told = "\0".join((*within, text)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=digits // 2).hexdigest()


def _attributes(trace: WholeTrace, row: Row) -> dict[str, Any]:
    is_tool = row["kind"] == "tool"
    told = {
        semconv.SESSION_ID: trace.row["session_id"],
        semconv.USER_ID: trace.row["user_id"],
        semconv.KIND: row["kind"],
        "gen_ai.operation.name": _OPERATIONS.get(row["kind"]),
        "gen_ai.tool.name": row["name"] if is_tool else None,
        semconv.PROVIDER: row["provider"],
        semconv.REQUEST_MODEL: row["model"],
        semconv.TOOL_CALL_ID if is_tool else semconv.RESPONSE_ID: row["response_id"],
        semconv.COST_USD: row["cost"],
        semconv.TIME_TO_FIRST_TOKEN_MS: row["time_to_first_token_ms"],
        semconv.TAGS: row["tags"],
        semconv.METADATA: present.encoded(present.metadata(row)).decode() if row["metadata"] else None,
        semconv.MODEL_PARAMETERS: row["model_parameters"],
        semconv.INPUT: row["input"],
        semconv.OUTPUT: row["output"],
        "gen_ai.input.messages": _messages(row["input_messages"]),
        "gen_ai.output.messages": _messages(row["output_messages"], finish="stop"),
        **(_usage(row) if row["has_usage"] else {}),
    }
    return {**_object(row["attributes"]), **{name: held for name, held in told.items() if held not in (None, "", [])}}


def _usage(row: Row) -> dict[str, int]:
    return {
        semconv.PROMPT_TOKENS: row["prompt_tokens"],
        semconv.COMPLETION_TOKENS: row["completion_tokens"],
        semconv.TOTAL_TOKENS: row["total_tokens"],
        semconv.CACHED_TOKENS: row["cached_tokens"],
        semconv.CACHE_WRITE_TOKENS: row["cache_write_tokens"],
        semconv.REASONING_TOKENS: row["reasoning_tokens"],
    }


def _messages(text: str, **more: str) -> str | None:
    """Our messages in the conventions' shape: a role and its parts."""
    if not text:
        return None
    told = [{"role": message["role"], "parts": list(_parts(message))} for message in orjson.loads(text)]
    return present.encoded(
        [{**message, **({"finish_reason": more["finish"]} if more else {})} for message in told]
    ).decode()


def _parts(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if message["role"] == "tool":
        words = "\n".join(part["text"] for part in message["content"] if part["type"] == "text")
        yield {"type": "tool_call_response", "id": message.get("toolCallId"), "response": words}
        return
    for part in message["content"]:
        is_words = part["type"] in ("text", "reasoning")
        yield {"type": part["type"], "content": part["text"]} if is_words else dict(part)
    for call in message.get("toolCalls") or ():
        yield {"type": "tool_call", "id": call.get("id"), "name": call["name"], "arguments": call["arguments"]}


def _events(row: Row, *, failed: bool) -> list[dict[str, Any]]:
    told = orjson.loads(row["events"]) if row["events"] else []
    events = [
        {"name": event["name"], "timeUnixNano": str(event["timeNs"]), "attributes": attributes(event["attributes"])}
        for event in told
    ]
    error = {
        semconv.EXCEPTION_TYPE: row["error_type"],
        semconv.EXCEPTION_MESSAGE: row["error_message"],
        semconv.EXCEPTION_STACK: row["error_stack"],
    }
    if failed and any(error.values()):
        at = row["end_ns"] if row["end_ns"] != "0" else row["start_ns"]
        own = attributes({name: text for name, text in error.items() if text})
        events.append({"name": semconv.EXCEPTION_EVENT, "timeUnixNano": at, "attributes": own})
    return events


def attributes(held: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in held.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int() if -_INT64 <= value < _INT64:
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
        case _:
            return {"stringValue": "" if value is None else str(value)}


def _object(text: str) -> dict[str, Any]:
    """A JSON object of the store; what else its column may hold is no attributes."""
    held = orjson.loads(text) if text else {}
    return held if isinstance(held, dict) else {}
