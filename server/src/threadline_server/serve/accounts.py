"""Who may get into a project: accounts with their roles, and invitations. The scope is admin."""

from __future__ import annotations

from typing import Literal

from fastapi import Request, Response
from pydantic import Field

from threadline_server.errors import NotFound
from threadline_server.identity.invitations import Invitation, invitation_link, told_invitation
from threadline_server.identity.people import Account
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Admin
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.oidc import CALLBACK
from threadline_server.serve.wire import Answer, Body, Moment, number_in
from threadline_server.settings import Settings


class AccountAnswer(Answer):
    id: int
    email: str
    name: str
    role: Literal["owner", "member", "viewer"]
    has_password: bool = Field(description="Else the account signs in with OpenID Connect only.")
    created_at: Moment
    last_signed_in_at: Moment | None


class AccountList(Answer):
    data: list[AccountAnswer]
    next_cursor: None = None


class NewRole(Body):
    role: Literal["owner", "member", "viewer"]


class NewInvitation(Body):
    role: Literal["owner", "member", "viewer"] = "member"
    email: str | None = Field(
        default=None, max_length=254, description="Only for this address; whoever has the link unless given."
    )


class InvitationAnswer(Answer):
    id: int
    role: Literal["owner", "member", "viewer"]
    email: str | None
    created_at: Moment
    expires_at: Moment


class NewInvitationAnswer(InvitationAnswer):
    link: str = Field(description="To be given to who is invited. It works once, and is shown this once.")


class InvitationList(Answer):
    data: list[InvitationAnswer]
    next_cursor: None = None


class OidcSettings(Answer):
    issuer: str | None = Field(description="The provider; none where people sign in with passwords only.")
    client_id: str | None
    has_client_secret: bool
    redirect_address: str = Field(description="What the provider has to be told.")


router = router_of("accounts")


@router.get("/accounts", dependencies=[only_parameters()])
def list_accounts(who: Admin, identity: TheIdentity) -> AccountList:
    """Who may get into the project, by address."""
    return AccountList(data=[_account(one) for one in identity.accounts.of(who.project_id)])


@router.patch("/accounts/{account_id}", dependencies=[only_parameters()])
def change_role(request: Request, who: Admin, identity: TheIdentity, account_id: str, body: NewRole) -> AccountAnswer:
    """Give somebody another role: effective within a second, wherever they are signed in."""
    changed = identity.accounts.change_role(who.project_id, _number(account_id, "account"), body.role)
    note(request, f"account {changed.id} ({changed.email}): {changed.role}")
    return _account(changed)


@router.delete("/accounts/{account_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_account(request: Request, who: Admin, identity: TheIdentity, account_id: str) -> Response:
    """Take somebody out of the project, and sign them out of it. Who is in no project any more is deleted."""
    removed = identity.accounts.remove(who.project_id, _number(account_id, "account"))
    note(request, f"account {removed.id} ({removed.email})")
    return Response(status_code=204)


@router.delete(
    "/accounts/{account_id}/sessions", status_code=204, response_class=Response, dependencies=[only_parameters()]
)
def end_sessions(request: Request, who: Admin, identity: TheIdentity, account_id: str) -> Response:
    """Sign somebody out of the project in every browser."""
    signed_out = identity.accounts.end_sessions(who.project_id, _number(account_id, "account"))
    note(request, f"account {signed_out.id} ({signed_out.email})")
    return Response(status_code=204)


@router.get("/invitations", dependencies=[only_parameters()])
def list_invitations(who: Admin, identity: TheIdentity) -> InvitationList:
    """The invitations that can still be used."""
    return InvitationList(data=[_invitation(one) for one in identity.invitations.of(who.project_id)])


@router.post("/invitations", status_code=201, dependencies=[only_parameters()])
def invite(
    request: Request, who: Admin, identity: TheIdentity, body: NewInvitation, response: Response
) -> NewInvitationAnswer:
    """A link by which somebody gets an account, or with the one they have into this project."""
    settings: Settings = request.app.state.settings
    invitation, token = identity.invitations.invite(who.project_id, body.role, body.email)
    note(request, told_invitation(invitation))
    response.headers["cache-control"] = "no-store"
    return NewInvitationAnswer(**_invitation(invitation).model_dump(), link=invitation_link(settings.endpoint, token))


@router.delete(
    "/invitations/{invitation_id}", status_code=204, response_class=Response, dependencies=[only_parameters()]
)
def withdraw_invitation(who: Admin, identity: TheIdentity, invitation_id: str) -> Response:
    identity.invitations.withdraw(who.project_id, _number(invitation_id, "invitation"))
    return Response(status_code=204)


@router.get("/oidc", dependencies=[only_parameters()])
def oidc_settings(request: Request, _who: Admin) -> OidcSettings:
    """What signing in with OpenID Connect is set to, for the whole server."""
    settings: Settings = request.app.state.settings
    is_set = settings.oidc_issuer is not None and settings.oidc_client_id is not None
    return OidcSettings(
        issuer=settings.oidc_issuer if is_set else None,
        client_id=settings.oidc_client_id if is_set else None,
        has_client_secret=is_set and settings.oidc_client_secret is not None,
        redirect_address=f"{settings.endpoint}{CALLBACK}",
    )


def _number(text: str, thing: str) -> int:
    if (number := number_in(text, 9)) is None:
        raise NotFound(f"cannot find this {thing}: its id is a number")
    return number


def _account(account: Account) -> AccountAnswer:
    return AccountAnswer(
        id=account.id,
        email=account.email,
        name=account.name,
        role=account.role,  # type: ignore[arg-type]  # the database has no other
        has_password=account.has_password,
        created_at=account.created_at,
        last_signed_in_at=account.last_signed_in_at,
    )


def _invitation(invitation: Invitation) -> InvitationAnswer:
    return InvitationAnswer(
        id=invitation.id,
        role=invitation.role,  # type: ignore[arg-type]
        email=invitation.email,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
    )
