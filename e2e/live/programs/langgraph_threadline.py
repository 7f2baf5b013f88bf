"""A LangGraph agent with a checkpointer, under Threadline's callback handler."""

from contextlib import suppress

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from openai import BadRequestError
from talk import MODEL, TURNS, get_weather

from threadline.langchain import ThreadlineCallbackHandler

handler = ThreadlineCallbackHandler()

agent = create_agent(ChatOpenAI(model=MODEL, max_retries=0), [get_weather], checkpointer=InMemorySaver())


def chat_turn(session_id: str, user_id: str, text: str) -> str:
    config = {"configurable": {"thread_id": session_id}, "metadata": {"user_id": user_id}, "callbacks": [handler]}
    turn = agent.invoke({"messages": [{"role": "user", "content": text}]}, config)
    return turn["messages"][-1].text


for session_id, user_id, text in TURNS:
    with suppress(BadRequestError):
        chat_turn(session_id, user_id, text)
