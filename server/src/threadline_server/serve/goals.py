"""What a project calls success: to define it needs the scope admin, to look at it read."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from pydantic import Field

from threadline_server.errors import NotFound
from threadline_server.model import Goal
from threadline_server.query import goal_definitions
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Editor, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.wire import Answer, Body, Moment, moment_of, number_in


class GoalBody(Body):
    name: str = Field(description="Unique in the project; any text of up to 200 characters.")
    when: dict[str, Any] = Field(
        description='One of {"tag": t}, {"traceName": n}, {"metadata": {k: v}}, {"outcome": o}, {"errorFree": true}, {"score": {"name": n, "min": 0.5}},'
        ' or {"sequence": [...]} of 2 to 10 of them in order.'
    )


class GoalAnswer(Answer):
    id: int
    name: str
    when: dict[str, Any]
    created_at: Moment
    updated_at: Moment


class GoalList(Answer):
    data: list[GoalAnswer]
    next_cursor: None = None


router = router_of("goals", prefix="/observability/goals")


@router.get("", dependencies=[only_parameters()])
def list_goals(who: Reader, identity: TheIdentity) -> GoalList:
    """The project's goals, oldest first."""
    return GoalList(data=[_answer(goal) for goal in identity.goals.of(who.project_id)])


@router.post("", status_code=201, dependencies=[only_parameters()])
def add_goal(request: Request, who: Editor, identity: TheIdentity, body: GoalBody) -> GoalAnswer:
    """Define a goal. It holds at once, for past sessions as for those to come."""
    goal_definitions.read(body.when)
    return _noted(request, identity.goals.add(who.project_id, body.name, body.when))


@router.put("/{goal_id}", dependencies=[only_parameters()])
def change_goal(request: Request, who: Editor, identity: TheIdentity, goal_id: str, body: GoalBody) -> GoalAnswer:
    """Give a goal another name or condition."""
    goal_definitions.read(body.when)
    return _noted(request, identity.goals.change(who.project_id, _number(goal_id), body.name, body.when))


@router.delete("/{goal_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_goal(request: Request, who: Editor, identity: TheIdentity, goal_id: str) -> Response:
    """Remove a goal."""
    number = _number(goal_id)
    note(request, f"goal {number} ({identity.goals.remove(who.project_id, number)})")
    return Response(status_code=204)


def _number(goal_id: str) -> int:
    if (number := number_in(goal_id)) is None:
        raise NotFound("cannot find this goal: goals are addressed by their id", hint="GET /observability/goals.")
    return number


def _noted(request: Request, goal: Goal) -> GoalAnswer:
    note(request, f"goal {goal.id} ({goal.name})")
    return _answer(goal)


def _answer(goal: Goal) -> GoalAnswer:
    return GoalAnswer(
        id=goal.id, name=goal.name, when=dict(goal.when), created_at=moment_of(goal.created_ns), updated_at=moment_of(goal.updated_ns)
    )  # fmt: skip
