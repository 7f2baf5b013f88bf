import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from server.tests.unit.ingest.spans import NOW_NS, PARENT_ID, SPAN_ID, TRACE_ID, body_of, put, request_of
from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import otlp_protobuf
from threadline_server.model import Drop, RawEvent, RawSpan


def decode(body):
    return otlp_protobuf.decode(body, now_ns=NOW_NS)


def reasons(*changes):
    return [drop.reason for drop in decode(body_of(*changes))[1]]


def test_a_span_keeps_all_that_it_carries():
    request = request_of()
    resource_spans = request.resource_spans[0]
    put(resource_spans.resource.attributes, "service.name", "shop")
    scope_spans = resource_spans.scope_spans[0]
    scope_spans.scope.name, scope_spans.scope.version = "library", "1.2"
    span = scope_spans.spans[0]
    span.parent_span_id, span.kind = bytes.fromhex(PARENT_ID), 3
    span.status.code, span.status.message = Status.STATUS_CODE_ERROR, "no luck"
    for key, value in {"text": "ä", "empty": "", "whole": 3, "real": 0.5, "yes": True, "raw": b"\x00\xff", "none": None,
                       "list": ["a", 1, [2]], "map": {"k": {"l": False}}}.items():  # fmt: skip
        put(span.attributes, key, value)
    event = span.events.add(name="exception", time_unix_nano=NOW_NS + 5)
    put(event.attributes, "exception.type", "ValueError")
    link = span.links.add(trace_id=bytes.fromhex(TRACE_ID), span_id=bytes.fromhex(PARENT_ID))
    put(link.attributes, "why", "because")
    assert decode(request.SerializeToString()) == (
        [
            RawSpan(
                TRACE_ID,
                SPAN_ID,
                PARENT_ID,
                "step",
                NOW_NS,
                NOW_NS + 1_000_000,
                {"text": "ä", "empty": "", "whole": 3, "real": 0.5, "yes": True, "raw": "AP8=", "none": None,
                 "list": ["a", 1, [2]], "map": {"k": {"l": False}}},
                "error",
                "no luck",
                (RawEvent("exception", NOW_NS + 5, {"exception.type": "ValueError"}),),
                ({"traceId": TRACE_ID, "spanId": PARENT_ID, "attributes": {"why": "because"}},),
                {"service.name": "shop"},
                "library",
                "1.2",
                "client",
            )
        ],
        [],
        1,
    )  # fmt: skip


def test_nothing_is_a_request_without_spans():
    assert decode(b"") == ([], [], 0)


@pytest.mark.parametrize("body", [b"{}", b"\xff" * 40, body_of()[:-3], b"\x0a" * 100_001])
def test_what_is_no_request_is_refused_as_a_whole(body):
    with pytest.raises(BadRequest, match="cannot read the body: it is not a protobuf ExportTraceServiceRequest"):
        decode(body)


def test_an_attribute_nested_deeper_than_protobuf_reads_is_refused():
    value = "x"
    for _ in range(60):
        value = [value]
    with pytest.raises(BadRequest):
        decode(body_of({"attributes": {"deep": value}}))


def test_a_deep_tool_result_is_read():
    value = "x"
    for _ in range(45):
        value = [value]
    assert decode(body_of({"attributes": {"deep": value}}))[0][0].attributes == {"deep": value}


def test_one_bad_span_among_good_ones_costs_only_itself():
    spans, drops, received = decode(body_of({"name": "a"}, {"span_id": b"short"}, {"name": "c"}))
    assert [span.name for span in spans] == ["a", "c"]
    assert drops == [Drop(1, "invalid_span_id", "the span id is not 16 hexadecimal digits")]
    assert received == 3


