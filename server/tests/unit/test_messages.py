"""Every shape in which programs and providers write messages, each as the messages of the contract."""

from __future__ import annotations

import base64
import json

import pytest

from threadline_server.messages import last_text, message_text, read, read_result, text


def said(role, words, **more):
    return {"role": role, "content": [{"type": "text", "text": words}], **more}


def called(*calls, words=None, **more):
    content = [] if words is None else [{"type": "text", "text": words}]
    return {"role": "assistant", "content": content, "toolCalls": list(calls), **more}


def call(identity, name, arguments):
    return {"id": identity, "name": name, "arguments": arguments}


WEATHER = call("c-1", "get_weather", {"city": "Paris"})
OPENAI_CALL = {"id": "c-1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}

INPUTS = {
    "a plain text": ("Hello!", [said("user", "Hello!")]),
    "the seed's message": ({"message": "Hello!"}, [said("user", "Hello!")]),
    "a program's keyword arguments": ({"message": "Hello!", "stream": False, "top_k": 3}, [said("user", "Hello!")]),
    "a question": ({"question": "Why?"}, [said("user", "Why?")]),
    "a question in short": ({"q": "Why?", "lang": "en"}, [said("user", "Why?")]),
    "a query": ({"query": "Why?", "limit": 5}, [said("user", "Why?")]),
    "a prompt": ({"prompt": "Why?"}, [said("user", "Why?")]),
    "an input": ({"input": "Why?"}, [said("user", "Why?")]),
    "a text": ({"text": "Why?"}, [said("user", "Why?")]),
    "an input inside an input": ({"input": {"question": "Why?"}}, [said("user", "Why?")]),
    "a decorated function's arguments": ({"args": [], "kwargs": {"message": "Why?"}}, [said("user", "Why?")]),
    "a decorated function's only argument": ({"args": ["Why?"], "kwargs": {}}, [said("user", "Why?")]),
    "a value of no known shape": ({"cart": [1, 2], "open": True}, [said("user", '{"cart":[1,2],"open":true}')]),
    "a list of no known shape": ([1, "two"], [said("user", '[1,"two"]')]),
    "a number": (7, [said("user", "7")]),
    "nothing": (None, []),
    "an empty text": ("", []),
    "empty messages": ({"messages": []}, []),
    "empty arguments": ({"args": [], "kwargs": {}}, []),
    "a part with every field and nothing in any": (
        [{"role": "model", "parts": [{"text": None, "functionCall": None, "thought": None}]}],
        [],
    ),
    "a part with every field and a call in one": (
        [{"role": "model", "parts": [{"text": None, "functionCall": {"name": "ls", "args": {}}}]}],
        [{"role": "assistant", "content": [], "toolCalls": [{"id": None, "name": "ls", "arguments": {}}]}],
    ),
    "OpenAI chat": (
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "Weather?", "name": "ada"},
                {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
                {"role": "tool", "tool_call_id": "c-1", "content": "18C"},
            ],
            "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}],
        },
        [
            said("system", "Be kind."),
            said("user", "Weather?", name="ada"),
            called(WEATHER),
            said("tool", "18C", toolCallId="c-1"),
        ],
    ),
    "OpenAI's first function calls": (
        [
            {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": '{"a": 1}'}},
            {"role": "function", "name": "f", "content": "done"},
        ],
        [called(call(None, "f", {"a": 1})), said("tool", "done", name="f")],
    ),
    "a developer's prompt": ([{"role": "developer", "content": "Be kind."}], [said("system", "Be kind.")]),
    "OpenAI's content parts": (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "See:"},
                        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png", "detail": "low"}},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                        {"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}},
                    ],
                }
            ]
        },
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "See:"},
                    {"type": "image", "url": "https://example.com/cat.png"},
                    {"type": "image", "mediaType": "image/png", "bytes": 8},
                    {"type": "audio", "mediaType": "audio/wav", "bytes": 3},
                    {"type": "file", "name": "a.pdf", "id": "file-1"},
                ],
            }
        ],
    ),
    "OpenAI's responses": (
        {
            "model": "gpt-4o",
            "instructions": "Be kind.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}]},
                {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Look it up."}]},
                {
                    "type": "function_call",
                    "id": "fc_1",
                    "call_id": "c-1",
                    "name": "get_weather",
                    "arguments": '{"city": "Paris"}',
                },
                {"type": "function_call_output", "call_id": "c-1", "output": "18C"},
            ],
        },
        [
            said("system", "Be kind."),
            said("user", "Weather?"),
            {"role": "assistant", "content": [{"type": "reasoning", "text": "Look it up."}], "toolCalls": [WEATHER]},
            said("tool", "18C", toolCallId="c-1"),
        ],
    ),
    "OpenAI's responses with a plain input": (
        {"instructions": "Be kind.", "input": "Weather?"},
        [said("system", "Be kind."), said("user", "Weather?")],
    ),
    "Anthropic": (
        {
            "model": "claude",
            "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
            "messages": [
                {"role": "user", "content": "Weather?"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "Look it up.", "signature": "x"},
                        {"type": "text", "text": "One moment."},
                        {"type": "tool_use", "id": "c-1", "name": "get_weather", "input": {"city": "Paris"}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "c-1", "content": [{"type": "text", "text": "18C"}]},
                        {"type": "text", "text": "And tomorrow?"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}},
                    ],
                },
            ],
        },
        [
            said("system", "Be kind."),
            said("user", "Weather?"),
            {
                "role": "assistant",
                "content": [{"type": "reasoning", "text": "Look it up."}, {"type": "text", "text": "One moment."}],
                "toolCalls": [WEATHER],
            },
            said("tool", "18C", toolCallId="c-1"),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "And tomorrow?"},
                    {"type": "image", "mediaType": "image/jpeg", "bytes": 3},
                ],
            },
        ],
    ),
    "Gemini": (
        {
            "config": {"system_instruction": "Be kind."},
            "contents": [
                {
                    "role": "user",
                    "parts": [{"text": "Weather?"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}],
                },
                {"role": "model", "parts": [{"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}}]},
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"name": "get_weather", "response": {"result": "18C"}}}],
                },
            ],
        },
        [
            said("system", "Be kind."),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image", "mediaType": "image/png", "bytes": 3},
                ],
            },
            called(call(None, "get_weather", {"city": "Paris"})),
            said("tool", "18C", name="get_weather"),
        ],
    ),
    "Gemini with a plain text": ({"model": "gemini", "contents": "Weather?"}, [said("user", "Weather?")]),
    "Bedrock Converse": (
        {
            "modelId": "anthropic.claude",
            "system": [{"text": "Be kind."}],
            "messages": [
                {
                    "role": "user",
                    "content": [{"text": "Weather?"}, {"image": {"format": "png", "source": {"bytes": "AAAA"}}}],
                },
                {
                    "role": "assistant",
                    "content": [{"toolUse": {"toolUseId": "c-1", "name": "get_weather", "input": {"city": "Paris"}}}],
                },
                {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c-1", "content": [{"json": {"celsius": 18}}]}}],
                },
            ],
        },
        [
            said("system", "Be kind."),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image", "mediaType": "image/png", "bytes": 3},
                ],
            },
            called(WEATHER),
            said("tool", '{"celsius":18}', toolCallId="c-1"),
        ],
    ),
    "OpenTelemetry GenAI messages": (
        [
            {"role": "system", "parts": [{"type": "text", "content": "Be kind."}]},
            {
                "role": "user",
                "parts": [
                    {"type": "text", "content": "Weather?"},
                    {"type": "uri", "modality": "image", "uri": "https://a/b"},
                ],
            },
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": "Look it up."},
                    {"type": "tool_call", "id": "c-1", "name": "get_weather", "arguments": '{"city": "Paris"}'},
                ],
                "finish_reason": "tool_call",
            },
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c-1", "response": "18C"}]},
            {
                "role": "user",
                "parts": [{"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"}],
            },
        ],
        [
            said("system", "Be kind."),
            {
                "role": "user",
                "content": [{"type": "text", "text": "Weather?"}, {"type": "image", "url": "https://a/b"}],
            },
            {"role": "assistant", "content": [{"type": "reasoning", "text": "Look it up."}], "toolCalls": [WEATHER]},
            said("tool", "18C", toolCallId="c-1"),
            {"role": "user", "content": [{"type": "audio", "mediaType": "audio/wav", "bytes": 3}]},
        ],
    ),
    "LangChain's constructors, one batch": (
        {
            "messages": [
                [
                    {
                        "lc": 1,
                        "type": "constructor",
                        "id": ["langchain", "schema", "messages", "SystemMessage"],
                        "kwargs": {"content": "Be kind."},
                    },
                    {
                        "lc": 1,
                        "type": "constructor",
                        "id": ["langchain", "schema", "messages", "HumanMessage"],
                        "kwargs": {"content": "Weather?", "type": "human"},
                    },
                    {
                        "lc": 1,
                        "type": "constructor",
                        "id": ["langchain", "schema", "messages", "AIMessage"],
                        "kwargs": {
                            "content": "",
                            "type": "ai",
                            "tool_calls": [
                                {"name": "get_weather", "args": {"city": "Paris"}, "id": "c-1", "type": "tool_call"}
                            ],
                        },
                    },
                ]
            ]
        },
        [said("system", "Be kind."), said("user", "Weather?"), called(WEATHER)],
    ),
    "LangChain's dictionaries": (
        {
            "messages": [
                {"type": "human", "content": "Weather?", "additional_kwargs": {}},
                {"type": "ai", "data": {"content": "18C", "type": "ai"}},
            ]
        },
        [said("user", "Weather?"), said("assistant", "18C")],
    ),
    "LangChain's pairs": ({"messages": [["human", "Weather?"]]}, [said("user", "Weather?")]),
    "the same call in LangChain's content and beside it": (
        [
            {
                "type": "ai",
                "content": [{"type": "tool_use", "id": "c-1", "name": "get_weather", "input": {"city": "Paris"}}],
                "tool_calls": [{"name": "get_weather", "args": {"city": "Paris"}, "id": "c-1"}],
            }
        ],
        [called(WEATHER)],
    ),
    "the Vercel AI SDK": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "file", "mediaType": "image/png", "data": "AAAA"},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "tool-call", "toolCallId": "c-1", "toolName": "get_weather", "input": {"city": "Paris"}}
                ],
            },
            {
                "role": "tool",
                "content": [
                    {
                        "type": "tool-result",
                        "toolCallId": "c-1",
                        "toolName": "get_weather",
                        "output": {"type": "text", "value": "18C"},
                    }
                ],
            },
        ],
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Weather?"},
                    {"type": "image", "mediaType": "image/png", "bytes": 3},
                ],
            },
            called(WEATHER),
            said("tool", "18C", toolCallId="c-1", name="get_weather"),
        ],
    ),
    "messages as JSON text": ('{"messages": [{"role": "user", "content": "Hi"}]}', [said("user", "Hi")]),
    "a text that is JSON of the user's own": ('{"message": "Hi"}', [said("user", '{"message": "Hi"}')]),
    "content that is JSON": ([{"role": "user", "content": '{"role": "x"}'}], [said("user", '{"role": "x"}')]),
    "an unknown block": (
        [{"role": "user", "content": [{"type": "hologram", "depth": 3}]}],
        [said("user", '{"type":"hologram","depth":3}')],
    ),
    "a role of the program's own": ([{"role": "critic", "content": "Meh."}], [said("critic", "Meh.")]),
    "tools listed among the messages": (
        [
            {"role": "user", "content": "Hi"},
            {"role": "tool", "content": {"type": "function", "function": {"name": "f", "parameters": {}}}},
        ],
        [said("user", "Hi")],
    ),
    "a role without content": ([{"role": "user"}], []),
}

