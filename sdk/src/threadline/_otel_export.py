"""OpenTelemetry's exporter, through which spans leave as Threadline's own do: masked, and without content if so set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status

from threadline import semconv
from threadline._setup import _process

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExportResult

    from threadline._masking import TextMask

_CONTENT = (
    "embedding.embeddings",
    "exception.message",
    "exception.stacktrace",
    "gen_ai.completion",
    "gen_ai.evaluation.explanation",
    "gen_ai.event.content",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.prompt",
    "gen_ai.retrieval.documents",
    "gen_ai.retrieval.query",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.tool.definitions",
    "input.value",
    "llm.choices",
    "llm.completions",
    "llm.function_call",
    "llm.input_messages",
    "llm.output_messages",
    "llm.prompt_template",
    "llm.prompts",
    "llm.tools",
    "output.value",
    "reranker.input_documents",
    "reranker.output_documents",
    "reranker.query",
    "retrieval.documents",
    "threadline.input",
    "threadline.output",
    "tool.parameters",
    "traceloop.entity.input",
    "traceloop.entity.output",
)
"""Names, and beginnings of names up to a dot, under which instrumentations say what people and models said."""
_SAYS_CONTENT = frozenset({"content", "arguments", "message", "tool_calls"})
"""What an event of a message says in its attributes."""
_OF_THE_SDK = "telemetry."


class PrivateSpanExporter(OTLPSpanExporter):
    """Sends what ``mask`` and ``capture_content`` of ``init_observability`` leave of each span."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        recorder = _process.recorder
        if not recorder.captures_content:
            spans = [_without_content(span) for span in spans]
        masking = recorder.masking
        if masking is not None:
            spans = [masking.foreign(lambda mask, span=span: _masked(span, mask), span.name) for span in spans]  # type: ignore[misc]
        return super().export(spans)


def _without_content(span: ReadableSpan) -> ReadableSpan:
    return _copy(
        span,
        attributes=_known_harmless(span.attributes),
        events=[
            _event(
                event,
                event.name,
                {name: value for name, value in _known_harmless(event.attributes).items() if name not in _SAYS_CONTENT},
            )
            for event in span.events
        ],
        status=Status(span.status.status_code),
    )


def _known_harmless(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (attributes or {}).items() if not _is_content(name)}


def _is_content(name: str) -> bool:
    return any(name == content or name.startswith(f"{content}.") for content in _CONTENT)


def _masked(span: ReadableSpan, mask: TextMask) -> ReadableSpan:
    resource = span.resource
    facts = {
        name: value if name.startswith(_OF_THE_SDK) else mask.attribute(name, value)
        for name, value in resource.attributes.items()
    }
    status = span.status
    if status.description:
        status = Status(status.status_code, mask.text(status.description, "error.message"))
    return _copy(
        span,
        name=mask.text(span.name, "name"),
        attributes=mask.attributes(span.attributes or {}),
        events=[_masked_event(event, mask) for event in span.events],
        links=[Link(link.context, mask.attributes(link.attributes or {})) for link in span.links],
        status=status,
        resource=Resource(facts, resource.schema_url),
    )


def _masked_event(event: Event, mask: TextMask) -> Event:
    is_of_a_convention = event.name == semconv.EXCEPTION_EVENT or event.name.startswith("gen_ai.")
    name = event.name if is_of_a_convention else mask.text(event.name, "name")
    return _event(event, name, mask.attributes(event.attributes or {}))


def _event(event: Event, name: str, attributes: Mapping[str, Any]) -> Event:
    return Event(name, attributes, event.timestamp)


def _copy(span: ReadableSpan, **differently: Any) -> ReadableSpan:
    facts: dict[str, Any] = {
        "name": span.name,
        "context": span.context,
        "parent": span.parent,
        "resource": span.resource,
        "attributes": span.attributes,
        "events": span.events,
        "links": span.links,
        "kind": span.kind,
        "status": span.status,
        "start_time": span.start_time,
        "end_time": span.end_time,
        "instrumentation_scope": span.instrumentation_scope,
    }
    return ReadableSpan(**facts | differently)
