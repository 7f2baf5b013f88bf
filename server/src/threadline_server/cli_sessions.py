"""``threadline sessions``: look at a running server's sessions, take them out as files, and put files in."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from threadline_server.cli_options import AsJson, DataDir, Key, Url
from threadline_server.cli_table import print_rows
from threadline_server.errors import BadRequest, ThreadlineError
from threadline_server.remote import Remote, remote
from threadline_server.settings import load

sessions = typer.Typer(help="Sessions of a running server, and files of them.", no_args_is_help=True)

PATH = "/observability"
TELL_EVERY_S = 0.5
_SHOWN = ("id", "userId", "traceCount", "errorCount", "totalTokens", "totalCost", "duration", "endTime")
Filters = Annotated[
    str | None, typer.Option("--filter", metavar="EXPRESSION", help="Such as 'cost > 0.5'.", show_default=False)
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="NAME=VALUE", help="A filter of GET /observability/sessions; repeatable.", show_default=False),
]  # fmt: skip


@sessions.command("list")
def list_sessions(
    *,
    expression: Filters = None,
    where: Where = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the latest first.")] = 20,
    as_json: AsJson = False,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """List sessions, the latest first."""
    pairs = [*_chosen(expression, where), ("limit", str(limit))]
    pieces = _server(url, key, data_dir).download(f"{PATH}/sessions", pairs)
    found = json.loads(b"".join(pieces))["data"]
    print_rows(found if as_json else [{name: row[name] for name in _SHOWN} for row in found], as_json=as_json)


@sessions.command("show")
def show_session(session_id: str, *, url: Url = None, key: Key = None, data_dir: DataDir = None) -> None:
    """Show a session as a transcript."""
    server = _server(url, key, data_dir)
    for piece in server.download(f"{PATH}/sessions/{quote(session_id, safe='')}/export", [("format", "md")]):
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()


@sessions.command("export")
def export_sessions(  # noqa: PLR0913 (every option is one)
    session_id: Annotated[str | None, typer.Argument(help="One session; without it all that the filters choose.")] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to; replaced once it is whole.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", show_default=False,
            help="Of one session: json (default), jsonl, csv, md, otlp, openai; of many: jsonl (default), csv, parquet.",
        ),
    ] = None,
    traces: Annotated[bool, typer.Option("--traces", help="Of many, with jsonl: all of each, so that it can be imported.")] = False,
    expression: Filters = None,
    where: Where = None,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Write one session, or all that filters choose, into a file."""
    chosen = _chosen(expression, where)
    pairs = [*chosen, *([("format", form)] if form else []), *([("include", "traces")] if traces else [])]
    path = f"{PATH}/export"
    if session_id is not None:
        if chosen or traces:
            raise BadRequest("cannot export: filters and --traces are for many sessions, and one is named")
        path = f"{PATH}/sessions/{quote(session_id, safe='')}/export"
    written = _save(_server(url, key, data_dir).download(path, pairs), output)
    typer.echo(f"{output}: {written} bytes", err=True)


@sessions.command("import")
def import_sessions(
    files: Annotated[list[Path], typer.Argument(help="Exports of Threadline (json, jsonl), Langfuse or Phoenix; gzip or not.")],
    *,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Put exported sessions into the project. The same file again changes nothing."""
    from threadline_server.import_pieces import pieces

    server = _server(url, key, data_dir)
    refused = 0
    for file in files:
        progress = _Progress(file.name)
        accepted = 0
        for piece in pieces(file):
            answer = server.send(f"{PATH}/import", piece)
            accepted += answer["accepted"]
            refused += len(answer["rejected"]) + len(answer["notKept"])
            for told in (*answer["rejected"], *answer["notKept"]):
                typer.echo(f"{file.name}: {told.get('reason', told.get('id'))}: {told['message']}", err=True)
            progress.add(len(piece), f"{accepted} {answer['unit']}s")
        progress.end()
        typer.echo(f"{file}: {accepted} imported")
    if refused:
        raise ThreadlineError(
            f"cannot import {refused} entries: the lines above say why", hint="All others are stored."
        )


def _save(pieces: Iterator[bytes], output: Path) -> int:
    """Write beside ``output`` and put it in its place once all is there; a file that breaks off leaves nothing."""
    beside = output.with_name(f".{output.name}.{os.getpid()}.part")
    progress = _Progress(output.name)
    try:
        with beside.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                progress.add(len(piece), f"{progress.lines(piece)} lines")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(output)
    except OSError as error:
        raise BadRequest(f"cannot write {output}: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
        progress.end()
    return progress.bytes


class _Progress:
    """What was moved so far, on stderr where somebody watches it."""

    def __init__(self, name: str) -> None:
        self.bytes = 0
        self._name, self._count = name, 0
        self._began = self._told = time.monotonic()
        self._is_watched = sys.stderr.isatty()

    def lines(self, piece: bytes) -> int:
        self._count += piece.count(b"\n")
        return self._count

    def add(self, count: int, entries: str) -> None:
        self.bytes += count
        now = time.monotonic()
        if self._is_watched and now - self._told > TELL_EVERY_S:
            self._told = now
            rate = self.bytes / 1e6 / max(now - self._began, 0.001)
            typer.echo(
                f"\r\x1b[K{self._name}: {entries}, {self.bytes / 1e6:.1f} MB, {rate:.1f} MB/s", err=True, nl=False
            )

    def end(self) -> None:
        if self._is_watched:
            typer.echo("\r\x1b[K", err=True, nl=False)


def _chosen(expression: str | None, where: list[str] | None) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = [] if expression is None else [("filter", expression)]
    for text in where or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise BadRequest(f"cannot use --where {text!a}: it is not NAME=VALUE")
        pairs.append((name, value))
    return pairs


def _server(url: str | None, key: str | None, data_dir: str | None) -> Remote:
    settings: dict[str, Any] = {"data_dir": data_dir}
    return remote(url=url, key=key, data_dir=load(settings, os.environ).data_dir)
