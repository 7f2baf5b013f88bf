"""Answers that are files: streamed, named, and taken by browsers for nothing else."""

from __future__ import annotations

from collections.abc import Generator
from itertools import chain
from urllib.parse import quote

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_MAX_NAME = 150


class Attachment(StreamingResponse):
    """A file in pieces. What fails before the first one is answered as usual; later the connection breaks before its end,
    so that no caller takes what came for the whole."""

    def __init__(self, pieces: Generator[bytes], name: str, media_type: str) -> None:
        self._pieces = pieces
        first = next(pieces, b"")
        headers = {"content-disposition": disposition(name), "x-content-type-options": "nosniff"}
        super().__init__(chain([first], pieces), 200, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the pieces hold is free again as soon as the caller has them or hung up, and not when garbage is collected."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pieces.close()


def disposition(name: str) -> str:
    """RFC 6266: the name in ASCII for old clients, and as it is. No folder, nothing hidden, no control characters."""
    safe = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name)
    if len(safe) > _MAX_NAME:
        stem, dot, ending = safe.rpartition(".")
        safe = f"{stem[: _MAX_NAME - len(ending)]}{dot}{ending}"
    safe = safe.strip(". ") or "export"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in safe)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe.encode('utf-8', 'replace'), safe='')}"
