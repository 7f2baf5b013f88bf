"""An agent of LangGraph's with a tool and a memory: each thread is a session, each question a turn of it.

Needs langchain, langchain-openai, OPENAI_API_KEY and THREADLINE_DSN; see README.md.
"""

from uuid import uuid4

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver

from threadline import get_observability
from threadline.langchain import ThreadlineCallbackHandler

obs = get_observability()


def get_weather(city: str) -> str:
    """The weather in a city."""
    # What is recorded inside of a tool or a node stands below it.
    with obs.span("weather-service", input={"city": city}) as span:
        weather = "18C and cloudy"
        span.update(output=weather)
    return weather


model = ChatOpenAI(model="gpt-4o-mini", stream_usage=True)
agent = create_agent(model, [get_weather], checkpointer=InMemorySaver(), name="weather-agent")
handler = ThreadlineCallbackHandler()


def ask(session_id: str, user_id: str, question: str) -> str:
    config = {
        "configurable": {"thread_id": session_id},
        "metadata": {"user_id": user_id},
        "tags": ["example"],
        "callbacks": [handler],
    }
    asked = {"messages": [{"role": "user", "content": question}]}
    chunks = agent.stream(asked, config, stream_mode="messages")
    return "".join(chunk.text for chunk, _ in chunks if isinstance(chunk, AIMessageChunk))


if __name__ == "__main__":
    session = f"weather-{uuid4().hex}"
    for text in ("Hello, my name is Ada.", "What is the weather in Paris?"):
        print(f"user:      {text}")
        print(f"assistant: {ask(session, 'user-123', text)}")
    print(f"session:   {session}")
