"""The dashboard: one page whose addresses are the client's own, its built files, and the headers that keep it to itself."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from threadline_server.serve.assets import Assets

ADDRESSES: Final = (
    "/",
    "/login",
    "/sessions",
    "/sessions/{rest:path}",
    "/analytics",
    "/analytics/costs",
    "/analytics/goals",
    "/users",
    "/users/{rest:path}",
    "/traces",
    "/quality",
    "/compare",
    "/journeys",
    "/funnels",
    "/alerts",
    "/settings",
    "/settings/{rest:path}",
    "/share",
    "/share/{rest:path}",
)
OF_PROGRAMS: Final = ("/observability/", "/auth/", "/v1/", "/assets/")
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
        "font-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-cache",
}
NOT_BUILT: Final = (
    "<!doctype html><title>Threadline</title><p>The dashboard is not built. Run <code>make ui</code> in the checkout and start"
    " again; the API works without it."
)


def static_folder() -> Path:
    """Where the built dashboard is."""
    return Path(str(files("threadline_server") / "static"))


def install(app: FastAPI) -> None:
    """Serve the page under each of its addresses and its files under ``/assets``."""
    assets = static_folder() / "assets"
    if assets.is_dir():
        app.router.routes.append(Route("/assets/{name}", Assets(assets).answer, methods=["GET"]))
    for icon in sorted(static_folder().glob("*.svg")):
        app.router.routes.append(Route(f"/{icon.name}", _file(icon), methods=["GET"]))
    for address in ADDRESSES:
        app.router.routes.append(Route(address, _page, methods=["GET"]))
    app.router.default = _NoRoute(app.router.default)


async def _page(_request: Request) -> Response:
    return _document(200)


def _document(status: int) -> Response:
    index = static_folder() / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, 503, HEADERS)
    return FileResponse(index, status, HEADERS, media_type="text/html")


class _NoRoute:
    """Where no route is, somebody with a browser gets the dashboard's own page about it, a program the error object."""

    def __init__(self, otherwise: ASGIApp) -> None:
        self.otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_visitor = scope["type"] == "http" and scope["method"] == "GET" and not scope["path"].startswith(OF_PROGRAMS)
        if is_visitor and "text/html" in Headers(scope=scope).get("accept", ""):
            await _document(404)(scope, receive, send)
        else:
            await self.otherwise(scope, receive, send)


def _file(path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 (Starlette's endpoint type is private)
    async def answer(_request: Request) -> Response:
        return FileResponse(path, headers={"x-content-type-options": "nosniff", "cache-control": "max-age=3600"})

    return answer
