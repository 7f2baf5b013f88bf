"""``GET /observability/audit``: who did what in the project. The scope is admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from threadline_server.errors import BadRequest
from threadline_server.identity.audit import ACTORS
from threadline_server.serve.access import ACTIONS
from threadline_server.serve.admin import MAX_PAGE, TheIdentity, only_parameters
from threadline_server.serve.auth import Admin
from threadline_server.serve.wire import Answer, Moment, number_in


class Actor(Answer):
    kind: str = Field(description=f"{', '.join(ACTORS)}.")
    id: int | None
    name: str = Field(description="The key's name or the account's e-mail address, as it was then.")


class AuditEventAnswer(Answer):
    id: int
    time: Moment
    actor: Actor
    address: str = Field(description="At the other end of the connection; empty for commands.")
    action: str
    target: str = Field(description="What it was done to; sessions and users by digest, as in receipts of erasing.")


class AuditPage(Answer):
    data: list[AuditEventAnswer]
    next_cursor: str | None


router = APIRouter(prefix="/observability", tags=["audit"])


@router.get("/audit", dependencies=[only_parameters("limit", "cursor", "action")])
def read_audit_log(
    who: Admin,
    identity: TheIdentity,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    cursor: str | None = None,
    action: str | None = None,
) -> AuditPage:
    """Who did what to keys, accounts, settings and definitions, who erased and who exported; the newest first."""
    before = None if cursor is None else number_in(cursor, 18)
    if cursor is not None and before is None:
        raise BadRequest("cannot use the cursor: it is not one that this route answered")
    if action is not None and action not in ACTIONS:
        raise BadRequest(
            f"cannot use action {action[:40]!a}: unknown", hint=f"Valid ones: {', '.join(sorted(ACTIONS))}."
        )
    page = identity.audit.page(who.project_id, before=before, limit=limit + 1, action=action)
    data = [
        AuditEventAnswer(
            id=event.id,
            time=event.at,
            actor=Actor(kind=event.actor, id=event.actor_id, name=event.actor_name),
            address=event.address,
            action=event.action,
            target=event.target,
        )
        for event in page[:limit]
    ]
    return AuditPage(data=data, next_cursor=str(data[-1].id) if len(page) > limit else None)
