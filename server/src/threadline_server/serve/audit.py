"""``GET /observability/audit``: who did what in the project. The scope is admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from pydantic import Field

from threadline_server.errors import BadRequest
from threadline_server.identity.audit import ACTORS, Wanted
from threadline_server.query.parameters import moment_ns
from threadline_server.serve.access import ACTIONS
from threadline_server.serve.admin import MAX_PAGE, TheIdentity, only_parameters
from threadline_server.serve.auth import Admin
from threadline_server.serve.described import router_of
from threadline_server.serve.wire import Answer, Moment, moment_of, number_in

MAX_NAME: Final = 300
# What clients may be made of: they have a word for each.
_ONE_OF_ACTORS: Final[dict[str, Any]] = {"enum": list(ACTORS)}
_ONE_OF_ACTIONS: Final[dict[str, Any]] = {"enum": sorted(ACTIONS)}


class Actor(Answer):
    kind: str = Field(json_schema_extra=_ONE_OF_ACTORS)
    id: int | None
    name: str = Field(description="The key's name or the account's e-mail address, as it was then.")


class AuditEventAnswer(Answer):
    id: int
    time: Moment
    actor: Actor
    address: str = Field(description="At the other end of the connection; empty for commands.")
    action: str = Field(json_schema_extra=_ONE_OF_ACTIONS)
    target: str = Field(description="What it was done to; sessions and users by digest, as in receipts of erasing.")


class AuditPage(Answer):
    data: list[AuditEventAnswer]
    next_cursor: str | None


router = router_of("audit")


def _wanted(
    action: Annotated[str | None, Query(json_schema_extra=_ONE_OF_ACTIONS)] = None,
    actor: Annotated[str | None, Query(description="The kind of actor.", json_schema_extra=_ONE_OF_ACTORS)] = None,
    actor_name: Annotated[
        str | None, Query(alias="actorName", max_length=MAX_NAME, description="A part of the name, in either case.")
    ] = None,
    since: Annotated[str | None, Query(alias="from", description="ISO 8601; included.")] = None,
    until: Annotated[str | None, Query(alias="to", description="ISO 8601; excluded.")] = None,
) -> Wanted:
    _check("action", action, sorted(ACTIONS))
    _check("actor", actor, ACTORS)
    return Wanted(
        action=action,
        actor=actor,
        actor_name=actor_name or None,
        since=None if since is None else moment_of(moment_ns("from", since)),
        until=None if until is None else moment_of(moment_ns("to", until)),
    )


@router.get("/audit", dependencies=[only_parameters("limit", "cursor", "action", "actor", "actorName", "from", "to")])
def read_audit_log(
    who: Admin,
    identity: TheIdentity,
    wanted: Annotated[Wanted, Depends(_wanted)],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    cursor: str | None = None,
) -> AuditPage:
    """Who did what to keys, accounts, settings and definitions, who erased and who exported; the newest first."""
    before = None if cursor is None else number_in(cursor, 18)
    if cursor is not None and before is None:
        raise BadRequest("cannot use the cursor: it is not one that this route answered")
    page = identity.audit.page(who.project_id, before=before, limit=limit + 1, wanted=wanted)
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


def _check(name: str, value: str | None, valid: Sequence[str]) -> None:
    if value is not None and value not in valid:
        raise BadRequest(f"cannot use {name} {value[:40]!a}: unknown", hint=f"Valid ones: {', '.join(valid)}.")
