"""What a reader of the API sees of a session, without ids and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from e2e.api import Api, eventually, text_of

Message = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What was said in one trace: the last words of each, the tools called with their arguments, and what those answered."""

    user: str | None
    assistant: str | None
    tools: tuple[tuple[str, Any], ...] = ()
    results: tuple[str, ...] = ()
    error: bool = False


@dataclass(frozen=True)
class Session:
    user: str | None
    turns: tuple[Turn, ...]
    models: tuple[str, ...]
    prompt: int
    completion: int
    cached: int
    reasoning: int
    errors: int


def seen_in_the_end(api: Api, session_id: str, awaited: Session) -> Session:
    """What is seen once a library's messages have all come: a trace may be there before its last span is."""
    return eventually(lambda: session_seen(api, session_id), lambda seen: seen == awaited)


def session_seen(api: Api, session_id: str) -> Session:
    session = api.session(session_id)
    return Session(
        user=session["userId"],
        turns=tuple(turn_seen(turn) for turn in api.conversation(session_id)),
        models=tuple(used["model"] for used in session["models"]),
        prompt=session["promptTokens"],
        completion=session["completionTokens"],
        cached=session["cachedTokens"],
        reasoning=session["reasoningTokens"],
        errors=session["errorCount"],
    )


def turn_seen(turn: dict[str, Any]) -> Turn:
    messages: Sequence[Message] = turn["messages"]
    return Turn(
        user=last_text(messages, "user"),
        assistant=last_text(messages, "assistant"),
        tools=tuple((call["name"], call["arguments"]) for message in messages for call in message.get("toolCalls", [])),
        results=tuple(text_of(message) for message in messages if message["role"] == "tool"),
        error=turn["status"] == "error",
    )


def last_text(messages: Sequence[Message], role: str) -> str | None:
    texts = [text_of(message) for message in messages if message["role"] == role and text_of(message)]
    return texts[-1] if texts else None
