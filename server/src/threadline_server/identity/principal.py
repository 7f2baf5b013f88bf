"""The words of this package, as frozen types. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

SCOPES = frozenset({"ingest", "read", "admin"})
DEFAULT_PROJECT = "default"
Role: TypeAlias = Literal["owner", "member", "viewer"]
SCOPES_OF_ROLE: Final[Mapping[str, frozenset[str]]] = {
    "owner": SCOPES,
    "member": frozenset({"ingest", "read", "write"}),
    "viewer": frozenset({"read"}),
}
"""A member also says things of sessions (``ingest``) and defines goals and views (``write``, which no key has by itself)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from: a key, or a browser that signed in with one, or an account.

    Both ids are None for the one-time link, and where authentication is off.
    """

    project_id: int
    project_name: str
    scopes: frozenset[str]
    key_id: int | None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """``id`` is the UInt32 that the store knows the project by; it is never given out twice."""

    id: int
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it can be shown: ``prefix`` is enough of it to recognise it by, and no more.

    ``rotated_to`` is the id of the key that was made to succeed it.
    """

    id: int
    project_id: int
    name: str
    prefix: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    expires_at: datetime | None = None
    rotated_to: int | None = None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key together with its text, which is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewProject:
    project: Project
    first_key: IssuedKey
