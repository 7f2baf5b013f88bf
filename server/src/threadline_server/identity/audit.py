"""The audit log: who did what, when and from where. Rows are added and read; the database refuses everything else."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, insert, select

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
        self, project_id: int, *, before: int | None = None, limit: int, action: str | None = None
    ) -> list[AuditEvent]:
        """The project's events, the newest first."""
        wanted = select(audit_events).where(audit_events.c.project_id == project_id)
        if before is not None:
            wanted = wanted.where(audit_events.c.id < before)
        if action is not None:
            wanted = wanted.where(audit_events.c.action == action)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(audit_events.c.id.desc()).limit(limit))
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
