"""Phoenix's spans -> raw spans with OpenInference's attributes under their flat names.

Read are the spans of its API (``GET /v1/projects/{project}/spans``: ``{"data": [...]}`` or one for each line), and its data frame
written as JSON by pandas (records, lines or columns), where attributes are columns ``attributes.<name>``.

Sources: https://arize.com/docs/phoenix (REST API, spans; extracting data from spans),
https://github.com/Arize-ai/openinference/tree/main/spec (semantic conventions).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, Final, Literal

from threadline_server.ingest import json_text, reasons
from threadline_server.ingest.decode import Decoded, validity
from threadline_server.ingest.decode.imports import records
from threadline_server.ingest.decode.native_fields import Refused, identifier
from threadline_server.ingest.decode.piecewise import Value, instant, text_of
from threadline_server.model import Attributes, Drop, RawEvent, RawSpan

_SCOPE: Final = "phoenix.export"
_COLUMN: Final = "attributes."
_KIND: Final = "openinference.span.kind"
_JSON_TEXTS: Final = (
    "metadata", "llm.invocation_parameters", "llm.prompt_template.variables", "tool.parameters", "tool.json_schema",
    "document.metadata", "input.value", "output.value",
)  # fmt: skip
"""Attributes whose value is JSON text, which Phoenix hands out as the object that it holds."""
_MAX_DEPTH: Final = 30
_STATUSES: Final[dict[str, Literal["", "ok", "error"]]] = {"OK": "ok", "ERROR": "error"}


def decode(body: bytes, *, now_ns: int | None = None) -> Decoded:
    """The spans of an export; ``now_ns`` is the arrival. Raises ``BadRequest``."""
    latest_ns = (time.time_ns() if now_ns is None else now_ns) + validity.FUTURE_NS
    spans: list[RawSpan] = []
    drops: list[Drop] = []
    received = 0
    for record in records(body):
        try:
            spans.append(_span(record, latest_ns))
        except Refused as refusal:
            drops.append(Drop(received, refusal.reason, str(refusal)))
        received += 1
    return spans, drops, received


def _span(record: Value, latest_ns: int) -> RawSpan:
    held = record.get("context")
    context: Value = held if isinstance(held, dict) else {
        name: record.get(f"context.{name}") for name in ("trace_id", "span_id")
    }  # fmt: skip
    trace_id = identifier(context, "trace_id", reasons.TRACE_ID)
    span_id = identifier(context, "span_id", reasons.SPAN_ID)
    if not trace_id or not span_id:
        raise Refused(reasons.SPAN_ID if trace_id else reasons.TRACE_ID, "context has no trace_id and span_id")
    start_ns, end_ns = instant(record, "start_time", latest_ns), instant(record, "end_time", latest_ns)
    if not start_ns:
        raise Refused(reasons.TIME_MISSING, "start_time is missing")
    attributes = _attributes(record)
    if kind := text_of(record, "span_kind"):
        attributes.setdefault(_KIND, kind)
    return RawSpan(
        trace_id,
        span_id,
        identifier(record, "parent_id", reasons.PARENT_ID) if record.get("parent_id") else "",
        text_of(record, "name"),
        start_ns,
        validity.mended_end(start_ns, end_ns, attributes),
        attributes,
        _STATUSES.get(text_of(record, "status_code").upper(), ""),
        text_of(record, "status_message"),
        tuple(_events(record, start_ns, latest_ns)),
        scope=_SCOPE,
    )


def _attributes(record: Value) -> Attributes:
    flat: Attributes = {}
    nested = record.get("attributes")
    if isinstance(nested, dict):
        _flatten("", nested, flat, 0)
    for name, held in record.items():
        if name.startswith(_COLUMN) and len(name) > len(_COLUMN):
            _put(name.removeprefix(_COLUMN), held, flat, 0)
    return flat


def _flatten(prefix: str, nested: dict[str, Any], flat: Attributes, depth: int) -> None:
    for key, held in nested.items():
        _put(f"{prefix}{key}", held, flat, depth)


def _put(name: str, held: Any, flat: Attributes, depth: int) -> None:
    if held is None or (isinstance(held, float) and not math.isfinite(held)):  # what a table has where nothing is
        return
    if isinstance(held, dict | list) and (name.endswith(_JSON_TEXTS) or depth >= _MAX_DEPTH):
        flat[name] = json_text.dump(held).decode()
    elif isinstance(held, dict):
        _flatten(f"{name}.", held, flat, depth + 1)
    elif isinstance(held, list) and any(isinstance(item, dict) for item in held):
        _flatten(f"{name}.", {str(index): item for index, item in enumerate(held)}, flat, depth + 1)
    else:
        flat[name] = held


def _events(record: Value, start_ns: int, latest_ns: int) -> Iterator[RawEvent]:
    held = record.get("events")
    for event in held if isinstance(held, list) else ():
        if isinstance(event, dict):
            attributes = event.get("attributes")
            time_ns = instant(event, "timestamp", latest_ns) or start_ns
            yield RawEvent(text_of(event, "name"), time_ns, attributes if isinstance(attributes, dict) else {})
