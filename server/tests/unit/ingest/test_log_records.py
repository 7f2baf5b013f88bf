"""Log records of every kind become rows beside the spans, spans of their own, or nothing."""

import json

import orjson
import pytest

from threadline_server.ingest.decode import otlp_logs
from threadline_server.ingest.normalise.log_record import in_order, normalise_log
from threadline_server.model import Drop, RawLog, Span, Usage

TIME_NS = 1_763_893_800_000_000_000
NOW_NS = TIME_NS + 3_600 * 10**9
TRACE, SPAN = "1" * 32, "2" * 16
MODEL_CALL = "gen_ai.client.inference.operation.details"


def record(name="", *, trace=TRACE, span=SPAN, body=None, **attributes):
    given = {key.replace("__", "."): value for key, value in attributes.items()}
    return RawLog(trace, span, TIME_NS, name, body, given)


def agent(name, *, body=None, **attributes):
    return record("event otel/src/x.rs:1", trace="", span="", body=body, **{"event__name": name, **attributes})


def kept(raw):
    row = normalise_log(raw)
    assert isinstance(row, Span)
    return row


def said(row):
    return [orjson.loads(text or b"[]") for text in (row.input_messages, row.output_messages)]


def text(role, words, **more):
    return {"role": role, "content": [{"type": "text", "text": words}], **more}


def test_a_record_of_a_trace_is_a_row_of_kind_log_under_its_span():
    row = kept(record("something", user__id="u", session__id="s", gen_ai__usage__input_tokens=7, error__type="E"))

    assert (row.kind, row.trace_id, row.parent_id, row.start_ns, row.end_ns) == ("log", TRACE, SPAN, TIME_NS, TIME_NS)
    assert (row.session_id, row.user_id, row.name) == ("s", "u", "something")
    assert (row.usage, row.cost_usd, row.error, row.status) == (None, None, None, "")


def test_what_a_record_says_beside_its_attributes_is_kept():
    row = kept(RawLog(TRACE, SPAN, TIME_NS, "", "disk is full", {"path": "/"}, "WARN"))

    assert json.loads(row.attributes) == {"path": "/"}
    assert json.loads(row.events) == [
        {"name": "", "timeNs": TIME_NS, "attributes": {"severity": "WARN", "body": "disk is full"}}
    ]


