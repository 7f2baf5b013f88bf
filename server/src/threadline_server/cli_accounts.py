"""``threadline accounts``: who may get into a project, on the data directory, whether or not a server runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from threadline_server.cli_identity import opened_identity, project_named, time_text
from threadline_server.cli_options import AsJson, DataDir
from threadline_server.cli_table import print_rows
from threadline_server.credentials import read_credentials
from threadline_server.errors import NotFound
from threadline_server.settings import load

if TYPE_CHECKING:
    from threadline_server.identity import Identity

accounts = typer.Typer(help="People who may get into a project; works while the server runs.", no_args_is_help=True)

ProjectName = Annotated[str, typer.Option("--project", help="The project that it is about.")]
Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]
ROLE_HELP = "owner, member or viewer."


@accounts.command("list")
def list_accounts(*, project: ProjectName = "default", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List who may get into a project."""
    with opened_identity(data_dir) as identity:
        found = identity.accounts.of(project_named(identity, project).id)
    rows = [
        {
            "email": one.email,
            "name": one.name,
            "role": one.role,
            "created": time_text(one.created_at),
            "lastSignedIn": time_text(one.last_signed_in_at),
        }
        for one in found
    ]
    print_rows(rows, as_json=as_json)


@accounts.command("invite")
def invite(
    *,
    role: Annotated[str, typer.Option(help=ROLE_HELP)] = "member",
    email: Annotated[str | None, typer.Option(help="Only for this address.", show_default=False)] = None,
    project: ProjectName = "default",
    data_dir: DataDir = None,
) -> None:
    """Make an invitation and print its link, which works once, within a week."""
    from threadline_server.identity.invitations import invitation_link, told_invitation

    settings = load({"data_dir": data_dir}, os.environ)
    with opened_identity(data_dir) as identity:
        project_id = project_named(identity, project).id
        invitation, token = identity.invitations.invite(project_id, role, email)
        identity.audit.add_command(project_id, "invitation.create", told_invitation(invitation))
    known = read_credentials(settings.data_dir)
    typer.echo(invitation_link(known.endpoint if known else settings.endpoint, token))


@accounts.command("role")
def change_role(
    email: Email,
    role: Annotated[str, typer.Argument(help=ROLE_HELP)],
    *,
    project: ProjectName = "default",
    data_dir: DataDir = None,
) -> None:
    """Give somebody another role: effective within a second."""
    with opened_identity(data_dir) as identity:
        project_id = project_named(identity, project).id
        changed = identity.accounts.change_role(project_id, _account_id(identity, project_id, email), role)
        identity.audit.add_command(project_id, "account.role", f"account {changed.id} ({changed.email}): {role}")
    typer.echo(f"{changed.email} is {changed.role} of {project}.")


@accounts.command("remove")
def remove(email: Email, *, project: ProjectName = "default", data_dir: DataDir = None) -> None:
    """Take somebody out of a project: a running server refuses them within a second."""
    with opened_identity(data_dir) as identity:
        project_id = project_named(identity, project).id
        removed = identity.accounts.remove(project_id, _account_id(identity, project_id, email))
        identity.audit.add_command(project_id, "account.remove", f"account {removed.id} ({removed.email})")
    typer.echo(f"{removed.email} may not get into {project} any more.")


def _account_id(identity: Identity, project_id: int, email: str) -> int:
    for one in identity.accounts.of(project_id):
        if one.email == email.strip().lower():
            return one.id
    raise NotFound(f"cannot find {email!a} in the project", hint="threadline accounts list shows who is in it.")


def read_audit_log(
    *,
    project: ProjectName = "default",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 100,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show who did what in a project: keys, accounts, settings, erasing, exports."""
    with opened_identity(data_dir) as identity:
        found = identity.audit.page(project_named(identity, project).id, limit=limit)
    rows = [
        {
            "time": time_text(event.at),
            "actor": event.actor,
            "name": event.actor_name,
            "address": event.address,
            "action": event.action,
            "target": event.target,
        }
        for event in found
    ]
    print_rows(rows, as_json=as_json)
