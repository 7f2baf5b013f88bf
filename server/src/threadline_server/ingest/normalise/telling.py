"""What a coding agent's log record says, for ``agents``: the words that its modules share."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.told_numbers import real_number
from threadline_server.messages import Message
from threadline_server.model import LOG, Attributes, Kind

_REDACTED: Final = ("", "<REDACTED>", "[REDACTED]")


class Telling(msgspec.Struct, gc=False):
    """``kind`` is ``log`` for what only says something; a model call or a tool becomes a span of its own."""

    draft: Draft
    dialect: str
    name: str
    kind: Kind = LOG
    turn: str = ""
    """What the agent calls the turn by; empty where it has no word for it."""
    duration_ms: float = 0
    error: str | None = None
    """What a failed call or tool said; None where it did not fail."""
    is_apart: bool = False
    """Whether the agent's records make the turn by themselves, whatever trace they name."""


NOTHING: Final = Telling(Draft(), "", "")
"""A record that says nothing of the conversation: progress, configuration, a chunk of a stream."""


def said(role: str, text: Any) -> list[Message]:
    """A message of one text; none where the agent does not tell the text."""
    if not isinstance(text, str) or text in _REDACTED:
        return []
    return [{"role": role, "content": [{"type": "text", "text": text}]}]


def duration(attributes: Attributes, name: str = "duration_ms") -> float:
    """Milliseconds, at most a day; 0 where unknown. Agents write numbers as text, too."""
    number = real_number(attributes.get(name))
    return number if number is not None and 0 <= number <= 86_400_000 else 0


def failed(attributes: Attributes, *names: str) -> str | None:
    """The first of these attributes that tells of an error; that it failed, where only ``success`` says so."""
    told = next((text for name in names if isinstance(text := attributes.get(name), str) and text), None)
    return told or ("" if attributes.get("success") in (False, "false") else None)
