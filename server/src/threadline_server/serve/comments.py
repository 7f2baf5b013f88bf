"""Comments: to write and take them back needs the scope ingest, to look read."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import Response

from threadline_server.annotate.comments import Commenter
from threadline_server.annotate.targets import Target
from threadline_server.query import parameters, present
from threadline_server.serve import documents
from threadline_server.serve.admin import only_parameters
from threadline_server.serve.auth import Reader, Sender
from threadline_server.serve.described import router_of
from threadline_server.serve.documents import Object
from threadline_server.serve.masking import TheMasker
from threadline_server.serve.read import Query
from threadline_server.serve.wire import Body, json_answer
from threadline_server.store.database import Row

PARAMETERS: Final = ("sessionId", "traceId", "spanId")


class NewComment(Body):
    body: str = Field(description="Plain text of up to 10,000 characters.")
    author: str = Field(default="", description="Who writes; any name of up to 200 characters.")
    session_id: str = Field(default="", description="The session that it is on, or one of those below.")
    trace_id: str = ""
    span_id: str = Field(default="", description="A span of the trace.")


class Comment(Object):
    id: str
    session_id: str | None = Field(
        description="of a comment on a session the id that it had; a trace's comment is its session's too"
    )
    trace_id: str | None
    span_id: str | None
    author: str | None
    body: str
    time: str


class Comments(Object):
    data: list[Comment] = Field(description="in the order in which they were written, at most 1,000")
    next_cursor: None = None


def _commenter(request: Request) -> Commenter:
    commenter: Commenter = request.app.state.commenter
    return commenter


TheCommenter = Annotated[Commenter, Depends(_commenter)]
router = router_of("comments")


@router.post(
    "/comments",
    status_code=201,
    dependencies=[only_parameters()],
    **documents.answer("The comment", Comment, status=201),
)
def write_comment(who: Sender, commenter: TheCommenter, mask: TheMasker, body: NewComment) -> Response:
    """Write beside a session, a trace or a span."""
    target = Target(body.session_id, body.trace_id, body.span_id)
    return json_answer(_answer(commenter.write(who.project_id, target, mask(body.body), mask(body.author))), 201)


@router.get(
    "/comments",
    **documents.answer(
        "Comments on one session and its traces, one trace and its spans, or one span",
        Comments,
        documents.parameters(PARAMETERS, descriptions=dict.fromkeys(PARAMETERS, "what they are on")),
    ),
)
def list_comments(who: Reader, commenter: TheCommenter, pairs: Query) -> Response:
    parameters.check_known(pairs, PARAMETERS)
    return _list(commenter, who.project_id, Target(*(parameters.one(pairs, name) or "" for name in PARAMETERS)))


@router.get(
    "/sessions/{session_id:id}/comments",
    **documents.answer("Comments on a session, its traces and their spans", Comments),
)
def session_comments(session_id: str, who: Reader, commenter: TheCommenter, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return _list(commenter, who.project_id, Target(session_id))


@router.delete("/comments/{comment_id:id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_comment(comment_id: str, who: Sender, commenter: TheCommenter) -> Response:
    """Take a comment back."""
    commenter.remove(who.project_id, comment_id)
    return Response(status_code=204)


def _list(commenter: Commenter, project_id: int, target: Target) -> Response:
    return json_answer({"data": [_answer(row) for row in commenter.on(project_id, target)], "nextCursor": None})


def _answer(row: Row) -> dict[str, Any]:
    return {
        "id": row["comment_id"],
        "sessionId": row["session_id"] or None,
        "traceId": row["trace_id"] or None,
        "spanId": row["span_id"] or None,
        "author": row["author"] or None,
        "body": row["body"],
        "time": present.moment(row["time_ms"]),
    }
