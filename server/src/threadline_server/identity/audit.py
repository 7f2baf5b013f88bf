"""The audit log: who did what, when and from where. Rows are added and read; the database refuses everything else."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, insert, select

from threadline_server.identity.database import Database
from threadline_server.identity.principal import Principal
from threadline_server.identity.tables import accounts, api_keys, audit_events

MAX_TARGET: Final = 500
ACTORS: Final = ("key", "account", "link", "nobody", "command")
"""``link``: a browser that signed in with the one-time link; ``nobody``: authentication is off; ``command``: of ``threadline``."""


class AuditEvent(msgspec.Struct, frozen=True):
    id: int
    at: datetime
    actor: str
    actor_id: int | None
    actor_name: str
    address: str
    action: str
    target: str


class Wanted(msgspec.Struct, frozen=True):
    """Which events: those that are all of what is given. ``actor_name`` is a part of the name, in either case; ``until`` is excluded."""

    action: str | None = None
    actor: str | None = None
    actor_name: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY: Final = Wanted()


class AuditLog:
    """The table ``audit_events``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def add(self, who: Principal, action: str, target: str, *, address: str, is_anonymous: bool = False) -> None:
        """On disk when it returns."""
        with self._database.writing() as connection:
            actor, actor_id, name = ("nobody", None, "") if is_anonymous else actor_of(connection, who)
            self._write(connection, who.project_id, (actor, actor_id, name), address, action, target)

    def add_command(self, project_id: int | None, action: str, target: str) -> None:
        """What somebody did on this machine, by a command of ``threadline``."""
        try:
            name = getpass.getuser()
        except (OSError, KeyError):
            name = ""
        with self._database.writing() as connection:
            self._write(connection, project_id, ("command", None, name), "", action, target)

    def page(
        self, project_id: int, *, before: int | None = None, limit: int, wanted: Wanted = EVERY
    ) -> list[AuditEvent]:
        """The project's events, the newest first."""
        chosen = select(audit_events).where(audit_events.c.project_id == project_id, *_conditions(wanted))
        if before is not None:
            chosen = chosen.where(audit_events.c.id < before)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(audit_events.c.id.desc()).limit(limit))
            return [_event(row) for row in rows]

    def _write(
        self,
        connection: Connection,
        project_id: int | None,
        actor: tuple[str, int | None, str],
        address: str,
        action: str,
        target: str,
    ) -> None:
        kind, actor_id, name = actor
        connection.execute(
            insert(audit_events).values(
                project_id=project_id, at=self._now(), actor=kind, actor_id=actor_id, actor_name=name,
                address=address[:64], action=action, target=target[:MAX_TARGET],
            )
        )  # fmt: skip


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    columns = audit_events.c
    if wanted.action is not None:
        yield columns.action == wanted.action
    if wanted.actor is not None:
        yield columns.actor == wanted.actor
    if wanted.actor_name is not None:
        yield columns.actor_name.icontains(wanted.actor_name, autoescape=True)
    if wanted.since is not None:
        yield columns.at >= wanted.since
    if wanted.until is not None:
        yield columns.at < wanted.until


def actor_of(connection: Connection, who: Principal) -> tuple[str, int | None, str]:
    """What kind, which one, and the name that it has now: keys and accounts may be gone when the log is read."""
    if who.account_id is not None:
        email = connection.execute(select(accounts.c.email).where(accounts.c.id == who.account_id)).scalar()
        return "account", who.account_id, email or ""
    if who.key_id is not None:
        name = connection.execute(select(api_keys.c.name).where(api_keys.c.id == who.key_id)).scalar()
        return "key", who.key_id, name or ""
    return "link", None, ""


def _event(row: Row[Any]) -> AuditEvent:
    return AuditEvent(row.id, row.at, row.actor, row.actor_id, row.actor_name, row.address, row.action, row.target)
