"""The dashboard's built files, from memory: a page asks for twenty of them at once, and each carries a hash of its content in its name."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cached_property
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_LASTING: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    "vary": "accept-encoding",
}
_TEXTS: Final = (".css", ".js", ".svg")


class _Asset:
    """One file, read when it is first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"

    @cached_property
    def content(self) -> bytes:
        return self._path.read_bytes()

    @cached_property
    def packed(self) -> bytes | None:
        """The same by gzip, where that is worth it."""
        return gzip.compress(self.content, 6, mtime=0) if self._path.suffix in _TEXTS else None


class Assets:
    """Answers for the files of one folder by their names, and for nothing else."""

    def __init__(self, folder: Path) -> None:
        self._assets = {path.name: _Asset(path) for path in folder.iterdir() if path.is_file()}

    async def answer(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        packed = asset.packed if "gzip" in request.headers.get("accept-encoding", "") else None
        if packed is None:
            return Response(asset.content, headers=_LASTING, media_type=asset.media_type)
        return Response(packed, headers={**_LASTING, "content-encoding": "gzip"}, media_type=asset.media_type)
