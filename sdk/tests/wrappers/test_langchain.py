"""LangChain and LangGraph with models of their own making: what nests in what, and what each run says."""

import asyncio
import json
import operator
from typing import Annotated, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListLLM, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, interrupt

from threadline import get_observability
from threadline._guard import Guard
from threadline.langchain import ThreadlineCallbackHandler

CALL = {"id": "call_1", "name": "get_weather", "args": {"city": "Paris"}, "type": "tool_call"}
USED = {
    "input_tokens": 120,
    "output_tokens": 17,
    "total_tokens": 137,
    "input_token_details": {"cache_read": 64, "cache_creation": 32},
    "output_token_details": {"reasoning": 5},
}


def says(*answers):
    """A model that gives these answers one after the other."""
    return GenericFakeChatModel(messages=iter(answers))


class State(TypedDict):
    messages: Annotated[list, operator.add]


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    with get_observability().span("request"):
        return "18C and cloudy"


def agent(model, **compiled):
    """A graph of a model and its tools, as an agent is."""

    def answer(state, config):
        return {"messages": [model.invoke(state["messages"])]}

    def asks_for_a_tool(state):
        return "tools" if state["messages"][-1].tool_calls else END

    graph = StateGraph(State)
    graph.add_node("model", answer)
    graph.add_node("tools", ToolNode([get_weather]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", asks_for_a_tool)
    graph.add_edge("tools", "model")
    return graph.compile(**compiled)


@pytest.fixture
def config(recorded):
    return {"callbacks": [ThreadlineCallbackHandler()]}


def tree(recorded):
    """Names of the spans, each indented below its parent, in the order of their start."""
    spans = sorted(recorded.spans, key=lambda span: (span.start_ns, span.span_id))
    by_id = {span.span_id: span for span in spans}

    def depth(span):
        return 0 if span.parent_id not in by_id else 1 + depth(by_id[span.parent_id])

    return [f"{'  ' * depth(span)}{span.name}" for span in spans]


def told(span, name):
    return json.loads(span.attributes[f"threadline.{name}"])


QUESTION = {"messages": [HumanMessage("What is the weather in Paris?")]}
ASKS_AND_TELLS = (
    AIMessage(
        "", tool_calls=[CALL], usage_metadata=USED, response_metadata={"model_name": "gpt-4o", "id": "chatcmpl-1"}
    ),
    AIMessage("It is 18C and cloudy in Paris."),
)
TREE = [
    "LangGraph",
    "  model",
    "    GenericFakeChatModel",
    "    asks_for_a_tool",
    "  tools",
    "    get_weather",
    "      request",
    "  model",
    "    GenericFakeChatModel",
    "    asks_for_a_tool",
]


def test_a_graph_is_a_trace_whose_nodes_models_and_tools_nest_as_they_ran(recorded, config):
    agent(says(*ASKS_AND_TELLS)).invoke(QUESTION, config)
    assert tree(recorded) == TREE
    assert {span.attributes["threadline.span.kind"] for span in recorded.spans} == {"span", "generation", "tool"}
    look_up = recorded.named("get_weather")
    assert told(look_up, "input") == {"city": "Paris"}
    assert told(look_up, "output")["content"] == "18C and cloudy"
    assert look_up.attributes["gen_ai.tool.call.id"] == "call_1"


def test_an_asynchronous_graph_is_the_same(recorded, config):
    asyncio.run(agent(says(*ASKS_AND_TELLS)).ainvoke(QUESTION, config))
    assert tree(recorded) == TREE


def test_a_streamed_graph_is_the_same(recorded, config):
    assert list(agent(says(*ASKS_AND_TELLS)).stream(QUESTION, config))
    assert tree(recorded) == TREE
    assert recorded.obs.span("after").trace_id != recorded.spans[0].trace_id


def test_a_model_tells_what_it_was_given_what_it_said_and_what_it_used(recorded, config):
    agent(says(*ASKS_AND_TELLS)).invoke(QUESTION, config)
    asked, answered = (span for span in recorded.spans if span.name == "GenericFakeChatModel")
    user = {"role": "user", "content": "What is the weather in Paris?"}
    call = {"id": "call_1", "name": "get_weather", "args": {"city": "Paris"}}
    assistant = {"role": "assistant", "content": "", "tool_calls": [call]}
    result = {"role": "tool", "content": "18C and cloudy", "name": "get_weather", "tool_call_id": "call_1"}
    assert (told(asked, "input"), told(asked, "output")) == ({"messages": [user]}, {"messages": [assistant]})
    assert told(answered, "input") == {"messages": [user, assistant, result]}
    assert {name: value for name, value in asked.attributes.items() if name.startswith("gen_ai.")} == {
        "gen_ai.response.model": "gpt-4o",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 17,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.usage.cache_creation.input_tokens": 32,
        "gen_ai.usage.reasoning.output_tokens": 5,
        "gen_ai.provider.name": "genericfakechatmodel",
    }


def identities(recorded):
    return {(span.attributes.get("session.id"), span.attributes.get("user.id")) for span in recorded.spans}


@pytest.mark.parametrize(
    "named",
    [
        {"configurable": {"thread_id": "s-1"}, "metadata": {"user_id": "u-1"}},
        {"metadata": {"session_id": "s-1", "user_id": "u-1"}},
        {"metadata": {"session_id": "s-1", "user_id": "u-1"}, "configurable": {"thread_id": "another"}},
    ],
)
def test_the_config_names_the_session_of_a_run_alone(recorded, config, named):
    agent(says(AIMessage("Hi.")), checkpointer=None).invoke(QUESTION, config | named)
    assert identities(recorded) == {("s-1", "u-1")}


def test_a_session_of_ours_wins_over_the_configs(recorded, config):
    with recorded.obs.session("ours", user_id="mine"):
        agent(says(AIMessage("Hi."))).invoke(QUESTION, config | {"configurable": {"thread_id": "s-1"}})
    assert identities(recorded) == {("ours", "mine")}


def test_tags_and_metadata_are_the_first_runs_alone(recorded, config):
    facts = {"tags": ["beta"], "metadata": {"plan": "pro"}}
    chain = ChatPromptTemplate.from_messages([("user", "{text}")]) | says(AIMessage("Hi."))
    chain.invoke({"text": "Hello"}, config | facts)
    first = recorded.named("RunnableSequence").attributes
    assert (first["threadline.tags"], first["threadline.metadata"]) == (["beta"], '{"plan":"pro"}')
    rest = [span.attributes for span in recorded.spans if span.name != "RunnableSequence"]
    assert [name for span in rest for name in span if name in {"threadline.tags", "threadline.metadata"}] == []


def test_inside_of_a_trace_the_runs_are_a_part_of_it(recorded, config):
    with recorded.obs.trace("chat-turn"), recorded.obs.span("prepare"):
        says(AIMessage("Hi.")).invoke("Hello", config)
    assert tree(recorded) == ["chat-turn", "  prepare", "    GenericFakeChatModel"]


def test_branches_side_by_side_are_siblings(recorded, config):
    def work(text):
        with recorded.obs.span(f"inside of {text}"):
            return text

    branches = RunnableParallel(
        a=RunnableLambda(lambda _: work("a"), name="left"), b=RunnableLambda(lambda _: work("b"), name="right")
    )
    branches.invoke("x", config)
    asyncio.run(branches.ainvoke("x", config))
    for root in [span for span in recorded.spans if span.parent_id is None]:
        below = {span.span_id: span.name for span in recorded.spans if span.parent_id == root.span_id}
        deepest = {(below[span.parent_id], span.name) for span in recorded.spans if span.parent_id in below}
        assert sorted(below.values()) == ["left", "right"]
        assert deepest == {("left", "inside of a"), ("right", "inside of b")}


def test_a_stream_knows_its_first_token(recorded, config):
    assert "".join(chunk.text for chunk in says(AIMessage("Hello Ada!")).stream("Hello", config)) == "Hello Ada!"
    assert told(recorded.only, "output")["messages"] == [{"role": "assistant", "content": "Hello Ada!"}]
    assert recorded.only.attributes["threadline.time_to_first_token_ms"] > 0


def test_completions_without_messages_are_recorded_too(recorded, config):
    FakeListLLM(responses=["Hi."]).invoke("Hello", config)
    assert told(recorded.only, "input") == {"messages": [{"role": "user", "content": "Hello"}]}
    assert told(recorded.only, "output") == {"output": ["Hi."]}


class Broken(GenericFakeChatModel):
    """Says a word and fails."""

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield ChatGenerationChunk(message=AIMessageChunk("Once"))
        raise OSError("the model is away")


def test_what_fails_is_failed_up_to_the_first_run_that_catches_it(recorded, config):
    with pytest.raises(OSError, match="the model is away") as caught:
        list(agent(Broken(messages=iter([]))).stream(QUESTION, config, stream_mode="messages"))
    failed = {span.name: (span.error.type, span.error.message) for span in recorded.spans if span.error}
    assert failed == dict.fromkeys(["LangGraph", "model", "Broken"], ("OSError", str(caught.value)))
    assert told(recorded.named("Broken"), "output") == {"role": "assistant", "content": "Once"}


def test_retries_are_runs_of_their_own(recorded, config):
    attempts = iter([OSError("away"), OSError("away still"), "found"])

    def look_up(_):
        attempt = next(attempts)
        if isinstance(attempt, OSError):
            raise attempt
        return attempt

    unstable = RunnableLambda(look_up).with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
    assert unstable.invoke("x", config) == "found"
    *attempted, whole = recorded.spans
    assert [span.error and span.error.message for span in attempted] == ["away", "away still", None]
    assert {span.parent_id for span in attempted} == {whole.span_id}


def test_a_graph_that_waits_for_a_person_has_not_failed(recorded, config):
    def ask(state):
        return {"messages": [interrupt("Shall I?")]}

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    waiting = graph.compile(checkpointer=InMemorySaver())
    thread = config | {"configurable": {"thread_id": "s-1"}}
    waiting.invoke(QUESTION, thread)
    waiting.invoke(Command(resume="yes"), thread)
    assert [(span.name, span.error) for span in recorded.spans] == [("ask", None), ("LangGraph", None)] * 2
    assert identities(recorded) == {("s-1", None)}


class Shelf(BaseRetriever):
    def _get_relevant_documents(self, query, *, run_manager):
        return [Document("Opening hours: 9 to 5", metadata={"page": 1})]


def test_a_retriever_tells_its_documents(recorded, config):
    Shelf().invoke("When are you open?", config)
    assert recorded.only.attributes["threadline.span.kind"] == "retriever"
    assert told(recorded.only, "output") == [{"content": "Opening hours: 9 to 5", "metadata": {"page": 1}}]


def test_a_run_whose_end_never_comes_is_no_parent_of_the_next(recorded, config):
    stream = agent(says(*ASKS_AND_TELLS)).stream(QUESTION, config)
    next(stream)
    stream.close()
    says(AIMessage("Hi.")).invoke("Hello", config)
    graph, alone = recorded.named("LangGraph"), recorded.spans[-1]
    assert (graph.error, alone.parent_id) == (None, None)


def test_what_we_get_wrong_never_reaches_the_program(recorded, config, monkeypatch):
    monkeypatch.setattr(Guard, "reraise", False)
    monkeypatch.setattr("threadline.langchain.readable", None)
    monkeypatch.setattr("threadline.langchain.message", None)
    before = recorded.obs.dropped  # since the process began, by the tests before this one too
    answer = agent(says(*ASKS_AND_TELLS)).invoke(QUESTION, config)
    assert answer["messages"][-1].content == "It is 18C and cloudy in Paris."
    assert {reason for reason, count in recorded.obs.dropped.items() if count > before.get(reason, 0)} == {
        "internal_error"
    }
