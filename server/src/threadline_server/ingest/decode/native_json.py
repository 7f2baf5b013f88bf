"""The plain JSON of ``POST /observability/traces``: one trace object or ``{"traces": [...]}`` -> raw spans in our own words.

A trace object becomes the root span of its trace, each observation a span below its ``parentId`` (or
``parentObservationId``), or below the root. Ids are the caller's own; the same ids again are the same spans again, so a
later version of a trace replaces the earlier one. A trace without an id gets a new one, an observation without an id the
one of its place in the trace, so that the same trace sent again does not grow.

A trace starts at its ``startTime``, else with its earliest observation, else at its ``endTime``, else on arrival: only the
last of these is not the same when it is sent again, so whoever may repeat a request should name a time. Without ``endTime``
it is running. An observation without times has its trace's; one with a start only is running, but for an event.

A trace object comes as a whole or not at all: what is wrong with one of its observations refuses it, and says which.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any, Final

from threadline_server.errors import BadRequest
from threadline_server.ingest import reasons
from threadline_server.ingest.decode import Decoded, pieces, validity
from threadline_server.ingest.decode.json_body import parse
from threadline_server.ingest.decode.json_pieces import json_format
from threadline_server.ingest.decode.native_fields import Refused, identifier, moment, raw_fields
from threadline_server.ingest.decode.pieces import Piece
from threadline_server.model import Drop, RawSpan

_SCOPE: Final = "observability/traces"
_FORMAT: Final = json_format(("traces",))
_SHAPE: Final = 'Send one trace, {"id", "name", "sessionId", ...}, or {"traces": [...]}.'


def decode(body: bytes, *, now_ns: int | None = None) -> Decoded:
    """The spans of the trace objects; ``now_ns`` is the arrival. What is counted, and indexed by a ``Drop``, are traces."""
    arrival_ns = time.time_ns() if now_ns is None else now_ns
    traces = _traces(parse(body))
    spans: list[RawSpan] = []
    drops: list[Drop] = []
    for index, trace in enumerate(traces):
        try:
            spans += _spans(trace, arrival_ns)
        except Refused as refusal:
            drops.append(Drop(index, refusal.reason, str(refusal)))
    return spans, drops, len(traces)


def cut(body: bytes) -> list[Piece]:
    """The pieces of a large body."""
    return pieces.cut(body, _FORMAT)


def _traces(value: Any) -> list[Any]:
    if not isinstance(value, dict):
        raise BadRequest('cannot read the body: it is neither a trace object nor {"traces": [...]}', hint=_SHAPE)
    if "traces" not in value:
        return [value]
    if not isinstance(value["traces"], list):
        raise BadRequest('cannot read the body: "traces" is not an array', hint=_SHAPE)
    return value["traces"]


def _spans(trace: Any, arrival_ns: int) -> list[RawSpan]:
    if not isinstance(trace, dict) or not trace:
        raise Refused(reasons.MALFORMED, "the trace is not an object with fields")
    observations = trace.get("observations")
    observations = [] if observations is None else observations
    if not isinstance(observations, list):
        raise Refused(reasons.MALFORMED, "observations is not an array")
    trace_id = identifier(trace, "id", reasons.TRACE_ID) or uuid.uuid4().hex
    root_id = _derived(trace_id, "root")
    start_ns, end_ns = _trace_times(trace, observations, arrival_ns)
    latest_ns = arrival_ns + validity.FUTURE_NS
    own = {key: value for key, value in trace.items() if key != "observations"}
    spans = [_span(own, trace_id, root_id, "", (start_ns, end_ns), latest_ns)]
    known = {item["id"] for item in observations if isinstance(item, dict) and isinstance(item.get("id"), str)}
    for position, observation in enumerate(observations):
        try:
            spans.append(_observation(observation, position, spans[0], known, latest_ns))
        except Refused as refusal:
            raise Refused(refusal.reason, f"observations[{position}]: {refusal}") from refusal
    return spans


def _trace_times(trace: dict[str, Any], observations: list[Any], arrival_ns: int) -> tuple[int, int]:
    end_ns = moment(trace, "endTime")
    start_ns = moment(trace, "startTime")
    if start_ns is None:
        begun = [moment(item, "startTime") for item in observations if isinstance(item, dict)]
        start_ns = min(filter(None, begun), default=arrival_ns if end_ns is None else end_ns)
    return start_ns, end_ns or 0


def _observation(value: Any, position: int, root: RawSpan, known: set[str], latest_ns: int) -> RawSpan:
    if not isinstance(value, dict):
        raise Refused(reasons.MALFORMED, "it is not an object")
    span_id = identifier(value, "id", reasons.SPAN_ID) or _derived(root.trace_id, str(position))
    parent = "parentId" if value.get("parentId") is not None else "parentObservationId"
    parent_id = identifier(value, parent, reasons.PARENT_ID) or root.span_id
    if parent_id == root.trace_id and parent_id not in known:
        parent_id = root.span_id
    start_ns, end_ns = moment(value, "startTime"), moment(value, "endTime")
    if start_ns is None:
        start_ns, end_ns = (root.start_ns, root.end_ns) if end_ns is None else (end_ns, end_ns)
    elif end_ns is None and value.get("kind") == "event":
        end_ns = start_ns
    return _span(value, root.trace_id, span_id, parent_id, (start_ns, end_ns or 0), latest_ns)


def _span(
    value: dict[str, Any], trace_id: str, span_id: str, parent_id: str, times: tuple[int, int], latest_ns: int
) -> RawSpan:
    start_ns, end_ns = times
    fault = validity.time_fault(0, start_ns, end_ns, latest_ns)
    if fault is not None:
        raise Refused(fault.reason, fault.message)
    fields = raw_fields(value, is_root=not parent_id)
    end_ns = validity.mended_end(start_ns, end_ns, fields.attributes)
    return RawSpan(
        trace_id,
        span_id,
        parent_id,
        fields.name,
        start_ns,
        end_ns,
        fields.attributes,
        fields.status,
        fields.status_message,
        fields.events(end_ns or start_ns),
        scope=_SCOPE,
    )


def _derived(trace_id: str, place: str) -> str:
    """A span id that is the same whenever the same trace comes again."""
    return hashlib.blake2b(f"{place}\0{trace_id}".encode(), digest_size=8).hexdigest()
