import base64
import json

import pytest
from google.protobuf.json_format import MessageToDict

from server.tests.unit.ingest.spans import NOW_NS, PARENT_ID, SPAN_ID, TRACE_ID, body_of, put, request_of
from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import otlp_json, otlp_protobuf
from threadline_server.model import Drop


def decode(request):
    body = request if isinstance(request, bytes) else json.dumps(request).encode()
    return otlp_json.decode(body, now_ns=NOW_NS)


def span(**changes):
    return {
        "traceId": TRACE_ID,
        "spanId": SPAN_ID,
        "name": "step",
        "startTimeUnixNano": str(NOW_NS),
        "endTimeUnixNano": str(NOW_NS + 1_000_000),
        **changes,
    }


def of(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def as_json(request, **options):
    """A request by protobuf's own JSON mapping, but for the ids, which OTLP writes in hexadecimal."""

    def mended(value):
        if isinstance(value, dict):
            ids = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
            return {k: base64.b64decode(v).hex() if k in ids else mended(v) for k, v in value.items()}
        return [mended(item) for item in value] if isinstance(value, list) else value

    return mended(MessageToDict(request, **options))


def full_request():
    request = request_of({"kind": 2, "parent_span_id": bytes.fromhex(PARENT_ID), "status": {"code": 1}})
    put(request.resource_spans[0].resource.attributes, "service.name", "shop")
    request.resource_spans[0].scope_spans[0].scope.name = "library"
    sent = request.resource_spans[0].scope_spans[0].spans[0]
    for key, value in {"text": "ä", "empty": "", "whole": 3, "real": 0.5, "yes": True, "raw": b"\x00\xff", "none": None,
                       "list": ["a", 1, [2]], "map": {"k": {"l": False}}, "nothing": [], "zero": 0}.items():  # fmt: skip
        put(sent.attributes, key, value)
    put(sent.events.add(name="exception", time_unix_nano=NOW_NS).attributes, "exception.type", "E")
    sent.links.add(trace_id=bytes.fromhex(TRACE_ID), span_id=bytes.fromhex(PARENT_ID))
    return request


@pytest.mark.parametrize("options", [{}, {"preserving_proto_field_name": True}, {"use_integers_for_enums": True}])
def test_json_in_any_of_its_spellings_is_the_same_span_as_protobuf(options):
    request = full_request()
    as_protobuf = otlp_protobuf.decode(request.SerializeToString(), now_ns=NOW_NS)
    assert decode(as_json(request, **options)) == as_protobuf


def test_numbers_may_be_numbers_and_unknown_fields_are_not_read():
    numbers = span(startTimeUnixNano=NOW_NS, endTimeUnixNano=NOW_NS + 1_000_000, flags=256, unheardOf={"a": [1]})
    assert decode(of(numbers)) == decode(of(span()))


def test_an_integer_is_read_from_text_and_from_a_number():
    sent = span(attributes=[{"key": "a", "value": {"intValue": "-7"}}, {"key": "b", "value": {"intValue": 8}}])
    assert decode(of(sent))[0][0].attributes == {"a": -7, "b": 8}


def test_upper_case_ids_are_the_same_ids():
    assert decode(of(span(traceId=TRACE_ID.upper())))[0][0].trace_id == TRACE_ID


@pytest.mark.parametrize("body", [b"", b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": [{}]}'])
def test_nothing_is_a_request_without_spans(body):
    assert decode(body) == ([], [], 0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "cannot read the body: it is not JSON (line 1, column 2)"),
        (b"[]", "cannot read the body: it is not a JSON object"),
        (b'{"resourceSpans": {}}', "cannot read the body: resourceSpans is not an array"),
        (b'{"resourceSpans": [1]}', "cannot read the body: resourceSpans holds something that is not an object"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": 1}]}]}', "cannot read the body: spans is not an array"),
        (b'{"resourceSpans": [{"resource": 1}]}', "cannot read the body: resource is not an object"),
        (b'{"resourceLogs": []}', "cannot read the body: it holds resourceLogs, not resourceSpans"),
        (b"[" * 100_000, "cannot read the body: it is nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "cannot read the body: it holds a number of too many digits"),
        (b"\n{", "cannot read the body: it is not JSON (line 2, column 2)"),
    ],
)
def test_what_is_no_request_is_refused_as_a_whole_and_the_message_says_why(body, message):
    with pytest.raises(BadRequest) as refusal:
        decode(body)
    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("change", "drop"),
    [
        ({"traceId": "xyz"}, Drop(0, "invalid_trace_id", "the trace id is not 32 hexadecimal digits")),
        ({"traceId": "g" * 32}, Drop(0, "invalid_trace_id", "the trace id is not 32 hexadecimal digits")),
        ({"spanId": None}, Drop(0, "invalid_span_id", "the span id is missing")),
        ({"spanId": 5}, Drop(0, "malformed", "spanId is not a text")),
        ({"startTimeUnixNano": "soon"}, Drop(0, "malformed", "startTimeUnixNano is not a whole number")),
        ({"startTimeUnixNano": -5}, Drop(0, "time_out_of_range", "the start time is before the year 2000")),
        ({"attributes": {"a": 1}}, Drop(0, "malformed", "attributes is not an array")),
        ({"attributes": [{"key": "a", "value": "x"}]}, Drop(0, "malformed", "an attribute's value is not an object")),
        ({"status": "bad"}, Drop(0, "malformed", "status is not an object")),
    ],
)
def test_one_bad_span_is_refused_and_its_neighbour_stored(change, drop):
    spans, drops, received = decode(of(span(**change), span()))
    assert (len(spans), drops, received) == (1, [drop], 2)


def test_an_attribute_nested_too_deeply_costs_its_span():
    value = {"stringValue": "x"}
    for _ in range(150):
        value = {"arrayValue": {"values": [value]}}
    drops = decode(of(span(attributes=[{"key": "deep", "value": value}])))[1]
    assert drops == [Drop(0, "malformed", "an attribute's value is nested too deeply")]


def test_what_python_writes_as_json_is_read():
    sent = span(attributes=[{"key": "nan", "value": {"doubleValue": float("nan")}}], name="half \ud83d")
    read = decode(json.dumps(of(sent)).encode())[0][0]
    assert (read.name, repr(read.attributes)) == ("half \ufffd", "{'nan': nan}")


def test_protobuf_that_is_called_json_is_read_all_the_same():
    assert decode(body_of()) == otlp_protobuf.decode(body_of(), now_ns=NOW_NS)
