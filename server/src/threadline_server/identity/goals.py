"""What projects call success, in the database.

Read anew for every request that shows goals (0.2 ms in SQLite): a definition that changes holds at once, on every server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, func, select

from threadline_server.errors import BadRequest, Conflict, NotFound
from threadline_server.identity.database import Database
from threadline_server.identity.tables import goals
from threadline_server.model import Goal

MAX_GOALS: Final = 50
"""Of one project: every list of sessions tries all of them on each of its rows."""
MAX_NAME: Final = 200
MAX_ID: Final = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Goals:
    """The table ``goals``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def of(self, project_id: int) -> list[Goal]:
        """The project's goals, oldest first."""
        mine = select(goals).where(goals.c.project_id == project_id).order_by(goals.c.id)
        with self._database.reading() as connection:
            return [_goal(row) for row in connection.execute(mine)]

    def add(self, project_id: int, name: str, when: Mapping[str, Any]) -> Goal:
        """Raises BadRequest for what is no name, Conflict where the name is taken or there are too many."""
        _check(name)
        now = self._now()
        with self._database.writing() as connection:
            _check_free(connection, project_id, name)
            mine = select(func.count()).select_from(goals).where(goals.c.project_id == project_id)
            if connection.execute(mine).scalar_one() >= MAX_GOALS:
                raise Conflict(
                    f"cannot add goal {name[:40]!r}: the project has {MAX_GOALS} already", hint="Remove some."
                )
            row = connection.execute(
                goals.insert()
                .values(project_id=project_id, name=name, when_json=_text(when), created_at=now, updated_at=now)
                .returning(goals)
            ).one()
        return _goal(row)

    def change(self, project_id: int, goal_id: int, name: str, when: Mapping[str, Any]) -> Goal:
        """Another name and condition for a goal. Raises BadRequest, Conflict, NotFound."""
        _check(name)
        with self._database.writing() as connection:
            _check_free(connection, project_id, name, but=goal_id)
            row = connection.execute(
                goals.update()
                .where(goals.c.project_id == project_id, goals.c.id == _checked(goal_id))
                .values(name=name, when_json=_text(when), updated_at=self._now())
                .returning(goals)
            ).one_or_none()
        if row is None:
            raise _not_found(goal_id)
        return _goal(row)

    def remove(self, project_id: int, goal_id: int) -> str:
        """Its name. Raises NotFound."""
        mine = (goals.c.project_id == project_id) & (goals.c.id == _checked(goal_id))
        with self._database.writing() as connection:
            name: str | None = connection.execute(select(goals.c.name).where(mine)).scalar()
            if name is None:
                raise _not_found(goal_id)
            connection.execute(goals.delete().where(mine))
        return name


def _check(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or not name.strip() or any(ord(letter) < 32 for letter in name):
        raise BadRequest(
            f"cannot use 'name': a goal's name has 1 to {MAX_NAME} characters, not only spaces, and no control characters"
        )


def _check_free(connection: Connection, project_id: int, name: str, *, but: int = 0) -> None:
    same = (goals.c.project_id == project_id) & (goals.c.name == name) & (goals.c.id != but)
    if connection.execute(select(goals.c.id).where(same)).first() is not None:
        raise Conflict(
            f"cannot use 'name': the project has a goal named {name[:40]!r} already", hint="Change that one, by PUT."
        )


def _checked(goal_id: int) -> int:
    if not 0 < goal_id <= MAX_ID:
        raise _not_found(goal_id)
    return goal_id


def _not_found(goal_id: int) -> NotFound:
    return NotFound(
        f"cannot find goal {goal_id}: this project has no such goal", hint="GET /observability/goals lists them."
    )


def _text(when: Mapping[str, Any]) -> str:
    return orjson.dumps(when).decode()


def _goal(row: Row[tuple[Any, ...]]) -> Goal:
    return Goal(row.id, row.name, orjson.loads(row.when_json), ns_of(row.created_at), ns_of(row.updated_at))


def ns_of(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
