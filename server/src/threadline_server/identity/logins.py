"""Signing in with a browser: one-time login tokens, and the web sessions that they and keys are exchanged for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select

from threadline_server.identity.keys import is_valid
from threadline_server.identity.principal import SCOPES_OF_ROLE, Principal
from threadline_server.identity.tables import api_keys, login_tokens, memberships, projects, web_sessions

LOGIN_TOKEN_LIFETIME = timedelta(hours=1)
WEB_SESSION_LIFETIME = timedelta(days=30)


def add_login_token(connection: Connection, token_digest: bytes, principal: Principal, *, now: datetime) -> None:
    connection.execute(delete(login_tokens).where(login_tokens.c.expires_at <= now))
    connection.execute(
        login_tokens.insert().values(
            hash=token_digest,
            project_id=principal.project_id,
            scopes=principal.scopes,
            expires_at=now + LOGIN_TOKEN_LIFETIME,
        )
    )


def redeem_login_token(connection: Connection, token_digest: bytes, *, now: datetime) -> Principal | None:
    """Whom the token signs in. It is gone afterwards, whoever else asks at the same time."""
    row = connection.execute(
        select(login_tokens.c.scopes, projects.c.id, projects.c.name)
        .join(projects, projects.c.id == login_tokens.c.project_id)
        .where(login_tokens.c.hash == token_digest, login_tokens.c.expires_at > now)
    ).one_or_none()
    taken = connection.execute(delete(login_tokens).where(login_tokens.c.hash == token_digest)).rowcount
    return Principal(row.id, row.name, row.scopes, None) if row and taken else None


def add_web_session(connection: Connection, token_digest: bytes, principal: Principal, *, now: datetime) -> None:
    connection.execute(delete(web_sessions).where(web_sessions.c.expires_at <= now))
    connection.execute(
        web_sessions.insert().values(
            hash=token_digest,
            project_id=principal.project_id,
            key_id=principal.key_id,
            account_id=principal.account_id,
            scopes=principal.scopes,
            created_at=now,
            expires_at=now + WEB_SESSION_LIFETIME,
        )
    )


def principal_of_web_session(connection: Connection, token_digest: bytes, *, now: datetime) -> Principal | None:
    """Who the session is of, with what an account may do now: its role may be another than when it signed in."""
    its_membership = (memberships.c.account_id == web_sessions.c.account_id) & (
        memberships.c.project_id == web_sessions.c.project_id
    )
    row = connection.execute(
        select(web_sessions, memberships.c.role, projects.c.id, projects.c.name)
        .join(projects, projects.c.id == web_sessions.c.project_id)
        .outerjoin(api_keys, api_keys.c.id == web_sessions.c.key_id)
        .outerjoin(memberships, its_membership)
        .where(
            web_sessions.c.hash == token_digest,
            web_sessions.c.expires_at > now,
            or_(web_sessions.c.key_id.is_(None), is_valid(now)),
        )
    ).one_or_none()
    if row is None:
        return None
    if row.account_id is None:
        return Principal(row.id, row.name, row.scopes, row.key_id)
    if row.role is None:
        return None
    return Principal(row.id, row.name, SCOPES_OF_ROLE[row.role], None, row.account_id)


def end_web_session(connection: Connection, token_digest: bytes) -> None:
    connection.execute(delete(web_sessions).where(web_sessions.c.hash == token_digest))
