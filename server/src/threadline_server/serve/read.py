"""The read routes: parse, ask ``query``, encode. Each answers one project, the caller's (law 8)."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from threadline_server.identity import Identity
from threadline_server.ingest import reasons
from threadline_server.query import conversations, parameters, present, quality, session_pair, sessions, traces
from threadline_server.query.goal_conditions import NO_GOALS, Goals, goals_at
from threadline_server.query.parameters import Pairs
from threadline_server.serve import documents, documents_pair, documents_quality
from threadline_server.serve.auth import Anyone, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.paths import register_ids
from threadline_server.serve.wire import json_answer
from threadline_server.store.database import Database

register_ids()
router = router_of("read")


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _pairs(request: Request) -> Pairs:
    return request.query_params.multi_items()


def _goals(request: Request, who: Anyone) -> Goals:
    """The goals and the idle time of the caller's project, as they are now."""
    return goals_now(request.app.state.identity, who.project_id)


def goals_now(identity: Identity, project_id: int) -> Goals:
    """A project's goals and idle time as they are now. Raises Unavailable."""
    idle_ms = identity.settings.of(project_id).idle_ms
    return goals_at(identity.goals.of(project_id), time.time_ns() // 1_000_000, idle_ms=idle_ms)


Store = Annotated[Database, Depends(_database)]
Query = Annotated[Pairs, Depends(_pairs)]
TheGoals = Annotated[Goals, Depends(_goals)]


@router.get("/sessions", **documents.answer("Sessions", documents.Sessions, documents.SESSION_LIST))
def list_sessions(who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(sessions.list_sessions(database, who.project_id, pairs, goals))


@router.get(
    "/sessions/{session_id:id}", **documents.answer("One session and its first traces", documents.SessionDetail)
)
def one_session(session_id: str, who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    parameters.check_known(pairs, ())
    row = sessions.session_row(database, who.project_id, session_id, goals)
    first = traces.of_session(database, who.project_id, row, (), with_spans=False)
    return json_answer({**present.session(row), "traces": first["data"], "nextCursor": first["nextCursor"]})


@router.get(
    "/sessions/{session_id:id}/traces",
    **documents.answer("A session's traces in time order", documents.Traces, documents.OF_SESSION),
)
def session_traces(session_id: str, who: Reader, database: Store, pairs: Query) -> Response:
    return json_answer(traces.list_session_traces(database, who.project_id, session_id, pairs))


@router.get(
    "/sessions/{session_id:id}/traces/{trace_id:id}",
    **documents.answer("A trace of the session with its spans", documents.Trace),
)
def session_trace(session_id: str, trace_id: str, who: Reader, database: Store, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return json_answer(traces.one_session_trace(database, who.project_id, session_id, trace_id))


@router.get(
    "/sessions/{session_id:id}/conversation",
    **documents.answer("A session's turns as messages", documents.Turns, documents.PAGE),
)
def session_conversation(session_id: str, who: Reader, database: Store, pairs: Query) -> Response:
    return json_answer(conversations.session_conversation(database, who.project_id, session_id, pairs))


@router.get(
    "/sessions/{session_id:id}/metrics", **documents.answer("A session's six numbers", documents.SessionMetrics)
)
def session_metrics(session_id: str, who: Reader, database: Store, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return json_answer(present.metrics(sessions.session_row(database, who.project_id, session_id, NO_GOALS)))


@router.get(
    "/sessions/{session_id:id}/compare/{other_id:id}",
    **documents.answer("Two sessions, turn by turn", documents_pair.SessionPair, documents_pair.COMPARE),
)
def compare_sessions(
    session_id: str, other_id: str, who: Reader, database: Store, pairs: Query, goals: TheGoals
) -> Response:
    found = session_pair.compare_sessions(database, who.project_id, (session_id, other_id), pairs, goals)
    return json_answer(found)


@router.get("/traces", **documents.answer("Traces, the newest first", documents.Traces, documents.TRACE_LIST))
def list_traces(who: Reader, database: Store, pairs: Query) -> Response:
    return json_answer(traces.list_traces(database, who.project_id, pairs))


@router.get("/traces/{trace_id:id}", **documents.answer("One trace with its spans", documents.Trace))
def one_trace(trace_id: str, who: Reader, database: Store, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    return json_answer(traces.one_trace(database, who.project_id, trace_id))


@router.get(
    "/quality",
    **documents.answer(
        "What is wrong with the data that came in, and what to do", documents_quality.Quality, documents.QUALITY
    ),
)
def data_quality(request: Request, who: Reader, database: Store, pairs: Query) -> Response:
    request.app.state.intake.write_refusals()
    meanings = reasons.REASONS | reasons.IGNORED | reasons.WHOLE_REQUESTS
    found = quality.report(
        database, who.project_id, pairs, now_ns=time.time_ns(), meanings=meanings, client_meanings=reasons.BY_CLIENTS
    )
    return json_answer(found)


@router.get(
    "/ingestion",
    **documents.answer("What was received, stored and rejected since the server started", documents.Ingestion),
)
def ingestion(request: Request, who: Reader, pairs: Query) -> Response:
    parameters.check_known(pairs, ())
    counts = request.app.state.intake.counts(who.project_id)
    return json_answer(
        {
            "received": counts.received,
            "stored": counts.stored,
            "rejected": counts.rejected,
            "ignored": counts.ignored,
        }
    )
