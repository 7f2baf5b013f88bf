from __future__ import annotations

from threadline_server.ingest.decode import Decoded


def decode(body: bytes, *, now_ns: int | None = None) -> Decoded:
    raise NotImplementedError
