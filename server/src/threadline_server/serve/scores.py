"""Scores: to give and take them back needs the scope ingest, to look read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from pydantic import Field
from starlette.responses import Response

from threadline_server.annotate.scores import Judge, Judgement
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


class NewScore(Body):
    name: str = Field(description="What is judged, such as helpfulness.")
    value: bool | Annotated[float, Field(allow_inf_nan=False)] | str = Field(
        description="A number, yes or no, or the name of a category."
    )
    session_id: str = Field(default="", description="The session that is judged, or one of those below.")
    trace_id: str = ""
    span_id: str = Field(default="", description="A span of the trace.")
    id: str = Field(default="", max_length=200, description="Yours, so that sending it again changes this score.")
    comment: str = Field(default="", description="Why; up to 10,000 characters.")
    source: str = Field(default="", max_length=200, description="Who judged, such as user or a judge's model.")


class ScoreAnswer(Object):
    id: str
    about: Literal["span", "trace", "session"]
    session_id: str | None = Field(
        description="of a score of a session by its id; a trace's score is its session's too"
    )
    trace_id: str | None
    span_id: str | None
    name: str
    kind: Literal["numeric", "boolean", "category"]
    value: float | bool | str
    comment: str | None
    source: str | None
    time: str


class Scores(Object):
    data: list[ScoreAnswer]
    next_cursor: None = None


def _judge(request: Request) -> Judge:
    judge: Judge = request.app.state.judge
    return judge


TheJudge = Annotated[Judge, Depends(_judge)]
router = router_of("scores")


@router.post(
    "/scores",
    status_code=201,
    dependencies=[only_parameters()],
    **documents.answer("The score", ScoreAnswer, status=201),
)
def give_score(who: Sender, judge: TheJudge, mask: TheMasker, body: NewScore) -> Response:
    """Judge a session, a trace or a span."""
    target = Target(body.session_id, body.trace_id, body.span_id)
    said = Judgement(target, mask(body.name), mask(body.value), body.id, mask(body.comment), mask(body.source))
    return json_answer(_answer(judge.keep(who.project_id, said)), 201)


@router.get(
    "/sessions/{session_id:id}/scores",
    **documents.answer("A session's scores and its traces', the latest first", Scores),
)
def session_scores(session_id: str, who: Reader, judge: TheJudge, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return _list(judge, who.project_id, Target(session_id))


@router.get("/traces/{trace_id:id}/scores", **documents.answer("A trace's scores, the latest first", Scores))
def trace_scores(trace_id: str, who: Reader, judge: TheJudge, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return _list(judge, who.project_id, Target(trace_id=trace_id))


@router.delete("/scores/{score_id:id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def take_score_back(score_id: str, who: Sender, judge: TheJudge) -> Response:
    """Take a score back."""
    judge.remove(who.project_id, score_id)
    return Response(status_code=204)


def _list(judge: Judge, project_id: int, target: Target) -> Response:
    return json_answer({"data": [_answer(row) for row in judge.of(project_id, target)], "nextCursor": None})


def _answer(row: Row) -> dict[str, Any]:
    value = {"boolean": row["label"] == "true", "category": row["label"] or None, "numeric": row["value"]}[row["kind"]]
    return {
        "id": row["score_id"],
        "about": row["about"],
        "sessionId": row["session_id"] or None,
        "traceId": row["trace_id"] or None,
        "spanId": row["span_id"] or None,
        "name": row["name"],
        "kind": row["kind"],
        "value": value if value is not None else row["value"],
        "comment": row["comment"] or None,
        "source": row["source"] or None,
        "time": present.moment(row["time_ms"]),
    }
