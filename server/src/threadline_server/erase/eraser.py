"""Erases a session, or everything of a user, and sees to it that late data does not bring it back.

First it is remembered by digest, on disk; then the roll-up, which alone knows what belongs to what, takes the traces out of
every row; that is when the caller is answered. The rows themselves are deleted in the background, and again for what arrives
later. What began after the erasure under the same id of a session or user is another conversation, and stays.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import msgspec
import pyarrow as pa

from threadline_server.errors import NotFound, ThreadlineError, Unavailable
from threadline_server.model import AUTO
from threadline_server.store.database import Database, Row
from threadline_server.store.erasures import Kind, digest, keep_erased, keep_erased_stretches
from threadline_server.store.refresh import Refresher
from threadline_server.store.rollup import Hours, Touched

log = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0
RETRY_S: Final = 5.0
LOOK_S: Final = 0.1
_OF_TRACES: Final = ("spans", "span_parts", "traces", "turn_texts", "trace_keys", "loose_traces")
_TABLES: Final = (*_OF_TRACES, "scores", "comments", "sessions", "session_keys", "session_facts")


class Receipt(msgspec.Struct, frozen=True):
    """What an erasure took away. ``done_ns`` is 0 until the rows are deleted."""

    project_id: int
    erasure_id: str
    kind: Literal["session", "user", "retention"]
    digest: str
    erased_ns: int
    done_ns: int
    sessions: int
    traces: int
    spans: int
    hours: tuple[int, ...]
    until_ns: int = 0
    """What began later under the ids that are gone stays; 0: the time of the erasure."""


class Eraser:
    """One thread deletes rows; what was cut off is taken up at the next start.

    ``auto_idle_ms`` answers for a project the idle time by which sessions are made for traces without one.
    """

    def __init__(
        self,
        database: Database,
        refresher: Refresher,
        clock_ns: Callable[[], int],
        auto_idle_ms: Callable[[int], int],
    ) -> None:
        self._database = database
        self._refresher = refresher
        self._clock_ns = clock_ns
        self._auto_idle_ms = auto_idle_ms
        self._tellings: list[Callable[[int, Collection[str]], None]] = []
        self._stopping = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="erase")

    def tell(self, *on_erased: Callable[[int, Collection[str]], None]) -> None:
        """Have these told the project and the sessions of which nothing is left; to be called before the start."""
        self._tellings.extend(on_erased)

    def start(self) -> None:
        """Go on with what was not finished. Raises Unavailable."""
        for row in self._database.table("receipts_unfinished", {}).to_pylist():
            self._thread.submit(self._delete_rows, msgspec.convert(row, Receipt))

    def stop(self) -> None:
        """End after the statement at hand."""
        self._stopping.set()
        self._thread.shutdown(cancel_futures=True)

    def erase_session(self, project_id: int, session_id: str) -> Receipt:
        """The session and all that is in it. Raises ``NotFound``, ``Unavailable``."""
        return self._erase(project_id, "session", session_id, "cannot delete this session: it is not there")

    def erase_user(self, project_id: int, user_id: str) -> Receipt:
        """Everything of a user, and sessions that were nobody else's. Raises ``NotFound``, ``Unavailable``."""
        return self._erase(project_id, "user", user_id, "cannot erase this user: nothing here is theirs")

    def erase_expired(
        self, project_id: int, session_ids: Sequence[str], traces: Sequence[Mapping[str, Any]], until_ns: int
    ) -> Receipt:
        """Sessions and traces that ended before ``until_ns``, what was said of them, and what of before then comes late.

        Raises ``Unavailable``.
        """
        return self._erase_traces(project_id, "retention", "", {"session": list(session_ids)}, traces, until_ns)

    def receipts(self, project_id: int, limit: int) -> list[Receipt]:
        """The latest erasures, the newest first."""
        found = self._database.table("receipts", {"project_id": project_id, "limit": limit})
        return [msgspec.convert(row, Receipt) for row in found.to_pylist()]

    def receipt(self, project_id: int, erasure_id: str) -> Receipt | None:
        """An earlier erasure, as far as it is now."""
        where = {"project_id": project_id, "erasure_id": erasure_id}
        found = self._database.table("receipt", where).to_pylist()
        return msgspec.convert(found[0], Receipt) if found else None

    def sweep(self, touched: Touched) -> None:
        """Delete the rows of spans that came though their trace had been erased; what a round of the roll-up found."""
        if touched.erased and not self._stopping.is_set():
            self._thread.submit(self._sweep, touched.project_id, touched.erased)

    def _erase(self, project_id: int, kind: Literal["session", "user"], name: str, missing: str) -> Receipt:
        traces = self._traces(project_id, kind, name)
        if not traces:
            raise NotFound(missing)
        named: dict[Kind, list[str]] = {"session": self._whole_sessions(project_id, kind, name, traces)}
        if kind == "user":
            named["user"] = [name]
        receipt = self._erase_traces(project_id, kind, digest(project_id, kind, name), named, traces, 0)
        # A round that had looked for erasures before this one was kept may have shown more: the next one takes that away.
        if shown := self._traces(project_id, kind, name):
            self._roll_up(project_id, _hours_of(shown), 0)
        return receipt

    def _traces(self, project_id: int, kind: Literal["session", "user"], name: str) -> list[Row]:
        """Those that an erasure takes."""
        if kind == "user":
            return self._database.rows("traces_of_user", {"project_id": project_id, "user_id": name})
        known = self._database.rows("session_hours", {"project_id": project_id, "session_ids": [name]})
        if not known:
            return []
        where = {"project_id": project_id, "session_id": name, "hours": known[0]["trace_hours"]}
        return self._database.rows("traces_of_session", where)

    def _erase_traces(
        self,
        project_id: int,
        kind: Literal["session", "user", "retention"],
        text: str,
        named: Mapping[Kind, list[str]],
        traces: Sequence[Mapping[str, Any]],
        until_ns: int,
    ) -> Receipt:
        """These traces and what is under these names; ``text`` stands for whom they were of."""
        now_ns = self._clock_ns()
        hours = _hours_of(traces)
        said = [f"{AUTO}{trace_id}" for trace_id in hours]
        others = self._database.table("said_among", {"project_id": project_id, "session_ids": said}).to_pylist()
        sessions = {*named["session"], *(row["session_id"] for row in others)}
        erased: dict[Kind, list[str]] = {**named, "trace": list(hours), "session": sorted(sessions)}
        receipt = Receipt(
            project_id, secrets.token_hex(8), kind, text, now_ns, 0, len(named["session"]), len(traces),
            sum(row["span_count"] for row in traces), tuple(sorted(set().union(*hours.values()))), until_ns,
        )  # fmt: skip
        if any(session_id.startswith(AUTO) for session_id in named["session"]):
            # A round writes last which traces it made sessions for: that of a session which shows is written once it is done.
            self._roll_up(project_id, {"": set()}, now_ns)
            idle_ms = self._auto_idle_ms(project_id)
            keep_erased_stretches(self._database, project_id, list(hours), idle_ms, until_ns or now_ns, now_ns)
        keep_erased(self._database, project_id, erased, until_ns or now_ns, now_ns)
        self._keep(receipt)
        self._roll_up(project_id, hours, 0)
        for on_erased in self._tellings:
            on_erased(project_id, sessions)
        self._thread.submit(self._delete_rows, receipt)
        return receipt

    def _roll_up(self, project_id: int, hours: Mapping[str, Hours], arrived_ns: int) -> None:
        self._refresher.mark(project_id, hours, arrived_ns)
        if not self._refresher.wait_until_done(project_id, hours, PATIENCE_S):
            raise Unavailable("cannot show the erasure yet: it goes on, and the roll-up is behind", retry_after_s=10)

    def _whole_sessions(self, project_id: int, kind: str, name: str, traces: Sequence[Mapping[str, Any]]) -> list[str]:
        """Sessions of which nothing is left."""
        if kind == "session":
            return [name]
        named = sorted({row["session_id"] for row in traces if row["session_id"]})
        where = {"project_id": project_id, "session_ids": named, "user_id": name}
        return [row["session_id"] for row in self._database.rows("sessions_of_user_alone", where)] if named else []

    def _sweep(self, project_id: int, late: Mapping[str, Hours]) -> None:
        now_ns = self._clock_ns()
        keep_erased(self._database, project_id, {"trace": late}, now_ns, now_ns)
        hours = tuple(set().union(*late.values()))
        self._delete(_OF_TRACES, Receipt(project_id, "", "session", "", now_ns, 0, 0, 0, 0, hours))

    def _delete_rows(self, receipt: Receipt) -> None:
        while not self._stopping.is_set():
            try:
                self._delete(_TABLES, receipt)
                self._keep(msgspec.structs.replace(receipt, done_ns=self._clock_ns()))
                return
            except ThreadlineError as error:
                log.warning("cannot delete the rows of erasure %s, trying again: %s", receipt.erasure_id, error)
                self._stopping.wait(RETRY_S)
            except Exception:
                log.exception(
                    "BUG: cannot delete the rows of erasure %s; the next start tries again", receipt.erasure_id
                )
                return

    def _delete(self, tables: Sequence[str], receipt: Receipt) -> None:
        """First the rows, then the tombstones that hide them until the last of them is gone."""
        values = {
            "project_id": receipt.project_id,
            "hours": list(receipt.hours),
            "erased_ns": receipt.erased_ns,
            "until_ns": receipt.until_ns or receipt.erased_ns,
        }
        self._rewrite(tables, {**values, "is_deleted": 0})
        self._rewrite(
            [table for table in tables if "{is_deleted:" in self._deletion(table)], {**values, "is_deleted": 1}
        )

    def _rewrite(self, tables: Sequence[str], values: Mapping[str, Any]) -> None:
        """Have the engine rewrite the tables side by side, as it waits between a few parts and the next; and wait for all."""
        for table in tables:
            asked = self._deletion(table)
            given = {name: value for name, value in values.items() if f"{{{name}:" in asked}
            self._database.delete(f"erase_{table}", given)
        while left := self._database.rows("deletions_left", {"tables": list(tables)}):
            if self._stopping.wait(LOOK_S):
                raise Unavailable("cannot erase rows: the server is stopping")
            if failures := [f"{row['table']}: {row['failure']}" for row in left if row["failure"]]:
                raise Unavailable(f"cannot erase rows yet: {'; '.join(failures)}")

    def _deletion(self, table: str) -> str:
        return self._database.blocks[f"erase_{table}"]

    def _keep(self, receipt: Receipt) -> None:
        row = msgspec.to_builtins(receipt) | {"version": receipt.done_ns or receipt.erased_ns}
        self._database.insert("erasure_receipts", [pa.RecordBatch.from_pylist([row])])


def _hours_of(traces: Iterable[Mapping[str, Any]]) -> dict[str, set[int]]:
    return {row["trace_id"]: {*row["span_hours"], row["hour"]} for row in traces}
