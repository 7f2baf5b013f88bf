"""Langfuse's addresses: an SDK of theirs works by changing host and keys.

Source: https://api.reference.langfuse.com. OTLP, which their newer SDKs send, is in ``otlp``.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from threadline_server import __version__
from threadline_server.errors import BadRequest, ThreadlineError
from threadline_server.ingest.decode import langfuse_batch
from threadline_server.serve.auth import principal_in
from threadline_server.serve.foreign import json_answer, sentence, taken, told_by

_NAMES: Final = {
    400: "InvalidRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "LangfuseNotFoundError",
}


def _failure(error: ThreadlineError) -> dict[str, str]:
    return {"message": sentence(error), "error": _NAMES.get(error.status, error.code)}


@told_by(_failure)
async def ingest(request: Request) -> Response:
    """``POST /api/public/ingestion``: 207, and for each event whether it was taken."""
    outcome = await taken(request, langfuse_batch.decode)
    refused = {drop.index: drop for drop in outcome.rejected}
    successes = [{"id": own_id, "status": 201} for index, own_id in enumerate(outcome.ids) if index not in refused]
    errors = [
        {"id": outcome.ids[index], "status": 400, "message": f"{drop.reason}: {drop.message}", "error": drop.reason}
        for index, drop in sorted(refused.items())
    ]
    return json_answer({"successes": successes, "errors": errors}, 207)


@told_by(_failure)
async def score(request: Request) -> Response:
    """``POST /api/public/scores``: one score, or an array of them."""
    outcome = await taken(request, langfuse_batch.decode_scores)
    if outcome.rejected:
        told = "; ".join(f"score {drop.index}: {drop.message}" for drop in outcome.rejected[:5])
        kept = outcome.received - len(outcome.rejected)
        raise BadRequest(
            f"cannot take {len(outcome.rejected)} of {outcome.received} scores ({kept} are stored): {told}"
        )
    return json_answer({"id": next(iter(outcome.ids), "")})


@told_by(_failure)
async def projects(request: Request) -> Response:
    """``GET /api/public/projects``: the key's own project, by which an SDK finds out whether its key is good."""
    who = principal_in(request)
    project: dict[str, Any] = {"id": str(who.project_id), "name": who.project_name}
    return json_answer({"data": [project | {"organization": dict(project), "metadata": {}, "retentionDays": None}]})


async def health(_request: Request) -> Response:
    """``GET /api/public/health``."""
    return json_answer({"status": "OK", "version": __version__})


ROUTES: Final = (
    Route("/api/public/ingestion", ingest, methods=["POST"]),
    Route("/api/public/scores", score, methods=["POST"]),
    Route("/api/public/projects", projects, methods=["GET"]),
    Route("/api/public/health", health, methods=["GET"]),
)
