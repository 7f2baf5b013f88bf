"""``threadline keys`` and ``threadline projects``: they work on the data directory, whether or not a server runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from threadline_server.cli_options import AsJson, DataDir
from threadline_server.cli_table import print_rows
from threadline_server.credentials import read_credentials, write_credentials
from threadline_server.errors import NotFound
from threadline_server.settings import load

if TYPE_CHECKING:
    from threadline_server.identity import Identity, Project

keys = typer.Typer(help="API keys in the data directory; works while the server runs.", no_args_is_help=True)
projects = typer.Typer(help="Projects in the data directory; works while the server runs.", no_args_is_help=True)

ProjectName = Annotated[str, typer.Option("--project", help="The project that the key belongs to.")]


@keys.command("create")
def create_key(
    *,
    name: Annotated[str, typer.Option(help="What it is for, to recognise it by.")] = "unnamed",
    scope: Annotated[
        list[str] | None, typer.Option(help="ingest, read or admin; repeatable (default: ingest).")
    ] = None,
    expires_in_days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="It never expires unless given.")
    ] = None,
    project: ProjectName = "default",
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: it is shown this once."""
    expires_at = datetime.now(UTC) + timedelta(days=expires_in_days) if expires_in_days else None
    with opened_identity(data_dir) as identity:
        owner = project_named(identity, project)
        issued = identity.create_key(owner.id, name=name, scopes=frozenset(scope or ["ingest"]), expires_at=expires_at)
        identity.audit.add_command(owner.id, "key.create", f"key {issued.key.id} ({issued.key.name})")
    typer.echo(f"Key {issued.key.id} of project {owner.name}, scopes {' '.join(sorted(issued.key.scopes))}:", err=True)
    typer.echo(issued.secret)


@keys.command("list")
def list_keys(*, project: ProjectName = "default", as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List a project's keys, the revoked ones included."""
    with opened_identity(data_dir) as identity:
        found = identity.list_keys(project_named(identity, project).id)
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "prefix": f"{key.prefix}...",
            "scopes": " ".join(sorted(key.scopes)),
            "created": time_text(key.created_at),
            "lastUsed": time_text(key.last_used_at),
            "expires": time_text(key.expires_at),
            "revoked": time_text(key.revoked_at),
        }
        for key in found
    ]
    print_rows(rows, as_json=as_json)


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id (see list), or the key itself.")],
    *,
    project: ProjectName = "default",
    data_dir: DataDir = None,
) -> None:
    """Revoke a key: a running server refuses it within a second."""
    with opened_identity(data_dir) as identity:
        project_id, key_id = _named(identity, key, project, "revoke")
        revoked = identity.revoke_key(project_id, key_id)
        identity.audit.add_command(project_id, "key.revoke", f"key {key_id} ({revoked.name})")
    typer.echo(f"Key {key_id} is revoked.")


@keys.command("rotate")
def rotate_key(
    key: Annotated[str, typer.Argument(help="The key's id (see list), or the key itself.")],
    *,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the old one stays valid.")] = 24,
    project: ProjectName = "default",
    data_dir: DataDir = None,
) -> None:
    """Make a key in place of another and print it; the old one expires after the overlap."""
    settings = load({"data_dir": data_dir}, os.environ)
    with opened_identity(data_dir) as identity:
        project_id, key_id = _named(identity, key, project, "rotate")
        issued = identity.rotate_key(project_id, key_id, overlap=timedelta(hours=overlap_hours))
        identity.audit.add_command(
            project_id, "key.rotate", f"key {key_id} ({issued.key.name}): by key {issued.key.id}"
        )
        written = read_credentials(settings.data_dir)
        known = identity.find_key(written.api_key) if written else None
        if written and known and known.id == key_id:
            write_credentials(settings.data_dir, replace(written, api_key=issued.secret))
            typer.echo("credentials.json has the new key.", err=True)
    typer.echo(f"Key {issued.key.id} succeeds key {key_id}, which is valid for {overlap_hours} h more:", err=True)
    typer.echo(issued.secret)


def _named(identity: Identity, key: str, project: str, verb: str) -> tuple[int, int]:
    """The project and the id of a key that is given by its id or by its text."""
    found = identity.find_key(key)
    if found:
        return found.project_id, found.id
    if key.isascii() and key.isdigit():
        return project_named(identity, project).id, int(key)
    raise NotFound(f"cannot {verb} the key: there is no such key", hint="threadline keys list shows their ids.")


@projects.command("create")
def create_project(name: str, *, data_dir: DataDir = None) -> None:
    """Make a project and print its first key, which has every scope and is shown this once."""
    with opened_identity(data_dir) as identity:
        made = identity.create_project(name)
        identity.audit.add_command(made.project.id, "project.create", f"project {made.project.id} ({name})")
    typer.echo(f"Project {made.project.name}; its first key:", err=True)
    typer.echo(made.first_key.secret)


@projects.command("list")
def list_projects(*, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the projects."""
    with opened_identity(data_dir) as identity:
        found = identity.list_projects()
    print_rows(
        [{"id": row.id, "name": row.name, "created": time_text(row.created_at)} for row in found], as_json=as_json
    )


@projects.command("set")
def set_project(
    project: Annotated[str, typer.Argument(help="The project's name.")] = "default",
    *,
    idle_minutes: Annotated[int | None, typer.Option(help="A longer pause ends a stretch of activity.")] = None,
    retention_days: Annotated[
        int | None, typer.Option(help="Erase sessions whose last activity is longer ago; 0 keeps them for good.")
    ] = None,
    auto_sessions: Annotated[
        bool | None, typer.Option(help="Make sessions of traces that name a user but no session.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Change what is named of a project's settings, and show them: a running server follows within seconds."""
    told = {"idle_minutes": idle_minutes, "retention_days": retention_days, "auto_sessions": auto_sessions}
    changed: dict[str, object] = {name: value for name, value in told.items() if value is not None}
    if retention_days == 0:
        changed["retention_days"] = None
    with opened_identity(data_dir) as identity:
        project_id = project_named(identity, project).id
        settings = identity.settings.change(project_id, **changed) if changed else identity.settings.of(project_id)
        if changed:
            told_changes = ", ".join(f"{name}={value}" for name, value in sorted(changed.items()))
            identity.audit.add_command(project_id, "settings.change", told_changes)
    row = {
        "project": project, "idleMinutes": settings.idle_minutes, "retentionDays": settings.retention_days,
        "autoSessions": settings.auto_sessions,
    }  # fmt: skip
    print_rows([row], as_json=as_json)


@contextmanager
def opened_identity(data_dir: str | None) -> Iterator[Identity]:
    """The identity in the data directory, which a server may be using."""
    settings = load({"data_dir": data_dir}, os.environ)
    from threadline_server.identity import open_existing_identity

    identity = open_existing_identity(settings)
    try:
        yield identity
    finally:
        identity.close()


def project_named(identity: Identity, name: str) -> Project:
    """Raises NotFound."""
    project = identity.find_project(name)
    if project is None:
        raise NotFound(f"cannot find project {name}", hint="threadline projects list shows those that there are.")
    return project


def time_text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
