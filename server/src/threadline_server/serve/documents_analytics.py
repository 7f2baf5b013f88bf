"""What the routes of the analytics answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from threadline_server.query import analytics, intervals
from threadline_server.serve import documents
from threadline_server.serve.documents import Completion, Object


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


_CHOICES: Final = {
    **documents.CHOICES,
    "interval": intervals.UNITS,
    **dict.fromkeys(("histogram", "previous"), ("true", "false")),
}
SESSIONS: Final = documents.parameters(analytics.PARAMETERS, _CHOICES)
