"""People with accounts and their roles in projects, on a connection to the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, insert, select

from threadline_server.errors import BadRequest, Conflict, NotFound
from threadline_server.identity.principal import SCOPES_OF_ROLE, Principal
from threadline_server.identity.tables import accounts, memberships, projects

MAX_NAME: Final = 200
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")


class Account(msgspec.Struct, frozen=True):
    """Somebody who signs in; ``role`` is that in the project asked about."""

    id: int
    email: str
    name: str
    role: str
    has_password: bool
    created_at: datetime
    last_signed_in_at: datetime | None


class Profile(msgspec.Struct, frozen=True):
    """An account and the names of its projects with its role in each."""

    id: int
    email: str
    name: str
    has_password: bool
    projects: Mapping[str, str]


def members(project_id: int) -> Any:
    return (
        select(accounts, memberships.c.role)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.project_id == project_id)
    )


def is_member(project_id: int, account_id: int) -> Any:
    return (memberships.c.project_id == project_id) & (memberships.c.account_id == account_id)


def member(connection: Connection, project_id: int, account_id: int) -> Account:
    row = connection.execute(members(project_id).where(accounts.c.id == account_id)).one_or_none()
    if row is None:
        raise NotFound(f"cannot find account {account_id}: nobody of this project has this id")
    return account_of(row)


def project_of(connection: Connection, account_id: int, name: str | None) -> int | None:
    theirs = (
        select(projects.c.id)
        .join(memberships, memberships.c.project_id == projects.c.id)
        .where(memberships.c.account_id == account_id)
        .order_by(projects.c.id)
    )
    found: int | None = connection.execute(theirs if name is None else theirs.where(projects.c.name == name)).scalar()
    return found


def principal_in(connection: Connection, account_id: int, project_id: int) -> Principal:
    row = connection.execute(
        select(projects.c.name, memberships.c.role)
        .join(memberships, memberships.c.project_id == projects.c.id)
        .where(is_member(project_id, account_id))
    ).one()
    return Principal(project_id, row.name, SCOPES_OF_ROLE[row.role], None, account_id)


def account_of(row: Row[Any]) -> Account:
    return Account(
        row.id, row.email, row.name, row.role, row.password_hash is not None, row.created_at, row.last_signed_in_at
    )


def check_role(role: str) -> None:
    if role not in SCOPES_OF_ROLE:
        raise BadRequest(f"cannot use role {role[:20]!a}: it must be one of {', '.join(SCOPES_OF_ROLE)}")


def address_of(email: str) -> str:
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise BadRequest("cannot use the e-mail address: it must be of the form name@host")
    return address


def checked_name(name: str) -> str:
    if len(name) > MAX_NAME or not (name.isprintable()):
        raise BadRequest(f"cannot use the name: it must have at most {MAX_NAME} printable characters")
    return name.strip()


def create(connection: Connection, email: str, name: str, *, now: datetime, **more: object) -> int:
    """The id of a new account. Raises Conflict."""
    if connection.execute(select(accounts.c.id).where(accounts.c.email == email)).first():
        raise Conflict("cannot make the account: there is one with this e-mail address")
    created = {"email": email, "name": name, "created_at": now, **more}
    account_id: int = connection.execute(insert(accounts).values(created).returning(accounts.c.id)).scalar_one()
    return account_id


def let_in(connection: Connection, project_id: int, account_id: int, role: str, *, now: datetime) -> None:
    """With this role; somebody who is in already keeps theirs."""
    if not connection.execute(select(memberships.c.role).where(is_member(project_id, account_id))).first():
        row = {"project_id": project_id, "account_id": account_id, "role": role, "created_at": now}
        connection.execute(insert(memberships).values(row))
