"""What cannot be taken is refused with the status, the encoding and the words that its sender understands."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from functools import cache

import orjson
import pytest
from google.rpc.status_pb2 import Status

from threadline_server.settings import MIB

from . import otlp
from .running import Caller, Server

NATIVE = "/observability/traces"
TRACE = orjson.dumps(
    {"id": "t", "name": "turn", "startTime": "2025-11-23T10:30:00Z", "endTime": "2025-11-23T10:30:01Z"}
)
WAYS = {
    "OTLP protobuf": (otlp.PATH, otlp.PROTOBUF, otlp.body(otlp.PROTOBUF, otlp.span(1))),
    "OTLP JSON": (otlp.PATH, otlp.JSON, otlp.body(otlp.JSON, otlp.span(1))),
    "OTLP logs protobuf": ("/v1/logs", otlp.PROTOBUF, otlp.logs_body(otlp.PROTOBUF, otlp.log(1, session__id="s"))),
    "OTLP logs JSON": ("/v1/logs", otlp.JSON, otlp.logs_body(otlp.JSON, otlp.log(1, session__id="s"))),
    "OTLP metrics protobuf": ("/v1/metrics", otlp.PROTOBUF, otlp.metrics_body(otlp.PROTOBUF)),
    "OTLP metrics JSON": ("/v1/metrics", otlp.JSON, otlp.metrics_body(otlp.JSON)),
    "plain JSON": (NATIVE, otlp.JSON, TRACE),
}
OTLP = {otlp.PATH: "resourceSpans", "/v1/logs": "resourceLogs", "/v1/metrics": "resourceMetrics"}
every_way = pytest.mark.parametrize("way", WAYS)


def told(way: str, content: bytes) -> tuple[int | str, str]:
    """(code, message) of a refusal in the encoding of the request."""
    path, kind, _ = WAYS[way]
    if kind == otlp.PROTOBUF:
        status = Status.FromString(content)
        return status.code, status.message
    answer = orjson.loads(content)
    answer = answer["error"] if path == NATIVE else answer
    return answer["code"], answer["message"]


@every_way
@pytest.mark.parametrize(
    "body", [b"not at all", b"\xff\xff\xff", b"{", b'{"a":', b"\x0a\xff\xff\xff\x7f", b"[1,2", b"\0" * 100]
)
def test_a_malformed_body_is_400_and_says_what_it_is_not(way: str, body: bytes, caller: Caller) -> None:
    path, kind, _ = WAYS[way]

    answer = caller.post(path, body, kind)

    code, message = told(way, answer.content)
    assert (answer.status_code, answer.headers["content-type"]) == (400, kind)
    assert code == (3 if path != NATIVE else "bad_request")
    assert message.startswith("cannot read the body: ")


@every_way
@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_body_nested_without_end_is_400(way: str, depth: int, caller: Caller) -> None:
    path, kind, _ = WAYS[way]
    field = {"/v1/logs": b"resourceLogs", "/v1/metrics": b"resourceMetrics"}.get(path, b"resourceSpans")
    nested = b"\x0a\x7f" * depth if kind == otlp.PROTOBUF else b'{"' + field + b'":' + b"[" * depth

    assert caller.post(path, nested, kind).status_code == 400


@pytest.mark.parametrize("path", OTLP)
@pytest.mark.parametrize("kind", [otlp.PROTOBUF, otlp.JSON])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_empty_export_is_200(path: str, kind: str, encoding: str, caller: Caller) -> None:
    body = b"" if encoding == "identity" else gzip.compress(b"")

    assert caller.post(path, body, kind, content_encoding=encoding).status_code == 200
    assert caller.post(path, b"{}" if kind == otlp.JSON else b"", kind).status_code == 200


@pytest.mark.parametrize("path", OTLP)
@pytest.mark.parametrize("signal", ["resourceSpans", "resourceLogs", "resourceMetrics"])
def test_the_json_of_another_signal_is_400_and_says_which_it_is(path: str, signal: str, caller: Caller) -> None:
    wanted = OTLP[path]
    answer = caller.post(path, b'{"' + signal.encode() + b'":[]}', otlp.JSON)

    if signal == wanted:
        assert (answer.status_code, answer.json()) == (200, {})
    else:
        message = f"cannot read the body: it holds {signal}, not {wanted}"
        assert (answer.status_code, answer.json()) == (400, {"code": 3, "message": message})


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'"text"', b"null", b'{"traces": 1}'])
def test_plain_json_that_is_no_trace_is_400(body: bytes, caller: Caller) -> None:
    assert caller.post(NATIVE, body).status_code == 400


def test_an_empty_array_of_traces_is_200(caller: Caller) -> None:
    assert caller.post(NATIVE, b'{"traces": []}').json() == {"accepted": 0, "rejected": []}


@every_way
def test_a_gzip_bomb_is_413_and_is_not_inflated(way: str, caller: Caller) -> None:
    path, kind, _ = WAYS[way]
    bomb = _bomb(500 * MIB)

    tracemalloc.start()
    try:
        answer = caller.post(path, bomb, kind, content_encoding="gzip")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (answer.status_code, told(way, answer.content)[0]) == (413, 8 if path != NATIVE else "too_large")
    assert peak < 64 * MIB


@every_way
def test_a_body_over_the_limit_is_413(way: str, caller: Caller) -> None:
    path, kind, _ = WAYS[way]

    assert caller.post(path, b" " * (20 * MIB + 1), kind).status_code == 413


@every_way
def test_a_declared_length_over_the_limit_is_413_before_anything_is_read(way: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]

    assert caller.post(path, body, kind, content_length=str(20 * MIB + 1)).status_code == 413


@pytest.mark.parametrize("path", [*OTLP, NATIVE])
@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "json", "é"]
)
def test_another_content_type_is_415(path: str, kind: str, caller: Caller) -> None:
    answer = caller.request("POST", path, content=TRACE, headers={b"content-type": kind.encode("latin-1")})

    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/json"


def test_plain_json_takes_no_protobuf(caller: Caller) -> None:
    assert caller.post(NATIVE, b"", otlp.PROTOBUF).status_code == 415


@every_way
@pytest.mark.parametrize("suffix", ["; charset=utf-8", ";charset=UTF-8", " ; x=y"])
def test_parameters_of_the_content_type_do_not_matter(way: str, suffix: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]

    assert caller.post(path, body, kind.title() + suffix).status_code == 200


@every_way
@pytest.mark.parametrize("encoding", ["br", "compress", "deflate", "gzip, gzip", "x"])
def test_an_unknown_content_encoding_is_415(way: str, encoding: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]

    assert caller.post(path, body, kind, content_encoding=encoding).status_code == 415


@every_way
def test_broken_gzip_is_400(way: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]
    whole = gzip.compress(body)
    broken = [body, whole[:-1], whole[:12], whole[:-5] + b"\0\0\0\0\0", whole + b"rest", whole + whole[:-9]]

    assert [caller.post(path, sent, kind, content_encoding="gzip").status_code for sent in broken] == [400] * 6


@every_way
def test_gzip_of_several_members_is_read_whole(way: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]
    half = len(body) // 2
    members = gzip.compress(body[:half]) + gzip.compress(b"") + gzip.compress(body[half:])

    answer = caller.post(path, members, kind, content_encoding="GZIP")
    caller.server.fresh()

    counts = caller.read("/observability/ingestion")
    assert answer.status_code == 200
    assert counts["received"] + sum(counts["ignored"].values()) == 1


@every_way
def test_no_key_and_a_wrong_key_are_401(way: str, caller: Caller) -> None:
    path, kind, body = WAYS[way]
    wrong = ["", "Bearer", "Bearer pk_wrong", "Basic cGtfOg==", caller.headers["authorization"] + "x"]

    for authorization in wrong:
        answer = caller.post(path, body, kind, authorization=authorization)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert told(way, answer.content)[0] == (16 if path != NATIVE else "unauthenticated")
    assert caller.server.web.post(path, content=body, headers={"content-type": kind}).status_code == 401


@pytest.mark.parametrize("path", [*OTLP, NATIVE])
def test_who_may_ask_is_decided_before_what_was_sent(path: str, caller: Caller) -> None:
    assert caller.post(path, b"", "text/plain", authorization="Bearer pk_wrong").status_code == 401


@every_way
def test_a_key_without_the_scope_is_403(way: str, server: Server) -> None:
    path, kind, body = WAYS[way]
    reader = server.caller(scopes=["read"])

    answer = reader.post(path, body, kind)

    assert (answer.status_code, told(way, answer.content)[0]) == (403, 7 if path != NATIVE else "forbidden")


READS = [
    "sessions",
    "sessions/s",
    "sessions/s/traces",
    "sessions/s/conversation",
    "sessions/s/metrics",
    "sessions/s/export",
    "traces",
]
READS += ["traces/t", "analytics/sessions", "ingestion"]


@pytest.mark.parametrize("route", READS)
def test_reading_needs_a_key_with_the_read_scope(route: str, server: Server) -> None:
    path, sender = f"/observability/{route}", server.caller(scopes=["ingest"])

    assert sender.get(path).status_code == 403
    assert sender.request("GET", path, headers={"authorization": "Bearer pk_wrong"}).status_code == 401
    assert server.web.get(path).status_code == 401


@pytest.mark.parametrize("route", READS)
def test_another_method_is_405_and_names_those_that_work(route: str, caller: Caller) -> None:
    answer = caller.request("PUT", f"/observability/{route}", content=b"{}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", OTLP)
def test_the_export_routes_of_otlp_take_post_only(path: str, caller: Caller) -> None:
    answers = [caller.request(method, path) for method in ("GET", "PUT", "DELETE", "PATCH")]

    assert [(answer.status_code, answer.headers["allow"]) for answer in answers] == [(405, "POST")] * 4


@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("goals", "name", b'{"name": "\\ud800", "when": {"tag": "x"}}'),
        ("goals", "when", b'{"name": "x", "when": {"metadata": {"k": ["\\udc00"]}}}'),
        ("goals", "when", b'{"name": "x", "when": {"metadata": {"\\udc00": 1}}}'),
        ("scores", "value", b'{"name": "x", "value": "\\ud800", "traceId": "t"}'),
        ("comments", "body", b'{"body": "<b>\\ud800", "traceId": "t"}'),
        ("views", "name", b'{"name": "\\ud800"}'),
    ],
)
def test_half_a_surrogate_pair_in_what_people_say_is_refused_by_the_name_of_its_field(
    path: str, field: str, body: bytes, caller: Caller
) -> None:
    answer = caller.post(f"/observability/{path}", body)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert f"body {field}: holds half a surrogate pair" in answer.json()["error"]["message"]
    assert "<b>" not in answer.text


def test_the_server_is_well_after_all_that(caller: Caller) -> None:
    assert caller.get("/healthz").json() == {"status": "ok"}


@cache
def _bomb(size: int) -> bytes:
    """That many zeros, gzipped without ever holding them."""
    out = io.BytesIO()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(size // MIB):
        out.write(packer.compress(bytes(MIB)))
    out.write(packer.flush())
    return out.getvalue()
