"""Projects in the database."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection, Row, select

from threadline_server.errors import BadRequest, Conflict
from threadline_server.identity.principal import Project
from threadline_server.identity.tables import projects

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def create_project(connection: Connection, name: str, *, now: datetime) -> Project:
    """Raises BadRequest for a name that would not fit into a DSN, Conflict for one that is taken."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "cannot create the project: its name must be 1 to 63 of a-z, 0-9, dot, dash and underscore,"
            " beginning with a letter or digit"
        )
    if find_project(connection, name):
        raise Conflict(f"cannot create project {name}: there is one of this name", hint="Choose another name.")
    row = connection.execute(projects.insert().values(name=name, created_at=now).returning(projects)).one()
    return _project(row)


def find_project(connection: Connection, name: str) -> Project | None:
    row = connection.execute(select(projects).where(projects.c.name == name)).one_or_none()
    return _project(row) if row else None


def get_project(connection: Connection, project_id: int) -> Project | None:
    row = connection.execute(select(projects).where(projects.c.id == project_id)).one_or_none()
    return _project(row) if row else None


def list_projects(connection: Connection) -> list[Project]:
    return [_project(row) for row in connection.execute(select(projects).order_by(projects.c.id))]


def _project(row: Row[tuple[object, ...]]) -> Project:
    return Project(**row._mapping)
