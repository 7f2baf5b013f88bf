"""What frameworks write into the metadata of every step for themselves: where LangGraph stands in its graph, LangSmith's own settings.

It is no metadata of a conversation, whose author never said it. It stays an attribute of its span, where one can look it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_BEGINNINGS: Final = (
    "LANGSMITH_", "LANGCHAIN_", "langgraph_", "ls_", "lc_", "checkpoint_ns", "checkpoint_id", "revision_id", "usage_metadata", "__",
)  # fmt: skip


def is_plumbing(key: str) -> bool:
    return key.startswith(_BEGINNINGS)


def parted(metadata: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the program says, what its framework notes for itself)."""
    noted = {key: value for key, value in metadata.items() if is_plumbing(key)}
    return {key: value for key, value in metadata.items() if key not in noted}, noted
