"""Spans for tests of the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from threadline_server.model import HOUR_NS, Span
from threadline_server.store.database import Database

BASE_NS = 1_763_893_800_000_000_000
"""2025-11-23T10:30:00Z."""
SECOND_NS = 1_000_000_000


def span(number: int, *, trace: str = "t", after_s: int = 0, **facts: Any) -> Span:
    """A finished span of a second, named by its number."""
    start = BASE_NS + (number + after_s) * SECOND_NS
    whole: dict[str, Any] = {
        "trace_id": trace, "span_id": f"s-{number}", "parent_id": "", "name": f"step {number}", "kind": "span",
        "start_ns": start, "end_ns": start + SECOND_NS, "session_id": "session",
    }  # fmt: skip
    return Span(**{**whole, **facts})


def touched(spans: Iterable[Span]) -> dict[str, set[int]]:
    """What the roll-up is told of them."""
    hours: dict[str, set[int]] = {}
    for one in spans:
        hours.setdefault(one.trace_id, set()).add(one.start_ns // HOUR_NS)
    return hours


def ask(database: Database, sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """What a statement of the test's own answers, with a reader's rights."""
    database.blocks = {**database.blocks, "asked": sql}
    return database.rows("asked", parameters)
