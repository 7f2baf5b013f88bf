"""The engine, behind one door: the only module that imports the driver.

One engine speaks one SQL from the laptop (chDB, inside this process) to a cluster (ClickHouse over HTTP). Three kinds of
connections: writers (ingest and roll-up; they never see a reader's text), readers (``readonly=1`` with limits on time,
memory and rows, so that nothing a reader says can write or reach outside), and one for set-up. A connection serves one
call at a time; several run side by side. One that failed is closed and replaced: the embedded engine keeps the rows that a
query wrote before it failed, and would begin the connection's next answer with them, whoever asks.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import orjson
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from threadline_server.errors import (
    Damaged,
    DataDirectoryInUse,
    QueryTooLarge,
    StartupError,
    ThreadlineError,
    Unavailable,
)
from threadline_server.store.faults import Faults
from threadline_server.store.long_parameters import divided
from threadline_server.store.queries import Fragment, detachment, fill, in_partition, load, partitions_of

Row = dict[str, Any]
_NOTHING: Final = nullcontext()
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

READERS: Final = 4
WRITERS: Final = 3
NO_COMPILING: Final = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}
"""Statements as small as ours run faster than they are compiled to machine code (measured: a roll-up round 30 % faster)."""
READ_LIMITS: Final = {
    "max_execution_time": 10,
    "max_memory_usage": 600_000_000,
    "max_result_rows": 200_000,
    "max_threads": 2,
    "use_query_cache": 0,
    # A word's beginning is looked up in the dictionary of the index, however short it is and however many words begin so.
    "text_index_like_min_pattern_length": 1,
    "text_index_like_max_postings_to_read": 1_000_000,
    **NO_COMPILING,
}
EMBEDDED_READS: Final = {"local_filesystem_read_method": "'pread'"}
"""Handing reads to other threads costs more than reading: a list takes 14 % less CPU so, and from a cold disk no longer."""
WRITE_SETTINGS: Final = {
    "max_threads": 1,
    "max_insert_threads": 1,
    "max_memory_usage": 900_000_000,
    "materialize_skip_indexes_on_insert": 0,  # of words: built when parts are merged; a few fresh parts are read through
    "max_partitions_per_insert_block": 0,  # a request may hold years; refused, its sender would repeat it for ever
    "optimize_on_insert": 0,  # who reads chooses the winning version anyhow; 10 % of an insert
    # Else a round of 5,000 traces, whose texts are 50 MB, is put together in 256 buckets: 1,000 ms instead of 370.
    "group_by_two_level_threshold": 0,
    "group_by_two_level_threshold_bytes": 0,
    **NO_COMPILING,
}

_DISK_FULL: Final = 243
_UNAVAILABLE: Final = {74, 75, 76, 202, 209, 210, 242, 252, 279, 425, 460, 999}
"""Codes for disk, network, files, too many queries or parts, read-only and coordination trouble: it passes, so the caller retries."""
_UNREACHED: Final = {OperationalError, DatabaseError}
"""What the driver says, without a code of the store's, when the way to it or something on that way failed."""
_DAMAGED: Final = {23, 32, 33, 40, 107, 226, 228, 246, 271, 432}
"""Codes for what was written and cannot be read back."""
_TOO_LARGE: Final = {159, 160, 241, 307, 396}
"""Codes for time, speed, memory, bytes read and rows of a result."""


