"""LangSmith's runs, from all that was told of each, -> raw spans in our own words.

Only a model call's own answer tells its tokens: the messages of the history that its input repeats carry theirs too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from threadline import semconv
from threadline_server.ingest.decode.langsmith_runs import SESSION_KEYS, run_order
from threadline_server.ingest.decode.native_fields import Refused
from threadline_server.ingest.decode.piecewise import (
    Piece,
    Value,
    exception,
    instant,
    json_attributes,
    merged,
    object_of,
    text_of,
    texts,
    whole_counts,
)
from threadline_server.ingest.normalise import plumbing
from threadline_server.model import Attributes, RawEvent, RawSpan

_SCOPE: Final = "langsmith"
_EVER: Final = 2**63
_KINDS: Final = {"llm": "generation", "tool": "tool", "retriever": "retriever", "embedding": "embedding"}
_PLACES: Final = {"session_name": "langsmith.project", "session_id": "langsmith.project_id"}
"""Names of projects; under their own names they would read like a conversation's."""
_READ: Final = frozenset(
    {*_PLACES, "id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type", "start_time", "end_time", "inputs",
     "outputs", "error", "tags", "extra", "child_runs"}
)  # fmt: skip
_OWN_TAGS: Final = re.compile(r"(?:graph|seq|map|condition):(?:step|key|branch)")
"""With which frameworks number their steps."""
_TRACEBACK: Final = "Traceback (most recent call last)"
_TYPE: Final = re.compile(r"^((?:[A-Za-z_]\w*\.)*[A-Z]\w*)(?:\(|: )")


def run_span(trace_id: str, pieces: Sequence[Piece]) -> RawSpan | None:
    """The run as far as it was told; None while no message tells a time."""
    runs = [piece.value["run"] for piece in pieces]
    fields = merged(runs)
    fields["extra"] = _extra(runs)
    starts = [time_ns for run in runs if (time_ns := instant(run, "start_time", _EVER))]
    ends = [time_ns for run in runs if (time_ns := instant(run, "end_time", _EVER))]
    if not starts and not ends:
        return None
    start_ns, end_ns = min(starts or ends), max([*starts, *ends]) if ends else 0
    order = run_order(fields)
    parent_id = text_of(fields, "parent_run_id") or (order[-2] if len(order) > 1 else "")
    error = fields.get("error")
    status: Literal["", "error"] = "error" if isinstance(error, str) and error else ""
    message, told = _error(error) if isinstance(error, str) and error else ("", None)
    return RawSpan(
        trace_id,
        pieces[0].span_id,
        parent_id,
        text_of(fields, "name"),
        start_ns,
        end_ns,
        _attributes(fields, start_ns, is_root=not parent_id),
        status,
        message,
        () if told is None else (RawEvent(semconv.EXCEPTION_EVENT, end_ns or start_ns, told),),
        scope=_SCOPE,
    )


def _extra(runs: Sequence[Value]) -> Value:
    extras = [object_of(run, "extra") for run in runs]
    return merged(extras)


def _error(text: str) -> tuple[str, Attributes]:
    """(message, the exception's attributes) of an error that is a Python exception's text, its stack after it."""
    message, mark, stack = text.partition(_TRACEBACK)
    message = message.strip() or text.strip().rpartition("\n")[2]
    named = _TYPE.match(message)
    return message, exception(message, type_=named[1] if named else "", stack=mark + stack)


def _attributes(fields: Value, start_ns: int, *, is_root: bool) -> Attributes:
    extra, metadata = fields["extra"], object_of(fields["extra"], "metadata")
    said, noted = plumbing.parted(metadata) if is_root else ({}, metadata)
    kind = _KINDS.get(text_of(fields, "run_type"), "span")
    attributes: Attributes = {key: held for key, held in fields.items() if key not in _READ and held not in ({}, [])}
    attributes |= texts({name: text_of(fields, key) for key, name in _PLACES.items()})
    attributes |= texts(
        {
            semconv.KIND: kind,
            semconv.SESSION_ID: text_of(metadata, *SESSION_KEYS),
            semconv.USER_ID: text_of(metadata, "user_id"),
        }
    )
    attributes |= json_attributes(
        {
            semconv.INPUT: fields.get("inputs"),
            semconv.OUTPUT: fields.get("outputs"),
            semconv.METADATA: said,
            "extra": {**{key: held for key, held in extra.items() if key != "metadata"}, "metadata": noted},
        }
    )
    tags = fields.get("tags")
    if isinstance(tags, list):
        attributes[semconv.TAGS] = [tag for tag in tags if isinstance(tag, str) and not _OWN_TAGS.match(tag)]
    if kind in ("generation", "embedding"):
        attributes |= _call(fields, extra, metadata)
    first_ns = _first_token(fields.get("events"))
    if first_ns >= start_ns:
        attributes[semconv.TIME_TO_FIRST_TOKEN_MS] = (first_ns - start_ns) // 1_000_000
    return attributes


