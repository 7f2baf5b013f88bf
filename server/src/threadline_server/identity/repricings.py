"""The repricings that projects asked for, in the database: what is to be done, how far it is, and what a crash left undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import Row, select, update

from threadline_server.errors import Conflict
from threadline_server.identity.database import Database
from threadline_server.identity.tables import repricings

State: TypeAlias = Literal["running", "done", "failed"]
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Repricing:
    """``looked_at`` and ``changed`` count spans so far. The range is of times at which spans begin; None: without a bound."""

    id: int
    project_id: int
    from_time: datetime | None
    to_time: datetime | None
    state: State
    looked_at: int
    changed: int
    requested_at: datetime
    updated_at: datetime


class Repricings:
    """The table ``repricings``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def begin(self, project_id: int, from_time: datetime | None, to_time: datetime | None) -> Repricing:
        """Note what is to be done. Raises Conflict while another one of the project is running."""
        mine = repricings.c.project_id == project_id
        with self._database.writing() as connection:
            if connection.execute(select(repricings.c.id).where(mine, repricings.c.state == "running")).first():
                raise Conflict(
                    "cannot reprice: a repricing of this project is running",
                    hint="Wait until it is done; it uses the prices of when it ends.",
                )
            now = self._now()
            row = connection.execute(
                repricings.insert()
                .values(
                    project_id=project_id, from_time=from_time, to_time=to_time, state="running", looked_at=0, changed=0,
                    requested_at=now, updated_at=now,
                )
                .returning(repricings)
            ).one()  # fmt: skip
        return _repricing(row)

    def note(self, repricing_id: int, state: State, *, looked_at: int, changed: int) -> None:
        """How far it is."""
        with self._database.writing() as connection:
            connection.execute(
                update(repricings)
                .where(repricings.c.id == repricing_id)
                .values(state=state, looked_at=looked_at, changed=changed, updated_at=self._now())
            )

    def running(self) -> list[Repricing]:
        """Of all projects; at a start: those that the end of a server cut off."""
        with self._database.reading() as connection:
            found = connection.execute(select(repricings).where(repricings.c.state == "running"))
            return [_repricing(row) for row in found.all()]

    def latest(self, project_id: int) -> list[Repricing]:
        """The project's last ones, the newest first."""
        mine = select(repricings).where(repricings.c.project_id == project_id)
        with self._database.reading() as connection:
            found = connection.execute(mine.order_by(repricings.c.id.desc()).limit(SHOWN))
            return [_repricing(row) for row in found.all()]


def _repricing(row: Row[tuple[object, ...]]) -> Repricing:
    return Repricing(**row._mapping)
