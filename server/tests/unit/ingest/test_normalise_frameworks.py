"""What instrumentations of frameworks tell beyond the recorded exports, by the names and shapes that they document."""

import orjson
import pytest

from server.tests.unit.ingest.spans import normal

OF = "openinference.instrumentation."
JS = "@arizeai/openinference-instrumentation-"
CHAIN, AGENT, LLM, TOOL = ({"openinference.span.kind": kind} for kind in ("CHAIN", "AGENT", "LLM", "TOOL"))


def as_json(name, value):
    return {f"{name}.value": orjson.dumps(value).decode(), f"{name}.mime_type": "application/json"}


def words_of(span):
    return [
        (message["role"], message["content"][0]["text"])
        for held in (span.input_messages, span.output_messages)
        for message in orjson.loads(held or b"[]")
    ]


def test_a_method_of_llamaindex_around_a_model_is_no_model_call():
    around = {**LLM, "llm.model_name": "gpt-4o-mini", **as_json("input", {"prompt": "PromptTemplate(template='Hi')"})}
    span = normal({**around, "output.value": "Hello!"}, scope=OF + "llama_index", name="OpenAI.predict")
    assert (span.kind, span.input_text, span.output_text, span.said) == ("span", "", "", "")
    assert "input.value" in orjson.loads(span.attributes)
    assert normal({**around, "llm.prompts": ["Hi"]}, scope=OF + "llama_index").kind == "generation"
    assert normal(around, scope="somebody.else").kind == "generation"


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("StopEvent(result='It\\'s done.')", "It's done."),
        ("StopEvent(result=AgentOutput(response=ChatMessage(role=<MessageRole.ASSISTANT: 'assistant'>...", ""),
        ("Paris (the city) is = nice", "Paris (the city) is = nice"),
    ],
)
def test_what_a_workflow_of_llamaindex_ends_with_is_said_where_it_is_a_text(output, said):
    span = normal({**CHAIN, **as_json("input", {"init_state": {}}), "output.value": output}, scope=OF + "llama_index")
    assert (span.input_text, span.output_text) == ("", said)


def test_a_chat_engine_of_llamaindex_that_streams_has_not_answered_yet():
    answer = {"response": "", "sources": [], "queue": "<queue.Queue object>"}
    asked = as_json("input", {"message": "Hi"})
    span = normal({**CHAIN, **asked, **as_json("output", answer)}, scope=OF + "llama_index")
    assert (span.input_text, span.output_text, span.output) == ("Hi", "", b"")


def test_a_crew_without_a_name_has_the_same_name_in_every_run():
    name = "Crew_09d6d309-7489-49ba-a91e-278c8118fd5b.kickoff"
    span = normal({**CHAIN, **as_json("output", {"raw": "Done.", "tasks_output": []})}, scope=OF + "crewai", name=name)
    assert (span.name, span.output_text) == ("Crew.kickoff", "Done.")
    assert orjson.loads(span.attributes)["threadline.sent_name"] == name
    assert normal(CHAIN, scope=OF + "crewai", name="chat.kickoff").name == "chat.kickoff"


def test_a_task_of_crewai_is_its_description_and_not_its_arguments():
    arguments = as_json("input", {"agent": {"role": "Writer"}, "context": "", "tools": []})
    assert normal({**AGENT, **arguments}, scope=OF + "crewai").input_text == ""
    told = normal({**AGENT, **arguments, "task_description": "Write."}, scope=OF + "crewai._event_listener")
    assert told.input_text == "Write."


def test_openllmetrys_crew_tells_its_tasks_and_their_answers_but_no_tokens():
    task = {"traceloop.span.kind": "task", "crewai.task.description": "Write.", "traceloop.entity.output": "Written."}
    assert words_of(normal(task)) == [("user", "Write."), ("assistant", "Written.")]
    used = {"crewai.crew.usage_metrics": "{'prompt_tokens': 280, 'completion_tokens': 29}"}
    crew = normal({"crewai.crew.name": "chat", "crewai.crew.result": "Written.", **used}, name="crewai.workflow")
    assert (crew.name, crew.output_text, crew.usage) == ("chat.workflow", "Written.", None)
    assert normal({"crewai.crew.name": "crew"}, name="crewai.workflow").name == "crewai.workflow"


