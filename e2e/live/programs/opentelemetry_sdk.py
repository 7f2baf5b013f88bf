"""A program that makes its own spans, with OpenTelemetry's SDK and the names of the GenAI conventions."""

import json
from contextlib import suppress

from openai import BadRequestError, OpenAI
from openai.types.chat import ChatCompletion
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from talk import TURNS, Chat

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("shop")
client = OpenAI()


def message_of(message: dict) -> dict:
    """A message of OpenAI's in the words of the GenAI conventions."""
    if message["role"] == "tool":
        result = {"type": "tool_call_response", "id": message["tool_call_id"], "response": message["content"]}
        return {"role": "tool", "parts": [result]}
    parts = [{"type": "text", "content": message["content"]}] if message.get("content") else []
    for call in message.get("tool_calls") or []:
        function = call["function"]
        arguments = json.loads(function["arguments"])
        parts.append({"type": "tool_call", "id": call["id"], "name": function["name"], "arguments": arguments})
    return {"role": message["role"], "parts": parts}


def complete(**request: object) -> ChatCompletion:
    asked = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": request["model"],
        "gen_ai.input.messages": json.dumps([message_of(message) for message in request["messages"]]),
    }
    with tracer.start_as_current_span(f"chat {request['model']}", attributes=asked) as span:
        reply = client.chat.completions.create(**request)
        span.set_attribute("gen_ai.output.messages", json.dumps([message_of(reply.choices[0].message.model_dump())]))
        span.set_attribute("gen_ai.response.model", reply.model)
        span.set_attribute("gen_ai.usage.input_tokens", reply.usage.prompt_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", reply.usage.completion_tokens)
        return reply


answer = Chat(complete, streams=False)


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with tracer.start_as_current_span("chat-turn", attributes={"session.id": session_id, "user.id": user_id}):
        return answer(text)


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

provider.shutdown()
