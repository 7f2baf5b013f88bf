"""Files: one session in several forms, and all sessions that a query string chooses."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator
from typing import Final

from fastapi import Request
from starlette.responses import Response

from threadline_server.errors import Unavailable
from threadline_server.query import export_bulk, exports, parameters, sessions
from threadline_server.serve import documents
from threadline_server.serve.attachments import Attachment
from threadline_server.serve.auth import Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.read import Query, Store, TheGoals

router = router_of("read")

MOST_AT_ONCE: Final = 2
"""Bulk exports of a server: each keeps a reader's connection and a thread busy, of which there are four."""
_FREE: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


@router.get("/sessions/{session_id:id}/export", **documents.download("The whole session as a file", documents.EXPORT))
def export_session(session_id: str, who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    parameters.check_known(pairs, exports.PARAMETERS)
    form = parameters.choice("format", parameters.one(pairs, "format") or "json", exports.FORMATS)
    row = sessions.session_row(database, who.project_id, session_id, goals)
    kind = exports.FORMATS[form]
    pieces = exports.stream(database, who.project_id, row, form)
    return Attachment(pieces, f"session-{session_id}.{kind.ending}", kind.media_type)


@router.get(
    "/export",
    **documents.download(
        "Every session that the filters choose, as one file", documents.BULK_EXPORT, kinds=export_bulk.FORMATS
    ),
)
def export_sessions(request: Request, who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    form, pieces = export_bulk.stream(database, who.project_id, pairs, goals)
    note(request, f"format {form.ending}, {'filtered' if [name for name, _ in pairs if name != 'format'] else 'all'}")
    name = f"sessions-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.{form.ending}"
    return Attachment(_one_of_few(pieces), name, form.media_type)


def _one_of_few(pieces: Iterator[bytes]) -> Generator[bytes]:
    if not _FREE.acquire(blocking=False):
        raise Unavailable(
            f"cannot export now: {MOST_AT_ONCE} exports of many sessions are running",
            hint="Try again when one has ended.",
            retry_after_s=10,
        )
    try:
        yield from pieces
    finally:
        _FREE.release()