def test_tools_of_dspy_have_their_names_and_the_end_of_its_loop_is_none():
    done = as_json("output", "Completed.")
    tool = normal({**TOOL, **done}, scope=OF + "dspy", name="get_weather.__call__")
    assert (tool.name, tool.kind) == ("get_weather", "tool")
    assert normal(TOOL, scope=OF + "dspy", name="get_weather.acall").name == "get_weather"
    assert normal({**TOOL, **done}, scope=OF + "dspy", name="finish.__call__").kind == "span"
    assert normal(TOOL, scope=OF + "dspy", name="plain").name == "plain"


def test_a_run_of_agno_that_failed_has_an_error_and_no_answer():
    attributes = {**AGENT, "input.value": "Hi", "output.value": "The model refused"}
    failed = normal(attributes, scope=OF + "agno", status="error", status_message="run status: error")
    assert (failed.error.message, failed.output_text, failed.output) == ("The model refused", "", b"")
    assert normal({**LLM, "llm.provider": "OpenAI"}, scope=OF + "agno").provider == "openai"


def test_openllmetrys_task_of_a_tool_of_llamaindex_is_that_tool():
    told = {
        "tool_name": "get_weather",
        "raw_input": {},
        "raw_output": "18C",
        "blocks": [{"block_type": "text", "text": "18C"}],
    }
    task = {"traceloop.span.kind": "task", "traceloop.entity.output": orjson.dumps(told).decode()}
    span = normal(task, scope="opentelemetry.instrumentation.llamaindex", name="FunctionTool.task")
    assert (span.kind, span.name, words_of(span)) == ("tool", "get_weather", [("tool", "18C")])
    assert normal(task, name="FunctionTool.task").kind == "span"


def generated(message, **beside):
    return as_json("output", {"generations": [[{"message": {"lc": 1, "kwargs": message}, **beside}]]})


def test_calls_of_langchain_js_have_provider_model_and_ids_from_what_langchain_itself_tells():
    call = {"name": "get_weather", "args": {"city": "Paris"}, "type": "tool_call", "id": "call_1"}
    message = {"id": "chatcmpl-1", "type": "ai", "content": "", "tool_calls": [call]}
    flat = {
        "llm.model_name": "gpt-4o-mini",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "get_weather",
        "metadata": '{"ls_provider":"openai"}',
    }
    beside = {"generationInfo": {"model_name": "gpt-4o-mini-2024-07-18"}}
    span = normal({**LLM, **flat, **generated(message, **beside)}, scope=JS + "langchain")
    assert (span.provider, span.model, span.response_id) == ("openai", "gpt-4o-mini-2024-07-18", "chatcmpl-1")
    assert orjson.loads(span.output_messages)[0]["toolCalls"][0]["id"] == "call_1"
    own = normal({**LLM, **flat, **generated({**message, "id": "run-1"})}, scope=JS + "langchain-v0")
    assert (own.model, own.response_id) == ("gpt-4o-mini", "")
    hidden = normal({**LLM, **flat, "output.value": "__REDACTED__"}, scope=JS + "langchain")
    assert orjson.loads(hidden.output_messages)[0]["toolCalls"][0]["name"] == "get_weather"


def test_calls_of_the_agents_sdk_for_javascript_have_the_history_of_the_value_and_the_instructions():
    asked = [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello!"}]},
        {"type": "function_call", "id": "fc_1", "callId": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_result", "callId": "call_1", "name": "f", "output": {"type": "text", "text": "18C"}},
    ]
    flat = {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be kind.",
        "llm.input_messages.1.message.role": "assistant",
    }
    span = normal({**LLM, **flat, **as_json("input", asked)}, scope=JS + "openai-agents")
    told = orjson.loads(span.input_messages)
    assert [message["role"] for message in told] == ["system", "assistant", "tool"]
    assert told[1]["content"] == [{"type": "text", "text": "Hello!"}]
    assert told[1]["toolCalls"] == [{"id": "call_1", "name": "f", "arguments": {}}]
    assert (told[2]["toolCallId"], told[2]["content"]) == ("call_1", [{"type": "text", "text": "18C"}])
    completion = {"id": "chatcmpl-1", "model": "gpt-4o-mini-2024-07-18", "choices": []}
    chat = normal(
        {**LLM, "llm.model_name": "gpt-4o-mini", **as_json("output", [completion])}, scope=JS + "openai-agents"
    )
    assert (chat.model, chat.response_id) == ("gpt-4o-mini-2024-07-18", "chatcmpl-1")
