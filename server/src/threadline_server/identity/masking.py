"""What projects mask, in the database: one row for each project that masks anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy import select

from threadline_server.identity.database import Database
from threadline_server.identity.tables import masking_rules
from threadline_server.masking.rules import NO_RULES, MaskingRules


class MaskingOfProjects:
    """The table ``masking_rules``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def of(self, project_id: int) -> MaskingRules:
        """As of now."""
        mine = select(masking_rules.c.rules).where(masking_rules.c.project_id == project_id)
        with self._database.reading() as connection:
            held = connection.execute(mine).scalar_one_or_none()
        return NO_RULES if held is None else msgspec.json.decode(held, type=MaskingRules)

    def everything(self) -> dict[int, MaskingRules]:
        """Of every project that masks anything."""
        with self._database.reading() as connection:
            rows = connection.execute(select(masking_rules.c.project_id, masking_rules.c.rules)).all()
        return {row.project_id: msgspec.json.decode(row.rules, type=MaskingRules) for row in rows}

    def set(self, project_id: int, rules: MaskingRules) -> None:
        """In place of those that the project has; they were checked (``masking.rules.checked``)."""
        mine = masking_rules.c.project_id == project_id
        with self._database.writing() as connection:
            connection.execute(masking_rules.delete().where(mine))
            if rules:
                connection.execute(
                    masking_rules.insert().values(
                        project_id=project_id, rules=msgspec.json.encode(rules).decode(), updated_at=self._now()
                    )
                )
