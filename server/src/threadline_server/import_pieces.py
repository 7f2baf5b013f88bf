"""A file of exported sessions as pieces that a server takes one at a time, whatever the size of the file.

JSON lines, and our ``json`` whose lines are traces, are read line by line, tables in Parquet (data frames of Phoenix) a batch at a
time; other JSON (an array, a page of an API) as a whole, and cut into its records. A session's own line, with what people said of
it, goes after its traces: it holds once they are there.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, cast

from threadline_server.errors import BadRequest

PIECE_BYTES: Final = 4 * 1024 * 1024
PARQUET_ROWS: Final = 200
_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_TRACES: Final = b'"traces":['


def pieces(path: Path) -> Iterator[bytes]:
    """JSON lines of about ``PIECE_BYTES``, each line whole. Raises BadRequest."""
    held: list[bytes] = []
    size = 0
    for line in _heads_last(_lines(path)):
        if held and size + len(line) > PIECE_BYTES:
            yield b"\n".join(held) + b"\n"
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield b"\n".join(held) + b"\n"


def _heads_last(lines: Iterator[bytes]) -> Iterator[bytes]:
    head: bytes | None = None
    for line in lines:
        if line.startswith(b'{"format":"threadline.'):
            if head is not None:
                yield head
            head = line
        else:
            yield line
    if head is not None:
        yield head


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            begins = file.read(len(_PARQUET))
        if begins == _PARQUET:
            yield from _parquet(path)
            return
        with gzip.open(path) if begins.startswith(_GZIP) else path.open("rb") as file:
            yield from _text_lines(path, cast(IO[bytes], file))
    except (EOFError, zlib.error) as error:  # of gzip: the file ends too early, or is no gzip after its beginning
        raise BadRequest(f"cannot import {path}: it is not whole") from error
    except OSError as error:
        raise BadRequest(f"cannot import {path}: {error.strerror or error}") from error


def _text_lines(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    first = file.readline().removeprefix(b"\xef\xbb\xbf").strip()
    if first.endswith(_TRACES):
        yield first.removesuffix(_TRACES).removesuffix(b",") + b"}"
        yield from _traces(path, file)
    elif _is_json(first):
        yield first
        yield from (line for raw in file if (line := raw.strip()))
    else:
        yield from _records(path, first + b"\n" + file.read())


def _parquet(path: Path) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(PARQUET_ROWS):
                for row in batch.to_pylist():
                    yield json.dumps(row, ensure_ascii=False, default=_told).encode("utf-8", "replace")
    except pa.ArrowException as error:
        raise BadRequest(f"cannot import {path}: it is no Parquet file that is whole") from error


def _told(value: Any) -> str:
    """What a table holds and JSON does not: moments."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _traces(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    for raw in file:
        line = raw.strip()
        if line == b"]}":
            return
        if line:
            yield line.removesuffix(b",")
    raise BadRequest(f"cannot import {path.name}: it ends too early", hint="Export it again.")


def _records(path: Path, text: bytes) -> Iterator[bytes]:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"cannot import {path.name}: it is neither JSON nor JSON lines") from error
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        value = value["data"]
    if isinstance(value, dict) and "format" in value and isinstance(value.get("traces"), list):
        value = [
            {"format": value.pop("format"), **{key: held for key, held in value.items() if key != "traces"}},
            *value["traces"],
        ]
    for record in value if isinstance(value, list) else [value]:
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _is_json(line: bytes) -> bool:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and not isinstance(found.get("data"), list)
