"""OpenInference, the vocabulary of Arize Phoenix's instrumentations.

Source: https://arize-ai.github.io/openinference/spec/semantic_conventions.html. ``llm.token_count.prompt`` includes the
cached and ``completion`` the reasoning tokens. A value without a MIME type is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from threadline_server import messages
from threadline_server.ingest import json_text
from threadline_server.ingest.normalise import (
    agno,
    autogen,
    beeai,
    crewai,
    dspy,
    haystack,
    llama_index,
    openinference_js,
    smolagents,
)
from threadline_server.ingest.normalise.draft import Draft, plain_text
from threadline_server.ingest.normalise.flattened import FlatList, FlatLists, in_order, unflatten
from threadline_server.ingest.normalise.shape import Names
from threadline_server.ingest.told_numbers import real_number
from threadline_server.messages import Message
from threadline_server.model import Kind, RawSpan

NAME: Final = "openinference"
PREFIXES: Final = (
    "openinference.", "input.value", "output.value", "llm.model_name", "llm.token_count.", "llm.input_messages.",
    "llm.output_messages.", "llm.invocation_parameters", "llm.provider", "llm.system", "llm.cost.", "embedding.", "tool.name",
    "retrieval.documents.", "reranker.",
)  # fmt: skip

_INPUT: Final = "llm.input_messages."
_OUTPUT: Final = "llm.output_messages."
_DOCUMENTS: Final = ("retrieval.documents.", "reranker.output_documents.")
_LISTS: Final = FlatLists(_INPUT, _OUTPUT, *_DOCUMENTS, plain=("message.role", "message.content"))
_PROMPTS: Final = "llm.prompts."
_CHOICES: Final = "llm.choices."
_EMBEDDED: Final = "embedding.embeddings."
_WORDS: Final = FlatLists(_PROMPTS, _CHOICES, _EMBEDDED)
_COST: Final = "llm.cost.total"
_COST_PARTS: Final = ("llm.cost.prompt", "llm.cost.completion")
_KINDS: Final[dict[Any, Kind]] = {
    "LLM": "generation", "CHAIN": "span", "TOOL": "tool", "RETRIEVER": "retriever", "EMBEDDING": "embedding",
    "AGENT": "agent", "RERANKER": "reranker", "GUARDRAIL": "guardrail", "EVALUATOR": "evaluator", "PROMPT": "span",
}  # fmt: skip
_TEXTS: Final[Names] = (
    ("llm.response.model_name", "model"),
    ("llm.model_name", "model"),
    ("llm.request.model_name", "model"),
    ("embedding.model_name", "model"),
    ("reranker.model_name", "model"),
    ("llm.provider", "provider"),
    ("llm.system", "provider"),
)
_COUNTS: Final[Names] = (
    ("llm.token_count.prompt", "prompt"),
    ("llm.token_count.completion", "completion"),
    ("llm.token_count.total", "total"),
    ("llm.token_count.prompt_details.cache_read", "cached"),
    ("llm.token_count.prompt_details.cache_write", "cache_write"),
    ("llm.token_count.completion_details.reasoning", "reasoning"),
)
_FIRST_TOKEN: Final = "First Token Stream Event"
_ANSWERS: Final = frozenset({"choices", "output", "stop_reason", "candidates"})
"""A field that only the answer of a provider's API has: OpenAI's two, Anthropic's, Gemini's."""
_JSON: Final = "application/json"
_OBJECT: Final = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")
"""What stands for a stream that the instrumentation did not read; nobody's words."""
FRAMEWORKS: Final[dict[str, Callable[[RawSpan, Draft], None]]] = {
    agno.SCOPE: agno.read,
    autogen.SCOPE: autogen.read,
    beeai.SCOPE: beeai.read,
    crewai.SCOPE: crewai.read,
    crewai.LISTENER: crewai.read,
    dspy.SCOPE: dspy.read,
    haystack.SCOPE: haystack.read,
    llama_index.SCOPE: llama_index.read,
    openinference_js.AGENTS_SCOPE: openinference_js.read_agents,
    openinference_js.LANGCHAIN_SCOPE: openinference_js.read_langchain,
    openinference_js.LANGCHAIN_V0_SCOPE: openinference_js.read_langchain,
    smolagents.SCOPE: smolagents.read,
}
"""Whose instrumentations show what the framework makes of what was said, by their scopes."""


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        said = get("openinference.span.kind")
        draft.kind = _KINDS.get(said.upper() if isinstance(said, str) else None)
    draft.offer_texts(attributes, _TEXTS)
    draft.offer_counts(attributes, _COUNTS)
    _read_cost(attributes, draft)
    draft.offer_parameters("llm.invocation_parameters", get("llm.invocation_parameters"))
    given, answered = get("input.value"), get("output.value")
    if type(answered) is str and answered[:1] == "<" and _OBJECT.fullmatch(answered):
        answered = None
    draft.offer_input("input.value", given, is_json=_is_json(given, get("input.mime_type")))
    draft.offer_output("output.value", answered, is_json=_is_json(answered, get("output.mime_type")))
    if draft.kind == "generation" or draft.kind is None:  # LangChain's chains carry the first message only
        _read_messages(attributes, draft)
        _read_answer(draft)
        _read_words(attributes, draft)
    elif draft.kind == "embedding":
        _read_words(attributes, draft)
        if not span.parent_id:
            _read_embedded(attributes, draft)
    elif draft.kind in ("retriever", "reranker"):
        draft.offer_input("reranker.query", get("reranker.query"), is_json=False)
        _read_documents(attributes, draft)
    elif draft.kind == "tool":
        draft.name = draft.name or plain_text(get("tool.name"))
    framework = FRAMEWORKS.get(span.scope)
    if framework is not None:
        framework(span, draft)
    if span.events and draft.time_to_first_token_ms is None:
        _read_first_token(span, draft)


