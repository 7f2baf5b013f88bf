"""Scores of Langfuse's SDK and feedback of LangSmith's -> ours.

Sources: https://api.reference.langfuse.com (score), https://docs.smith.langchain.com/reference (feedback).
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from threadline_server.ingest.decode import langfuse_batch, langsmith_runs
from threadline_server.ingest.normalise.evaluation import kind_of
from threadline_server.model import Score, SpanPart

WIRES: Final = frozenset({langfuse_batch.SCORE, langsmith_runs.FEEDBACK})


def score_of(part: SpanPart, arrived_ns: int) -> Score | None:
    """The score that a part tells; None where it names nothing that it is about, or no value."""
    told = orjson.loads(part.body)
    if part.wire == langfuse_batch.SCORE:
        return _langfuse(part, told["score"], arrived_ns)
    return _langsmith(part, told["feedback"], arrived_ns)


def _langfuse(part: SpanPart, told: dict[str, Any], arrived_ns: int) -> Score | None:
    value = told.get("value")
    if told.get("dataType") == "BOOLEAN" and isinstance(value, int | float):
        value = bool(value)
    return _score(
        part, value, arrived_ns, name=_text(told, "name"), span_id=_text(told, "observationId"),
        session_id=_text(told, "sessionId"), comment=_text(told, "comment"), source=_text(told, "source"),
    )  # fmt: skip


def _langsmith(part: SpanPart, told: dict[str, Any], arrived_ns: int) -> Score | None:
    value = told.get("score") if told.get("score") is not None else told.get("value")
    run_id, source = _text(told, "run_id"), told.get("feedback_source")
    trace_id = part.trace_id or run_id  # a root run and its trace have one id
    return _score(
        part, value, arrived_ns, name=_text(told, "key"), trace_id=trace_id, comment=_text(told, "comment"),
        span_id=run_id if run_id != trace_id else "", session_id=_text(told, "session_id") if not trace_id else "",
        source=_text(source, "type") if isinstance(source, dict) else "",
    )  # fmt: skip


def _score(  # noqa: PLR0913 (the facts of a score)
    part: SpanPart, said: Any, arrived_ns: int, *, name: str, trace_id: str = "", span_id: str, session_id: str,
    comment: str, source: str,
) -> Score | None:  # fmt: skip
    trace_id = trace_id or part.trace_id
    if said is None or not name or not (trace_id or session_id):
        return None
    label = ("true" if said else "false") if isinstance(said, bool) else said if isinstance(said, str) else ""
    value = float(said) if isinstance(said, bool | int | float) else None
    if value is None and not label:
        return None
    return Score(
        about="span" if span_id and trace_id else "trace" if trace_id else "session",
        trace_id=trace_id,
        session_id="" if trace_id else session_id,
        span_id=span_id if trace_id else "",
        score_id=part.span_id,
        name=name,
        kind=kind_of(value, label),
        value=value,
        label=label,
        comment=comment,
        source=source,
        time_ns=part.sent_ns or arrived_ns,
    )


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