OUTPUTS = {
    "a plain text": ("Hi.", [said("assistant", "Hi.")]),
    "the seed's response": ({"response": "Hi."}, [said("assistant", "Hi.")]),
    "the seed's content": ({"content": "Hi."}, [said("assistant", "Hi.")]),
    "an answer by whose it is": ({"assistantMessage": "So."}, [said("assistant", "So.")]),
    "an answer beside its question": ({"question": "Why?", "answer": "So."}, [said("assistant", "So.")]),
    "an output": ({"output": "Hi."}, [said("assistant", "Hi.")]),
    "a result": ({"result": "Hi."}, [said("assistant", "Hi.")]),
    "structured output as text": ('{"answer": 42}', [said("assistant", '{"answer": 42}')]),
    "a chat completion": (
        {
            "id": "chatcmpl-1",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "Hi.", "reasoning_content": "Greet.", "refusal": None},
                }
            ],
            "usage": {"prompt_tokens": 1},
        },
        [{"role": "assistant", "content": [{"type": "reasoning", "text": "Greet."}, {"type": "text", "text": "Hi."}]}],
    ),
    "a chat completion that calls a tool": (
        {"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]}}]},
        [called(WEATHER)],
    ),
    "a refusal": (
        {"choices": [{"message": {"role": "assistant", "content": None, "refusal": "No."}}]},
        [said("assistant", "No.")],
    ),
    "a spoken answer": (
        {
            "choices": [
                {
                    "message": {
                        "role": "assistant",
                        "content": None,
                        "audio": {"id": "a-1", "data": "AAAA", "transcript": "Hi."},
                    }
                }
            ]
        },
        [
            {
                "role": "assistant",
                "content": [{"type": "audio", "bytes": 3, "id": "a-1"}, {"type": "text", "text": "Hi."}],
            }
        ],
    ),
    "a completion of the old kind": ({"choices": [{"text": "Hi.", "index": 0}]}, [said("assistant", "Hi.")]),
    "OpenLLMetry's reasoning, which is the summary's JSON": (
        [
            {
                "role": "assistant",
                "parts": [
                    {"type": "reasoning", "content": '[{"text": "Greet.", "type": "summary_text"}]'},
                    {"type": "text", "content": "Hi."},
                ],
            }
        ],
        [{"role": "assistant", "content": [{"type": "reasoning", "text": "Greet."}, {"type": "text", "text": "Hi."}]}],
    ),
    "a message without a role": ({"content": [{"type": "text", "text": "Hi."}]}, [said("assistant", "Hi.")]),
    "an OpenAI response": (
        {
            "object": "response",
            "instructions": "Be kind.",
            "output": [
                {"type": "reasoning", "summary": []},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "One moment.", "annotations": []}],
                },
                {
                    "type": "function_call",
                    "id": "fc_1",
                    "call_id": "c-1",
                    "name": "get_weather",
                    "arguments": '{"city": "Paris"}',
                },
            ],
        },
        [called(WEATHER, words="One moment.")],
    ),
    "a tool of OpenAI's own": (
        {"output": [{"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"query": "Paris"}}]},
        [called(call("ws_1", "web_search_call", {"query": "Paris"}))],
    ),
    "an Anthropic message": (
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "Hi."}],
            "stop_reason": "end_turn",
        },
        [said("assistant", "Hi.")],
    ),
    "a Gemini answer": (
        {
            "candidates": [
                {
                    "content": {"role": "model", "parts": [{"text": "Greet.", "thought": True}, {"text": "Hi."}]},
                    "finishReason": "STOP",
                }
            ]
        },
        [{"role": "assistant", "content": [{"type": "reasoning", "text": "Greet."}, {"type": "text", "text": "Hi."}]}],
    ),
    "a Bedrock answer": (
        {
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [{"reasoningContent": {"reasoningText": {"text": "Greet."}}}, {"text": "Hi."}],
                }
            }
        },
        [{"role": "assistant", "content": [{"type": "reasoning", "text": "Greet."}, {"type": "text", "text": "Hi."}]}],
    ),
    "LangChain's generations": (
        {
            "generations": [
                [
                    {
                        "text": "Hi.",
                        "type": "ChatGeneration",
                        "message": {"lc": 1, "type": "constructor", "id": ["AIMessage"], "kwargs": {"content": "Hi."}},
                    }
                ]
            ],
            "llm_output": None,
        },
        [said("assistant", "Hi.")],
    ),
    "LangChain's generation of an error": (
        {"generations": [[{"text": "", "message": {"lc": 1, "id": ["AIMessage"], "kwargs": {"content": ""}}}]]},
        [],
    ),
    "LangGraph's state update": (
        [
            {
                "graph": None,
                "update": {"messages": [{"type": "ai", "data": {"content": "Hi.", "type": "ai"}}]},
                "goto": [],
            }
        ],
        [said("assistant", "Hi.")],
    ),
    "a whole turn in one message": (
        [
            {
                "role": "assistant",
                "parts": [
                    {"type": "text", "content": "One moment."},
                    {"type": "tool_call", "id": "c-1", "name": "get_weather", "arguments": {"city": "Paris"}},
                    {"type": "tool_call_response", "id": "c-1", "response": "18C"},
                    {"type": "text", "content": "18C."},
                ],
            }
        ],
        [called(WEATHER, words="One moment."), said("tool", "18C", toolCallId="c-1"), said("assistant", "18C.")],
    ),
}


