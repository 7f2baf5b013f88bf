from threadline_server.demo.talk import Talk, assistant, count_tokens, tool_result

MINUTE_NS = 60 * 1_000_000_000


def talk(window: int = 4, tool_tokens: int = 0) -> Talk:
    return Talk("Be brief.", window=window, tool_tokens=tool_tokens)


def test_everything_said_is_sent_again_after_the_instructions() -> None:
    conversation = talk()
    conversation.hear({"role": "user", "content": "Hello"})
    conversation.hear(assistant("Hi."))
    assert [message["role"] for message in conversation.sent()] == ["system", "user", "assistant"]


def test_the_history_that_is_sent_has_a_bound_and_begins_with_the_user() -> None:
    conversation = talk(window=4)
    for number in range(10):
        conversation.hear({"role": "user", "content": f"question {number}"})
        conversation.hear(assistant("", [("c-1", "look", {"at": number})]))
        conversation.hear(tool_result("c-1", "look", "seen"))
        conversation.hear(assistant(f"answer {number}"))
        assert [message["content"] for message in conversation.sent()][1:2] == [f"question {number}"]


def test_a_long_turn_is_sent_whole() -> None:
    conversation = talk(window=2)
    conversation.hear({"role": "user", "content": "Fix it"})
    for number in range(5):
        conversation.hear(assistant("", [(f"c-{number}", "run", {})]))
        conversation.hear(tool_result(f"c-{number}", "run", "red"))
    assert len(conversation.sent()) == 12


def test_arguments_of_a_call_are_json_text() -> None:
    (call,) = assistant("", [("c-1", "issue_refund", {"amount": 12.5, "to": "Élodie"})])["tool_calls"]
    assert call["function"]["arguments"] == '{"amount": 12.5, "to": "Élodie"}'


def test_other_scripts_take_more_tokens() -> None:
    assert count_tokens("箱根へ行きたい") > count_tokens("to Hakone") > 0
    assert count_tokens("") == 0


def test_a_provider_remembers_the_prompt_before_for_five_minutes() -> None:
    conversation = talk(window=20, tool_tokens=2000)
    conversation.hear({"role": "user", "content": "Hello " * 100})
    first = conversation.prompt_tokens()
    assert conversation.cached_tokens(0) == 0
    conversation.hear(assistant("Hi."))
    assert conversation.cached_tokens(4 * MINUTE_NS) == first // 128 * 128
    assert conversation.cached_tokens(20 * MINUTE_NS) == 0


def test_short_prompts_are_not_cached() -> None:
    conversation = talk()
    conversation.hear({"role": "user", "content": "Hello"})
    assert conversation.cached_tokens(0) == 0
    assert conversation.cached_tokens(1) == 0
