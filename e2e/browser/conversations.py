"""Traces in plain JSON, as a program would send them, for pages to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC).replace(microsecond=0)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ago(**lengths: float) -> datetime:
    return NOW - timedelta(**lengths)


def chat_turn(
    session_id: str,
    at: datetime,
    question: str,
    answer: str = "Yes.",
    *,
    took_ms: int = 1000,
    model: str = "gpt-4o",
    tokens: tuple[int, int] = (100, 50),
    **facts: Any,
) -> dict[str, Any]:
    """A turn with one call of a model. ``facts`` are further fields of the trace."""
    times = {"startTime": iso(at), "endTime": iso(at + timedelta(milliseconds=took_ms))}
    call = generation([{"role": "user", "content": question}], answer, model=model, tokens=tokens, **times)
    return {
        "id": f"{session_id}-{iso(at)}",
        "name": "chat-turn",
        "sessionId": session_id,
        **times,
        "input": {"message": question},
        "output": {"response": answer},
        "observations": [call],
        **facts,
    }


def generation(
    messages: Sequence[dict[str, Any]],
    output: Any,
    *,
    model: str = "gpt-4o",
    tokens: tuple[int, int] = (100, 50),
    **facts: Any,
) -> dict[str, Any]:
    return {
        "kind": "generation",
        "name": "generate-response",
        "modelName": model,
        "promptTokens": tokens[0],
        "completionTokens": tokens[1],
        "input": {"messages": list(messages)},
        "output": output,
        **facts,
    }
