"""DSPy, whose tools OpenInference's instrumentation names by the method that it watches.

Source: ``openinference.instrumentation.dspy`` (a tool's span is ``get_weather.__call__`` or ``.acall``) and ``dspy.ReAct``, which ends
its loop by a tool ``finish`` of its own.
"""

from __future__ import annotations

from typing import Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.dspy"

_CALLS: Final = (".__call__", ".acall")
_END: Final = "finish"


def read(span: RawSpan, draft: Draft) -> None:
    if draft.kind != "tool":
        return
    name, dot, method = span.name.rpartition(".")
    if dot + method in _CALLS:
        draft.name = draft.name or name
        if name == _END and draft.answered == "Completed.":
            draft.kind = "span"
