"""The engine, behind one door: the only module that imports the driver.

One engine speaks one SQL from the laptop (chDB, inside this process) to a cluster (ClickHouse over HTTP). Three kinds of
connections: writers (ingest and roll-up; they never see a reader's text), readers (``readonly=1`` with limits on time,
memory and rows, so that nothing a reader says can write or reach outside), and one for set-up. A connection serves one
call at a time; several run side by side.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import orjson
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from threadline_server.errors import DataDirectoryInUse, QueryTooLarge, StartupError, ThreadlineError, Unavailable
from threadline_server.store.queries import Fragment, fill, load

Row = dict[str, Any]

READERS: Final = 4
WRITERS: Final = 3
READ_LIMITS: Final = {
    "max_execution_time": 10,
    "max_memory_usage": 600_000_000,
    "max_result_rows": 200_000,
    "max_threads": 2,
    "use_query_cache": 0,
}
WRITE_SETTINGS: Final = {"max_threads": 1, "max_insert_threads": 1, "max_memory_usage": 900_000_000}

_UNAVAILABLE: Final = {74, 75, 76, 202, 209, 210, 242, 243, 252, 279, 425, 999}
"""Codes for disk, network, too many queries or parts, read-only and coordination trouble: it passes, so the caller retries."""
_TOO_LARGE: Final = {159, 160, 241, 307, 396}
"""Codes for time, speed, memory, bytes read and rows of a result."""


class Database:
    """Connections to one engine at ``url``: ``chdb:///folder`` or ``clickhouse://user:password@host:port/database``."""

    def __init__(self, url: str) -> None:
        self.blocks = load()
        self._url = url
        self._readers: queue.SimpleQueue[Client] = queue.SimpleQueue()
        self._writers: queue.SimpleQueue[Client] = queue.SimpleQueue()
        self._clients: list[Client] = []
        for _ in range(WRITERS):
            self._writers.put(self._open(WRITE_SETTINGS))
        for _ in range(READERS):
            self._readers.put(self._open({**READ_LIMITS, "readonly": 1}))

    def rows(self, block: str, parameters: Mapping[str, Any], **fragments: Fragment) -> list[Row]:
        """What a named block answers, read with a reader's rights. Raises ``QueryTooLarge`` at a limit."""
        with _borrowed(self._readers) as client:
            raw = client.raw_query(fill(self.blocks[block], fragments), parameters=dict(parameters), fmt="JSONEachRow")
        return [orjson.loads(line) for line in raw.splitlines()]

    def table(self, block: str, parameters: Mapping[str, Any]) -> pa.Table:
        """What a named block of the roll-up answers, as Arrow columns that can be inserted as they are."""
        with _borrowed(self._writers) as client:
            return client.query_arrow(self.blocks[block], parameters=dict(parameters))

    def insert(self, table: str, batches: Sequence[pa.RecordBatch]) -> None:
        """Insert columns in one part per partition. Returns when the table's promise holds: for ``spans``, fsynced."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batches[0].schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        with _borrowed(self._writers) as client:
            client.raw_insert(
                table,
                column_names=batches[0].schema.names,
                insert_block=sink.getvalue(),
                fmt="ArrowStream",
            )

    def command(self, statement: str) -> None:
        """Run a statement of a migration."""
        with _borrowed(self._writers) as client:
            client.command(statement)

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _open(self, settings: Mapping[str, Any]) -> Client:
        where = urlsplit(self._url)
        try:
            if where.scheme == "chdb":
                client = clickhouse_connect.get_client(interface="chdb", path=unquote(where.path))
                for name, value in settings.items():
                    client.command(f"SET {name} = {value}")
            elif where.scheme == "clickhouse":
                client = clickhouse_connect.get_client(
                    host=where.hostname or "localhost",
                    port=where.port or 8123,
                    username=unquote(where.username or "default"),
                    password=unquote(where.password or ""),
                    database=where.path.strip("/") or "default",
                    settings=dict(settings),
                )
            else:
                raise StartupError(
                    f"cannot open the store {self._url!r}: unknown kind {where.scheme!r}",
                    hint="Set --store to chdb:///folder or clickhouse://user:password@host:port/database.",
                )
        except ClickHouseError as error:
            raise _at_start(error, self._url) from error
        self._clients.append(client)
        return client


@contextmanager
def _borrowed(pool: queue.SimpleQueue[Client]) -> Iterator[Client]:
    client = pool.get()
    try:
        yield client
    except ClickHouseError as error:
        raise _translated(error) from error
    except OSError as error:  # the embedded engine takes inserts from a file, which a full disk refuses
        raise Unavailable("cannot write to the store: the disk refused it", hint="Free some disk space.") from error
    finally:
        pool.put(client)


def _translated(error: ClickHouseError) -> ThreadlineError:
    code = getattr(error, "code", None)
    if code in _TOO_LARGE:
        return QueryTooLarge(
            "cannot answer this query: it needs more time or memory than one query may use",
            hint="Narrow the time range or add a filter.",
        )
    if code in _UNAVAILABLE:
        return Unavailable("cannot use the store now", hint=f"Store error code {code}; see the server's log.")
    return ThreadlineError(f"BUG: the store refused a statement with code {code}")


def _at_start(error: ClickHouseError, url: str) -> StartupError:
    text = str(error)
    if "BAD_ARGUMENTS" in text or "Code: 76" in text or "CANNOT_OPEN_FILE" in text:
        return DataDirectoryInUse(
            f"cannot open the store {url}: another process is using it", hint="Stop it or choose another --data-dir."
        )
    return StartupError(f"cannot open the store: {text.splitlines()[0]}", hint="Check --store.")
