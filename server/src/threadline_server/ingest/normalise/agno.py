"""Agno, whose runs end well for their caller when the model has failed: OpenInference's instrumentation shows the error as the answer.

Source: ``openinference.instrumentation.agno`` (``_set_run_status``) and ``agno.models``, whose providers are names for people.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.agno"

_FAILED: Final = "run status: error"


def read(span: RawSpan, draft: Draft) -> None:
    if draft.provider == span.attributes.get("llm.provider"):
        draft.provider = draft.provider.lower()
    if span.status_message == _FAILED and isinstance(draft.answered, str):
        draft.error_message = draft.answered
        draft.leave_output("output.value")
