"""Every session that a query string chooses as one file: ``jsonl``, ``csv`` or ``parquet``, streamed.

Sessions come in the order of their ids, which never changes, by keyset: each once, whatever arrives meanwhile; one that is new
may or may not be there. Ids are looked up many at a time, since that is what filters cost, and rows few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pyarrow as pa

from threadline_server.query import choosing, csv_text, exports, filters, parameters, present, sessions
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.database import Database, Row
from threadline_server.store.queries import Fragment

PARAMETERS: Final = ("format", "include", *choosing.PARAMETERS)
IDS: Final = 20_000
ROWS: Final = 2_000
ROW_GROUP: Final = 5_000
IN_ORDER: Final = Fragment("session_id ASC")
AFTER: Final = Fragment(" AND session_id > {after:String}")

Page = Sequence[dict[str, Any]]
"""Session objects."""


class BulkForm(msgspec.Struct, frozen=True):
    media_type: str
    ending: str
    write: Callable[[Iterator[Page]], Iterator[bytes]]


def stream(database: Database, project_id: int, pairs: Pairs, goals: Goals) -> tuple[BulkForm, Iterator[bytes]]:
    """The kind of file and its pieces. Raises ``BadRequest`` at once for what is wrong with the query string."""
    parameters.check_known(pairs, PARAMETERS, [filters.METADATA])
    form = parameters.choice("format", parameters.one(pairs, "format") or "jsonl", FORMATS)
    include = parameters.one(pairs, "include")
    if include is not None:
        parameters.choice("include", include, ["traces"])
        parameters.choice("format", form, ["jsonl"])  # the others have no place for traces
    chosen = choosing.choose(pairs, goals)
    rows = _rows(database, project_id, chosen, goals)
    if include is not None:
        return FORMATS[form], (
            piece for page in rows for row in page for piece in exports.json_lines(database, project_id, row)
        )
    return FORMATS[form], FORMATS[form].write([present.session(row) for row in page] for page in rows)


def _rows(database: Database, project_id: int, chosen: filters.Choice, goals: Goals) -> Iterator[list[Row]]:
    after: dict[str, Any] = {}
    while True:
        found = database.rows(
            "session_page",
            {"project_id": project_id, "limit": IDS, **chosen.values, **after},
            where=filters.both(chosen.where, AFTER if after else Fragment("")),
            order=IN_ORDER,
        )
        ids = [row["session_id"] for row in found]
        for start in range(0, len(ids), ROWS):
            page = sessions.rows_of(database, project_id, ids[start : start + ROWS], goals)
            yield sorted(page, key=lambda row: row["session_id"].encode())
        if len(ids) < IDS:
            return
        after = {"after": ids[-1]}


def _json_lines(pages: Iterator[Page]) -> Iterator[bytes]:
    for page in pages:
        yield b"".join(present.encoded(session) + b"\n" for session in page)


def _csv(pages: Iterator[Page]) -> Iterator[bytes]:
    yield csv_text.lines([list(COLUMNS)])
    for page in pages:
        yield csv_text.lines([column(session) for column, _ in COLUMNS.values()] for session in page)


def _parquet(pages: Iterator[Page]) -> Iterator[bytes]:
    """A row group for every few thousand sessions; without its end a file cannot be opened, so none is silently short."""
    import pyarrow.parquet as pq  # a library of its own, which no other request needs

    sink = _Pieces()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), SCHEMA, compression="zstd") as writer:
        waiting: list[dict[str, Any]] = []
        for page in pages:
            waiting += page
            if len(waiting) >= ROW_GROUP:
                writer.write_table(_table(waiting))
                waiting = []
                yield sink.taken()
        writer.write_table(_table(waiting))
    yield sink.taken()


def _table(entries: Page) -> pa.Table:
    columns = {name: [column(session) for session in entries] for name, (column, _) in COLUMNS.items()}
    for name in ("startTime", "endTime", "endedAt"):
        columns[name] = [
            None if text is None else datetime.fromisoformat(text).astimezone(UTC) for text in columns[name]
        ]
    for name in _AS_TEXT:
        columns[name] = [None if value is None else present.encoded(value).decode() for value in columns[name]]
    return pa.table(columns, schema=SCHEMA)


class _Pieces:
    """A file that hands on what was written to it."""

    closed = False

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        piece, self._written = b"".join(self._written), []
        return piece


FORMATS: Final[Mapping[str, BulkForm]] = {
    "jsonl": BulkForm("application/x-ndjson", "jsonl", _json_lines),
    "csv": BulkForm("text/csv; charset=utf-8", "csv", _csv),
    "parquet": BulkForm("application/vnd.apache.parquet", "parquet", _parquet),
}


def _named(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda session: session[name]


def _names_of(entries: str, field: str) -> Callable[[dict[str, Any]], Any]:
    return lambda session: [entry[field] for entry in session[entries]]


_TEXT, _COUNT, _TIME, _TEXTS = pa.string(), pa.int64(), pa.timestamp("ms", tz="UTC"), pa.list_(pa.string())
COLUMNS: Final[Mapping[str, tuple[Callable[[dict[str, Any]], Any], pa.DataType]]] = {
    **{name: (_named(name), _TEXT) for name in ("id", "title", "userId", "status", "outcome")},
    **{name: (_named(name), _TIME) for name in ("startTime", "endTime", "endedAt")},
    **{
        name: (_named(name), _COUNT)
        for name in (
            "duration", "activeDuration", "segments", "traceCount", "spanCount", "generationCount", "toolCount", "errorCount", "commentCount",
            "promptTokens", "completionTokens", "cachedTokens", "reasoningTokens", "totalTokens",
        )
    },
    "totalCost": (_named("totalCost"), pa.float64()),
    "bookmarked": (_named("bookmarked"), pa.bool_()),
    **{name: (_named(name), _TEXT) for name in ("environment", "release", "firstInput", "lastOutput")},
    "models": (_names_of("models", "model"), _TEXTS),
    "tools": (_names_of("tools", "name"), _TEXTS),
    **{name: (_named(name), _TEXTS) for name in ("unpricedModels", "userIds", "tags", "goals")},
    "metadata": (_named("metadata"), _TEXT),
    "scores": (_named("scores"), _TEXT),
}  # fmt: skip
"""The columns of ``csv`` and ``parquet``, and their types in the latter."""
_AS_TEXT: Final = ("metadata", "scores")
SCHEMA: Final = pa.schema({name: kind for name, (_, kind) in COLUMNS.items()})
