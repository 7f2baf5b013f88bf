"""OpenAI's Agents SDK with the exporter that it brings along, which tells neither models nor texts."""

from contextlib import suppress

from agents import Agent, Runner, SQLiteSession, function_tool, set_trace_processors, trace
from agents.tracing import flush_traces
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor
from openai import BadRequestError
from talk import FIRST, MODEL, SECOND, TURNS, get_weather

exporter = BackendSpanExporter(api_key="pk_xxx", endpoint="http://127.0.0.1:4318/v1/traces/ingest")
set_trace_processors([BatchTraceProcessor(exporter)])

agent = Agent("Assistant", model=MODEL, tools=[function_tool(get_weather)])
memories = {name: SQLiteSession(name) for name in (FIRST, SECOND)}


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with trace("chat-turn", group_id=session_id, metadata={"user_id": user_id}):
        return Runner.run_sync(agent, text, session=memories[session_id]).final_output


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

flush_traces()
