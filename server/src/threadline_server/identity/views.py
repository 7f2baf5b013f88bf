"""Views that people saved of a project, in the database: a filter, how it is shown, and a name for both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import orjson
from sqlalchemy import Connection, Row, func, select

from threadline_server.errors import BadRequest, Conflict, NotFound
from threadline_server.identity.database import Database
from threadline_server.identity.tables import views

MAX_VIEWS: Final = 200
"""Of one project: all of them are in one menu."""
MAX_NAME: Final = 200
MAX_ID: Final = 2**31 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ViewContent(msgspec.Struct, frozen=True):
    """What a view is; who saves it has checked all but the name."""

    name: str
    page: str
    filter: str
    q: str
    sort: str
    order: str
    columns: tuple[str, ...]


class View(msgspec.Struct, frozen=True):
    id: int
    content: ViewContent
    created_ns: int
    updated_ns: int


class Views:
    """The table ``views``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def of(self, project_id: int) -> list[View]:
        """The project's views, oldest first."""
        mine = select(views).where(views.c.project_id == project_id).order_by(views.c.id)
        with self._database.reading() as connection:
            return [_view(row) for row in connection.execute(mine)]

    def add(self, project_id: int, content: ViewContent) -> View:
        """Raises BadRequest for what is no name, Conflict where the name is taken or there are too many."""
        _check(content.name)
        now = self._now()
        with self._database.writing() as connection:
            _check_free(connection, project_id, content.name)
            mine = select(func.count()).select_from(views).where(views.c.project_id == project_id)
            if connection.execute(mine).scalar_one() >= MAX_VIEWS:
                raise Conflict(f"cannot save the view: the project has {MAX_VIEWS} already", hint="Remove some.")
            row = connection.execute(
                views.insert()
                .values(project_id=project_id, created_at=now, updated_at=now, **_columns(content))
                .returning(views)
            ).one()
        return _view(row)

    def change(self, project_id: int, view_id: int, content: ViewContent) -> View:
        """Another content for a view. Raises BadRequest, Conflict, NotFound."""
        _check(content.name)
        with self._database.writing() as connection:
            _check_free(connection, project_id, content.name, but=view_id)
            row = connection.execute(
                views.update()
                .where(views.c.project_id == project_id, views.c.id == _checked(view_id))
                .values(updated_at=self._now(), **_columns(content))
                .returning(views)
            ).one_or_none()
        if row is None:
            raise _not_found(view_id)
        return _view(row)

    def remove(self, project_id: int, view_id: int) -> str:
        """Its name. Raises NotFound."""
        mine = (views.c.project_id == project_id) & (views.c.id == _checked(view_id))
        with self._database.writing() as connection:
            name: str | None = connection.execute(select(views.c.name).where(mine)).scalar()
            if name is None:
                raise _not_found(view_id)
            connection.execute(views.delete().where(mine))
        return name


def _check(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or name != name.strip() or any(ord(letter) < 32 for letter in name):
        raise BadRequest(
            f"cannot use 'name': a view's name has 1 to {MAX_NAME} characters, no spaces around it and no control characters"
        )


def _check_free(connection: Connection, project_id: int, name: str, *, but: int = 0) -> None:
    same = (views.c.project_id == project_id) & (views.c.name == name) & (views.c.id != but)
    if connection.execute(select(views.c.id).where(same)).first() is not None:
        raise Conflict(
            f"cannot use 'name': the project has a view named {name[:40]!r} already", hint="Change that one, by PUT."
        )


def _checked(view_id: int) -> int:
    if not 0 < view_id <= MAX_ID:
        raise _not_found(view_id)
    return view_id


def _not_found(view_id: int) -> NotFound:
    return NotFound(
        f"cannot find view {view_id}: this project has no such view", hint="GET /observability/views lists them."
    )


def _columns(content: ViewContent) -> dict[str, Any]:
    return {
        "name": content.name,
        "page": content.page,
        "filter": content.filter,
        "q": content.q,
        "sort": content.sort,
        "sort_order": content.order,
        "columns": orjson.dumps(content.columns).decode(),
    }


def _view(row: Row[tuple[Any, ...]]) -> View:
    found = row._mapping
    content = ViewContent(
        found["name"], found["page"], found["filter"], found["q"], found["sort"], found["sort_order"],
        tuple(orjson.loads(found["columns"])),
    )  # fmt: skip
    return View(found["id"], content, _ns(found["created_at"]), _ns(found["updated_at"]))


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