@pytest.mark.parametrize(("value", "messages"), INPUTS.values(), ids=INPUTS)
def test_an_input_is_read_as_the_messages_that_it_holds(value, messages):
    assert read(value, "user") == messages


@pytest.mark.parametrize(("value", "messages"), OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_is_read_as_the_messages_that_it_holds(value, messages):
    assert read(value, "assistant") == messages


@pytest.mark.parametrize("value", [*(v for v, _ in INPUTS.values()), *(v for v, _ in OUTPUTS.values())])
def test_reading_what_was_read_gives_the_same_again(value):
    once = read(value, "user")

    assert read(once, "user") == once


RESULTS = {
    "a text": ("18C", said("tool", "18C")),
    "a text in JSON quotes that the sender added": ('"18C"', said("tool", '"18C"')),
    "an object": ({"celsius": 18}, said("tool", '{"celsius":18}')),
    "a list": ([1, 2], said("tool", "[1,2]")),
    "an object around a text": ({"result": "18C"}, said("tool", "18C")),
    "content blocks": ([{"type": "text", "text": "18C"}], said("tool", "18C")),
    "mail that a tool found": (
        {"messages": [{"role": "user", "content": "Hi"}]},
        said("tool", '{"messages":[{"role":"user","content":"Hi"}]}'),
    ),
    "LangChain's tool message": (
        {"type": "tool", "data": {"content": "18C", "name": "get_weather", "tool_call_id": "c-1", "status": "success"}},
        said("tool", "18C", toolCallId="c-1", name="get_weather"),
    ),
    "LangChain's tool message as JSON text": (
        '{"type": "tool", "content": "18C", "name": "get_weather", "tool_call_id": "c-1"}',
        said("tool", "18C", toolCallId="c-1", name="get_weather"),
    ),
    "nothing": (None, {"role": "tool", "content": []}),
}


@pytest.mark.parametrize(("value", "message"), RESULTS.values(), ids=RESULTS)
def test_what_a_tool_gave_back_is_one_message(value, message):
    assert read_result(value) == message


def test_a_large_image_is_named_by_its_size_wherever_it_stands():
    encoded = base64.b64encode(bytes(30_000)).decode()
    value = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{encoded}"}}]},
        {"role": "user", "content": [{"type": "hologram", "payload": encoded}]},
    ]

    assert read(value, "user") == [
        {"role": "user", "content": [{"type": "image", "mediaType": "image/png", "bytes": 30_000}]},
        said("user", '{"type":"hologram","payload":"(40000 characters of binary data)"}'),
    ]


