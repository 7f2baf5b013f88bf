"""What the routes of goals, journeys and funnels answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from threadline_server.query import goals, journeys
from threadline_server.serve import documents
from threadline_server.serve.documents import Completion, Object


class SessionGoal(Object):
    goal: str
    state: Literal["reached", "notReached", "open"] = Field(
        description="open: not reached, and the session is still active"
    )
    reached_at: str | None = Field(description="null, as what follows, for what was said of the session as a whole")
    turns: int | None
    duration: int | None = Field(description="milliseconds since the session began")
    total_tokens: int | None = Field(description="up to that turn, with it")
    total_cost: float | None = Field(description="US dollars up to that turn, with it")


class SessionGoals(Object):
    data: list[SessionGoal]
    next_cursor: None


class Levels(Object):
    p50: float | None
    p90: float | None


class Paced(Completion):
    turns: Levels
    duration: Levels = Field(description="milliseconds since the session began")
    total_cost: Levels = Field(description="US dollars")


class GoalCompletion(Paced):
    goal: str


class Window(Object):
    from_: str | None = Field(alias="from")
    to: str | None


class GoalAnalytics(Window):
    goals: list[GoalCompletion]


class GoalPreview(Paced):
    from_: str | None = Field(alias="from")
    to: str | None


class JourneyNode(Object):
    step: str | None = Field(description="null: all steps that are not named, together; as in edges")
    session_count: int
    visit_count: int
    entry_count: int = Field(description="sessions that begin with it")
    exit_count: int = Field(description="sessions whose last step it is so far")


class JourneyEdge(Object):
    from_: str | None = Field(alias="from")
    to: str | None
    transition_count: int
    session_count: int
    median_time: float = Field(description="milliseconds between the beginnings of the two")


class JourneyPath(Object):
    steps: list[str]
    continues: bool = Field(description="that more steps follow")
    session_count: int


class Journeys(Window):
    by: Literal["name", "tag"]
    collapse: bool
    session_count: int = Field(description="chosen sessions with a step")
    transition_count: int
    step_count: int = Field(description="different steps, the named and the others")
    nodes: list[JourneyNode]
    edges: list[JourneyEdge]
    paths: list[JourneyPath]


class FunnelStep(Object):
    step: str
    session_count: int = Field(description="sessions that reach it")
    stopped_count: int = Field(description="sessions that come so far and no further")
    conversion: float | None = Field(description="of those that take the first step")
    step_conversion: float | None = Field(description="of those that reach the step before")
    time_from_first: Levels = Field(description="milliseconds")
    time_from_previous: Levels = Field(description="milliseconds")


class FunnelFigures(Object):
    session_count: int = Field(description="sessions that take the first step")
    converted_count: int = Field(description="sessions that reach the last step")
    conversion: float | None
    time_to_convert: Levels = Field(description="milliseconds")
    steps: list[FunnelStep]


class FunnelGroup(FunnelFigures):
    key: Any = Field(description="null: sessions that do not tell")


class Funnel(Window, FunnelFigures):
    within: int | None
    group_by: str | None
    groups: list[FunnelGroup] = Field(description="the 50 of most sessions")


GOALS: Final = documents.parameters(goals.PARAMETERS, documents.CHOICES)
JOURNEYS: Final = documents.parameters(journeys.JOURNEY_PARAMETERS, documents.CHOICES)
FUNNEL: Final = documents.parameters(journeys.FUNNEL_PARAMETERS, documents.CHOICES)
