"""Haystack pipelines, whose messages OpenInference's instrumentation writes as Python shows them: ``ChatMessage(_role=...)``.

Source: ``haystack.dataclasses.ChatMessage`` and ``openinference.instrumentation.haystack``. Only a list's preview of a pipeline is made
of them; model calls carry their messages as attributes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.prefixed import literal
from threadline_server.messages import Message
from threadline_server.model import RawSpan

SCOPE: Final = "openinference.instrumentation.haystack"

_SHOWN: Final = re.compile(
    r"ChatMessage\(_role=<ChatRole\.\w+: '(\w+)'>, _content=\[TextContent\(text=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
)
_MAX_DEPTH: Final = 8


def read(_: RawSpan, draft: Draft) -> None:
    if draft.kind == "generation":
        return
    draft.asked = list(_said(draft.asked, 0)) or draft.asked
    draft.answered = list(_said(draft.answered, 0)) or draft.answered


def _said(value: Any, depth: int) -> Iterator[Message]:
    """The messages with words in a value, in order."""
    if isinstance(value, str):
        for role, text in _SHOWN.findall(value):
            said = literal(text, otherwise="")
            if said:
                yield {"role": role, "content": [{"type": "text", "text": said}]}
    elif isinstance(value, dict | list) and depth < _MAX_DEPTH:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _said(item, depth + 1)
