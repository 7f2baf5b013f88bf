"""For whoever runs the server: ``/healthz`` (the process answers), ``/readyz`` (it can do its work), ``/metrics``."""

from __future__ import annotations

import asyncio
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from threadline_server.watching.metrics import CONTENT_TYPE, Requests
from threadline_server.watching.watch import Watch

_HEADERS: Final = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    """200 for as long as the process answers: restarting would change nothing about what ``/readyz`` says."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def readyz(request: Request) -> Response:
    """200, or 503 with the reason for each part that cannot work."""
    watch: Watch = request.app.state.watch
    report = await asyncio.to_thread(watch.health.report)
    if not report.reasons:
        return Response(b'{"status":"ready"}', headers=_HEADERS, media_type="application/json")
    body = orjson.dumps({"status": "not ready", "reasons": report.reasons})
    return Response(body, 503, {**_HEADERS, "retry-after": "5"}, media_type="application/json")


async def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    watch: Watch = request.app.state.watch
    requests: Requests = request.app.state.requests
    body = await asyncio.to_thread(lambda: "\n".join([*watch.lines(), *requests.lines(), ""]))
    return Response(body, headers=_HEADERS | {"content-type": CONTENT_TYPE})


ROUTES: Final = (
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
)
