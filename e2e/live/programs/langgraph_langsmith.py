"""A LangGraph agent with a checkpointer, traced by LangSmith's SDK: told where to send by its environment alone."""

from contextlib import suppress

from langchain.agents import create_agent
from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from openai import BadRequestError
from talk import MODEL, TURNS, get_weather

agent = create_agent(ChatOpenAI(model=MODEL, max_retries=0), [get_weather], checkpointer=InMemorySaver())


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    config = {"configurable": {"thread_id": session_id}, "metadata": {"user_id": user_id}}
    turn = agent.invoke({"messages": [{"role": "user", "content": text}]}, config)
    return turn["messages"][-1].text


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)

wait_for_all_tracers()