class Pool:
    """Connections of one kind, at most ``size`` at a time, opened with ``connect`` when they are needed: the first one now.

    The one that was used last is used next, so that a server with little to do has few.
    """

    def __init__(self, size: int, connect: Callable[[], Client], on_damage: Callable[[], None] = lambda: None) -> None:
        self._connect = connect
        self._on_damage = on_damage
        self._idle: queue.LifoQueue[Client | None] = queue.LifoQueue()
        for _ in range(size - 1):
            self._idle.put(None)
        self._idle.put(connect())

    @contextmanager
    def borrowed(self) -> Iterator[Client]:
        """A connection; what the engine says against its use is translated."""
        client = self._idle.get()
        failed = True
        try:
            if client is None:
                client = self._connect()
            yield client
            failed = False
        except ClickHouseError as error:
            translated = _translated(error)
            if isinstance(translated, Damaged):
                self._on_damage()
            raise translated from error
        except StartupError as error:
            raise Unavailable("cannot use the store now: it cannot be opened again") from error
        except OSError as error:  # the embedded engine takes inserts from a file, which a full disk refuses
            raise Unavailable("cannot write to the store: the disk refused it", hint="Free some disk space.") from error
        finally:
            if failed and client is not None:
                client.close()
                client = None
            self._idle.put(client)

    def close(self) -> None:
        """Close what is not in use."""
        while not self._idle.empty():
            if (client := self._idle.get()) is not None:
                client.close()


