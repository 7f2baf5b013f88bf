"""What sessions add up to."""

from __future__ import annotations

import time

from starlette.responses import Response

from threadline_server.query import analytics, compare, costs
from threadline_server.serve import documents, documents_analytics
from threadline_server.serve.auth import Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.read import Query, Store, TheGoals
from threadline_server.serve.wire import json_answer

router = router_of("analytics", prefix="/observability/analytics")


@router.get(
    "/sessions",
    **documents.answer(
        "What the chosen sessions add up to", documents_analytics.SessionAnalytics, documents_analytics.SESSIONS
    ),
)
def analytics_sessions(who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(analytics.over_sessions(database, who.project_id, pairs, goals))


@router.get(
    "/costs",
    **documents.answer(
        "What the chosen sessions cost, and what for", documents_analytics.CostAnalytics, documents_analytics.COSTS
    ),
)
def analytics_costs(who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(costs.over_costs(database, who.project_id, pairs, goals, now_ns=time.time_ns()))


@router.get(
    "/compare",
    **documents.answer(
        "What differs between two windows or releases, and whether by more than noise",
        documents_analytics.Comparison,
        documents_analytics.COMPARE,
    ),
)
def analytics_compare(who: Reader, database: Store, pairs: Query, goals: TheGoals) -> Response:
    return json_answer(compare.compare(database, who.project_id, pairs, goals))
