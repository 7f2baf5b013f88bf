"""What holds for any JSON value, whatever it looks like."""

from __future__ import annotations

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadline_server.messages import last_text, read, read_result, text
from threadline_server.messages.envelopes import find

FIELDS = (
    "action additional_kwargs args arguments audio blocks bytes candidates choices config content contents data document file_id "
    "function functionCall functionResponse function_call generations id image image_url input instructions json kwargs lc "
    "mediaType message messages name output parts reasoning reasoningContent refusal response result role source status summary "
    "system text thought toolCallId toolCalls toolResult toolUse tool_calls type update url value"
)
WORDS = (
    "ai assistant blob constructor developer file function function_call function_call_output human image image_url json "
    "message reasoning system text thinking tool tool-result tool_call tool_call_response tool_result tool_use uri user "
    'web_search_call https://a/b data:image/png;base64,AAAA {"a":1} [{"role":"user","content":"x"}]'
)

numbers = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | st.text(max_size=5) | st.sampled_from(WORDS.split())
fields = st.sampled_from(FIELDS.split()) | st.text(max_size=3)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(fields, inner, max_size=5), max_leaves=25
)
roles = st.sampled_from(["user", "assistant"])


UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@UNTIMED
@given(values, roles)
def test_any_value_becomes_messages_of_the_contract(value, role):
    for message in read(value, role):
        assert isinstance(message["role"], str)
        assert set(message) <= {"role", "content", "toolCalls", "toolCallId", "name"}
        for part in message["content"]:
            assert isinstance(part["text" if part["type"] in ("text", "reasoning") else "type"], str)
        for call in message.get("toolCalls", []):
            assert set(call) == {"id", "name", "arguments"}


@UNTIMED
@given(values, roles)
def test_messages_are_json_and_read_as_themselves(value, role):
    once = msgspec.json.decode(msgspec.json.encode(read(value, role)))

    assert read(once, role) == once
    assert find(once, role) == (once or None)


@UNTIMED
@given(values)
def test_any_value_has_a_text_and_any_tool_gives_back_one_message(value):
    assert isinstance(text(value), str)
    assert isinstance(last_text(read(value, "user"), "user"), str)
    assert read_result(value)["role"] == "tool"


@UNTIMED
@given(st.text())
def test_a_text_that_holds_no_messages_is_said_as_it_is(words):
    assert read(words, "user") == ([{"role": "user", "content": [{"type": "text", "text": words}]}] if words else [])
