"""OpenAI's chat completions, the API that most other providers speak as well, and the older completions."""

from __future__ import annotations

from typing import Any

from threadline._clients.answers import (
    Answer,
    Asked,
    Assembler,
    Json,
    Usage,
    asked_of,
    count,
    plain,
    text,
)
from threadline._spans import SpanKind

_PARAMETERS = frozenset(
    {
        "audio", "best_of", "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "min_p",
        "modalities", "n", "parallel_tool_calls", "presence_penalty", "reasoning_effort", "repetition_penalty",
        "response_format", "seed", "service_tier", "stop", "store", "stream", "temperature", "thinking", "tool_choice",
        "top_k", "top_logprobs", "top_p", "verbosity", "web_search_options",
    }
)  # fmt: skip
_INPUT = frozenset({"messages", "prompt", "suffix", "tools", "functions"})
_IN_PIECES = frozenset(
    {"arguments", "input", "name", "reasoning", "reasoning_content", "refusal", "text", "transcript"}
)
"""Texts of a delta that continue what came before, beside its content; every other value replaces it."""
_ONLY_CONTENT = {"content"}


class ChatCompletions:
    """``/chat/completions``."""

    operation = "chat"
    kind: SpanKind = "generation"

    def asked(self, body: Json) -> Asked:
        return asked_of(body, _INPUT, _PARAMETERS)

    def plain(self, answer: Any) -> Json:
        return plain(answer)

    def answer(self, whole: Json) -> Answer:
        choices = [_choice(choice) for choice in whole.get("choices") or []]
        reasons = tuple(reason for choice in choices if (reason := text(choice.get("finish_reason"))))
        usage = usage_of(whole.get("usage"))
        return Answer({"choices": choices}, text(whole.get("model")), text(whole.get("id")), reasons, usage)

    def assembler(self) -> Assembler:
        return _Chunks()


def usage_of(usage: Any) -> Usage:
    """Reads the numbers that OpenAI gives a completion."""
    return Usage(
        prompt=count(usage, "prompt_tokens"),
        completion=count(usage, "completion_tokens"),
        cached=count(usage, "prompt_tokens_details", "cached_tokens"),
        cache_write=count(usage, "prompt_tokens_details", "cache_write_tokens"),
        reasoning=count(usage, "completion_tokens_details", "reasoning_tokens"),
        prompt_audio=count(usage, "prompt_tokens_details", "audio_tokens"),
        completion_audio=count(usage, "completion_tokens_details", "audio_tokens"),
    )


def _choice(choice: Json) -> Json:
    kept = {name: value for name, value in choice.items() if name not in {"logprobs", "parsed"}}
    message = kept.get("message")
    if isinstance(message, dict):
        audio = message.get("audio")
        kept["message"] = {name: value for name, value in message.items() if name != "parsed"}
        if isinstance(audio, dict):
            kept["message"]["audio"] = {name: value for name, value in audio.items() if name != "data"}
    return kept


class _Chunks:
    """Puts chunks together: each adds to some of the choices, the last one may hold the usage of all."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._content: dict[int, list[str]] = {}

    def take(self, event: Any) -> bool:
        for name in ("id", "model"):
            if value := getattr(event, name, None):
                self._facts[name] = value
        if (usage := getattr(event, "usage", None)) is not None:
            self._facts["usage"] = plain(usage)
        says_something = False
        for choice in getattr(event, "choices", None) or []:
            says_something |= self._add(choice)
        return says_something

    def _add(self, choice: Any) -> bool:
        held = self._choices.setdefault(choice.index, {"index": choice.index})
        if choice.finish_reason is not None:
            held["finish_reason"] = choice.finish_reason
        if (said := getattr(choice, "text", None)) is not None:
            held["text"] = held.get("text", "") + said
            return bool(said)
        told = getattr(choice, "delta", None)
        content = getattr(told, "content", None)
        if told is not None and isinstance(content, str):
            self._content.setdefault(choice.index, []).append(content)
            # Nearly every chunk is one more word; taking it apart as a whole costs more than all the rest.
            if told.model_fields_set == _ONLY_CONTENT:
                return bool(content)
        delta = {} if told is None else plain(told)
        _merge(held.setdefault("message", {}), delta)
        return any(value for name, value in delta.items() if name != "role")

    def whole(self) -> Json:
        choices = [self._choices[index] for index in sorted(self._choices)]
        for choice in choices:
            if (pieces := self._content.get(choice["index"])) is not None:
                choice.setdefault("message", {})["content"] = "".join(pieces)
        return {**self._facts, "choices": choices}


def _merge(held: dict[str, Any], delta: Json) -> None:
    for name, value in delta.items():
        before = held.get(name)
        if name == "tool_calls":
            for call in value:
                _merge(_call(held.setdefault(name, []), call), {key: call[key] for key in call if key != "index"})
        elif isinstance(value, dict):
            _merge(held.setdefault(name, {}), value)
        elif isinstance(value, str) and isinstance(before, str) and name in _IN_PIECES:
            held[name] = before + value
        else:
            held[name] = value


def _call(calls: list[dict[str, Any]], delta: Json) -> dict[str, Any]:
    """Returns the call that a delta continues: by its index, or by its id where a server leaves the index out."""
    index, identity = delta.get("index"), delta.get("id")
    if index is None:
        index = next((at for at, call in enumerate(calls) if identity in (None, call.get("id"))), len(calls))
    while len(calls) <= index:
        calls.append({})
    return calls[index]
