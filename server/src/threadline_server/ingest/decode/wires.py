"""Which maker makes the spans of which wire. Parts of a wire that is not here are kept and make none: scores, feedback, logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from threadline_server.ingest.decode import (
    langfuse_batch,
    langfuse_spans,
    langsmith_runs,
    langsmith_spans,
    openai_agents,
)
from threadline_server.ingest.decode.piecewise import Maker

MAKERS: Final[Mapping[str, Maker]] = {
    langfuse_batch.TRACE: langfuse_spans.trace_span,
    langfuse_batch.OBSERVATION: langfuse_spans.observation_span,
    langsmith_runs.RUN: langsmith_spans.run_span,
    openai_agents.TRACE: openai_agents.trace_span,
    openai_agents.SPAN: openai_agents.step_span,
}
