"""Invitations: links by which people come into a project, each once and within a week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from threadline_server.errors import Conflict, Forbidden, NotFound, Unauthenticated
from threadline_server.identity import passwords, people
from threadline_server.identity.accounts import Changing
from threadline_server.identity.database import Database
from threadline_server.identity.principal import Principal
from threadline_server.identity.secret_text import RandomBytes, digest, new_token
from threadline_server.identity.tables import accounts, invitations

INVITATION_LIFETIME: Final = timedelta(days=7)
MAX_INVITATIONS: Final = 1_000


class Invitation(msgspec.Struct, frozen=True):
    """``email`` is None where whoever has the link may use it."""

    id: int
    role: str
    email: str | None
    created_at: datetime
    expires_at: datetime


def invitation_link(endpoint: str, token: str) -> str:
    """The token is in the fragment, which a browser does not send, so that no log has it."""
    return f"{endpoint}/login#invitation={token}"


def told_invitation(invitation: Invitation) -> str:
    """For the audit log."""
    whose = f" ({invitation.email})" if invitation.email else ""
    return f"invitation {invitation.id}{whose}: {invitation.role}"


class Invitations:
    """The table ``invitations``. Every method may raise Unavailable."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], random_bytes: RandomBytes, changing: Changing
    ) -> None:
        self._database = database
        self._now = now
        self._random_bytes = random_bytes
        self._changing = changing

    def invite(self, project_id: int, role: str, email: str | None = None) -> tuple[Invitation, str]:
        """An invitation and the token of its link, which works once, within a week. Raises BadRequest, Conflict."""
        people.check_role(role)
        token, now = new_token(self._random_bytes), self._now()
        with self._database.writing() as connection:
            connection.execute(delete(invitations).where(invitations.c.expires_at <= now))
            mine = invitations.c.project_id == project_id
            if connection.execute(select(func.count()).where(mine)).scalar_one() >= MAX_INVITATIONS:
                raise Conflict(f"cannot invite: {MAX_INVITATIONS} invitations are open", hint="Withdraw some.")
            row = connection.execute(
                insert(invitations)
                .values(
                    project_id=project_id, hash=digest(token), role=role, created_at=now,
                    email=people.address_of(email) if email else None, expires_at=now + INVITATION_LIFETIME,
                )
                .returning(invitations)
            ).one()  # fmt: skip
        return _invitation(row), token

    def of(self, project_id: int) -> list[Invitation]:
        """Those that can still be used, oldest first."""
        mine = select(invitations).where(invitations.c.project_id == project_id, invitations.c.expires_at > self._now())
        with self._database.reading() as connection:
            return [_invitation(row) for row in connection.execute(mine.order_by(invitations.c.id))]

    def withdraw(self, project_id: int, invitation_id: int) -> None:
        """Raises NotFound."""
        mine = (invitations.c.project_id == project_id) & (invitations.c.id == invitation_id)
        with self._database.writing() as connection:
            if not connection.execute(delete(invitations).where(mine)).rowcount:
                raise NotFound(f"cannot find invitation {invitation_id}: it was used or withdrawn, or is not there")

    def accept(self, token: str, *, email: str, name: str, password: str) -> Principal:
        """Make an account by an invitation, or let one that there is (with its password) into the project.

        Raises Unauthenticated for a token or password that is wrong, BadRequest, Forbidden for somebody else's invitation.
        """
        address, name = people.address_of(email), people.checked_name(name)
        with self._database.reading() as connection:
            invited = self._open_invitation(connection, token)
            known = connection.execute(select(accounts).where(accounts.c.email == address)).one_or_none()
        if invited.email not in {None, address}:
            raise Forbidden("cannot use this invitation: it is for another e-mail address")
        # Outside of a transaction: it takes its time.
        if known is None:
            passwords.check_new(password, address)
            password_hash = passwords.hashed(password)
        elif passwords.is_right(known.password_hash, password):
            password_hash = known.password_hash
        else:
            raise Unauthenticated(
                "cannot use this invitation: there is an account with this e-mail address, and its password is another"
            )
        with self._changing() as connection:
            project_id, role = self._take(connection, token)
            account_id = (
                known.id
                if known
                else people.create(connection, address, name, now=self._now(), password_hash=password_hash)
            )
            people.let_in(connection, project_id, account_id, role, now=self._now())
            return people.principal_in(connection, account_id, project_id)

    def accept_known(self, token: str, *, issuer: str, subject: str, email: str, name: str) -> Principal:
        """The same for somebody whom a provider of OpenID Connect vouches for. Raises Unauthenticated, Forbidden, BadRequest."""
        if not email:
            raise Unauthenticated("cannot use this invitation: the provider did not verify your e-mail address")
        address = people.address_of(email)
        with self._changing() as connection:
            if self._open_invitation(connection, token).email not in {None, address}:
                raise Forbidden("cannot use this invitation: it is for another e-mail address")
            project_id, role = self._take(connection, token)
            theirs = (accounts.c.issuer == issuer) & (accounts.c.subject == subject)
            account_id = connection.execute(select(accounts.c.id).where(theirs)).scalar()
            if account_id is None:
                known = connection.execute(select(accounts).where(accounts.c.email == address)).one_or_none()
                if known is None:
                    account_id = people.create(
                        connection, address, people.checked_name(name), now=self._now(), issuer=issuer, subject=subject
                    )
                elif known.subject is None:
                    account_id = known.id
                    linked = {"issuer": issuer, "subject": subject}
                    connection.execute(update(accounts).where(accounts.c.id == account_id).values(linked))
                else:
                    raise Forbidden("cannot use this invitation: its e-mail address is another account's")
            people.let_in(connection, project_id, account_id, role, now=self._now())
            return people.principal_in(connection, account_id, project_id)

    def _open_invitation(self, connection: Connection, token: str) -> Row[Any]:
        row = connection.execute(
            select(invitations).where(invitations.c.hash == digest(token), invitations.c.expires_at > self._now())
        ).one_or_none()
        if row is None:
            raise Unauthenticated("cannot use this invitation: it is wrong, used, withdrawn or older than a week")
        return row

    def _take(self, connection: Connection, token: str) -> tuple[int, str]:
        invited = self._open_invitation(connection, token)
        connection.execute(delete(invitations).where(invitations.c.id == invited.id))
        return invited.project_id, invited.role


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(row.id, row.role, row.email, row.created_at, row.expires_at)
