"""What the routes of the analytics answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from threadline_server.query import analytics, choosing, compare, costs, intervals
from threadline_server.serve import documents
from threadline_server.serve.documents import Completion, Object

_UNPRICED: Final = "models without a price, whose cost is left out"


class Totals(Object):
    session_count: int
    user_count: int
    trace_count: int
    span_count: int
    generation_count: int
    tool_count: int
    error_count: int = Field(description="traces that ended in an error")
    failed_session_count: int = Field(description="sessions in which a trace ended in an error")
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    total_cost: float = Field(description="US dollars")
    unpriced_models: list[str] = Field(description=_UNPRICED)


class Bin(Object):
    from_: float = Field(alias="from", description="where it begins, included")
    to: float | None = Field(description="where it ends, not included; null for the last of all bins")
    session_count: int


class Distribution(Object):
    """Of no sessions, null."""

    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


class DistributionWithHistogram(Distribution):
    histogram: list[Bin] | None = Field(
        default=None, description="from the first to the last bin that holds a session; not of histogram=false"
    )


class PerSession(Object):
    trace_count: Distribution
    duration: Distribution = Field(description="milliseconds")
    active_duration: Distribution = Field(description="milliseconds")
    total_tokens: Distribution
    total_cost: Distribution = Field(description="US dollars")


class PerSessionWithHistograms(Object):
    trace_count: DistributionWithHistogram
    duration: DistributionWithHistogram = Field(description="milliseconds")
    active_duration: DistributionWithHistogram = Field(description="milliseconds")
    total_tokens: DistributionWithHistogram
    total_cost: DistributionWithHistogram = Field(description="US dollars")


class Rates(Object):
    totals: Totals
    error_rate: float | None = Field(description="failedSessionCount / sessionCount")
    trace_error_rate: float | None = Field(description="errorCount / traceCount")


class Figures(Rates):
    per_session: PerSession
    completion: Completion


class ComparedFigures(Rates):
    per_session: PerSession


class Interval(Figures):
    time: str = Field(description="when it begins")


class Previous(Figures):
    from_: str = Field(alias="from")
    to: str


class Group(Figures):
    key: Any = Field(description="null for sessions that tell nothing; of metadata its value")


class OtherGroups(Figures):
    group_count: int


class SessionAnalytics(Rates):
    from_: str | None = Field(alias="from")
    to: str | None
    per_session: PerSessionWithHistograms
    completion: Completion
    previous: Previous | None = Field(description="the period of equal length before; null where the window is open")
    series: list[Interval]
    group_by: str | None
    groups: list[Group]
    other: OtherGroups | None = Field(description="what stands in groups that are not shown, each session once")


class CostTotals(Object):
    session_count: int
    trace_count: int
    generation_count: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    total_tokens: int
    total_cost: float = Field(description="US dollars")
    unpriced_models: list[str] = Field(description=_UNPRICED)


class CostInterval(CostTotals):
    time: str = Field(description="when it begins")


class CostSeries(Object):
    """One entry for each interval of the series of the totals."""

    total_tokens: list[int]
    total_cost: list[float]


class CostFigures(Object):
    session_count: int
    trace_count: int | None = Field(description="null by model")
    call_count: int | None = Field(description="by model and by tool, else null")
    error_count: int | None = Field(
        description="traces that ended in an error, by tool calls that failed; null by model"
    )
    total_tokens: int
    total_cost: float
    unpriced_models: list[str] = Field(description=f"{_UNPRICED}; by traceName, tag and tool those of the sessions")
    cost_share: float | None = Field(description="of the totals' cost; null where that is 0")
    series: CostSeries


class CostGroup(CostFigures):
    key: Any = Field(description="null for what names none; of metadata its value")


class OtherCosts(CostFigures):
    group_count: int


class Breakdown(Object):
    group_by: str
    overlapping: bool = Field(
        description="whether something may stand in several groups, so that they exceed the totals"
    )
    groups: list[CostGroup] = Field(description="the dearest first")
    other: OtherCosts | None = Field(description="what stands in groups that are not shown, once")


class TopSession(Object):
    id: str
    title: str | None
    user_id: str | None
    start_time: str
    trace_count: int
    total_tokens: int
    total_cost: float


class TopTrace(Object):
    id: str
    name: str
    session_id: str
    start_time: str
    total_tokens: int
    total_cost: float


class TopUser(Object):
    id: str
    session_count: int
    total_tokens: int
    total_cost: float


class Top(Object):
    sessions: list[TopSession]
    traces: list[TopTrace]
    users: list[TopUser] = Field(description="with the sessions that cost anything, whole; those of two users for both")


class Driver(Object):
    key: str | None
    total_cost: float = Field(description="on the day")
    usual_cost: float = Field(description="mean of the days before")
    excess: float = Field(description="totalCost - usualCost")
    share: float | None = Field(description="of the day's cost beyond what was expected")


class Drivers(Object):
    models: list[Driver]
    users: list[Driver]
    trace_names: list[Driver]


class CostSpike(Object):
    time: str = Field(description="when the day begins")
    total_cost: float
    expected_cost: float
    score: float = Field(description="how many times the usual spread above what was expected")
    drivers: Drivers


class CostAnalytics(Object):
    from_: str | None = Field(alias="from")
    to: str | None
    totals: CostTotals
    series: list[CostInterval]
    breakdown: Breakdown | None = Field(description="null where include leaves groups out")
    top: Top | None = Field(description="null where include leaves it out")
    spikes: list[CostSpike] | None = Field(description="null where include leaves them out")


class Side(ComparedFigures):
    from_: str | None = Field(alias="from")
    to: str | None
    release: str | None


class Difference(Object):
    metric: Literal["traceCount", "duration", "activeDuration", "totalTokens", "totalCost", "errorRate"]
    mean_change: float | None = Field(description="(current - base) / base; null where base is 0 or nothing")
    median_change: float | None
    superiority: float | None = Field(
        description="how likely a session of current has more than one of base, equal ones half; 0.5 is no difference"
    )
    p_value: float | None = Field(description="null with fewer than 8 sessions on a side, or of equal values only")
    q_value: float | None = Field(description="adjusted for the number of metrics")
    is_significant: bool = Field(description="whether qValue is at most 0.05")


class Comparison(Object):
    base: Side
    current: Side
    differences: list[Difference]


_CHOICES: Final = {
    **documents.CHOICES,
    "interval": intervals.UNITS,
    **dict.fromkeys(("histogram", "previous"), ("true", "false")),
}
SESSIONS: Final = documents.parameters(
    analytics.PARAMETERS, _CHOICES, {"groupBy": "model, user, tag, environment, release, goal or metadata.<key>"}
)
COSTS: Final = documents.parameters(
    costs.PARAMETERS,
    _CHOICES | {"include": costs.PARTS},
    {
        "interval": "hour, day (default), week or month",
        "groupBy": "model (default), user, traceName, tag, tool, environment, release or metadata.<key>",
        "include": "repeatable: groups, top, spikes; all unless given",
    },
    repeatable=(*choosing.REPEATABLE, "include"),
)
COMPARE: Final = documents.parameters(
    compare.PARAMETERS,
    _CHOICES,
    {
        "baseFrom": "ISO 8601: from of the sessions to compare with",
        "baseTo": "ISO 8601: to of the sessions to compare with",
        "baseRelease": "release of the sessions to compare with",
    },
)