def _is_json(value: Any, mime_type: Any) -> bool:
    """By its type; without one it is text by the convention, but some instrumentations leave it out."""
    if mime_type is None:
        return isinstance(value, str) and value[:1] in ("{", "[")
    return bool(mime_type == _JSON)


def _read_messages(attributes: dict[str, Any], draft: Draft) -> None:
    lists = _LISTS.gather(attributes, draft.shape_of(attributes))
    if _INPUT in lists and not draft.input_messages:
        draft.input_messages = _messages(lists[_INPUT], attributes, "user")
        if draft.input_messages:
            draft.stored.update(lists[_INPUT].names)
    if _OUTPUT in lists and not draft.output_messages:
        draft.output_messages = _messages(lists[_OUTPUT], attributes, "assistant")
        if draft.output_messages:
            draft.stored.update(lists[_OUTPUT].names)


def _read_documents(attributes: dict[str, Any], draft: Draft) -> None:
    """What was found, where it is told by document only."""
    if draft.output:
        return
    lists = _LISTS.gather(attributes, draft.shape_of(attributes))
    found = next((lists[prefix] for prefix in _DOCUMENTS if prefix in lists), None)
    if found is not None:
        documents = [unflatten(found.row(row)).get("document") for row in found.layout]
        draft.offer_output(_DOCUMENTS[0], documents, is_json=False)
        draft.stored.update(found.names)


def _read_words(attributes: dict[str, Any], draft: Draft) -> None:
    """Prompts, completions and embedded texts, where they are told without messages."""
    lists = _WORDS.gather(attributes, draft.shape_of(attributes))
    for prefix, field, offer in (
        (_PROMPTS, "prompt.text", draft.offer_input),
        (_CHOICES, "completion.text", draft.offer_output),
        (_EMBEDDED, "embedding.text", draft.offer_input),
    ):
        rows = lists[prefix].rows.values() if prefix in lists else ()
        texts = [text for row in rows if (text := plain_text(row.get(field)))]
        if texts:
            offer(prefix, texts[0] if len(texts) == 1 else texts, is_json=False)


def _read_embedded(attributes: dict[str, Any], draft: Draft) -> None:
    """The texts of a call of its own, whose input is the whole request: they are what a person reads."""
    texts = _WORDS.gather(attributes, draft.shape_of(attributes)).get(_EMBEDDED)
    rows = texts.rows.values() if texts is not None else ()
    said = [text for row in rows if (text := plain_text(row.get("embedding.text")))]
    draft.input_messages = [{"role": "user", "content": [{"type": "text", "text": text}]} for text in said]


def _read_cost(attributes: dict[str, Any], draft: Draft) -> None:
    """The whole, else the sum of its parts."""
    if _COST in attributes:
        draft.offer_cost(_COST, attributes[_COST])
        return
    parts = [number for name in _COST_PARTS if (number := real_number(attributes.get(name))) is not None]
    draft.offer_cost(_COST, sum(parts) or None)


def _read_answer(draft: Draft) -> None:
    """The response's id, and the model of a call that never got one: from the provider's own JSON."""
    answered = draft.answered
    if type(answered) is dict and not draft.response_id and not _ANSWERS.isdisjoint(answered):
        draft.response_id = plain_text(answered.get("response_id" if "candidates" in answered else "id"))
    if not draft.model and draft.model_parameters:
        draft.model = plain_text((json_text.load_object(draft.model_parameters.decode()) or {}).get("model"))


def _messages(sent: FlatList, attributes: dict[str, Any], role: str) -> list[Message]:
    found: list[Message] = []
    for row in sent.layout:
        if row.plain is not None:
            said, text = attributes[row.plain[0]], attributes[row.plain[1]]
            if type(text) is str and said in ("user", "assistant", "system"):
                if text:
                    found.append({"role": said, "content": [{"type": "text", "text": text}]})
                continue
        found += _message(sent.row(row), role)
    return found


def _message(row: dict[str, Any], role: str) -> list[Message]:
    """A message with several contents, tool calls or a tool's answer, by way of the provider's own shape."""
    flat = unflatten(row).get("message")
    if not isinstance(flat, dict):
        return []
    contents = [_block(item) for item in in_order(flat.get("contents"))]
    said = plain_text(flat.get("role")) or role
    spelled: dict[str, Any] = {"role": said, "content": contents or flat.get("content")}
    for key in ("tool_call_id", "name"):
        if flat.get(key):
            spelled[key] = flat[key]
    calls = [item.get("tool_call") for item in in_order(flat.get("tool_calls"))]
    if calls:
        spelled["tool_calls"] = [call for call in calls if isinstance(call, dict)]
    if "function_call_name" in flat:
        arguments = flat.get("function_call_arguments_json", "")
        spelled["function_call"] = {"name": plain_text(flat["function_call_name"]), "arguments": arguments}
    says_something = (
        len(spelled) > 2 or spelled["content"] or said == "tool"
    )  # that a tool answered is news without its words
    return messages.read([spelled], role) if says_something else []


def _block(item: dict[str, Any]) -> dict[str, Any]:
    """One of a message's contents; of a tool's call there is only the type in it, the call stands beside."""
    block, call = item.get("message_content"), item.get("tool_call")
    if isinstance(call, dict):
        return {"type": "tool_call", **call}
    return block if isinstance(block, dict) else {"type": "text", "text": plain_text(block)}


def _read_first_token(span: RawSpan, draft: Draft) -> None:
    for event in span.events:
        if event.name == _FIRST_TOKEN and event.time_ns >= span.start_ns:
            draft.offer_latency(_FIRST_TOKEN, event.time_ns - span.start_ns, unit_ms=1e-6)
            return
