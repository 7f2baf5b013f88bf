"""The answers in the words of three APIs: OpenAI's chat completions and responses, Anthropic's messages; whole or streamed."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

from e2e.live.model_answers import TOOL, Answer, answer_to

CREATED = 1_763_893_800
OPENAI_MODEL = "gpt-4o-mini-2024-07-18"
ANTHROPIC_MODEL = "claude-sonnet-4-5-20250929"

Request = dict[str, Any]
Reply = dict[str, Any]


def text_of(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(text_of(part.get("text") or "") for part in content or [])


class ChatCompletions:
    path = "/v1/chat/completions"

    @staticmethod
    def answer(request: Request) -> Answer:
        return answer_to([(message["role"], text_of(message.get("content"))) for message in request["messages"]])

    @staticmethod
    def whole(answer: Answer, number: int) -> Reply:
        message: Reply = {"role": "assistant", "content": answer.text, "refusal": None}
        if answer.arguments is not None:
            message["tool_calls"] = [_chat_call(answer, number)]
        choice = {"index": 0, "finish_reason": _finish(answer), "message": message, "logprobs": None}
        return _chat("chat.completion", number) | {"choices": [choice], "usage": _chat_usage(answer)}

    @classmethod
    def streamed(cls, request: Request, answer: Answer, number: int) -> Iterator[tuple[str | None, Reply]]:
        chunk = _chat("chat.completion.chunk", number)
        deltas: list[Reply] = [{"role": "assistant", "content": ""}]
        if answer.arguments is not None:
            deltas += _call_deltas(_chat_call(answer, number))
        deltas += [{"content": word} for word in _words(answer)]
        for delta in deltas:
            yield None, chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        yield None, chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": _finish(answer)}]}
        if (request.get("stream_options") or {}).get("include_usage"):
            yield None, chunk | {"choices": [], "usage": _chat_usage(answer)}


class Responses:
    path = "/v1/responses"

    @staticmethod
    def answer(request: Request) -> Answer:
        asked = request["input"]
        if isinstance(asked, str):
            return answer_to([("user", asked)])
        return answer_to(
            [
                ("tool", "") if item.get("type") == "function_call_output" else ("user", text_of(item.get("content")))
                for item in asked
            ]
        )

    @staticmethod
    def whole(answer: Answer, number: int) -> Reply:
        return {
            "id": f"resp_{number}",
            "object": "response",
            "created_at": CREATED,
            "status": "completed",
            "model": OPENAI_MODEL,
            "output": [_response_item(answer, number)],
            "usage": {
                "input_tokens": answer.prompt,
                "input_tokens_details": {"cached_tokens": answer.cached, "cache_write_tokens": 0},
                "output_tokens": answer.completion,
                "output_tokens_details": {"reasoning_tokens": answer.reasoning},
                "total_tokens": answer.prompt + answer.completion,
            },
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
        }

    @classmethod
    def streamed(cls, request: Request, answer: Answer, number: int) -> Iterator[tuple[str | None, Reply]]:
        done = cls.whole(answer, number)
        (item,) = done["output"]
        place = {"output_index": 0, "item_id": item["id"], "content_index": 0}
        started = done | {"status": "in_progress", "output": [], "usage": None}
        events: list[Reply] = [
            {"type": "response.created", "response": started},
            {"type": "response.output_item.added", "output_index": 0, "item": item | {"status": "in_progress"}},
        ]
        if answer.text is not None:
            part = item["content"][0]
            events[-1]["item"] = events[-1]["item"] | {"content": []}
            events.append({"type": "response.content_part.added", **place, "part": part | {"text": ""}})
            events += [
                {"type": "response.output_text.delta", **place, "delta": word, "logprobs": []}
                for word in _words(answer)
            ]
            events.append({"type": "response.output_text.done", **place, "text": answer.text, "logprobs": []})
            events.append({"type": "response.content_part.done", **place, "part": part})
        if answer.arguments is not None:
            events[-1]["item"] = events[-1]["item"] | {"arguments": ""}
            pieces = _halves(item["arguments"])
            place = {"output_index": 0, "item_id": item["id"]}
            events += [{"type": "response.function_call_arguments.delta", **place, "delta": piece} for piece in pieces]
            done_ = {"name": TOOL, "arguments": item["arguments"]}
            events.append({"type": "response.function_call_arguments.done", **place, **done_})
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
        events.append({"type": "response.completed", "response": done})
        for sequence, event in enumerate(events):
            yield event["type"], event | {"sequence_number": sequence}


class Messages:
    path = "/v1/messages"

    @staticmethod
    def answer(request: Request) -> Answer:
        said = []
        for message in request["messages"]:
            content = message["content"]
            results = not isinstance(content, str) and any(part["type"] == "tool_result" for part in content)
            said.append(("tool", "") if results else (message["role"], text_of(content)))
        return answer_to(said)

    @staticmethod
    def whole(answer: Answer, number: int) -> Reply:
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": ANTHROPIC_MODEL,
            "content": [_block(answer, number)],
            "stop_reason": "end_turn" if answer.arguments is None else "tool_use",
            "stop_sequence": None,
            "usage": _message_usage(answer),
        }

    @classmethod
    def streamed(cls, request: Request, answer: Answer, number: int) -> Iterator[tuple[str | None, Reply]]:
        whole, block = cls.whole(answer, number), _block(answer, number)
        empty = block | ({"text": ""} if answer.text is not None else {"input": {}})
        deltas: list[Reply] = [{"type": "text_delta", "text": word} for word in _words(answer)]
        if answer.arguments is not None:
            pieces = _halves(json.dumps(answer.arguments))
            deltas += [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        begun = whole | {"content": [], "stop_reason": None, "usage": whole["usage"] | {"output_tokens": 1}}
        events: list[Reply] = [
            {"type": "message_start", "message": begun},
            {"type": "content_block_start", "index": 0, "content_block": empty},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
                "usage": {"output_tokens": answer.completion},
            },
            {"type": "message_stop"},
        ]
        for event in events:
            yield event["type"], event


class Embeddings:
    path = "/v1/embeddings"

    @staticmethod
    def answer(request: Request) -> Answer:
        texts = [request["input"]] if isinstance(request["input"], str) else request["input"]
        return Answer(prompt=sum(len(text.split()) for text in texts), vectors=len(texts))

    @staticmethod
    def whole(answer: Answer, number: int) -> Reply:
        vector = base64.b64encode(struct.pack("<3f", 1.0, 0.5, 0.25)).decode()
        data = [{"object": "embedding", "index": index, "embedding": vector} for index in range(answer.vectors)]
        usage = {"prompt_tokens": answer.prompt, "total_tokens": answer.prompt}
        return {"object": "list", "data": data, "model": "text-embedding-3-small", "usage": usage}


def _chat(kind: str, number: int) -> Reply:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": CREATED, "model": OPENAI_MODEL}


def _chat_usage(answer: Answer) -> Reply:
    return {
        "prompt_tokens": answer.prompt,
        "completion_tokens": answer.completion,
        "total_tokens": answer.prompt + answer.completion,
        "prompt_tokens_details": {"cached_tokens": answer.cached},
        "completion_tokens_details": {"reasoning_tokens": answer.reasoning},
    }


def _chat_call(answer: Answer, number: int) -> Reply:
    function = {"name": TOOL, "arguments": json.dumps(answer.arguments)}
    return {"id": f"call_{number}", "type": "function", "function": function}


def _call_deltas(call: Reply) -> list[Reply]:
    """A call as it is streamed: its id and name first, then its arguments in pieces."""
    function = call["function"]
    begun = call | {"index": 0, "function": function | {"arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in _halves(function["arguments"])]
    return [{"tool_calls": [piece]} for piece in (begun, *pieces)]


def _halves(text: str) -> tuple[str, str]:
    return text[: len(text) // 2], text[len(text) // 2 :]


def _response_item(answer: Answer, number: int) -> Reply:
    if answer.arguments is not None:
        call = {"call_id": f"call_{number}", "name": TOOL, "arguments": json.dumps(answer.arguments)}
        return {"id": f"fc_{number}", "type": "function_call", "status": "completed", **call}
    content = [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}]
    return {"id": f"out_{number}", "type": "message", "role": "assistant", "status": "completed", "content": content}


def _block(answer: Answer, number: int) -> Reply:
    if answer.arguments is not None:
        return {"type": "tool_use", "id": f"toolu_{number}", "name": TOOL, "input": answer.arguments}
    return {"type": "text", "text": answer.text}


def _message_usage(answer: Answer) -> Reply:
    """Anthropic counts what was cached beside the input, not in it."""
    return {
        "input_tokens": answer.prompt - answer.cached - answer.written,
        "cache_read_input_tokens": answer.cached,
        "cache_creation_input_tokens": answer.written,
        "output_tokens": answer.completion,
    }


def _finish(answer: Answer) -> str:
    return "stop" if answer.arguments is None else "tool_calls"


def _words(answer: Answer) -> list[str]:
    """A text in the pieces in which it is streamed."""
    return [] if answer.text is None else [f"{word} " for word in answer.text.split()[:-1]] + [answer.text.split()[-1]]