@pytest.mark.parametrize(
    ("raw", "asked", "answered"),
    [
        (record("gen_ai.user.message", body={"content": "Hi"}), [text("user", "Hi")], []),
        (record("", event__name="gen_ai.user.message", body='{"content": "Hi"}'), [text("user", "Hi")], []),
        (record("gen_ai.user.message", body="Hi"), [text("user", "Hi")], []),
        (record("gen_ai.user.message", gen_ai__event__content='{"content": "Hi"}'), [text("user", "Hi")], []),
        (record("gen_ai.system.message", body={"content": "Be kind."}), [text("system", "Be kind.")], []),
        (record("gen_ai.assistant.message", body={"content": "Yes."}), [text("assistant", "Yes.")], []),
        (
            record("gen_ai.tool.message", body={"id": "c-1", "content": "18C"}),
            [text("tool", "18C", toolCallId="c-1")],
            [],
        ),
        (
            record("gen_ai.tool.message", body={"tool_call_id": "c-1", "content": "18C"}),
            [text("tool", "18C", toolCallId="c-1")],
            [],
        ),
        (
            record("gen_ai.choice", body={"index": 0, "message": {"role": "assistant", "content": "Hello"}}),
            [],
            [text("assistant", "Hello")],
        ),
        (record("gen_ai.choice", body={"message": {"content": "Hello"}}), [], [text("assistant", "Hello")]),
        (record("gen_ai.choice", body="Hello"), [], [text("assistant", "Hello")]),
        (
            record(
                MODEL_CALL,
                gen_ai__input__messages=[{"role": "user", "parts": [{"type": "text", "content": "Hi"}], "name": None}],
                gen_ai__output__messages='[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]',
            ),
            [text("user", "Hi")],
            [text("assistant", "Hello")],
        ),
        (
            record(
                MODEL_CALL,
                body={"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]},
            ),
            [text("user", "Hi")],
            [],
        ),
    ],
)
def test_messages_are_read_from_body_and_attributes(raw, asked, answered):
    row = kept(raw)
    assert (said(row), row.kind) == ([asked, answered], "log")


def test_only_the_users_words_are_a_preview_of_what_was_asked():
    previews = {
        word: kept(record(f"gen_ai.{word}.message", body={"content": word})).input_text
        for word in ("system", "user", "assistant", "tool")
    }
    assert previews == {"system": "", "user": "user", "assistant": "", "tool": ""}


def test_the_same_record_has_the_same_id_whatever_stands_around_it():
    first = kept(RawLog(TRACE, SPAN, TIME_NS, "e", {"a": 1, "b": 2}, {"x": 1, "y": 2}, resource={"service.name": "a"}))
    again = kept(RawLog(TRACE, SPAN, TIME_NS, "e", {"b": 2, "a": 1}, {"y": 2, "x": 1}, resource={"collector": "b"}))
    other = kept(RawLog(TRACE, SPAN, TIME_NS, "e", {"a": 1, "b": 3}, {"x": 1, "y": 2}))

    assert first.span_id == again.span_id != other.span_id


def test_a_record_of_no_trace_and_no_session_that_tells_of_no_call_is_left_out():
    apart = [
        record("", trace="", span="", body="listening on port 80"),
        record("gen_ai.user.message", trace="", span="", body={"content": "whose?"}),
    ]
    assert [normalise_log(raw) for raw in apart] == [None, None]


def test_records_of_a_session_without_a_trace_share_a_trace():
    rows = [kept(record(name, trace="", span="", session__id=session)) for name, session in ("as", "bs", "at")]

    assert rows[0].trace_id == rows[1].trace_id != rows[2].trace_id
    assert [(row.kind, len(row.trace_id)) for row in rows] == [("log", 32)] * 3


def test_a_whole_model_call_without_a_trace_is_a_generation_in_a_trace_of_its_own():
    told = {
        "gen_ai__request__model": "gpt-4o", "gen_ai__usage__input_tokens": 7, "gen_ai__usage__output_tokens": 2,
    }  # fmt: skip
    rows = [kept(record(MODEL_CALL, trace="", span="", gen_ai__response__id=id_, **told)) for id_ in ("r-1", "r-2")]

    assert [(row.kind, row.model, row.usage) for row in rows] == [("generation", "gpt-4o", Usage(7, 2, total=9))] * 2
    assert rows[0].trace_id != rows[1].trace_id


def test_a_session_id_that_is_too_long_is_refused():
    assert normalise_log(record("e", session__id="x" * 513)) == Drop(
        -1, "invalid_session_id", "the session id is longer than 512 characters"
    )
    assert isinstance(normalise_log(agent("codex.user_prompt", conversation__id="x" * 513)), Drop)


def test_records_of_one_moment_keep_the_order_in_which_they_were_sent():
    rows = [kept(record("gen_ai.user.message", body={"content": words})) for words in ("c", "a", "b", "a")]
    later = kept(record("gen_ai.user.message", span="3" * 16, body={"content": "another span's"}))

    assert [row.start_ns - TIME_NS for row in in_order([*rows, later])] == [0, 1, 2, 1, 0]
    assert [row.end_ns - row.start_ns for row in in_order(rows)] == [0] * 4


def test_codex_tells_prompts_calls_and_tools_in_one_trace_for_a_conversation():
    common = {"conversation__id": "c", "model": "gpt-5-mini"}
    rows = [
        kept(agent("codex.user_prompt", prompt="Hi", **common)),
        kept(
            agent(
                "codex.sse_event",
                event__kind="response.completed",
                input_token_count="120",
                output_token_count=17,
                cached_token_count="64",
                reasoning_token_count="5",
                ttft_ms="4",
                **common,
            )
        ),
        kept(
            agent(
                "codex.tool_result",
                tool_name="shell",
                call_id="c-1",
                arguments='{"command": "ls"}',
                output="a b",
                success="true",
                duration_ms="12",
                **common,
            )
        ),
        kept(agent("codex.api_request", attempt="1", **{"error.message": "overloaded"}, **common)),
    ]

    assert [(row.kind, row.name, row.session_id) for row in rows] == [
        ("log", "codex.user_prompt", "c"),
        ("generation", "codex.sse_event", "c"),
        ("tool", "shell", "c"),
        ("generation", "codex.api_request", "c"),
    ]
    assert len({row.trace_id for row in rows}) == 1
    assert said(rows[0]) == [[text("user", "Hi")], []]
    assert rows[1].usage == Usage(120, 17, 64, 0, 5, 137)
    assert (rows[1].model, rows[1].time_to_first_token_ms) == ("gpt-5-mini", 4)
    assert (rows[2].input, rows[2].output, rows[2].response_id) == (b'{"command": "ls"}', b'"a b"', "c-1")
    assert rows[2].end_ns - rows[2].start_ns == 12_000_000
    assert (rows[3].status, rows[3].error.message, rows[3].usage) == ("error", "overloaded", None)


def test_chunks_of_codex_streams_are_left_out():
    chunk = agent("codex.sse_event", event__kind="response.output_text.delta", conversation__id="c")
    assert normalise_log(chunk) is None


def test_claude_code_tells_a_turn_for_each_prompt():
    common = {"session__id": "s", "prompt__id": "p-1", "user__id": "u"}
    rows = [
        kept(agent("user_prompt", body="claude_code.user_prompt", prompt="Fix it", **common)),
        kept(
            agent(
                "api_request",
                body="claude_code.api_request",
                model="claude-sonnet-4-5",
                cost_usd="0.0123",
                duration_ms=500,
                input_tokens="10",
                output_tokens="20",
                cache_read_tokens="100",
                cache_creation_tokens="30",
                **common,
            )
        ),
        kept(
            agent(
                "tool_result",
                body="claude_code.tool_result",
                tool_name="Bash",
                success="false",
                error="no such file",
                duration_ms="7",
                tool_parameters='{"command": "ls"}',
                **common,
            )
        ),
        kept(agent("assistant_response", body="claude_code.assistant_response", response="Done.", **common)),
        kept(agent("api_error", body="claude_code.api_error", error="Overloaded", status_code="529", **common)),
        kept(
            agent("user_prompt", body="claude_code.user_prompt", prompt="<REDACTED>", **{**common, "prompt__id": "p-2"})
        ),
    ]

    assert [(row.kind, row.name) for row in rows] == [
        ("log", "claude_code.user_prompt"),
        ("generation", "claude_code.api_request"),
        ("tool", "Bash"),
        ("log", "claude_code.assistant_response"),
        ("generation", "claude_code.api_error"),
        ("log", "claude_code.user_prompt"),
    ]
    assert [row.trace_id == rows[0].trace_id for row in rows] == [True] * 5 + [False]
    assert {(row.session_id, row.user_id) for row in rows} == {("s", "u")}
    assert rows[1].usage == Usage(140, 20, 100, 30, 0, 160)
    assert (str(rows[1].cost_usd), rows[1].end_ns - rows[1].start_ns) == ("0.012300000000", 500_000_000)
    assert (rows[2].error.message, rows[2].input) == ("no such file", b'{"command": "ls"}')
    assert (said(rows[3]), said(rows[5])) == ([[], [text("assistant", "Done.")]], [[], []])
    assert rows[4].error.message == "Overloaded"


def test_notes_of_claude_code_outside_any_prompt_make_no_turn():
    note = agent("plugin_loaded", body="claude_code.plugin_loaded", session__id="s")
    assert normalise_log(note) is None


def test_gemini_cli_tells_a_turn_for_each_prompt_and_a_response_once():
    common = {"session__id": "s", "prompt_id": "s########0"}
    response = {
        "model": "gemini-2.5-pro", "duration_ms": 900, "input_token_count": 100, "output_token_count": 10,
        "cached_content_token_count": 40, "thoughts_token_count": 5, "tool_token_count": 0, "total_token_count": 115,
    }  # fmt: skip
    rows = [
        kept(agent("gemini_cli.user_prompt", prompt="Hi", **common)),
        kept(agent("gemini_cli.api_response", response_text="Hello", **response, **common)),
        kept(agent("gemini_cli.tool_call", function_name="ls", function_args='{"path": "."}', success=True, **common)),
    ]
    again = RawLog("", "", TIME_NS, MODEL_CALL, None, {"session.id": "s"}, scope="gemini-cli")

    assert [(row.kind, row.trace_id == rows[0].trace_id) for row in rows] == [
        ("log", True), ("generation", True), ("tool", True),
    ]  # fmt: skip
    assert rows[1].usage == Usage(100, 15, 40, 0, 5, 115)
    assert (said(rows[1]), rows[2].name) == ([[], [text("assistant", "Hello")]], "ls")
    assert normalise_log(again) is None


def test_gemini_clis_answer_is_read_out_of_the_apis_responses_and_its_pieces_joined():
    def piece(*parts):
        return {"candidates": [{"content": {"role": "model", "parts": list(parts)}}]}

    call = {"functionCall": {"name": "ls", "args": {"path": "."}, "id": "c-1"}}
    told = orjson.dumps([piece({"text": "Let me "}), piece({"text": "look."}, call), {"candidates": []}, {}]).decode()

    row = kept(agent("gemini_cli.api_response", response_text=told, session__id="s", prompt_id="p"))

    called = {"toolCalls": [{"id": "c-1", "name": "ls", "arguments": {"path": "."}}]}
    assert said(row) == [[], [text("assistant", "Let me look.", **called)]]


def test_gemini_clis_records_make_their_turn_whatever_trace_they_name():
    common = {"session__id": "s", "prompt_id": "p"}
    asked = kept(agent("gemini_cli.user_prompt", prompt="Hi", **common))
    failed = kept(record("", event__name="gemini_cli.api_error", error="refused", **common))

    assert (failed.trace_id, failed.parent_id, failed.kind) == (asked.trace_id, "", "generation")
    assert (failed.error.message, failed.session_id) == ("refused", "s")


def test_codex_records_make_their_conversation_whatever_trace_they_name():
    told = {"conversation__id": "c", "input_token_count": "9"}
    alone = kept(agent("codex.sse_event", **told))
    named = kept(record("", event__name="codex.sse_event", **told))

    assert (named.trace_id, named.parent_id, named.usage) == (alone.trace_id, "", alone.usage)


def test_an_agents_record_of_a_real_trace_stands_beside_its_spans_and_counts_nothing():
    told = {"session__id": "s", "prompt__id": "p", "input_tokens": "9"}
    row = kept(record("", body="claude_code.api_request", event__name="api_request", **told))
    assert (row.kind, row.trace_id, row.parent_id, row.usage) == ("log", TRACE, SPAN, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"traceId": "12"}, "invalid_trace_id"),
        ({"traceId": TRACE, "spanId": "12"}, "invalid_span_id"),
        ({"timeUnixNano": "0"}, "time_missing"),
        ({"timeUnixNano": str(TIME_NS // 1000)}, "time_unit"),
        ({"timeUnixNano": str(NOW_NS + 3 * 86_400 * 10**9)}, "time_out_of_range"),
        ({"attributes": 7}, "malformed"),
        (7, "malformed"),
    ],
)
def test_a_bad_record_among_good_ones_is_refused_alone(fields, reason):
    good = {"timeUnixNano": str(TIME_NS)}
    bad = {**good, **fields} if isinstance(fields, dict) else fields
    logs, drops, received = otlp_logs.decode_json(_request(good, bad, good), now_ns=NOW_NS)

    assert (len(logs), received) == (2, 3)
    assert [(drop.index, drop.reason) for drop in drops] == [(1, reason)]


def test_ids_of_zeros_are_none_and_the_time_of_observation_stands_in():
    observed = {"observedTimeUnixNano": str(TIME_NS), "traceId": "0" * 32, "spanId": SPAN, "severityNumber": 13}
    logs, drops, _ = otlp_logs.decode_json(_request(observed), now_ns=NOW_NS)

    assert drops == []
    assert [(log.trace_id, log.span_id, log.time_ns, log.severity) for log in logs] == [("", "", TIME_NS, "WARN")]


def _request(*records):
    return orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})
