"""The stored spans whose cost is ours to say, page by page, and their copies with other costs.

A copy is the successor of the version that it was made of: it wins over that one and loses to whatever arrived later, so
neither spans that come in meanwhile nor a second repricing can be harmed. An old version that is delivered again is a later
arrival, and is priced when it arrives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from threadline_server.model import HOUR_NS, Usage
from threadline_server.store.database import Database

PAGE: Final = 2_000
COPIES: Final = 500
"""Spans of one insert: with all their texts."""
_LAST_HOUR: Final = 2**32 - 1
_LAST_NS: Final = 2**63 - 1


class Range(msgspec.Struct, frozen=True):
    """Spans of a project that begin in [``from_ns``, ``to_ns``) and arrived at ``since_ns`` or later."""

    project_id: int
    from_ns: int = 0
    to_ns: int = _LAST_NS
    since_ns: int = 0


class PricedSpan(msgspec.Struct, frozen=True):
    """What the cost of a span is made of, and what it is now. ``cost`` is ours, or absent."""

    hour: int
    trace_id: str
    span_id: str
    arrived_ns: int
    start_ns: int
    model: str
    provider: str
    usage: Usage
    cost: Decimal | None


def pages(database: Database, within: Range) -> Iterator[list[PricedSpan]]:
    """All of them, hour by hour. Each page is read when it is asked for."""
    bounds = {
        "project_id": within.project_id,
        "first_hour": max(within.from_ns, 0) // HOUR_NS,
        "last_hour": min(max(within.to_ns, 0) // HOUR_NS, _LAST_HOUR),
        "from_ns": within.from_ns,
        "to_ns": within.to_ns,
        "since_ns": within.since_ns,
    }
    hours = database.table("hours_with_spans", _only(bounds, "project_id", "first_hour", "last_hour", "since_ns"))
    for hour in hours["hour"].to_pylist():
        where = _only(bounds, "project_id", "from_ns", "to_ns", "since_ns") | {"hour": hour, "limit": PAGE}
        last = ("", "")
        while True:
            rows = database.table(
                "priceable_spans", where | {"after_trace": last[0], "after_span": last[1]}
            ).to_pylist()
            if not rows:
                break
            yield [_priced_span(hour, row) for row in rows]
            last = rows[-1]["trace_id"], rows[-1]["span_id"]
            if len(rows) < PAGE:
                break


def copy_with_costs(database: Database, project_id: int, changes: Sequence[tuple[PricedSpan, Decimal | None]]) -> None:
    """Store these spans of one hour again, with the costs beside them. Returns when they are on disk."""
    spans = [span for span, _ in changes]
    database.write(
        "copy_with_costs",
        {
            "project_id": project_id,
            "hour": spans[0].hour,
            "trace_ids": [span.trace_id for span in spans],
            "span_ids": [span.span_id for span in spans],
            "arrivals": [span.arrived_ns for span in spans],
            "keys": [f"{len(span.trace_id.encode())} {span.trace_id}{span.span_id}" for span in spans],
            "costs": ["" if cost is None else format(cost, "f") for _, cost in changes],
        },
    )


def _only(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names}


def _priced_span(hour: int, row: dict[str, Any]) -> PricedSpan:
    usage = Usage(
        row["prompt_tokens"], row["completion_tokens"], row["cached_tokens"], row["cache_write_tokens"],
        row["reasoning_tokens"], row["total_tokens"],
    )  # fmt: skip
    cost = None if row["cost_text"] is None else Decimal(row["cost_text"])
    return PricedSpan(
        hour, row["trace_id"], row["span_id"], int(row["arrived_ns"]), int(row["start_ns"]), row["model"], row["provider"],
        usage, cost,
    )  # fmt: skip
