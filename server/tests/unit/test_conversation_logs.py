"""Log records in a conversation: they speak where their span does not, each thing once, in the order in which it was said."""

import json

from threadline_server.query.conversation import TurnSpan, TurnTrace, fold

SECOND_NS = 10**9


def trace(number=1):
    return TurnTrace(f"t{number}", "turn", number * SECOND_NS, (number + 1) * SECOND_NS, is_first=number == 1)


def call(span_id="call", *, of=1, **more):
    start = of * SECOND_NS + 100
    return TurnSpan(f"t{of}", span_id, "", "generation", "chat", start, start + 10**8, **more)


def log(*said, after_ns=0, span="call", of=1, answer=False, name="log"):
    """A record of messages (role, text), written so long after its trace began."""
    at = of * SECOND_NS + after_ns
    messages = json.dumps([{"role": role, "content": [{"type": "text", "text": text}]} for role, text in said])
    field = {"output_messages" if answer else "input_messages": messages}
    return TurnSpan(f"t{of}", f"{name}-{of}-{at}-{hash(messages)}", span, "log", name, at, at, **field)


def told(*rows, traces=(1,)):
    turns = fold([trace(number) for number in traces], rows)
    return [[(m["role"], m["content"][0]["text"]) for m in turn["messages"]] for turn in turns]


USER, CHOICE = log(("user", "Hi"), after_ns=200), log(("assistant", "Hello"), after_ns=300, answer=True)
SPOKEN = [("user", "Hi"), ("assistant", "Hello")]


def test_records_speak_for_a_span_that_says_nothing():
    assert told(CHOICE, call(), USER) == [SPOKEN]


def test_a_span_that_says_something_is_not_told_a_second_time():
    own = call(input_messages=json.dumps([{"role": "user", "content": "Own"}]))
    assert told(own, USER, CHOICE) == [[("user", "Own"), ("assistant", "Hello")]]


def test_records_whose_span_has_not_come_stand_in_for_it():
    assert told(USER, CHOICE) == [SPOKEN]


def test_a_record_of_the_whole_call_speaks_instead_of_its_pieces():
    whole = log(("system", "Be kind."), ("user", "Hi"), after_ns=350)
    assert told(call(), USER, CHOICE, whole) == [[("system", "Be kind."), *SPOKEN]]


def test_records_of_no_span_each_say_what_they_say_even_the_same_words_again():
    prompts = [
        log(("user", words), after_ns=at * 10**6, span="") for at, words in enumerate(["go on", "stop", "go on"])
    ]
    assert told(*prompts[::-1]) == [[("user", "go on"), ("user", "stop"), ("user", "go on")]]


def test_messages_of_one_moment_in_no_known_order_stand_as_the_calls_before_told_them():
    first = [log(("user", "Hi"), after_ns=200), log(("assistant", "Hello"), after_ns=9 * 10**7, answer=True)]
    moment = [("user", "And now?"), ("assistant", "Hello"), ("user", "Hi"), ("system", "Be kind.")]
    second = [log(each, of=2, after_ns=200) for each in moment]
    answer = log(("assistant", "Bye"), of=2, after_ns=9 * 10**7, answer=True)

    turns = told(call(), call(of=2), *first, *second, answer, traces=(1, 2))

    assert turns == [SPOKEN, [("system", "Be kind."), ("user", "And now?"), ("assistant", "Bye")]]


def results(*identities, at):
    """A record of what tools gave back, with the ids of their calls."""
    messages = [
        {"role": "tool", "toolCallId": each, "content": [{"type": "text", "text": each}]} for each in identities
    ]
    start = SECOND_NS + at
    return TurnSpan("t1", f"log-{at}", "call", "log", "log", start, start, input_messages=json.dumps(messages))


def test_tools_results_that_two_records_of_a_call_tell_are_said_once():
    records = results("c-1", at=250), results("c-2", at=260), results("c-1", "c-2", at=270)
    assert told(USER, *records, CHOICE, call()) == [
        [("user", "Hi"), ("tool", "c-1"), ("tool", "c-2"), ("assistant", "Hello")]
    ]


def named(response_id, text, *, after_ns, span="agent"):
    """A record of an answer that stands under one span and names the call of another."""
    at = SECOND_NS + after_ns
    answer = json.dumps([{"role": "assistant", "content": [{"type": "text", "text": text}]}])
    return TurnSpan(
        "t1", f"log-{response_id}", span, "log", "log", at, at, response_id=response_id, output_messages=answer
    )


def test_a_record_that_names_a_call_speaks_for_that_call_and_not_for_the_span_it_stands_under():
    agent = TurnSpan("t1", "agent", "", "agent", "agent", SECOND_NS, SECOND_NS + 9 * 10**8)
    calls = [call(f"g{number}", response_id=f"r-{number}") for number in (1, 2)]
    records = [named("r-2", "Second.", after_ns=2), named("r-1", "First.", after_ns=1)]

    (turn,) = fold([trace()], [agent, *calls, *records])

    assert [(m["spanId"], m["content"][0]["text"]) for m in turn["messages"]] == [("g1", "First."), ("g2", "Second.")]


def test_a_record_that_names_a_call_of_no_span_speaks_for_the_span_it_stands_under():
    agent = TurnSpan("t1", "agent", "", "agent", "agent", SECOND_NS, SECOND_NS + 9 * 10**8)

    (turn,) = fold([trace()], [agent, named("r-1", "Hello", after_ns=1)])

    assert [message["spanId"] for message in turn["messages"]] == ["agent"]


def test_of_a_tools_arguments_the_fullest_telling_counts():
    part, whole = json.dumps({"path": "a"}), json.dumps({"path": "a", "old": "x", "new": "y"})
    tool = TurnSpan(
        "t1", "tool", "", "tool", "Edit", SECOND_NS + 5, SECOND_NS + 9, tool_call_id="c-1", input=part, output='"ok"'
    )
    record = TurnSpan("t1", "log", "agent", "log", "log", SECOND_NS + 6, SECOND_NS + 6, response_id="c-1", input=whole)

    (turn,) = fold([trace()], [call("g1"), tool, record])

    assert [made["arguments"] for m in turn["messages"] for made in m.get("toolCalls", [])] == [json.loads(whole)]
