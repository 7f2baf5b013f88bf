"""The table ``span_parts``: what was told of spans piece by piece, kept as it came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec
import pyarrow as pa

from threadline_server.model import SpanPart
from threadline_server.store.database import Database

PartKey: TypeAlias = tuple[str, str]
"""(wire, span id)."""


class StoredPart(msgspec.Struct, frozen=True, gc=False):
    """A part with its arrival; where it came several times, the last one."""

    part: SpanPart
    arrived_ns: int


def keep_parts(database: Database, arrivals: Sequence[tuple[int, SpanPart, int]]) -> None:
    """Store (project, part, arrival) rows; returns when they are fsynced."""
    rows = [
        {
            "project_id": project_id,
            "wire": part.wire,
            "span_id": part.span_id,
            "part_id": part.part_id,
            "trace_id": part.trace_id,
            "received_ns": arrived_ns,
            "step": part.step,
            "sent_ns": part.sent_ns,
            "body": part.body,
        }
        for project_id, part, arrived_ns in arrivals
    ]
    database.insert("span_parts", [pa.RecordBatch.from_pylist(rows, _SCHEMA)])


def parts_of(database: Database, project_id: int, keys: Iterable[PartKey]) -> dict[PartKey, list[StoredPart]]:
    """Every part of these, each once, in the order in which they are to be read."""
    asked = sorted(set(keys))
    where = {"project_id": project_id, "wires": [key[0] for key in asked], "span_ids": [key[1] for key in asked]}
    found: dict[PartKey, list[StoredPart]] = defaultdict(list)
    for row in database.table("parts_of", where).to_pylist():
        part = SpanPart(
            row["wire"], row["span_id"], row["trace_id"], row["part_id"], row["step"], row["sent_ns"], row["body"].encode()
        )  # fmt: skip
        found[row["wire"], row["span_id"]].append(StoredPart(part, row["arrived_ns"]))
    return found


_SCHEMA = pa.schema(
    {
        "project_id": pa.uint32(),
        "wire": pa.string(),
        "span_id": pa.string(),
        "part_id": pa.string(),
        "trace_id": pa.string(),
        "received_ns": pa.int64(),
        "step": pa.uint8(),
        "sent_ns": pa.int64(),
        "body": pa.string(),
    }
)
