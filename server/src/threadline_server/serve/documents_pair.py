"""What comparing two sessions answers, for the OpenAPI document."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from threadline_server.query import session_pair
from threadline_server.serve import documents
from threadline_server.serve.documents import Message, Object, Session, SpanError, Tokens, ToolUse


class ComparedTurn(Tokens):
    turn: int = Field(description="its place among the session's turns, from 1")
    trace_id: str
    name: str
    start_time: str
    end_time: str
    duration: int = Field(description="milliseconds")
    status: Literal["ok", "error", "running"]
    error: SpanError | None
    generation_count: int
    tool_count: int
    total_cost: float | None = Field(description="US dollars; null where no call of the turn has a price")
    unpriced_models: list[str]
    tools: list[ToolUse]
    input: str | None = Field(description="the first 500 characters")
    output: str | None = Field(description="the first 500 characters")
    messages: list[Message] = Field(description="as in the conversation, with at most 20,000 characters together")
    is_cut: bool = Field(description="whether messages were cut: the conversation has them whole")


class TurnDifferences(Tokens):
    """The second side less the first."""

    duration: int = Field(description="milliseconds")
    generation_count: int
    tool_count: int
    total_cost: float | None = Field(description="US dollars; null where either side has calls without a price")


class SessionDifferences(TurnDifferences):
    trace_count: int
    span_count: int
    error_count: int
    segments: int
    active_duration: int = Field(description="milliseconds")


class TurnPair(Object):
    position: int = Field(description="from 1")
    match: Literal["input", "name"] | None = Field(
        description="why they stand side by side: the same input, or else the same name; null where one is alone"
    )
    differs: list[Literal["input", "output", "name", "tools", "status", "error", "systemPrompt"]]
    a: ComparedTurn | None = Field(description="null where only the second session has this turn")
    b: ComparedTurn | None = Field(description="null where only the first session has this turn")
    differences: TurnDifferences | None = Field(description="null where one is alone")


class FirstDifference(Object):
    position: int
    a: str | None = Field(description="trace id")
    b: str | None = Field(description="trace id")


class Alignment(Object):
    position_count: int
    same_input_count: int
    same_name_count: int
    only_a_count: int
    only_b_count: int
    differing_count: int = Field(
        description="positions at which a turn is alone or, by what lists show, words, tools, status or error differ"
    )
    first_difference: FirstDifference | None = Field(description="the first of these")


class SessionPair(Object):
    a: Session
    b: Session
    differences: SessionDifferences
    alignment: Alignment = Field(description="of the whole sessions, on each page")
    data: list[TurnPair]
    next_cursor: str | None


COMPARE: Final = documents.parameters(
    session_pair.PARAMETERS, descriptions={"limit": "1 to 100 positions, 50 unless given"}
)