def _call(fields: Value, extra: Value, metadata: Value) -> Attributes:
    """What only model calls tell: model, provider, parameters, tokens."""
    inputs, outputs, asked = (
        object_of(fields, "inputs"),
        object_of(fields, "outputs"),
        object_of(extra, "invocation_params"),
    )
    answer = _answer(outputs)
    told = object_of(answer, "response_metadata")
    usage = _usage(outputs, answer, metadata)
    of_prompt, of_completion = object_of(usage, "input_token_details"), object_of(usage, "output_token_details")
    model = (
        text_of(outputs, "model")
        or text_of(told, "model_name", "model")
        or text_of(object_of(outputs, "llm_output"), "model_name")
        or text_of(metadata, "ls_model_name")
        or text_of(asked, "model", "model_name")
        or text_of(inputs, "model")
    )
    response_id = text_of(outputs, "id") if "choices" in outputs or "output" in outputs else text_of(told, "id")
    parameters = object_of(metadata, "ls_invocation_params") or asked
    return (
        texts(
            {
                semconv.REQUEST_MODEL: model,
                semconv.PROVIDER: text_of(metadata, "ls_provider"),
                "gen_ai.response.id": response_id,
            }
        )
        | json_attributes({semconv.MODEL_PARAMETERS: {key: held for key, held in parameters.items() if key != "tools"}})
        | whole_counts(
            {
                semconv.PROMPT_TOKENS: usage.get("input_tokens"),
                semconv.COMPLETION_TOKENS: usage.get("output_tokens"),
                semconv.TOTAL_TOKENS: usage.get("total_tokens"),
                semconv.CACHED_TOKENS: of_prompt.get("cache_read"),
                semconv.CACHE_WRITE_TOKENS: of_prompt.get("cache_creation"),
                semconv.REASONING_TOKENS: of_completion.get("reasoning"),
                semconv.COST_USD: usage.get("total_cost"),
            }
        )
    )


def _answer(outputs: Value) -> Value:
    """LangChain's message of the answer: the fields of the first generation's."""
    held: Any = outputs.get("generations")
    while isinstance(held, list) and held:
        held = held[0]
    message = object_of(held, "message") if isinstance(held, dict) else {}
    return object_of(message, "kwargs") or object_of(message, "data") or message


def _usage(outputs: Value, answer: Value, metadata: Value) -> Value:
    found = (
        object_of(outputs, "usage_metadata")
        or object_of(answer, "usage_metadata")
        or object_of(metadata, "usage_metadata")
    )
    if found:
        return found
    raw = object_of(outputs, "usage") or object_of(object_of(outputs, "llm_output"), "token_usage")
    of_prompt = object_of(raw, "prompt_tokens_details") or object_of(raw, "input_tokens_details")
    of_completion = object_of(raw, "completion_tokens_details") or object_of(raw, "output_tokens_details")
    return {
        "input_tokens": raw.get("prompt_tokens", raw.get("input_tokens")),
        "output_tokens": raw.get("completion_tokens", raw.get("output_tokens")),
        "total_tokens": raw.get("total_tokens"),
        "input_token_details": {"cache_read": of_prompt.get("cached_tokens", raw.get("cache_read_input_tokens"))},
        "output_token_details": {"reasoning": of_completion.get("reasoning_tokens")},
    }


def _first_token(events: Any) -> int:
    """When the first token came, where the run tells it; else 0."""
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict) and event.get("name") == "new_token" and isinstance(event.get("time"), str):
            try:
                return instant(event, "time", _EVER)
            except Refused:
                return 0
    return 0
