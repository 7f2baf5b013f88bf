"""What a step adds to the conversation, as far as one step can tell."""

from __future__ import annotations

from typing import Any

from threadline_server.messages import Message
from threadline_server.messages.said import BETWEEN, MAX_SAID, said


def message(role: str, text: str = "", **more: Any) -> Message:
    return {"role": role, "content": [{"type": "text", "text": text}] if text else [], **more}


def call(name: str, arguments: Any) -> list[dict[str, Any]]:
    return [{"id": "c", "name": name, "arguments": arguments}]


def parts(given: list[Message], answered: list[Message]) -> list[str]:
    text = said(given, answered)
    return text.split(BETWEEN) if text else []


def test_of_a_growing_history_only_what_follows_the_last_answer_is_new() -> None:
    given = [
        message("system", "Be kind."), message("user", "Hello"), message("assistant", "Hi"), message("user", "Where is it?"),
    ]  # fmt: skip

    assert parts(given, [message("assistant", "On its way.")]) == ["Where is it?", "On its way."]


def test_tools_say_what_they_are_asked_and_what_they_answer() -> None:
    given = [
        message("user", "Where is it?"), message("assistant", toolCalls=call("look", {"id": 7})), message("tool", "shipped"),
    ]  # fmt: skip
    answered = [message("assistant", "On its way.", toolCalls=call("note", {"done": True}))]

    assert parts(given, answered) == ["shipped", "On its way.", 'note {"done":true}']


def test_an_answer_that_ends_the_input_is_only_begun_in_it() -> None:
    assert parts([message("user", "Count"), message("assistant", "1, 2")], [message("assistant", "3")]) == [
        "Count",
        "3",
    ]


def test_of_a_history_that_comes_back_what_follows_the_question_is_the_answer() -> None:
    answered = [
        message("user", "Hello"),
        message("assistant", "Hi"),
        message("user", "Bye"),
        message("assistant", "Ciao"),
    ]

    assert parts([message("user", "Bye")], answered) == ["Bye", "Ciao"]


def test_reasoning_and_instructions_are_not_said() -> None:
    thinking: Message = {
        "role": "assistant",
        "content": [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "Yes"}],
    }

    assert parts([message("system", "Be kind.")], [thinking]) == ["Yes"]


def test_a_step_says_no_more_than_fits() -> None:
    given = [message("user", "a" * (MAX_SAID - 1)), message("user", "bc"), message("user", "d")]

    assert [len(text) for text in parts(given, [message("assistant", "e")])] == [MAX_SAID - 1, 1]


def test_the_mark_between_messages_is_not_in_them() -> None:
    assert parts([message("user", "a\0b")], []) == ["a b"]
