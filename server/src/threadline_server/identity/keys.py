"""API keys in the database."""

from __future__ import annotations

import hmac
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from threadline_server.errors import BadRequest, Conflict
from threadline_server.identity.principal import SCOPES, ApiKey, Principal
from threadline_server.identity.secret_text import digest, shown_prefix
from threadline_server.identity.tables import api_keys, projects

MAX_NAME_LENGTH = 100
USUAL_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)
"""How long a key that was succeeded may stay valid."""
_SHOWN = [column for column in api_keys.columns if column.name != "hash"]


def create_key(
    connection: Connection,
    project_id: int,
    secret: str,
    *,
    name: str,
    scopes: AbstractSet[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> ApiKey:
    """Raises BadRequest for a name, scopes or an end that cannot be, Conflict for a secret that is in use."""
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise BadRequest(f"cannot create the key: its name must be 1 to {MAX_NAME_LENGTH} printable characters")
    if not scopes or not scopes <= SCOPES:
        raise BadRequest("cannot create the key: its scopes must be one or more of ingest, read, admin")
    if expires_at is not None and expires_at <= now:
        raise BadRequest("cannot create the key: its expiresAt is not in the future")
    if connection.execute(select(api_keys.c.id).where(api_keys.c.hash == digest(secret))).first():
        raise Conflict("cannot create the key: it exists already")
    row = connection.execute(
        api_keys.insert()
        .values(
            project_id=project_id,
            name=name.strip(),
            prefix=shown_prefix(secret),
            hash=digest(secret),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=expires_at,
        )
        .returning(*_SHOWN)
    ).one()
    return _key(row)


def find_key(connection: Connection, secret: str) -> ApiKey | None:
    """The key with this text, revoked ones included."""
    row = connection.execute(select(*_SHOWN).where(api_keys.c.hash == digest(secret))).one_or_none()
    return _key(row) if row else None


def list_keys(connection: Connection, project_id: int, *, after: int = 0, limit: int | None = None) -> list[ApiKey]:
    """The project's keys with an id greater than ``after``, oldest first, revoked ones included."""
    mine = select(*_SHOWN).where(api_keys.c.project_id == project_id, api_keys.c.id > after)
    return [_key(row) for row in connection.execute(mine.order_by(api_keys.c.id).limit(limit))]


def revoke_key(connection: Connection, project_id: int, key_id: int, *, now: datetime) -> ApiKey | None:
    """The key as it is then; None when the project has no such key. Revoking it again changes nothing."""
    mine = (api_keys.c.project_id == project_id) & (api_keys.c.id == key_id)
    connection.execute(update(api_keys).where(mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=now))
    row = connection.execute(select(*_SHOWN).where(mine)).one_or_none()
    return None if row is None else _key(row)


def rotate_key(
    connection: Connection, project_id: int, key_id: int, secret: str, *, overlap: timedelta, now: datetime
) -> ApiKey | None:
    """The key that succeeds this one: same name and scopes, and as long a life as it was given. The old one ends after ``overlap``.

    None when the project has no such key. Raises BadRequest, and Conflict for a key that is over or has a successor.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise BadRequest(f"cannot rotate the key: the overlap must be 0 to {LONGEST_OVERLAP.days} days")
    mine = (api_keys.c.project_id == project_id) & (api_keys.c.id == key_id)
    row = connection.execute(select(*_SHOWN).where(mine)).one_or_none()
    if row is None:
        return None
    old = _key(row)
    if old.revoked_at or old.rotated_to or (old.expires_at and old.expires_at <= now):
        raise Conflict(
            f"cannot rotate key {key_id}: it is revoked, expired or rotated already", hint="Make a new key instead."
        )
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    new = create_key(
        connection,
        project_id,
        secret,
        name=old.name,
        scopes=old.scopes,
        now=now,
        expires_at=now + lifetime if lifetime else None,
    )
    ends_at = min(now + overlap, old.expires_at or now + overlap)
    connection.execute(update(api_keys).where(mine).values(expires_at=ends_at, rotated_to=new.id))
    return new


def principal_of_key(connection: Connection, key_digest: bytes, *, now: datetime) -> Principal | None:
    row = connection.execute(
        select(api_keys.c.id, api_keys.c.scopes, api_keys.c.hash, projects.c.id.label("project_id"), projects.c.name)
        .join(projects, projects.c.id == api_keys.c.project_id)
        .where(api_keys.c.hash == key_digest, is_valid(now))
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.hash, key_digest):
        return None
    return Principal(row.project_id, row.name, row.scopes, row.id)


def is_valid(now: datetime) -> ColumnElement[bool]:
    """The condition on a key that it is neither revoked nor expired."""
    return api_keys.c.revoked_at.is_(None) & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now)


def note_use(connection: Connection, key_id: int, *, now: datetime) -> None:
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(**row._mapping)
