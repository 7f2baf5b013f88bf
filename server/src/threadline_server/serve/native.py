"""``POST /observability/traces``: traces as plain JSON, for people with curl."""

from __future__ import annotations

import time
from functools import partial

import orjson
from fastapi import Request
from starlette.responses import Response

from threadline_server.errors import UnsupportedMediaType
from threadline_server.ingest.decode import native_json
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.receive import media_type, read_body
from threadline_server.serve import documents
from threadline_server.serve.auth import Sender
from threadline_server.serve.described import router_of

router = router_of("ingest")


@router.post("/traces", **documents.intake('Traces as plain JSON: one object or {"traces": [...]}'))
async def take_traces(request: Request, who: Sender) -> Response:
    """Store one trace object or ``{"traces": [...]}``; answers how many were taken and which were not, and why."""
    kind = media_type(request.headers)
    intake: Intake = request.app.state.intake
    with intake.noting_refusals(who.project_id):
        if kind != "application/json":
            raise UnsupportedMediaType(f"cannot read content type {kind[:60]!r}", hint="Send application/json.")
        body = await read_body(request.stream(), request.headers, request.app.state.settings.max_body_bytes)
        decode = partial(native_json.decode, now_ns=time.time_ns())
        outcome = await intake.take(who.project_id, decode, body, unit="trace", cutter=native_json.cut)
    rejected = [{"index": drop.index, "reason": drop.reason, "message": drop.message} for drop in outcome.rejected]
    return Response(
        orjson.dumps({"accepted": outcome.received - len(rejected), "rejected": rejected}),
        media_type="application/json",
    )
