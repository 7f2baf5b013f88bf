"""What the routes of users and erasing answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from threadline_server.query import users
from threadline_server.serve import documents
from threadline_server.serve.documents import Object, Session, Tokens


class User(Tokens):
    id: str
    session_count: int
    trace_count: int
    error_count: int = Field(description="traces that ended in an error")
    active_duration: int = Field(description="milliseconds")
    total_cost: float = Field(description="US dollars")
    first_seen: str
    last_activity: str


class Users(Object):
    data: list[User]
    next_cursor: str | None


class UserDetail(User):
    sessions: list[Session]
    next_cursor: str | None = Field(description="of the sessions: for this route")


class ErasureReceipt(Object):
    id: str
    kind: Literal["session", "user", "retention"]
    digest: str | None = Field(
        description="SHA-256 of project, kind and id: the id itself is not kept; null for retention"
    )
    until: str | None = Field(description="of retention: what ended before this was erased")
    erased_at: str
    deleted_at: str | None = Field(description="when the rows were deleted; null until then, a moment as a rule")
    session_count: int
    trace_count: int
    span_count: int


class ErasureReceipts(Object):
    data: list[ErasureReceipt] = Field(description="at most 1,000")
    next_cursor: None = None


LIST: Final = documents.parameters(users.LIST_PARAMETERS, {"order": ("desc", "asc"), "sort": users.SORTS})
DETAIL: Final = documents.parameters(users.DETAIL_PARAMETERS, {"order": ("desc", "asc")})