@pytest.mark.parametrize(
    ("change", "drop"),
    [
        ({"trace_id": b""}, Drop(0, "invalid_trace_id", "the trace id is missing")),
        ({"trace_id": b"1234"}, Drop(0, "invalid_trace_id", "the trace id is not 32 hexadecimal digits")),
        ({"trace_id": bytes(16)}, Drop(0, "invalid_trace_id", "the trace id is all zeros")),
        ({"span_id": b""}, Drop(0, "invalid_span_id", "the span id is missing")),
        ({"span_id": bytes(8)}, Drop(0, "invalid_span_id", "the span id is all zeros")),
        ({"parent_span_id": b"1"}, Drop(0, "invalid_parent_id", "the parent span id is not 16 hexadecimal digits")),
        ({"start_time_unix_nano": 0}, Drop(0, "time_missing", "the start time is missing")),
    ],
)
def test_a_refusal_names_what_is_wrong_and_no_value(change, drop):
    assert decode(body_of(change)) == ([], [drop], 1)


@pytest.mark.parametrize(
    ("time_ns", "reason", "message"),
    [
        (NOW_NS // 1_000, "time_unit", "the start time is in microseconds; OTLP times are nanoseconds"),
        (NOW_NS // 1_000_000, "time_unit", "the start time is in milliseconds; OTLP times are nanoseconds"),
        (NOW_NS // 1_000_000_000, "time_unit", "the start time is in seconds; OTLP times are nanoseconds"),
        (1, "time_out_of_range", "the start time is before the year 2000"),
        (NOW_NS + 3 * 86_400 * 10**9, "time_out_of_range", "the start time is more than 2 days in the future"),
        (2**64 - 1, "time_out_of_range", "the start time is more than 2 days in the future"),
    ],
)
def test_times_that_cannot_be_true_are_refused_with_the_likely_cause(time_ns, reason, message):
    change = {"start_time_unix_nano": time_ns, "end_time_unix_nano": 0}
    assert decode(body_of(change)) == ([], [Drop(0, reason, message)], 1)


def test_an_end_in_another_unit_is_refused_too():
    assert reasons({"end_time_unix_nano": NOW_NS // 1_000_000}) == ["time_unit"]


def test_a_clock_up_to_two_days_ahead_is_believed():
    ahead = NOW_NS + 2 * 86_400 * 10**9
    assert reasons({"start_time_unix_nano": ahead, "end_time_unix_nano": ahead}) == []


def test_a_span_without_an_end_is_running():
    assert decode(body_of({"end_time_unix_nano": 0}))[0][0].end_ns == 0


def test_a_span_that_ends_before_it_starts_keeps_no_duration_and_says_so():
    span = decode(body_of({"end_time_unix_nano": NOW_NS - 1, "attributes": {"a": 1}}))[0][0]
    assert (span.end_ns, span.attributes) == (
        NOW_NS,
        {"a": 1, "threadline.dropped_fields": ["end time: before the start time"]},
    )


def test_a_parent_of_zeros_is_none():
    assert decode(body_of({"parent_span_id": bytes(8)}))[0][0].parent_id == ""


def test_of_an_attribute_that_comes_twice_the_last_stands():
    request = request_of()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    put(span.attributes, "session.id", "first")
    put(span.attributes, "session.id", "second")
    assert decode(request.SerializeToString())[0][0].attributes == {"session.id": "second"}


def test_unknown_kinds_and_statuses_are_none():
    span = decode(body_of({"kind": 77, "status": Status(code=9)}))[0][0]
    assert (span.span_kind, span.status) == ("", "")


def test_a_text_that_is_not_utf8_costs_neither_the_batch_nor_its_neighbours():
    body = body_of({"name": "abcdef", "attributes": {"kept": "äö", "broken": "uvwxyz"}}, {"name": "next"})
    broken = body.replace(b"abcdef", b"ab\xff\xfeef").replace(b"uvwxyz", b"\xc3(xyz\xf0")
    spans, drops, _ = decode(broken)
    assert [span.name for span in spans] == ["ab\ufffd\ufffdef", "next"]
    assert spans[0].attributes == {"kept": "äö", "broken": "\ufffd(xyz\ufffd"}
    assert drops == []


def test_nul_and_control_characters_come_through():
    assert decode(body_of({"name": "a\0b\x1f\u202e"}))[0][0].name == "a\0b\x1f\u202e"
