"""Ids in addresses: any text, percent-encoded, ``/`` included.

Servers hand over the path decoded, in which ``a%2Fb`` and ``a/b`` look alike. Under ``/observability`` routes match the path
as it was sent, and each ``{name:id}`` is decoded by itself.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = b"/observability/"


class IdConvertor(Convertor[str]):
    """One percent-encoded path segment."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote_to_bytes(value).decode("utf-8", "replace")

    def to_string(self, value: str) -> str:
        return quote(value, safe="")


def register_ids() -> None:
    """Make ``{name:id}`` known to the router; to be called before the first route that uses it."""
    register_url_convertor("id", IdConvertor())


class SentPath:
    """ASGI middleware: routes under ``/observability`` see the path as it was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if scope["type"] == "http" and raw.startswith(PREFIX):
            scope = {**scope, "path": raw.partition(b"?")[0].decode("ascii", "replace")}
        await self.app(scope, receive, send)
