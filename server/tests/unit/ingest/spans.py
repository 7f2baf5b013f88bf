"""Short ways to say a span: on the wire, and as a decoder hands it on."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from threadline_server.ingest.normalise import normalise
from threadline_server.model import RawSpan

NOW_NS = 1_795_429_800_000_000_000
"""2026-11-23T10:30:00Z"""
TRACE_ID, SPAN_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"


def put(holder, key, value):
    """Set an ``AnyValue`` field of a key-value pair to a Python value."""
    pair = holder.add(key=key)
    fill(pair.value, value)


def fill(target, value):
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bytes):
        target.bytes_value = value
    elif isinstance(value, list):
        target.array_value.SetInParent()
        for item in value:
            fill(target.array_value.values.add(), item)
    elif isinstance(value, dict):
        target.kvlist_value.SetInParent()
        for key, item in value.items():
            put(target.kvlist_value.values, key, item)


def request_of(*changes):
    """A request with a sound span per dict of changed fields; ``attributes`` is a dict."""
    request = ExportTraceServiceRequest()
    scope_spans = request.resource_spans.add().scope_spans.add()
    for change in changes or ({},):
        fields = {
            "trace_id": bytes.fromhex(TRACE_ID),
            "span_id": bytes.fromhex(SPAN_ID),
            "name": "step",
            "start_time_unix_nano": NOW_NS,
            "end_time_unix_nano": NOW_NS + 1_000_000,
            **change,
        }
        attributes = fields.pop("attributes", {})
        span = scope_spans.spans.add(**fields)
        for key, value in attributes.items():
            put(span.attributes, key, value)
    return request


def body_of(*changes):
    return request_of(*changes).SerializeToString()


def raw(attributes=None, **fields):
    """A sound raw span with these attributes."""
    return RawSpan(
        **{
            "trace_id": TRACE_ID,
            "span_id": SPAN_ID,
            "parent_id": "",
            "name": "step",
            "start_ns": NOW_NS,
            "end_ns": NOW_NS + 1_000_000,
            "attributes": attributes or {},
            **fields,
        }
    )


def normal(attributes=None, **fields):
    """The normalised span of these attributes."""
    return normalise(raw(attributes, **fields))
