"""The report on a project's data, for OpenAPI and the dashboard's types; ``query.quality`` makes what it describes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threadline_server.serve.documents import Object


class Refused(Object):
    reason: str
    count: int
    meaning: str
    example: str | None = Field(description="what one of the senders was told")
    last_seen: str = Field(description="exact to a minute")


class DroppedByClients(Object):
    reason: str
    span_count: int
    meaning: str
    services: list[str]
    last_seen: str = Field(description="by the clients' clocks, exact to a minute")


class Named(Object):
    service: str | None
    scope: str | None = Field(description="the instrumentation library")
    dialect: str | None = Field(description="null where none is understood")


class SenderOfTraces(Named):
    trace_count: int


class Sender(Named):
    span_count: int
    trace_count: int
    generation_count: int
    with_session_count: int = Field(description="spans that name a session themselves")
    last_seen: str


class ExampleTrace(Object):
    id: str
    name: str
    start_time: str


class WithoutSession(Object):
    trace_count: int
    examples: list[ExampleTrace]
    senders: list[SenderOfTraces]


class UnpricedModel(Object):
    model: str
    trace_count: int


class OneCallSessions(Object):
    session_count: int
    one_call_count: int = Field(description="sessions of exactly one trace with one model call")
    examples: list[str]


class ClockDifference(Object):
    span_count: int
    most: int = Field(description="milliseconds")
    example_trace: str | None


class Clocks(Object):
    ahead: ClockDifference = Field(description="spans that begin more than 5 seconds after they arrived")
    behind: ClockDifference = Field(description="spans that arrived more than an hour after they ended")


class Stranger(Object):
    trace_id: str
    span_id: str
    name: str
    service: str | None
    scope: str | None
    attributes: list[str] = Field(description="names")
    events: list[str] = Field(description="names")


class NotUnderstood(Object):
    span_count: int
    trace_count: int = Field(description="traces of which no span speaks a known dialect")
    examples: list[Stranger]


class Finding(Object):
    code: str
    state: Literal["wrong", "warning", "ok"]
    count: int
    message: str
    advice: str | None


class Quality(Object):
    from_: str = Field(alias="from")
    to: str
    last_seen: str | None = Field(description="the last arrival; the newest trace's hour where nothing arrived")
    span_count: int = Field(description="spans that arrived, at most 100,000 of which are looked at")
    is_sampled: bool = Field(description="whether more arrived than were looked at")
    trace_count: int = Field(description="traces that began")
    refused: list[Refused]
    dropped: list[DroppedByClients] = Field(
        description="what Threadline's SDK dropped before it was sent, as it reports"
    )
    without_session: WithoutSession
    unpriced_models: list[UnpricedModel]
    one_call_sessions: OneCallSessions
    clocks: Clocks
    senders: list[Sender]
    not_understood: NotUnderstood
    findings: list[Finding]
