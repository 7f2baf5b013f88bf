"""Keys and projects. The scope is admin, and a project sees itself only."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Query, Request, Response, params
from pydantic import AwareDatetime, Field

from threadline_server.errors import BadRequest, NotFound, UnknownParameter
from threadline_server.identity import ApiKey, Identity, IssuedKey, Project
from threadline_server.identity.keys import LONGEST_OVERLAP, USUAL_OVERLAP
from threadline_server.serve.auth import Admin
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.wire import Answer, Body, Moment, number_in

MAX_PAGE = 1000


class KeyAnswer(Answer):
    id: int
    name: str
    prefix: str = Field(description="The first characters of the key, to recognise it by.")
    scopes: list[str]
    created_at: Moment
    last_used_at: Moment | None = Field(description="Exact to a minute.")
    expires_at: Moment | None
    revoked_at: Moment | None
    rotated_to: int | None = Field(description="The id of the key that was made to succeed it.")


class NewKeyAnswer(KeyAnswer):
    api_key: str = Field(description="The key itself: it is shown this once and cannot be had again.")


class KeyList(Answer):
    data: list[KeyAnswer]
    next_cursor: str | None


class NewKey(Body):
    name: str
    scopes: list[str] = Field(default=["ingest"], description="Any of ingest, read, admin.")
    expires_at: AwareDatetime | None = Field(default=None, description="When it stops working; never unless given.")


class Rotation(Body):
    overlap_seconds: int = Field(
        default=int(USUAL_OVERLAP.total_seconds()),
        ge=0,
        le=int(LONGEST_OVERLAP.total_seconds()),
        description="How long the old key stays valid beside the new one.",
    )


class ProjectAnswer(Answer):
    id: int
    name: str
    created_at: Moment


class NewProjectAnswer(ProjectAnswer):
    api_key: str = Field(description="The project's first key, with every scope: it is shown this once.")


class ProjectList(Answer):
    data: list[ProjectAnswer]
    next_cursor: str | None


class NewProject(Body):
    name: str


def identity_of(request: Request) -> Identity:
    identity: Identity = request.app.state.identity
    return identity


TheIdentity = Annotated[Identity, Depends(identity_of)]


def only_parameters(*names: str) -> params.Depends:
    """A dependency that refuses a query parameter with another name."""

    def check(request: Request) -> None:
        unknown = [name for name in request.query_params if name not in names]
        if unknown:
            valid = f"valid ones: {', '.join(names)}" if names else "this route takes none"
            raise UnknownParameter(f"cannot use parameter {unknown[0]!a}: unknown; {valid}")

    return params.Depends(check)


router = router_of("keys and projects")


@router.get("/keys", dependencies=[only_parameters("limit", "cursor")])
def list_keys(
    who: Admin,
    identity: TheIdentity,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    cursor: str | None = None,
) -> KeyList:
    """The project's keys, oldest first, the revoked ones included."""
    after = 0 if cursor is None else number_in(cursor, 9)
    if after is None:
        raise BadRequest("cannot use the cursor: it is not one that this route answered")
    page = identity.list_keys(who.project_id, after=after, limit=limit + 1)
    data = [_answer(key) for key in page[:limit]]
    return KeyList(data=data, next_cursor=str(data[-1].id) if len(page) > limit else None)


@router.post("/keys", status_code=201, dependencies=[only_parameters()])
def create_key(request: Request, who: Admin, identity: TheIdentity, body: NewKey, response: Response) -> NewKeyAnswer:
    """A new key of this project."""
    issued = identity.create_key(
        who.project_id, name=body.name, scopes=frozenset(body.scopes), expires_at=body.expires_at
    )
    note(request, f"key {issued.key.id} ({issued.key.name}): {', '.join(sorted(issued.key.scopes))}")
    return _shown_once(issued, response)


@router.post("/keys/{key_id}/rotate", status_code=201, dependencies=[only_parameters()])
def rotate_key(
    request: Request,
    who: Admin,
    identity: TheIdentity,
    key_id: str,
    response: Response,
    body: Rotation | None = None,
) -> NewKeyAnswer:
    """A new key with the name and scopes of this one, which expires after the overlap (a day unless given)."""
    overlap = timedelta(seconds=(body or Rotation()).overlap_seconds)
    issued = identity.rotate_key(who.project_id, _number(key_id, "rotate"), overlap=overlap)
    note(request, f"key {key_id} ({issued.key.name}): by key {issued.key.id}")
    return _shown_once(issued, response)


@router.delete("/keys/{key_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def revoke_key(request: Request, who: Admin, identity: TheIdentity, key_id: str) -> Response:
    """Revoke a key, and sign out the browsers that used it. Effective at once."""
    revoked = identity.revoke_key(who.project_id, _number(key_id, "revoke"))
    note(request, f"key {revoked.id} ({revoked.name})")
    return Response(status_code=204)


def _number(key_id: str, verb: str) -> int:
    if (number := number_in(key_id)) is None:
        raise NotFound(f"cannot {verb} the key: this project has no such key")
    return number


def _shown_once(issued: IssuedKey, response: Response) -> NewKeyAnswer:
    response.headers["cache-control"] = "no-store"
    return NewKeyAnswer(**_answer(issued.key).model_dump(), api_key=issued.secret)


@router.get("/projects", dependencies=[only_parameters()])
def list_projects(who: Admin, identity: TheIdentity) -> ProjectList:
    """The project that the key belongs to, and no other."""
    project: Project | None = identity.get_project(who.project_id)
    data = [ProjectAnswer(id=project.id, name=project.name, created_at=project.created_at)] if project else []
    return ProjectList(data=data, next_cursor=None)


@router.post("/projects", status_code=201, dependencies=[only_parameters()])
def create_project(
    request: Request, _who: Admin, identity: TheIdentity, body: NewProject, response: Response
) -> NewProjectAnswer:
    """A new project with its first key. From here on only that key leads to it."""
    made = identity.create_project(body.name)
    note(request, f"project {made.project.id} ({made.project.name})")
    response.headers["cache-control"] = "no-store"
    project = made.project
    return NewProjectAnswer(
        id=project.id, name=project.name, created_at=project.created_at, api_key=made.first_key.secret
    )


def _answer(key: ApiKey) -> KeyAnswer:
    return KeyAnswer(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        rotated_to=key.rotated_to,
    )
