"""What a project sets for itself: its idle time, how long its sessions are kept, whether sessions are made for its users.

Read anew for every request that needs them, like goals: a change holds at once, on every server.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from threadline_server.errors import BadRequest
from threadline_server.identity.database import Database
from threadline_server.identity.tables import project_settings

MAX_IDLE_MINUTES: Final = 7 * 24 * 60
MAX_RETENTION_DAYS: Final = 36_500


class ProjectSettings(msgspec.Struct, frozen=True):
    """``retention_days`` None: for good."""

    idle_minutes: int = 30
    retention_days: int | None = None
    auto_sessions: bool = False
    auto_applied_minutes: int = 0
    """The idle time by which all automatic sessions of the past are known to stand, 0 where there are none."""

    def __post_init__(self) -> None:
        if not 1 <= self.idle_minutes <= MAX_IDLE_MINUTES:
            raise BadRequest(f"cannot use 'idleMinutes': it must be from 1 to {MAX_IDLE_MINUTES}")
        if self.retention_days is not None and not 1 <= self.retention_days <= MAX_RETENTION_DAYS:
            raise BadRequest(
                f"cannot use 'retentionDays': it must be from 1 to {MAX_RETENTION_DAYS}", hint="null keeps for good."
            )

    @property
    def idle_ms(self) -> int:
        return self.idle_minutes * 60_000

    @property
    def auto_minutes(self) -> int:
        """The idle time by which automatic sessions are to stand, 0 for none."""
        return self.idle_minutes if self.auto_sessions else 0


UNSET: Final = ProjectSettings()


class SettingsOfProjects:
    """The table ``project_settings``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def of(self, project_id: int) -> ProjectSettings:
        """As of now."""
        mine = select(project_settings).where(project_settings.c.project_id == project_id)
        with self._database.reading() as connection:
            row = connection.execute(mine).one_or_none()
        return UNSET if row is None else _settings(row)

    def everything(self) -> dict[int, ProjectSettings]:
        """Of every project that has set something."""
        with self._database.reading() as connection:
            return {row.project_id: _settings(row) for row in connection.execute(select(project_settings))}

    def change(self, project_id: int, **changed: Any) -> ProjectSettings:
        """Set what is named, leave the rest. Raises BadRequest."""
        mine = project_settings.c.project_id == project_id
        with self._database.writing() as connection:
            row = connection.execute(select(project_settings).where(mine)).one_or_none()
            told = msgspec.structs.replace(UNSET if row is None else _settings(row), **changed)
            values = {**msgspec.structs.asdict(told), "updated_at": self._now()}
            if row is None:
                connection.execute(project_settings.insert().values(project_id=project_id, **values))
            else:
                connection.execute(project_settings.update().where(mine).values(**values))
        return told


def _settings(row: Row[tuple[Any, ...]]) -> ProjectSettings:
    names = ProjectSettings.__struct_fields__
    return ProjectSettings(**{name: row._mapping[name] for name in names})
