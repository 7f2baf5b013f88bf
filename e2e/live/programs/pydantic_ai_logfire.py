"""A Pydantic AI agent, instrumented by Logfire, which sends nothing to its own cloud."""

from contextlib import suppress

import logfire
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from talk import FIRST, MODEL, SECOND, TURNS, get_weather

logfire.configure(send_to_logfire=False)
logfire.instrument_pydantic_ai()

agent = Agent(f"openai-chat:{MODEL}", tools=[get_weather])
histories = {FIRST: [], SECOND: []}


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    with logfire.set_baggage(user_id=user_id):
        turn = agent.run_sync(text, message_history=histories[session_id], conversation_id=session_id)
    histories[session_id] = turn.all_messages()
    return turn.output


for session_id, user_id, text in TURNS:
    with suppress(ModelHTTPError):
        chat_turn(session_id, user_id, text)

logfire.shutdown()
