"""Accounts of people: who is in a project and with which role, and how they sign in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select, update

from threadline_server.errors import Conflict, NotFound, Unauthenticated
from threadline_server.identity import passwords, people
from threadline_server.identity.database import Database
from threadline_server.identity.people import Account, Profile
from threadline_server.identity.principal import Principal
from threadline_server.identity.secret_text import digest
from threadline_server.identity.tables import accounts, memberships, projects, web_sessions

Changing = Callable[[], AbstractContextManager[Connection]]
"""A transaction after which nothing is remembered of who may do what."""


class WebSession(msgspec.Struct, frozen=True):
    """A browser that is signed in. The id is of no use to sign in with."""

    id: str
    created_at: datetime
    expires_at: datetime


class Accounts:
    """The tables ``accounts`` and ``memberships``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime], changing: Changing) -> None:
        self._database = database
        self._now = now
        self._changing = changing

    # --- who is in a project ---

    def of(self, project_id: int) -> list[Account]:
        """Who may get into the project, by address."""
        with self._database.reading() as connection:
            rows = connection.execute(people.members(project_id).order_by(accounts.c.email))
            return [people.account_of(row) for row in rows]

    def change_role(self, project_id: int, account_id: int, role: str) -> Account:
        """Effective within a second, in browsers that are signed in too. Raises BadRequest, Conflict, NotFound."""
        people.check_role(role)
        with self._changing() as connection:
            before = people.member(connection, project_id, account_id)
            if before.role == "owner" and role != "owner":
                _check_another_owner(connection, project_id, account_id)
            connection.execute(update(memberships).where(people.is_member(project_id, account_id)).values(role=role))
            return people.member(connection, project_id, account_id)

    def remove(self, project_id: int, account_id: int) -> Account:
        """Take somebody out of the project; an account that is in no project any more is deleted. Raises Conflict, NotFound."""
        with self._changing() as connection:
            removed = people.member(connection, project_id, account_id)
            if removed.role == "owner":
                _check_another_owner(connection, project_id, account_id)
            connection.execute(delete(memberships).where(people.is_member(project_id, account_id)))
            theirs = web_sessions.c.account_id == account_id
            connection.execute(delete(web_sessions).where(theirs, web_sessions.c.project_id == project_id))
            if not connection.execute(select(memberships.c.role).where(memberships.c.account_id == account_id)).first():
                connection.execute(delete(web_sessions).where(theirs))
                connection.execute(delete(accounts).where(accounts.c.id == account_id))
        return removed

    def end_sessions(self, project_id: int, account_id: int) -> Account:
        """Sign somebody out of the project in every browser. Raises NotFound."""
        with self._changing() as connection:
            signed_out = people.member(connection, project_id, account_id)
            theirs = (web_sessions.c.account_id == account_id) & (web_sessions.c.project_id == project_id)
            connection.execute(delete(web_sessions).where(theirs))
        return signed_out

    # --- signing in ---

    def sign_in(self, email: str, password: str, project: str | None = None) -> Principal | None:
        """Who it is, in the named project or the first of theirs; None for a wrong address, password or project alike."""
        with self._database.reading() as connection:
            known = connection.execute(
                select(accounts.c.id, accounts.c.password_hash).where(accounts.c.email == email.strip().lower())
            ).one_or_none()
        if not passwords.is_right(known.password_hash if known else None, password) or known is None:
            return None
        with self._database.writing() as connection:
            project_id = people.project_of(connection, known.id, project)
            if project_id is None:
                return None
            connection.execute(update(accounts).where(accounts.c.id == known.id).values(last_signed_in_at=self._now()))
            return people.principal_in(connection, known.id, project_id)

    def sign_in_known(self, issuer: str, subject: str, email: str) -> Principal | None:
        """Who a provider of OpenID Connect vouches for: by its own name for them, the first time by the address it verified."""
        with self._changing() as connection:
            same = (accounts.c.issuer == issuer) & (accounts.c.subject == subject)
            account_id = connection.execute(select(accounts.c.id).where(same)).scalar()
            if account_id is None and email:
                unlinked = (accounts.c.email == email) & accounts.c.subject.is_(None)
                account_id = connection.execute(select(accounts.c.id).where(unlinked)).scalar()
            if account_id is None:
                return None
            project_id = people.project_of(connection, account_id, None)
            if project_id is None:
                return None
            told = {"issuer": issuer, "subject": subject, "last_signed_in_at": self._now()}
            connection.execute(update(accounts).where(accounts.c.id == account_id).values(told))
            return people.principal_in(connection, account_id, project_id)

    def change_password(self, account_id: int, current: str, new: str) -> None:
        """Also ends every session of the account. Raises BadRequest, Unauthenticated."""
        with self._database.reading() as connection:
            known = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
        if known is None or not passwords.is_right(known.password_hash, current):
            raise Unauthenticated("cannot change the password: the current one is another")
        passwords.check_new(new, known.email)
        password_hash = passwords.hashed(new)
        with self._changing() as connection:
            connection.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash))
            connection.execute(delete(web_sessions).where(web_sessions.c.account_id == account_id))

    def in_project(self, account_id: int, project: str) -> Principal:
        """The same person in another project of theirs. Raises NotFound."""
        with self._database.reading() as connection:
            project_id = people.project_of(connection, account_id, project)
            if project_id is None:
                raise NotFound(f"cannot find project {project[:63]!a} among yours")
            return people.principal_in(connection, account_id, project_id)

    def sessions(self, account_id: int) -> list[WebSession]:
        """Where the account is signed in, the newest first."""
        theirs = (web_sessions.c.account_id == account_id) & (web_sessions.c.expires_at > self._now())
        with self._database.reading() as connection:
            rows = connection.execute(select(web_sessions).where(theirs).order_by(web_sessions.c.created_at.desc()))
            return [WebSession(_session_id(row.hash), row.created_at, row.expires_at) for row in rows]

    def end_session(self, account_id: int, session_id: str) -> None:
        """Sign one browser of the account out. Raises NotFound."""
        with self._changing() as connection:
            theirs = connection.execute(select(web_sessions.c.hash).where(web_sessions.c.account_id == account_id))
            found = [token_digest for token_digest in theirs.scalars() if _session_id(token_digest) == session_id]
            if not found:
                raise NotFound("cannot find this session among yours")
            connection.execute(delete(web_sessions).where(web_sessions.c.hash == found[0]))

    def end_other_sessions(self, account_id: int, session_id: str | None) -> None:
        """Sign the account out in every browser but this one."""
        with self._changing() as connection:
            theirs = connection.execute(select(web_sessions.c.hash).where(web_sessions.c.account_id == account_id))
            others = [token_digest for token_digest in theirs.scalars() if _session_id(token_digest) != session_id]
            connection.execute(delete(web_sessions).where(web_sessions.c.hash.in_(others)))

    def profile(self, account_id: int) -> Profile | None:
        with self._database.reading() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
            if row is None:
                return None
            roles = connection.execute(
                select(projects.c.name, memberships.c.role)
                .join(memberships, memberships.c.project_id == projects.c.id)
                .where(memberships.c.account_id == account_id)
                .order_by(projects.c.id)
            )
            return Profile(
                row.id, row.email, row.name, row.password_hash is not None, {each.name: each.role for each in roles}
            )


def _check_another_owner(connection: Connection, project_id: int, account_id: int) -> None:
    """A project whose people have no owner could only be managed with a key."""
    others = (memberships.c.project_id == project_id) & (memberships.c.account_id != account_id)
    roles = set(connection.execute(select(memberships.c.role).where(others)).scalars())
    if roles and "owner" not in roles:
        raise Conflict("cannot leave the project without an owner", hint="Make somebody else an owner first.")


def session_id_of(token: str) -> str:
    """What the session of this cookie is called."""
    return _session_id(digest(token))


def _session_id(token_digest: bytes) -> str:
    return token_digest[:8].hex()
