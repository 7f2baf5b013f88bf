"""What OpenInference's instrumentation of the BeeAI framework makes of its events.

Source: ``openinference.instrumentation.beeai``: runs carry ``metadata.class_name``; an event inside a run is a span with the run's
kind and ``metadata.path``. A run that failed has the error's explanation for an output.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.beeai"


def read(span: RawSpan, draft: Draft) -> None:
    if "metadata.path" in span.attributes:
        draft.kind = "event"
    if span.status == "error":
        draft.answered, draft.output_messages = None, []