class Database:
    """Connections to one engine at ``url``: ``chdb:///folder`` or ``clickhouse://user:password@host:port/database``.

    An embedded engine may hold several databases by ``name``.
    """

    def __init__(self, url: str, *, name: str = "default", faults: Faults | None = None) -> None:
        self._around = _nothing if faults is None else faults.around
        self.is_embedded = url.startswith("chdb:")
        """Whether the engine is in this process, and nobody else's."""
        self.blocks = load()
        self.on_damage: Callable[[], None] = lambda: None
        """Called where something that was written cannot be read back; to be set before the start."""
        self._writers = Pool(WRITERS, partial(_connect, url, name, WRITE_SETTINGS), self._tell_damage)
        reading = {**READ_LIMITS, **(EMBEDDED_READS if self.is_embedded else {}), "readonly": 1}
        self._readers = Pool(READERS, partial(_connect, url, name, reading), self._tell_damage)
        self._beside = ThreadPoolExecutor(READERS - 1, thread_name_prefix="read")

    def rows(self, block: str, parameters: Mapping[str, Any], **fragments: Fragment) -> list[Row]:
        """What a named block answers, read with a reader's rights. Raises ``QueryTooLarge`` at a limit."""
        statement, given = self._taken(fill(self.blocks[block], fragments), parameters)
        with self._readers.borrowed() as client, self._around("read", block):
            raw = client.raw_query(statement, parameters=given, fmt="JSONEachRow")
        return [orjson.loads(line) for line in raw.splitlines()]

    def side_by_side(self, first: Callable[[], A], second: Callable[[], B], third: Callable[[], C]) -> tuple[A, B, C]:
        """What three calls answer that read independently of each other: planning one statement keeps one processor busy only.

        None of them may call this again: it would wait for a thread that waits for it.
        """
        the_second, the_third = self._beside.submit(second), self._beside.submit(third)
        return first(), the_second.result(), the_third.result()

    def table(self, block: str, parameters: Mapping[str, Any]) -> pa.Table:
        """What a named block of the roll-up answers, as Arrow columns that can be inserted as they are."""
        statement, given = self._taken(self.blocks[block], parameters)
        with self._writers.borrowed() as client, self._around("roll up", block):
            return client.query_arrow(statement, parameters=given)

    def write(self, block: str, parameters: Mapping[str, Any]) -> None:
        """Run a named block that writes what it reads."""
        statement, given = self._taken(self.blocks[block], parameters)
        with self._writers.borrowed() as client, self._around("write", block):
            client.raw_query(
                statement, parameters=given
            )  # which may stand in the body; a command's stand in the address

    def delete(self, block: str, parameters: Mapping[str, Any]) -> None:
        """Run a named block that deletes rows, in the partitions that hold any: the engine looks at every part of each."""
        deletion, given = self._taken(self.blocks[block], parameters)
        with self._writers.borrowed() as client, self._around("write", block):
            found = client.query_arrow(partitions_of(deletion), parameters=given)
            for partition in found["partition"].to_pylist() if found.num_rows else ():
                client.raw_query(in_partition(deletion, partition), parameters=given)

    def insert(self, table: str, batches: Sequence[pa.RecordBatch]) -> None:
        """Insert columns in one part per partition. Returns when the table's promise holds: for ``spans``, fsynced."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        with self._writers.borrowed() as client, self._around("insert", table):
            client.raw_insert(
                table,
                column_names=batches[0].schema.names,
                insert_block=sink.getvalue(),
                fmt="ArrowStream",
            )

    def command(self, statement: str) -> None:
        """Run a statement of a migration."""
        with self._writers.borrowed() as client, self._around("migrate", ""):
            client.command(statement)

    def check(self, table: str, part: str) -> None:
        """Read all of one part of a table. Raises ``Damaged``; a part that was merged meanwhile is none."""
        with self._writers.borrowed() as client:
            client.raw_query(
                self.blocks["rows_of_part"],
                parameters={"table": table, "part": part},
                settings={"asterisk_include_materialized_columns": 1},
                fmt="JSONEachRow",
            )

    def detach(self, table: str, part: str) -> None:
        """Take one part out of its table, into the table's folder ``detached``."""
        with self._writers.borrowed() as client:
            client.command(detachment(table, part))

    def _taken(self, statement: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """The statement and its parameters as the engine takes them."""
        return (statement, dict(parameters)) if self.is_embedded else divided(statement, parameters)

    def _tell_damage(self) -> None:
        self.on_damage()

    def close(self) -> None:
        self._beside.shutdown()
        self._readers.close()
        self._writers.close()


def _nothing(_call: str, _name: str) -> AbstractContextManager[None]:
    return _NOTHING


def _connect(url: str, name: str, settings: Mapping[str, Any]) -> Client:
    where = urlsplit(url)
    try:
        if where.scheme == "chdb" and not where.netloc and where.path.strip("/"):
            client = clickhouse_connect.get_client(interface="chdb", path=unquote(where.path), database=name)
            for setting, value in settings.items():
                client.command(f"SET {setting} = {value}")
            return client
        if where.scheme == "clickhouse" and where.hostname:
            return clickhouse_connect.get_client(
                host=where.hostname,
                port=where.port or 8123,
                username=unquote(where.username or "default"),
                password=unquote(where.password or ""),
                database=where.path.strip("/") or "default",
                settings=dict(settings),
            )
    except ClickHouseError as error:
        raise _at_start(error, url) from error
    except ValueError as error:  # of urlsplit's, about the port
        raise _not_understood(where.scheme) from error
    raise _not_understood(where.scheme)


def _not_understood(scheme: str) -> StartupError:
    return StartupError(
        f"cannot open the store: its address, of kind {scheme!r}, is not one of those below",
        hint="Set --store to chdb:///folder or clickhouse://user:password@host:port/database.",
    )


def _translated(error: ClickHouseError) -> ThreadlineError:
    code = getattr(error, "code", None)
    if code in _TOO_LARGE:
        return QueryTooLarge(
            "cannot answer this query: it needs more time or memory than one query may use",
            hint="Narrow the time range or add a filter.",
        )
    if code == _DISK_FULL:
        return Unavailable(
            "cannot write to the store: the disk is full", hint="Free some disk space; sending resumes by itself."
        )
    if code in _DAMAGED:
        return Damaged(
            "cannot read a part of the store: it is damaged", hint="It is being moved aside; try again in a moment."
        )
    if code in _UNAVAILABLE:
        return Unavailable("cannot use the store now", hint=f"Store error code {code}; see the server's log.")
    if code is None and type(error) in _UNREACHED:  # whether it was run is unknown: who repeats it is counted once
        return Unavailable("cannot reach the store: the connection to the ClickHouse server failed or was cut")
    return ThreadlineError(f"BUG: the store refused a statement with code {code}")


def _at_start(error: ClickHouseError, url: str) -> StartupError:
    text = str(error)
    if "BAD_ARGUMENTS" in text or "Code: 76" in text or "CANNOT_OPEN_FILE" in text:
        return DataDirectoryInUse(
            f"cannot open the store {url}: another process is using it", hint="Stop it or choose another --data-dir."
        )
    return StartupError(f"cannot open the store: {text.splitlines()[0]}", hint="Check --store.")
