"""How sessions go, and whether they get where they should."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.responses import Response

from threadline_server.query import goals, journeys, parameters
from threadline_server.serve import documents, documents_journeys
from threadline_server.serve.auth import Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.read import Query, Store, TheGoals
from threadline_server.serve.wire import Body, json_answer

router = router_of("journeys")


@router.get(
    "/sessions/{session_id:id}/goals",
    **documents.answer("Whether and when a session reached each goal", documents_journeys.SessionGoals),
)
def session_goals(session_id: str, who: Reader, database: Store, pairs: Query, defined: TheGoals) -> Response:
    parameters.check_known(pairs, ())
    return json_answer(goals.of_session(database, who.project_id, session_id, defined))


@router.get(
    "/analytics/goals",
    **documents.answer(
        "How many of the chosen sessions reached each goal, and what it took",
        documents_journeys.GoalAnalytics,
        documents_journeys.GOALS,
    ),
)
def analytics_goals(who: Reader, database: Store, pairs: Query, defined: TheGoals) -> Response:
    return json_answer(goals.over_goals(database, who.project_id, pairs, defined))


class Definition(Body):
    when: dict[str, Any] = Field(description="As for POST /observability/goals; nothing is stored.")


@router.post(
    "/analytics/goals",
    **documents.answer(
        "How many of the chosen sessions a goal that is not saved would count as reached, and what it took",
        documents_journeys.GoalPreview,
        documents_journeys.GOALS,
    ),
)
def preview_goal(body: Definition, who: Reader, database: Store, pairs: Query, defined: TheGoals) -> Response:
    return json_answer(goals.preview(database, who.project_id, pairs, defined, body.when))


@router.get(
    "/analytics/journeys",
    **documents.answer(
        "How the chosen sessions go from step to step", documents_journeys.Journeys, documents_journeys.JOURNEYS
    ),
)
def analytics_journeys(who: Reader, database: Store, pairs: Query, defined: TheGoals) -> Response:
    return json_answer(journeys.journeys(database, who.project_id, pairs, defined))


@router.get(
    "/analytics/funnel",
    **documents.answer(
        "How many of the chosen sessions take steps in order", documents_journeys.Funnel, documents_journeys.FUNNEL
    ),
)
def analytics_funnel(who: Reader, database: Store, pairs: Query, defined: TheGoals) -> Response:
    return json_answer(journeys.funnel(database, who.project_id, pairs, defined))
