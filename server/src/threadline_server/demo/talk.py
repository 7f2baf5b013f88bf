"""What a model has been told so far, as a chat program keeps it and sends it along with every call, and what that costs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

Message: TypeAlias = dict[str, Any]
"""In the form of OpenAI's chat completions, which most programs keep whatever the provider."""

_CACHE_STEP = 128
_SMALLEST_CACHED_PROMPT = 1024
_CACHE_LIFE_NS = 300 * 1_000_000_000
_MESSAGE_OVERHEAD = 4


def count_tokens(text: str) -> int:
    """About as many as a tokeniser makes: four letters of English, less of other scripts."""
    foreign = sum(1 for character in text if ord(character) > 0x2FF)
    return max(1, round((len(text) - foreign) / 4.1 + foreign / 1.5)) if text else 0


def message_tokens(message: Message) -> int:
    """Tokens of one message, the calls in it included."""
    calls = message.get("tool_calls") or ()
    called = sum(count_tokens(call["function"]["name"] + call["function"]["arguments"]) + 3 for call in calls)
    return count_tokens(message["content"] or "") + called + _MESSAGE_OVERHEAD


def assistant(text: str, calls: Iterable[tuple[str, str, object]] = ()) -> Message:
    """What the model says: a text, and calls as (id, name, arguments)."""
    message: Message = {"role": "assistant", "content": text or None}
    tool_calls = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": _compact(arguments)}}
        for id_, name, arguments in calls
    ]
    return message | {"tool_calls": tool_calls} if tool_calls else message


def tool_result(call_id: str, name: str, result: object) -> Message:
    """What a tool answered, for the model to read."""
    text = result if isinstance(result, str) else _compact(result)
    return {"role": "tool", "tool_call_id": call_id, "name": name, "content": text}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


class Talk:
    """One growing conversation with one model.

    Args:
        system: The instructions, always sent.
        window: How many of the latest messages are sent.
        tool_tokens: What the description of the tools adds to each prompt.
    """

    def __init__(self, system: str, *, window: int, tool_tokens: int) -> None:
        self._system: Message = {"role": "system", "content": system}
        self._window = window
        self._fixed_tokens = tool_tokens + message_tokens(self._system)
        self._heard: list[tuple[Message, int]] = []
        self._cached_until_ns = 0
        self._last_start = 0
        self._last_prompt = 0

    def hear(self, message: Message) -> None:
        """Adds what was said."""
        self._heard.append((message, message_tokens(message)))

    def sent(self) -> list[Message]:
        """The messages of the next call."""
        return [self._system, *(message for message, _tokens in self._heard[self._start() :])]

    def prompt_tokens(self) -> int:
        """Tokens of the next call's prompt."""
        return self._fixed_tokens + sum(tokens for _message, tokens in self._heard[self._start() :])

    def cached_tokens(self, now_ns: int) -> int:
        """How many of them the provider still has from the call before; counts this call as the one before from then on."""
        start, prompt = self._start(), self.prompt_tokens()
        common = self._last_prompt if start == self._last_start else self._fixed_tokens
        is_cached = now_ns <= self._cached_until_ns and common >= _SMALLEST_CACHED_PROMPT
        self._last_start, self._last_prompt, self._cached_until_ns = start, prompt, now_ns + _CACHE_LIFE_NS
        return common // _CACHE_STEP * _CACHE_STEP if is_cached else 0

    def _start(self) -> int:
        """The first message that is sent: one of the user, since results may not be parted from their calls."""
        earliest = max(0, len(self._heard) - self._window)
        of_user = [index for index, (message, _tokens) in enumerate(self._heard) if message["role"] == "user"]
        later = [index for index in of_user if index >= earliest]
        return later[0] if later else of_user[-1] if of_user else 0
