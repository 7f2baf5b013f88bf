"""What the routes of other SDKs have in common: a body through the pipe, and failures in the words of that SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response

from threadline_server.errors import ThreadlineError, Unavailable
from threadline_server.ingest.decode.piecewise import PartDecoder
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.prepare import Outcome
from threadline_server.ingest.receive import read_body
from threadline_server.model import Drop
from threadline_server.serve.auth import principal_in
from threadline_server.serve.gate import refusing_with
from threadline_server.serve.problems import headers_of, unexpected

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Failure: TypeAlias = Callable[[ThreadlineError], Any]
"""An error as the body that the SDK understands."""


async def taken(request: Request, decode: PartDecoder) -> Outcome:
    """What became of a request's messages. Raises what its sender did wrong, or ``Unavailable``."""
    who = principal_in(request)
    intake: Intake = request.app.state.intake
    with intake.noting_refusals(who.project_id):
        body = await read_body(request.stream(), request.headers, request.app.state.settings.max_body_bytes)
        return await intake.take_parts(who.project_id, decode, body)


def told_by(failure: Failure) -> Callable[[Endpoint], Endpoint]:
    """An endpoint whose errors become answers of the SDK's kind."""

    def around(endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ThreadlineError as error:
                if error.status >= 500 and not isinstance(error, Unavailable):
                    return unexpected(error, method=request.method, path=request.url.path)
                return refused(request, error)

        def refused(_request: Request, error: ThreadlineError) -> Response:
            return json_answer(failure(error), error.status, headers_of(error))

        return refusing_with(answer, refused)

    return around


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def rejections(outcome: Outcome) -> list[dict[str, Any]]:
    """What was refused, as the plain-JSON route tells it, with the sender's own id of each."""
    return [rejection(drop, outcome.ids[drop.index]) for drop in outcome.rejected]


def rejection(drop: Drop, own_id: str) -> dict[str, Any]:
    return {"index": drop.index, "id": own_id or None, "reason": drop.reason, "message": drop.message}


def sentence(error: ThreadlineError) -> str:
    return f"{error.message}. {error.hint}" if error.hint else error.message
