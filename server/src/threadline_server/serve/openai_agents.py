"""The address to which the OpenAI Agents SDK exports its traces by itself: ``POST /v1/traces/ingest``."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from threadline_server.errors import ThreadlineError
from threadline_server.ingest.decode import openai_agents
from threadline_server.serve.foreign import json_answer, rejections, sentence, taken, told_by


def _failure(error: ThreadlineError) -> dict[str, Any]:
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    return {"error": {"message": sentence(error), "type": kind, "param": None, "code": error.code}}


@told_by(_failure)
async def ingest(request: Request) -> Response:
    """Traces and spans as the SDK's own exporter sends them."""
    outcome = await taken(request, openai_agents.decode)
    refused = rejections(outcome)
    return json_answer({"accepted": outcome.received - len(refused), "rejected": refused})


ROUTES: Final = (Route("/v1/traces/ingest", ingest, methods=["POST"]),)
