"""What a session's turns show, one fact each."""

from __future__ import annotations

import json
from decimal import Decimal

from threadline_server.query.conversation import TurnSpan, TurnTrace, fold


def trace(number=1, **more):
    return TurnTrace(f"t{number}", "chat-turn", number * 10**9, number * 10**9 + 9 * 10**8, **more)


def span(span_id, at, until, *, kind="generation", parent="root", of=1, name="chat", **more):
    """A span of trace ``of`` from ``at`` to ``until``, in tenths of the trace's second; values are written as JSON."""
    for key in ("input", "output", "input_messages", "output_messages"):
        if key in more:
            more[key] = json.dumps(more[key])
    start, end = (of * 10**9 + tenth * 10**8 for tenth in (at, until))
    return TurnSpan(f"t{of}", span_id, parent, kind, name, start, end if until else 0, **more)


def root(given=None, gave=None, **more):
    texts = {key: value for key, value in (("input", given), ("output", gave)) if value is not None}
    return span("root", 0, 9, **{"kind": "agent", "parent": "", **texts, **more})


def said(role, words, span_id, **more):
    return {"role": role, "content": [{"type": "text", "text": words}], **more, "spanId": span_id}


def user(words):
    return {"role": "user", "content": words}


def assistant(words):
    return {"role": "assistant", "content": words}


def system(words):
    return {"role": "system", "content": words}


