"""Files of any size as pieces that a server takes: what is cut where, and what is no whole file."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import sys
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadline_server import import_pieces
from threadline_server.cli_session_files import imported_pieces
from threadline_server.errors import BadRequest
from threadline_server.ingest.decode import imports

HEAD = b'{"format":"threadline.session/1","id":"a","facts":[]}'
SECOND = b'{"format":"threadline.session/1","id":"b","facts":[]}'


def trace(number: int, size: int = 10) -> bytes:
    return orjson.dumps({"id": f"t-{number}", "spans": [], "logs": [], "x": "x" * size})


def pieces_of(path: Path, content: bytes) -> list[bytes]:
    path.write_bytes(content)
    return list(import_pieces.pieces(path))


def test_a_sessions_own_line_goes_after_its_traces(tmp_path: Path) -> None:
    lines = [HEAD, trace(1), trace(2), SECOND, trace(3)]

    (piece,) = pieces_of(tmp_path / "all.jsonl", b"\n".join(lines) + b"\n")

    assert piece.splitlines() == [trace(1), trace(2), HEAD, trace(3), SECOND]


def test_a_session_as_one_object_is_cut_into_the_same_lines(tmp_path: Path) -> None:
    whole = HEAD[:-1] + b',"traces":[\n' + trace(1) + b",\n" + trace(2) + b"\n]}\n"
    reformatted = orjson.dumps(orjson.loads(whole), option=orjson.OPT_INDENT_2)

    for content in (whole, reformatted, b"\xef\xbb\xbf" + whole):
        (piece,) = pieces_of(tmp_path / "one.json", content)
        assert [orjson.loads(line) for line in piece.splitlines()] == [orjson.loads(line) for line in (trace(1), trace(2), HEAD)]  # fmt: skip


def test_a_large_file_comes_in_pieces_of_whole_lines(tmp_path: Path) -> None:
    lines = [trace(number, 1_000_000) for number in range(10)]

    found = pieces_of(tmp_path / "large.jsonl.gz", gzip.compress(b"\n".join([HEAD, *lines]), 1))

    assert b"".join(found).splitlines() == [*lines, HEAD]
    assert len(found) == 3
    assert all(len(piece) <= import_pieces.PIECE_BYTES for piece in found)


def test_a_data_frame_of_phoenix_in_parquet_comes_as_its_spans(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "name": "answer",
            "start_time": dt.datetime(2025, 11, 23, 10, 30, tzinfo=dt.UTC),
            "context.trace_id": "t",
            "context.span_id": "s",
            "attributes.llm.input_messages": [{"message.role": "user", "message.content": "Hi"}],
            "attributes.metadata": None,
        }
    ]
    path = tmp_path / "spans.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)

    (piece,) = import_pieces.pieces(path)

    assert imports.recognise(piece) == "phoenix"
    assert list(imports.records(piece)) == [{**rows[0], "start_time": "2025-11-23T10:30:00+00:00"}]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cut.json", HEAD[:-1] + b',"traces":[\n' + trace(1) + b",\n", "it ends too early"),
        ("cut.gz", gzip.compress(trace(1), mtime=0)[:-12], "it is not whole"),
        ("not.gz", b"\x1f\x8bnot", "Not a gzipped file|unknown|it is not whole"),
        ("not.parquet", b"PAR1 and no more", "no Parquet file that is whole"),
        ("words.txt", b"words\n", "neither JSON nor JSON lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_whole_file_is_refused_by_name(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=told) as refused:
        pieces_of(tmp_path / name, content)

    assert name in refused.value.message


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="No such file"):
        list(import_pieces.pieces(tmp_path / "none"))


def test_standard_input_is_cut_as_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = b'{"format":"threadline.session/1","id":"s"}\n{"id":"t"}\n'
    file = tmp_path / "a.jsonl"
    file.write_bytes(written)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(written))))

    assert list(imported_pieces(Path("-"))) == list(import_pieces.pieces(file))
