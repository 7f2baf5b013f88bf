"""``threadline sessions export`` and ``import``: sessions as files, out of a running server and into one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import typer

from threadline_server.cli_options import DataDir, Key, Url, server_at
from threadline_server.cli_progress import Progress
from threadline_server.cli_sessions import PATH, Where, pairs_of
from threadline_server.errors import BadRequest, ThreadlineError
from threadline_server.watching.log_lines import one_line

EXPORT: Final = "/observability/export"
IMPORT: Final = "/observability/import"
STANDARD_STREAM: Final = Path("-")
MOST_TOLD: Final = 20
"""Reasons shown of one file; a file that is wrong throughout has as many as lines."""


def add_to(sessions: typer.Typer) -> None:
    sessions.command("export")(export_sessions)
    sessions.command("import")(import_sessions)


def export_sessions(  # noqa: PLR0913 (every option is one)
    session_id: Annotated[str | None, typer.Argument(help="One session.", show_default=False)] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to, once all is there; - is standard output.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORMAT", show_default=False,
            help="Of one: json (default), jsonl, csv, md, otlp, openai; of many: jsonl (default), csv, parquet.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every session of the project.")] = False,
    where: Where = None,
    expression: Annotated[
        str | None, typer.Option("--filter", metavar="EXPRESSION", help="Those for which it is true, such as 'cost > 0.5'.", show_default=False)
    ] = None,
    traces: Annotated[bool, typer.Option("--traces", help="Of many, as jsonl: each with all its traces, so that it can be imported.")] = False,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Write one session, or all that --all, --where and --filter choose, into a file."""
    chosen = [*pairs_of(where), *([("filter", expression)] if expression else [])]
    if (session_id is not None) + everything + bool(chosen) != 1:
        raise BadRequest("cannot tell what to export", hint="Give a session's id, or --where and --filter, or --all.")
    if session_id is not None and traces:
        raise BadRequest("cannot use --traces: it is for many sessions, and one has its traces anyhow")
    path = EXPORT if session_id is None else f"{PATH}/{quote(session_id, safe='')}/export"
    pairs = [*chosen, *([("format", form)] if form else []), *([("include", "traces")] if traces else [])]
    _save(server_at(url, key, data_dir).download(path, pairs), output, has_lines=form not in ("csv", "md", "parquet"))


def import_sessions(
    files: Annotated[list[Path], typer.Argument(help="Exports of Threadline, Langfuse or Phoenix; - is standard input.", show_default=False)],
    *,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Put exported sessions into the project; the same file again changes nothing."""
    server = server_at(url, key, data_dir)
    refused = 0
    for file in files:
        progress = Progress(file.name)
        accepted, told = 0, 0
        for piece in imported_pieces(file):
            answer = server.send(IMPORT, piece)
            accepted += answer["accepted"]
            for each in (*answer["rejected"], *answer["notKept"]):
                told += 1
                if told <= MOST_TOLD:
                    why = f"{file.name}: {each.get('reason') or ascii(each['id'])}: {each['message']}"
                    typer.echo(one_line(why), err=True)
            progress.add(len(piece), f"{accepted} {answer['unit']}s")
        if told > MOST_TOLD:
            typer.echo(f"{file.name}: and {told - MOST_TOLD} more", err=True)
        progress.end()
        refused += told
    if refused:
        raise ThreadlineError(
            f"cannot import {refused} entries: the lines above say why", hint="All others are stored."
        )


def imported_pieces(file: Path) -> Iterator[bytes]:
    """The pieces of a file, or of standard input, which is read to its end first: a file is looked at twice."""
    from threadline_server.import_pieces import pieces

    if file != STANDARD_STREAM:
        yield from pieces(file)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "standard input"
        with copy.open("wb") as held:
            shutil.copyfileobj(sys.stdin.buffer, held)
        yield from pieces(copy)


def _save(pieces: Iterator[bytes], output: Path, *, has_lines: bool) -> None:
    """Write beside ``output`` and put it in its place once all is there; what breaks off leaves nothing."""
    progress = Progress(str(output))
    count = 0

    def moved() -> Iterator[bytes]:
        nonlocal count
        for piece in pieces:
            yield piece
            count += piece.count(b"\n")
            progress.add(len(piece), f"{count} lines" if has_lines else "")

    if output == STANDARD_STREAM:
        for piece in moved():
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        progress.end()
        return
    beside = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            for piece in moved():
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(output)
    except OSError as error:
        raise BadRequest(f"cannot write {output}: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    progress.end()
