"""A session as a file, streamed a page of traces at a time, so that its size does not matter.

``json``: one object, the session with all its traces and their spans, ``"format": "threadline.session/1"``.
``jsonl``: the session on the first line, then one trace with its spans on each.
In these two a span carries everything that is stored of it, trace and session what people said of them (``givenScores``,
``givenComments``, of the session ``facts``), so that an import restores it all; a trace's log records (``logs``) have the form of spans and are none.
``csv``: a row for each span. ``md``: a transcript to read. ``otlp``: spans as OTLP/JSON. ``openai``: examples for fine-tuning.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final

import msgspec

from threadline_server.query import export_csv, export_markdown, export_openai, export_otlp, export_pages, present
from threadline_server.query.export_pages import EVERYTHING as _EVERYTHING
from threadline_server.query.export_pages import WholeTrace
from threadline_server.store.database import Database, Row

__all__ = ["FORMATS", "PARAMETERS", "Form", "json_lines", "stream"]

FORMAT: Final = "threadline.session/1"
EVERYTHING: Final = _EVERYTHING
PARAMETERS: Final = ("format",)


class Form(msgspec.Struct, frozen=True):
    """A kind of file: its media type, how its name ends, and what writes it."""

    media_type: str
    ending: str
    write: Callable[[Database, int, Row], Iterator[bytes]]


def stream(database: Database, project_id: int, session: Row, form: str) -> Generator[bytes]:
    """The file in pieces."""
    yield from FORMATS[form].write(database, project_id, session)


def json_lines(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    yield present.encoded(_head(database, project_id, session)) + b"\n"
    for trace in export_pages.whole_traces(database, project_id, session):
        yield present.encoded(_trace(trace)) + b"\n"


def _json(database: Database, project_id: int, session: Row) -> Iterator[bytes]:
    """One line for each trace here too: so a program may read the file piece by piece."""
    yield present.encoded(_head(database, project_id, session))[:-1] + b',"traces":['
    for index, trace in enumerate(export_pages.whole_traces(database, project_id, session)):
        yield (b",\n" if index else b"\n") + present.encoded(_trace(trace))
    yield b"\n]}\n"


def _head(database: Database, project_id: int, session: Row) -> dict[str, Any]:
    said = export_pages.said_of_session(database, project_id, session)
    return {"format": FORMAT, **present.session(session), **said}


def _trace(trace: WholeTrace) -> dict[str, Any]:
    return {
        **present.trace(trace.row, export_pages.texts(trace)),
        "spans": [export_pages.whole_span(row) for row in trace.spans],
        "logs": [export_pages.whole_span(row) for row in trace.logs],
        **export_pages.said_of_trace(trace),
    }


FORMATS: Final[Mapping[str, Form]] = {
    "json": Form("application/json", "json", _json),
    "jsonl": Form("application/x-ndjson", "jsonl", json_lines),
    "csv": Form("text/csv; charset=utf-8", "csv", export_csv.write),
    "md": Form("text/markdown; charset=utf-8", "md", export_markdown.write),
    "otlp": Form("application/json", "otlp.json", export_otlp.write),
    "openai": Form("application/x-ndjson", "openai.jsonl", export_openai.write),
}