def test_arguments_that_are_no_json_stay_as_they_came():
    value = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"cut": "of'}}]}

    assert read(value, "assistant") == [called(call("c", "f", '{"cut": "of'))]


def test_a_value_nested_without_end_is_shown_as_far_as_it_goes():
    value: object = "deep"
    for _ in range(5_000):
        value = {"input": [value]}

    [message] = read(value, "user")

    assert json.loads(message["content"][0]["text"])["input"][0]["input"]


def test_the_text_of_a_value_is_what_a_person_reads_of_it():
    values = [
        "Hello!",
        {"message": "Hello!"},
        {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello!"}]},
        {"choices": [{"message": {"role": "assistant", "content": "Hello!"}}]},
        {"cart": 3},
        {"choices": [{"message": {"role": "assistant", "tool_calls": [OPENAI_CALL]}}]},
        None,
    ]

    assert [text(value) for value in values] == ["Hello!", "Hello!", "Hello!", "Hello!", '{"cart":3}', "", ""]


def test_the_last_text_of_a_role_skips_its_messages_without_words():
    messages = [said("user", "Weather?"), said("assistant", "One moment."), called(WEATHER), said("tool", "18C")]

    assert [last_text(messages, role) for role in ("user", "assistant", "tool", "system")] == [
        "Weather?",
        "One moment.",
        "18C",
        "",
    ]


def test_the_text_of_a_message_leaves_reasoning_and_images_out():
    message = {
        "role": "assistant",
        "content": [
            {"type": "reasoning", "text": "Greet."},
            {"type": "text", "text": "Hi."},
            {"type": "image", "url": "https://a/b"},
            {"type": "text", "text": "Look."},
        ],
    }

    assert message_text(message) == "Hi.\nLook."
