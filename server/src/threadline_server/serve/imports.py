"""``POST /observability/import``: what was exported, from here or from elsewhere, comes in again."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any, Final

import orjson
from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from threadline_server.annotate.restoring import NotKept, Restorer, Said
from threadline_server.errors import UnsupportedMediaType
from threadline_server.identity import Identity
from threadline_server.ingest.decode import imports, langfuse_export, phoenix_export
from threadline_server.ingest.decode.session_file import To
from threadline_server.ingest.intake import Intake
from threadline_server.ingest.prepare import Outcome
from threadline_server.ingest.receive import media_type, read_body
from threadline_server.serve import documents
from threadline_server.serve.auth import Sender
from threadline_server.serve.described import router_of
from threadline_server.serve.documents import Object, Rejection

router = router_of("ingest")

KINDS: Final = ("application/json", "application/x-ndjson", "application/jsonl", "application/ndjson")


class Unkept(Object):
    id: str = Field(description="of the session or trace")
    message: str


class Imported(Object):
    format: str = Field(description="threadline, langfuse or phoenix, as its content tells")
    unit: str = Field(description="what is counted: traces of ours, records of the others")
    accepted: int
    rejected: list[Rejection]
    not_kept: list[Unkept] = Field(description="scores, comments and facts of sessions or traces that are not there")


@router.post(
    "/import", **documents.intake("What was exported: one file, or a part of it", answers=Imported, kinds=KINDS)
)
async def take_export(request: Request, who: Sender) -> Response:
    """Store an export of Threadline (``json``, ``jsonl``), Langfuse or Phoenix; the same again changes nothing."""
    intake: Intake = request.app.state.intake
    with intake.noting_refusals(who.project_id):
        if (kind := media_type(request.headers)) not in KINDS:
            raise UnsupportedMediaType(
                f"cannot read content type {kind[:60]!r}", hint="Send application/json or application/x-ndjson."
            )
        body = await read_body(request.stream(), request.headers, request.app.state.settings.max_body_bytes)
        found = await intake.recognised(who.project_id, imports.recognise, body)
        if found == "threadline":
            return await _ours(request, who.project_id, body)
        now_ns = time.time_ns()
        if found == "langfuse":
            decode = partial(langfuse_export.decode, now_ns=now_ns)
            outcome = await intake.take_parts(who.project_id, decode, body)
        else:
            outcome = await intake.take(who.project_id, partial(phoenix_export.decode, now_ns=now_ns), body)
    return _answer(found, "record", outcome, [])


async def _ours(request: Request, project_id: int, body: bytes) -> Response:
    intake: Intake = request.app.state.intake
    restorer: Restorer = request.app.state.restorer
    identity: Identity = request.app.state.identity
    settings = await asyncio.to_thread(identity.settings.of, project_id)
    outcome = await intake.take_restored(project_id, To(time.time_ns(), settings.auto_minutes > 0), body)
    said = Said(outcome.scores, outcome.comments, outcome.facts)
    left = await asyncio.to_thread(restorer.keep, project_id, outcome.trace_ids, said)
    return _answer("threadline", "trace", outcome, left)


def _answer(found: str, unit: str, outcome: Outcome, left: list[NotKept]) -> Response:
    told: dict[str, Any] = {
        "format": found,
        "unit": unit,
        "accepted": outcome.received - len(outcome.rejected),
        "rejected": [
            {"index": drop.index, "reason": drop.reason, "message": drop.message} for drop in outcome.rejected
        ],
        "notKept": [{"id": each.id, "message": each.message} for each in left],
    }
    return Response(orjson.dumps(told), media_type="application/json")