def calling(identity="c-1", name="lookup_order", arguments='{"id": 1182}'):
    call = {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def tool(words, identity="c-1"):
    return {"role": "tool", "tool_call_id": identity, "content": words}


CALL = {"id": "c-1", "name": "lookup_order", "arguments": {"id": 1182}}


def messages(*spans, traces=None, **more):
    turns = fold(traces or [trace(is_first=True)], spans, **more)
    return turns[-1]["messages"]


def test_a_turn_has_the_contracts_shape():
    traces = [trace(is_first=True, total_tokens=200, total_cost=Decimal("0.000875"))]
    asked, result = [user("Where is my parcel?")], [user("Where is my parcel?"), calling(), tool("shipped")]
    spans = [
        root({"message": "Where is my parcel?"}, {"response": "It left the depot."}),
        span("g1", 1, 2, input={"messages": asked}, output={"choices": [{"message": calling()}]}, model="gpt-4o"),
        span("tool", 3, 4, kind="tool", name="lookup_order", input={"id": 1182}, output="shipped"),
        span("g2", 5, 8, input={"messages": result}, output="It left the depot.", model="gpt-4o"),
    ]

    assert fold(traces, spans) == [
        {
            "traceId": "t1",
            "name": "chat-turn",
            "startTime": "1970-01-01T00:00:01.000Z",
            "endTime": "1970-01-01T00:00:01.900Z",
            "status": "ok",
            "error": None,
            "totalTokens": 200,
            "totalCost": Decimal("0.000875"),
            "messages": [
                said("user", "Where is my parcel?", "g1"),
                {"role": "assistant", "content": [], "toolCalls": [CALL], "modelName": "gpt-4o", "spanId": "g1"},
                said("tool", "shipped", "tool", toolCallId="c-1", name="lookup_order"),
                said("assistant", "It left the depot.", "g2", modelName="gpt-4o"),
            ],
        }
    ]


def test_a_session_without_traces_has_no_turns():
    assert fold([], []) == []


def test_a_trace_that_runs_has_no_end_and_what_was_said_so_far():
    running = TurnTrace("t1", "chat-turn", 10**9, 0, status="running")

    [turn] = fold([running], [span("g1", 1, 0, input=[user("Hi")])])

    assert (turn["status"], turn["endTime"], turn["messages"]) == ("running", None, [said("user", "Hi", "g1")])


def test_a_failed_turn_shows_the_question_and_the_error():
    failed = trace(status="error", error_type="RateLimitError", error_message="Slow down.")

    [turn] = fold([failed], [root(status="error"), span("g1", 1, 2, input=[user("Hi")], status="error")])

    assert turn["messages"] == [said("user", "Hi", "g1")]
    assert turn["error"] == {"type": "RateLimitError", "message": "Slow down."}


def test_a_failed_trace_that_tells_no_error_has_that_of_its_first_failed_span():
    spans = [root(status="error"), span("g1", 1, 2, status="error", error_message="Slow down.")]

    [turn] = fold([trace(status="error")], spans)

    assert turn["error"] == {"type": None, "message": "Slow down."}


def test_history_from_before_the_first_trace_is_shown_and_later_repetitions_are_not():
    old = [system("Be kind."), user("Hi"), assistant("Hello."), user("Weather?")]
    spans = [
        span("g1", 1, 2, input=old, output="18C."),
        span("g2", 1, 2, of=2, input=[*old, assistant("18C."), user("Thanks!")], output="Welcome."),
    ]

    turns = fold([trace(1, is_first=True), trace(2)], spans)

    assert [turn["messages"] for turn in turns] == [
        [
            said("system", "Be kind.", "g1"),
            said("user", "Hi", "g1"),
            said("assistant", "Hello.", "g1"),
            said("user", "Weather?", "g1"),
            said("assistant", "18C.", "g1"),
        ],
        [said("user", "Thanks!", "g2"), said("assistant", "Welcome.", "g2")],
    ]


def test_a_client_without_memory_may_say_the_same_in_every_turn():
    given = [system("Be kind."), user("yes")]
    spans = [span(f"g{of}", 1, 2, of=of, input=given, output="ok") for of in (1, 2, 3)]

    turns = fold([trace(1, is_first=True), trace(2), trace(3)], spans)

    assert [[message["role"] for message in turn["messages"]] for turn in turns] == [
        ["system", "user", "assistant"],
        ["user", "assistant"],
        ["user", "assistant"],
    ]


def test_a_conversation_inside_one_trace_may_repeat_its_words():
    once = [user("yes"), assistant("ok")]
    spans = [
        span("g1", 1, 2, input=once[:1], output="ok"),
        span("g2", 3, 4, input=[*once, user("yes")], output="ok"),
        span("g3", 5, 6, input=[*once, *once, user("yes")], output="ok"),
    ]

    assert [(message["role"], message["spanId"]) for message in messages(*spans)] == [
        ("user", "g1"),
        ("assistant", "g1"),
        ("user", "g2"),
        ("assistant", "g2"),
        ("user", "g3"),
        ("assistant", "g3"),
    ]


def test_a_changed_system_prompt_is_shown_where_it_changes():
    spans = [
        span(f"g{of}", 1, 2, of=of, input=[system(prompt), user("Hi")])
        for of, prompt in ((1, "Be kind."), (2, "Be kind."), (3, "Be brief."), (4, "Be brief."))
    ]

    turns = fold([trace(of) for of in (1, 2, 3, 4)], spans)

    assert [turn["messages"][0]["content"][0]["text"] for turn in turns] == ["Be kind.", "Hi", "Be brief.", "Hi"]


def test_what_followed_no_answer_is_not_repeated_by_the_next_turn():
    spans = [
        span("g1", 1, 2, input=[user("Hi")], status="error"),
        span("g2", 1, 2, of=2, input=[user("Hi"), user("Hello?")], status="error"),
        span("g3", 1, 2, of=3, input=[user("Hi"), user("Hello?"), user("Anyone?")], output="Yes."),
    ]

    turns = fold([trace(1, is_first=True), trace(2), trace(3)], spans)

    assert [turn["messages"] for turn in turns] == [
        [said("user", "Hi", "g1")],
        [said("user", "Hello?", "g2")],
        [said("user", "Anyone?", "g3"), said("assistant", "Yes.", "g3")],
    ]


def test_an_answer_that_the_caller_begins_is_no_message():
    given = [user("Give me JSON."), assistant("{")]

    assert messages(span("g1", 1, 2, input=given, output='"a": 1}'), traces=[trace()]) == [
        said("user", "Give me JSON.", "g1"),
        said("assistant", '"a": 1}', "g1"),
    ]


def test_a_call_that_is_tried_again_shows_its_question_once():
    spans = [
        span("g1", 1, 2, input=[user("Hi")], status="error"),
        span("g2", 3, 4, input=[user("Hi")], output="Hello."),
    ]

    assert messages(*spans) == [said("user", "Hi", "g1"), said("assistant", "Hello.", "g2")]


def test_an_answer_that_was_not_told_is_that_which_the_next_call_was_given():
    question, unnamed = user("Where is it?"), {"role": "tool", "content": "shipped"}
    calls = (
        span("one", 1, 2, input_messages=[question]),
        span("two", 3, 4, input_messages=[question, calling(), unnamed], output_messages=[assistant("Shipped.")]),
    )
    assert messages(*calls) == [
        said("user", "Where is it?", "one"),
        {"role": "assistant", "content": [], "toolCalls": [CALL], "spanId": "one"},
        said("tool", "shipped", "two", name="lookup_order"),
        said("assistant", "Shipped.", "two"),
    ]


def test_a_call_that_failed_did_not_give_the_answer_of_the_next():
    question = user("Where is it?")
    calls = (
        span("one", 1, 2, input_messages=[question], status="error"),
        span("two", 3, 4, input_messages=[question, assistant("One moment.")], output_messages=[assistant("Shipped.")]),
    )
    assert messages(*calls) == [said("user", "Where is it?", "one"), said("assistant", "Shipped.", "two")]


def test_a_result_without_a_name_has_that_of_the_only_tool():
    question, other = user("Where is it?"), calling("c-9", "weather", "{}")
    for also, name in (((), {"name": "lookup_order"}), ((other, tool("18C", "c-9")), {})):
        call = span("one", 1, 2, input_messages=[question, *also, calling(), tool("shipped", "other")])
        assert messages(call)[-1] == said("tool", "shipped", "one", toolCallId="other", **name)


def test_what_an_embedding_gave_back_is_no_answer():
    vectors = root({"input": "parcels"}, {"data": [{"embedding": [1.0]}]}, kind="embedding")
    assert messages(vectors) == [said("user", "parcels", "root")]


def test_a_generation_around_a_generation_says_nothing_of_its_own():
    spans = [
        span("outer", 1, 4, input="Hi", output="Hello."),
        span("inner", 2, 3, parent="outer", input=[system("Be kind."), user("Hi")], output="Hello."),
    ]

    assert messages(*spans) == [
        said("system", "Be kind.", "inner"),
        said("user", "Hi", "inner"),
        said("assistant", "Hello.", "inner"),
    ]


def test_a_generation_around_one_without_words_keeps_its_own():
    spans = [span("outer", 1, 4, input="Hi", output="Hello."), span("inner", 2, 3, parent="outer")]

    assert messages(*spans) == [said("user", "Hi", "outer"), said("assistant", "Hello.", "outer")]


def test_two_instrumentations_of_one_call_say_it_once():
    spans = [
        span("a", 1, 4, input=[user("Hi")], output="Hello.", response_id="r-1"),
        span("b", 2, 3, input=[user("Hi")], output="Hello. ", response_id="r-1"),
    ]

    assert messages(*spans) == [said("user", "Hi", "a"), said("assistant", "Hello.", "a")]


def test_a_provider_that_gives_every_response_the_same_id_loses_none():
    spans = [
        span("a", 1, 2, input=[user("Hi")], output="Hello.", response_id="r"),
        span("b", 3, 4, input=[user("Hi"), assistant("Hello."), user("Bye")], output="So long.", response_id="r"),
    ]

    assert [message["content"][0]["text"] for message in messages(*spans)] == ["Hi", "Hello.", "Bye", "So long."]


def test_the_programs_own_input_and_output_speak_where_no_call_does():
    spans = [
        root({"message": "Hello!", "stream": False}, {"response": "Hi."}),
        span("db", 1, 2, kind="span", output=[1]),
    ]

    assert messages(*spans) == [said("user", "Hello!", "root"), said("assistant", "Hi.", "root")]


def test_the_programs_own_input_speaks_for_a_call_that_kept_none():
    spans = [root({"message": "Hello!"}, {"response": "Hi."}), span("g1", 1, 2, input={"messages": []}, output="Hi.")]

    assert messages(*spans) == [said("user", "Hello!", "root"), said("assistant", "Hi.", "g1")]


def test_the_programs_own_output_speaks_for_a_call_that_kept_none():
    spans = [root(gave={"response": "Hi."}), span("g1", 1, 2, input=[system("Be kind."), user("Hello!")])]

    assert messages(*spans) == [
        said("system", "Be kind.", "g1"),
        said("user", "Hello!", "g1"),
        said("assistant", "Hi.", "root"),
    ]


def test_a_whole_history_as_output_gives_its_last_answer():
    history = {
        "messages": [user("Hi"), assistant("Hello."), user("Weather?"), calling(), tool("18C"), assistant("18C.")]
    }

    assert messages(root({"message": "Weather?"}, history)) == [
        said("user", "Weather?", "root"),
        said("assistant", "18C.", "root"),
    ]


def test_a_history_that_ends_with_the_question_has_no_answer():
    history = {"messages": [user("Hi"), assistant("Hello."), user("Weather?")]}

    assert messages(root({"message": "Weather?"}, history)) == [said("user", "Weather?", "root")]


def test_an_empty_shell_around_the_program_is_looked_through():
    spans = [root(), span("workflow", 1, 8, kind="span", input="Hello!", output="Hi.")]

    assert messages(*spans) == [said("user", "Hello!", "workflow"), said("assistant", "Hi.", "workflow")]


def test_a_second_trace_of_the_same_turn_does_not_ask_again():
    asked = [user("Weather?")]
    spans = [
        span("g1", 1, 2, parent="", input=asked, output={"choices": [{"message": calling()}]}),
        span("g2", 1, 2, parent="", of=2, input=[*asked, calling(), tool("shipped")], output="Done."),
    ]

    turns = fold([trace(1, is_first=True), trace(2)], spans)

    assert turns[1]["messages"] == [
        said("tool", "shipped", "g2", toolCallId="c-1", name="lookup_order"),
        said("assistant", "Done.", "g2"),
    ]


def test_a_tool_whose_outcome_no_call_was_given_is_shown_at_its_end():
    spans = [
        span("g1", 1, 2, input=[user("Hi")], output={"choices": [{"message": calling()}]}),
        span("tool", 3, 4, kind="tool", name="execute_tool lookup_order", input={"id": 1182}, output={"state": "lost"}),
    ]

    assert messages(*spans) == [
        said("user", "Hi", "g1"),
        {"role": "assistant", "content": [], "toolCalls": [CALL], "spanId": "g1"},
        said("tool", '{"state":"lost"}', "tool", name="lookup_order", toolCallId="c-1"),
    ]


def test_a_tool_that_nobody_called_is_shown_too():
    spans = [
        root({"message": "Hi"}, {"response": "Done."}),
        span("tool", 3, 4, kind="tool", name="execute_tool notify", output="sent"),
        span("g1", 5, 6, input=[user("Hi")], output="Done."),
    ]

    assert messages(*spans) == [
        said("tool", "sent", "tool", name="notify"),
        said("user", "Hi", "g1"),
        said("assistant", "Done.", "g1"),
    ]


def test_a_tool_that_failed_without_a_word_shows_its_error():
    failed = span(
        "tool", 1, 2, kind="tool", name="notify", status="error", error_type="OSError", error_message="no route"
    )

    assert messages(root({"message": "Hi"}), failed) == [
        said("user", "Hi", "root"),
        said("tool", "OSError: no route", "tool", name="notify"),
    ]


def test_a_tool_that_says_nothing_shows_the_failure_of_the_step_below_it():
    spans = [
        root({"message": "Hi"}),
        span("tool", 1, 4, kind="tool", name="notify"),
        span("run", 2, 3, kind="span", parent="tool", status="error", error_message="no route"),
    ]

    assert messages(*spans)[-1] == said("tool", "no route", "tool", name="notify")


def test_a_call_that_only_its_tool_tells_of_is_part_of_the_answer_that_was_begun_before_it():
    spans = [
        span("g1", 1, 3, output="Let me look.", model="m"),
        span("tool", 2, 4, kind="tool", name="lookup_order", tool_call_id="c-1", input={"id": 1182}, output="lost"),
        span("g2", 5, 6, output="It is lost.", model="m"),
    ]

    assert messages(*spans) == [
        said("assistant", "Let me look.", "g1", modelName="m", toolCalls=[CALL]),
        said("tool", "lost", "tool", name="lookup_order", toolCallId="c-1"),
        said("assistant", "It is lost.", "g2", modelName="m"),
    ]


def test_a_call_that_only_its_tool_tells_of_is_the_models_where_the_models_words_are_not_known():
    spans = [
        span("g1", 1, 2),
        span("tool", 3, 4, kind="tool", name="lookup_order", tool_call_id="c-1", input={"id": 1182}, output="lost"),
    ]

    assert messages(*spans) == [
        {"role": "assistant", "content": [], "toolCalls": [CALL], "spanId": "tool"},
        said("tool", "lost", "tool", name="lookup_order", toolCallId="c-1"),
    ]


def test_a_tool_that_the_program_ran_is_no_models_call():
    spans = [
        span("g1", 1, 2, output="Done."),
        span("tool", 3, 4, kind="tool", name="lookup_order", input={"id": 1182}, output="lost"),
    ]

    assert [message for message in messages(*spans) if message.get("toolCalls")] == []


def test_a_call_to_which_the_framework_gave_another_id_is_not_told_again():
    spans = [
        span("g1", 1, 2, output={"choices": [{"message": calling()}]}),
        span("tool", 3, 4, kind="tool", name="lookup_order", tool_call_id="made-up", input={"id": 1182}, output="lost"),
    ]

    assert [message["toolCalls"] for message in messages(*spans) if message.get("toolCalls")] == [[CALL]]


def test_a_tool_span_without_content_is_the_result_that_the_next_call_was_given():
    spans = [
        span("g1", 1, 2, input=[user("Hi")], output={"choices": [{"message": calling()}]}),
        span("tool", 3, 4, kind="tool", name="lookup_order.tool"),
        span("g2", 5, 6, input=[user("Hi"), calling(), tool("shipped")], output="Done."),
    ]

    assert [message for message in messages(*spans) if message["role"] == "tool"] == [
        said("tool", "shipped", "tool", toolCallId="c-1", name="lookup_order")
    ]


def test_the_same_tool_twice_at_once_is_two_results_in_the_calls_order():
    both = {"role": "assistant", "content": None, "tool_calls": calling("a")["tool_calls"] + calling("b")["tool_calls"]}
    spans = [
        span("g1", 1, 2, input=[user("Hi")], output={"choices": [{"message": both}]}),
        span("second", 3, 5, kind="tool", name="lookup_order", output="two", tool_call_id="b"),
        span("first", 3, 4, kind="tool", name="lookup_order", output="one", tool_call_id="a"),
        span("g2", 6, 7, input=[user("Hi"), both, tool("one", "a"), tool("two", "b")], output="Done."),
    ]

    assert [message for message in messages(*spans) if message["role"] == "tool"] == [
        said("tool", "one", "first", toolCallId="a", name="lookup_order"),
        said("tool", "two", "second", toolCallId="b", name="lookup_order"),
    ]


def test_a_tool_span_of_another_call_is_not_taken_for_the_told_result():
    spans = [
        span("other", 1, 2, kind="tool", name="lookup_order", output="lost", tool_call_id="c-9"),
        span("g2", 5, 6, input=[user("Hi"), calling(), tool("shipped")], output="Done."),
    ]

    assert [message for message in messages(*spans, traces=[trace()]) if message["role"] == "tool"] == [
        said("tool", "lost", "other", toolCallId="c-9", name="lookup_order"),
        said("tool", "shipped", "g2", toolCallId="c-1", name="lookup_order"),
    ]


def test_an_agent_whose_model_nobody_watches_speaks_for_itself():
    inner = span("agent", 1, 8, kind="agent", input_messages=[user("Hi")], output_messages=[assistant("Hello.")])

    assert messages(root({"message": "Hi"}), inner, span("g1", 2, 3, parent="agent")) == [
        said("user", "Hi", "agent"),
        said("assistant", "Hello.", "agent"),
    ]


def test_what_a_tool_asks_a_model_is_its_own_business():
    spans = [
        span("g1", 1, 2, input=[user("Hi")], output={"choices": [{"message": calling()}]}),
        span("tool", 3, 6, kind="tool", name="lookup_order", output="shipped"),
        span("inner", 4, 5, parent="tool", input=[user("Summarise.")], output="shipped"),
        span("g2", 7, 8, input=[user("Hi"), calling(), tool("shipped")], output="Done."),
    ]

    assert [(message["role"], message["spanId"]) for message in messages(*spans)] == [
        ("user", "g1"),
        ("assistant", "g1"),
        ("tool", "tool"),
        ("assistant", "g2"),
    ]


def test_a_program_that_is_a_tool_as_a_whole_says_what_its_calls_say():
    spans = [root({"message": "Hi"}, "Done.", kind="tool"), span("g1", 1, 2, input=[user("Hi")], output="Done.")]

    assert messages(*spans) == [said("user", "Hi", "g1"), said("assistant", "Done.", "g1")]


def test_images_are_references():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}

    assert messages(span("g1", 1, 2, input=[user([picture])])) == [
        {"role": "user", "content": [{"type": "image", "mediaType": "image/png", "bytes": 3}], "spanId": "g1"}
    ]


