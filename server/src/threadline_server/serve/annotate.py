"""What callers say of sessions: to say it needs the scope ingest, as telemetry does."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import Response

from threadline_server.annotate.session_facts import Annotator, SessionFacts, facts
from threadline_server.query import present, sessions
from threadline_server.query.parameters import moment_ns
from threadline_server.serve import documents
from threadline_server.serve.admin import only_parameters
from threadline_server.serve.auth import Sender
from threadline_server.serve.described import router_of
from threadline_server.serve.masking import Mask, TheMasker
from threadline_server.serve.read import Store, TheGoals
from threadline_server.serve.wire import Body

router = router_of("annotate")


class SessionPatch(Body):
    title: str | None = Field(default=None, description="Up to 500 characters; null or empty takes it back.")
    outcome: str | None = Field(default=None, description="How it ended in the caller's words, such as solved.")
    tags: list[str] | None = Field(default=None, description="The caller's own tags, beside those of the traces.")
    metadata: dict[str, Any] | None = Field(
        default=None, description="Key by key; wins over the traces'. null takes a key back."
    )
    bookmarked: bool | None = None
    ended: bool | str | None = Field(
        default=None, description="That the conversation is over: true for now, or when (ISO 8601)."
    )


def _annotator(request: Request) -> Annotator:
    annotator: Annotator = request.app.state.annotator
    return annotator


TheAnnotator = Annotated[Annotator, Depends(_annotator)]


@router.patch(
    "/sessions/{session_id:id}",
    dependencies=[only_parameters()],
    **documents.answer("The session as it is then", documents.Session),
)
def change_session(
    session_id: str, who: Sender, database: Store, annotator: TheAnnotator, goals: TheGoals, mask: TheMasker,
    body: SessionPatch,
) -> Response:  # fmt: skip
    """Say what telemetry cannot know; what is left out stays as it is, and later telemetry never changes it."""
    annotator.set_facts(who.project_id, session_id, _facts(body, mask))
    row = sessions.session_row(database, who.project_id, session_id, goals)
    return Response(present.encoded(present.session(row)), media_type="application/json")


def _facts(body: SessionPatch, mask: Mask) -> SessionFacts:
    said: dict[str, Any] = {name: mask(getattr(body, name)) for name in body.model_fields_set}
    if isinstance(body.ended, str):
        said["ended"] = moment_ns("ended", body.ended) // 1_000_000
    elif body.ended is not None:
        said["ended"] = time.time_ns() // 1_000_000 if body.ended else None
    return facts(said)
