import json

import pytest
from google.protobuf import json_format

from sdk.tests.stub_server import as_protobuf
from threadline import _otlp
from threadline._otlp import encode_resource, encode_span, join_request, rejected
from threadline._version import __version__
from threadline.testing import ErrorRecord, SpanRecord

RECORD = SpanRecord(
    trace_id="0af7651916cd43dd8448eb211c80319c",
    span_id="b7ad6b7169203331",
    parent_id="00f067aa0ba902b7",
    name="generate-response",
    start_ns=1_763_893_800_000_000_000,
    end_ns=1_763_893_802_000_000_001,
    attributes={
        "threadline.span.kind": "generation",
        "threadline.tags": ["é", "b"],
        "gen_ai.usage.input_tokens": 2**62,
        "threadline.cost_usd": 0.000875,
        "is_test": True,
    },
    error=ErrorRecord("RateLimitError", "slow down", "Traceback ...", at_ns=1_763_893_802_000_000_001),
)


def request(*records: SpanRecord) -> dict:
    body = join_request(encode_resource({"service.name": "shop"}), [encode_span(record) for record in records])
    return json.loads(body)


def test_a_request_has_the_shape_of_otlp():
    assert request(RECORD) == {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
                "scopeSpans": [
                    {
                        "scope": {"name": "threadline", "version": __version__},
                        "spans": [
                            {
                                "traceId": "0af7651916cd43dd8448eb211c80319c",
                                "spanId": "b7ad6b7169203331",
                                "parentSpanId": "00f067aa0ba902b7",
                                "name": "generate-response",
                                "kind": 3,
                                "startTimeUnixNano": "1763893800000000000",
                                "endTimeUnixNano": "1763893802000000001",
                                "attributes": [
                                    {"key": "threadline.span.kind", "value": {"stringValue": "generation"}},
                                    {
                                        "key": "threadline.tags",
                                        "value": {
                                            "arrayValue": {"values": [{"stringValue": "é"}, {"stringValue": "b"}]}
                                        },
                                    },
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "4611686018427387904"}},
                                    {"key": "threadline.cost_usd", "value": {"doubleValue": 0.000875}},
                                    {"key": "is_test", "value": {"boolValue": True}},
                                ],
                                "events": [
                                    {
                                        "timeUnixNano": "1763893802000000001",
                                        "name": "exception",
                                        "attributes": [
                                            {"key": "exception.type", "value": {"stringValue": "RateLimitError"}},
                                            {"key": "exception.message", "value": {"stringValue": "slow down"}},
                                            {"key": "exception.stacktrace", "value": {"stringValue": "Traceback ..."}},
                                        ],
                                    }
                                ],
                                "status": {"code": 2, "message": "slow down"},
                            }
                        ],
                    }
                ],
            }
        ]
    }


def test_the_official_schema_reads_a_request_back():
    sent = request(RECORD, RECORD._replace(parent_id=None, error=None))
    message = as_protobuf(json.loads(json.dumps(sent)))
    first, second = message.resource_spans[0].scope_spans[0].spans
    assert (first.trace_id.hex(), first.span_id.hex(), first.parent_span_id.hex()) == (
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
        "00f067aa0ba902b7",
    )
    assert (first.end_time_unix_nano, first.status.code, first.events[0].name) == (RECORD.end_ns, 2, "exception")
    assert (second.parent_span_id, second.status.code, len(second.events)) == (b"", 0, 0)
    expected = as_protobuf(sent)
    assert json_format.MessageToDict(message) == json_format.MessageToDict(expected)


def test_an_error_without_a_stack_sends_none():
    (span,) = request(RECORD._replace(error=ErrorRecord("Error", "no", "", 1)))["resourceSpans"][0]["scopeSpans"][0][
        "spans"
    ]
    assert [attribute["key"] for attribute in span["events"][0]["attributes"]] == [
        "exception.type",
        "exception.message",
    ]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b'{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}', (3, "too old")),
        (b'{"partialSuccess":{"rejectedSpans":3}}', (3, "")),
        (b'{"partialSuccess":{}}', (0, "")),
        (b'{"partialSuccess":{"rejectedSpans":"many"}}', (0, "")),
        (b'{"partialSuccess":{"rejectedSpans":1e999}}', (0, "")),
        (b'{"partialSuccess":[]}', (0, "")),
        (b"{}", (0, "")),
        (b"[1]", (0, "")),
        (b"", (0, "")),
        (b"\xff", (0, "")),
        (b"[" * 60_000, (0, "")),
    ],
    ids=range(11),
)
def test_the_number_of_rejected_is_read_from_any_answer(answer, expected):
    assert rejected(answer) == expected


def test_where_json_has_no_part_in_c_the_text_is_the_same(monkeypatch):
    value = {"key": 'naïve \u2028 "quoted"', "list": [1, 2.5, True, None]}
    in_c = _otlp._make_dump()(value)
    monkeypatch.setattr(_otlp.json.encoder, "c_make_encoder", None)
    assert _otlp._make_dump()(value) == in_c