def test_a_page_knows_the_trace_before_it_and_shows_no_turn_of_it():
    spans = [
        span("g1", 1, 2, input=[system("Be kind."), user("Hi")], status="error"),
        span("g2", 1, 2, of=2, input=[system("Be kind."), user("Hi"), user("Hello?")]),
    ]

    turns = fold([trace(1, is_first=True), trace(2)], spans, context=1)

    assert [(turn["traceId"], turn["messages"]) for turn in turns] == [("t2", [said("user", "Hello?", "g2")])]


def test_spans_of_other_traces_are_no_part_of_a_page():
    assert messages(span("g1", 1, 2, input="Hi"), span("g9", 1, 2, of=9, input="Bye")) == [said("user", "Hi", "g1")]


def test_parents_in_a_circle_and_texts_that_are_no_json_are_borne():
    broken = TurnSpan("t1", "a", "b", "generation", "chat", 10**9, 10**9, input="{not json", output=b"\xff")
    spans = [broken, span("b", 1, 2, parent="a", kind="agent"), span("c", 1, 2, parent="c", kind="tool", output="x")]

    assert messages(*spans) == [
        said("user", "{not json", "a"),
        said("assistant", "\N{REPLACEMENT CHARACTER}", "a"),
        said("tool", "x", "c", name="chat"),
    ]
