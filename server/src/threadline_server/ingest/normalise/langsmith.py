"""LangSmith's SDK in OpenTelemetry mode. Inputs and outputs of a run travel as ``gen_ai.prompt`` and ``gen_ai.completion``.

Source: https://docs.langchain.com/langsmith/trace-with-opentelemetry and ``langsmith._internal.otel``. LangSmith calls its
projects sessions: ``langsmith.trace.session_name`` and the id beside it name one; a conversation is named in the metadata.
"""

from __future__ import annotations

from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.plumbing import is_plumbing
from threadline_server.ingest.normalise.prefixed import under, unquoted, unrepresented
from threadline_server.ingest.normalise.shape import Names
from threadline_server.model import Kind, RawSpan

NAME: Final = "langsmith"
PREFIXES: Final = ("langsmith.",)

_KINDS: Final[dict[Any, Kind]] = {
    "llm": "generation", "chain": "span", "tool": "tool", "retriever": "retriever", "embedding": "embedding",
    "prompt": "span", "parser": "span", "agent": "agent",
}  # fmt: skip
_METADATA: Final = "langsmith.metadata."
_TEXTS: Final[Names] = (
    ("langsmith.session.id", "session_id"),
    ("langsmith.metadata.session_id", "session_id"),
    ("langsmith.metadata.thread_id", "session_id"),
    ("langsmith.metadata.conversation_id", "session_id"),
    ("langsmith.metadata.user_id", "user_id"),
    ("langsmith.metadata.ls_provider", "provider"),
    ("gen_ai.response.model", "model"),
    ("gen_ai.request.model", "model"),
    ("langsmith.metadata.ls_model_name", "model"),
)
_NO_PROJECT: Final[Names] = (("langsmith.trace.session_id", "session_id"),)
_USAGE: Final = ("langsmith.usage_metadata", "langsmith.metadata.usage_metadata")
_DETAILS: Final = (
    ("input_token_details", "gen_ai.usage.input_token_details"),
    ("output_token_details", "gen_ai.usage.output_token_details"),
)


def read(span: RawSpan, draft: Draft) -> None:
    attributes = span.attributes
    get = attributes.get
    if draft.kind is None:
        said = get("langsmith.span.kind")
        draft.kind = _KINDS.get(said.lower()) if isinstance(said, str) else None
    draft.offer_texts(attributes, _TEXTS)
    if "langsmith.trace.session_name" not in attributes:
        draft.offer_texts(attributes, _NO_PROJECT)
    if draft.kind in ("generation", "embedding", None):
        _read_usage(attributes, draft)
    tags = get("langsmith.span.tags")
    draft.offer_tags(tags.split(", ") if isinstance(tags, str) and tags[:1] != "[" else tags)
    draft.offer_parameters("langsmith.metadata.ls_invocation_params", get("langsmith.metadata.ls_invocation_params"))
    for name, key, value in under(attributes, _METADATA):
        if not is_plumbing(key) and value not in ("", None):
            draft.offer_metadata([(key, unquoted(value))])
            draft.stored.add(name)


def _read_usage(attributes: dict[str, Any], draft: Draft) -> None:
    """The whole usage where it came as one object; else what the plain counts leave out, which Python may have written."""
    for name in _USAGE:
        told = unrepresented(attributes.get(name))
        if told:
            draft.offer_usage({key: value for key, value in told.items() if not key.endswith("cost")})
            draft.offer_cost(name, told.get("total_cost"))
            return
    details = {key: unrepresented(attributes.get(name)) for key, name in _DETAILS if name in attributes}
    if details:
        draft.offer_usage(details)
