"""Has the automatic sessions of the past recomputed, after a project changed what they are made by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from threadline_server.store.database import Database
from threadline_server.store.refresh import Refresher

PORTION: Final = 5_000
LOOK_S: Final = 1.0


def go_through(
    database: Database, refresher: Refresher, project_id: int, now_ns: int, is_stopping: Callable[[], bool]
) -> bool:
    """Recompute every trace that has an automatic session or may get one; False when the server stopped before the end."""
    # Whatever a round stored that began before the change is in the table once a later round is done.
    refresher.mark(project_id, {"": set()}, now_ns)
    if not _done(refresher, project_id, [""], is_stopping):
        return False
    for hours in _portions(database, project_id):
        found = database.table("auto_traces", {"project_id": project_id, "hours": hours}).to_pylist()
        traces = {row["trace_id"]: set(row["span_hours"]) for row in found}
        refresher.mark(project_id, traces, now_ns)
        if not _done(refresher, project_id, list(traces), is_stopping):
            return False
    return True


def _portions(database: Database, project_id: int) -> Iterator[list[int]]:
    """Hours with a few thousand traces together, unless one alone has more."""
    hours: list[int] = []
    traces = 0
    for row in database.table("auto_hours", {"project_id": project_id}).to_pylist():
        if hours and traces + row["traces"] > PORTION:
            yield hours
            hours, traces = [], 0
        hours.append(row["hour"])
        traces += row["traces"]
    if hours:
        yield hours


def _done(refresher: Refresher, project_id: int, traces: list[str], is_stopping: Callable[[], bool]) -> bool:
    while not refresher.wait_until_done(project_id, traces, LOOK_S):
        if is_stopping():
            return False
    return True
