"""API keys in the database."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from threadline_server.errors import BadRequest, Conflict
from threadline_server.identity.principal import SCOPES, ApiKey, Principal
from threadline_server.identity.secret_text import digest, shown_prefix
from threadline_server.identity.tables import api_keys, projects

MAX_NAME_LENGTH = 100
_SHOWN = [column for column in api_keys.columns if column.name != "hash"]


def create_key(
    connection: Connection, project_id: int, secret: str, *, name: str, scopes: AbstractSet[str], now: datetime
) -> ApiKey:
    """Raises BadRequest for a name or scopes that cannot be, Conflict for a secret that is in use."""
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise BadRequest(f"cannot create the key: its name must be 1 to {MAX_NAME_LENGTH} printable characters")
    if not scopes or not scopes <= SCOPES:
        raise BadRequest("cannot create the key: its scopes must be one or more of ingest, read, admin")
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


def revoke_key(connection: Connection, project_id: int, key_id: int, *, now: datetime) -> bool:
    """Whether the project has this key. Revoking it again changes nothing."""
    mine = (api_keys.c.project_id == project_id) & (api_keys.c.id == key_id)
    connection.execute(update(api_keys).where(mine, api_keys.c.revoked_at.is_(None)).values(revoked_at=now))
    return connection.execute(select(api_keys.c.id).where(mine)).first() is not None


def principal_of_key(connection: Connection, key_digest: bytes) -> Principal | None:
    row = connection.execute(
        select(api_keys.c.id, api_keys.c.scopes, projects.c.id.label("project_id"), projects.c.name)
        .join(projects, projects.c.id == api_keys.c.project_id)
        .where(api_keys.c.hash == key_digest, api_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return Principal(row.project_id, row.name, row.scopes, row.id) if row else None


def note_use(connection: Connection, key_id: int, *, now: datetime) -> None:
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(**row._mapping)
