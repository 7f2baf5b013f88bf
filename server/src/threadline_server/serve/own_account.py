"""What people do with their own accounts: come by invitation, change the password, the project, end sessions elsewhere."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import Field

from threadline_server.errors import Forbidden
from threadline_server.identity import Identity, Principal, passwords
from threadline_server.identity.accounts import session_id_of
from threadline_server.identity.secret_text import MAX_SECRET_LENGTH
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Anyone, web_session_of
from threadline_server.serve.described import router_of
from threadline_server.serve.login import guessing, signed_in
from threadline_server.serve.wire import Answer, Body, Moment


class Acceptance(Body):
    token: str = Field(max_length=MAX_SECRET_LENGTH, description="Of the invitation's link.")
    email: str = Field(max_length=254)
    name: str = Field(default="", max_length=200)
    password: str = Field(
        max_length=passwords.LONGEST,
        description=f"{passwords.SHORTEST} to {passwords.LONGEST} characters; the account's own where there is one already.",
    )


class NewPassword(Body):
    current: str = Field(max_length=passwords.LONGEST)
    new: str = Field(max_length=passwords.LONGEST)


class Switch(Body):
    project: str = Field(max_length=63, description="The name of another project of the account.")


class SessionAnswer(Answer):
    id: str
    created_at: Moment
    expires_at: Moment
    is_current: bool


class SessionList(Answer):
    data: list[SessionAnswer]
    next_cursor: None = None


router = router_of("auth", prefix="/auth")


@router.post("/accept", status_code=204, response_class=Response, dependencies=[only_parameters()])
def accept(request: Request, body: Acceptance) -> Response:
    """Come in by an invitation: makes the account, or adds the project to it, and signs this browser in."""
    identity: Identity = request.app.state.identity
    with guessing(request):
        who = identity.invitations.accept(body.token, email=body.email, name=body.name, password=body.password)
        return signed_in(request, who)


@router.post("/password", status_code=204, response_class=Response, dependencies=[only_parameters()])
def change_password(request: Request, who: Anyone, identity: TheIdentity, body: NewPassword) -> Response:
    """Change the password; every other browser of the account is signed out."""
    with guessing(request):
        identity.accounts.change_password(_account_id(who), body.current, body.new)
        return signed_in(request, who)


@router.post("/project", status_code=204, response_class=Response, dependencies=[only_parameters()])
def switch(request: Request, who: Anyone, identity: TheIdentity, body: Switch) -> Response:
    """Go on in another project of the account."""
    other = identity.accounts.in_project(_account_id(who), body.project)
    if token := web_session_of(request.scope["headers"]):
        identity.end_web_session(token)
    return signed_in(request, other)


@router.get("/sessions", dependencies=[only_parameters()])
def list_sessions(request: Request, who: Anyone, identity: TheIdentity) -> SessionList:
    """The browsers in which the account is signed in."""
    current = _current(request)
    return SessionList(
        data=[
            SessionAnswer(id=one.id, created_at=one.created_at, expires_at=one.expires_at, is_current=one.id == current)
            for one in identity.accounts.sessions(_account_id(who))
        ]
    )


@router.delete("/sessions", status_code=204, response_class=Response, dependencies=[only_parameters()])
def end_other_sessions(request: Request, who: Anyone, identity: TheIdentity) -> Response:
    """Sign the account out in every browser but this one. Effective at once."""
    identity.accounts.end_other_sessions(_account_id(who), _current(request))
    return Response(status_code=204)


@router.delete("/sessions/{session_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def end_session(who: Anyone, identity: TheIdentity, session_id: str) -> Response:
    """Sign one of them out. Effective at once."""
    identity.accounts.end_session(_account_id(who), session_id)
    return Response(status_code=204)


def _current(request: Request) -> str | None:
    token = web_session_of(request.scope["headers"])
    return session_id_of(token) if token else None


def _account_id(who: Principal) -> int:
    if who.account_id is None:
        raise Forbidden("cannot do this with a key or a link: it is about the account of a person who signed in")
    return who.account_id
