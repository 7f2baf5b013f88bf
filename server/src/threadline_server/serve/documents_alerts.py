"""The OpenAPI document of the live stream and of alerts."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from threadline_server.query import choosing
from threadline_server.serve import documents

LIVE: Final[dict[str, Any]] = documents.answer(
    "Sessions as they start, grow, go idle and end: server-sent events",
    documents.Session,
    documents.parameters(choosing.PARAMETERS, documents.CHOICES),
)
LIVE["responses"] = {
    **LIVE["responses"],
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The stream"},
    429: {"model": documents.Failure},
}

STATES: Final = ("firing", "cleared")
FEED_PARAMETERS: Final = ("ruleId", "sessionId", "state", "acknowledged", "limit", "cursor")
FEED: Final = documents.parameters(
    FEED_PARAMETERS, {"state": STATES, "acknowledged": ("true", "false")}, {"ruleId": "the id of a rule"}
)


class RuleName(documents.Object):
    id: int
    name: str


class Alert(documents.Object):
    id: int
    rule: RuleName = Field(description="as it was called then")
    session_id: str | None = Field(description="null for a rule on all sessions of a window")
    metric: str
    value: float = Field(description="when it fired")
    threshold: float
    state: Literal["firing", "cleared"]
    fired_at: str
    cleared_at: str | None
    acknowledged_at: str | None
    delivery: Literal["none", "waiting", "delivered", "failed"]
    delivery_tries: int = Field(description="how often its webhook was told in vain, while it is waiting")
    next_try_at: str | None = Field(description="when it is told next, while it is waiting")


class Alerts(documents.Object):
    data: list[Alert]
    next_cursor: str | None


class Webhook(documents.Object):
    url: str
    has_secret: bool


class Rule(documents.Object):
    id: int
    name: str
    when: dict[str, Any]
    filters: dict[str, Any]
    enabled: bool
    webhook: Webhook | None
    created_at: str
    updated_at: str


class Rules(documents.Object):
    data: list[Rule]
    next_cursor: str | None


class Tried(documents.Object):
    delivered: bool
    status: int | None = Field(description="of the answer; null where there was none")
    problem: str | None
