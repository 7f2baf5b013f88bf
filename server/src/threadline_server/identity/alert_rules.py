"""What projects want to be told of, in the database. A webhook's secret is written, used to sign, and never read out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
import orjson
from sqlalchemy import Connection, Row, func, select

from threadline_server.errors import BadRequest, Conflict, NotFound
from threadline_server.identity.database import Database
from threadline_server.identity.goals import MAX_ID, MAX_NAME, ns_of
from threadline_server.identity.tables import alert_deliveries, alert_events, alert_rules
from threadline_server.model import AlertRule

MAX_RULES: Final = 50
"""Of one project: each is tried on every session that changes."""


class RuleDraft(msgspec.Struct, frozen=True):
    """A rule as its author gives it. Without a secret the one that there is stays, unless the address is another."""

    name: str
    when: Mapping[str, Any]
    filters: Mapping[str, Any]
    is_enabled: bool = True
    webhook_url: str | None = None
    webhook_secret: str | None = None


class AlertRules:
    """The table ``alert_rules``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def of(self, project_id: int) -> list[AlertRule]:
        """The project's rules, oldest first."""
        mine = select(alert_rules).where(alert_rules.c.project_id == project_id).order_by(alert_rules.c.id)
        with self._database.reading() as connection:
            return [_rule(row) for row in connection.execute(mine)]

    def enabled(self) -> list[AlertRule]:
        """The rules of all projects that are to be tried."""
        with self._database.reading() as connection:
            return [_rule(row) for row in connection.execute(select(alert_rules).where(alert_rules.c.is_enabled))]

    def one(self, project_id: int, rule_id: int) -> tuple[AlertRule, str | None]:
        """A rule and its secret. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(alert_rules).where(_is(project_id, rule_id))).one_or_none()
        if row is None:
            raise _not_found(rule_id)
        return _rule(row), row.webhook_secret

    def add(self, project_id: int, draft: RuleDraft) -> AlertRule:
        """Raises BadRequest for what is no name, Conflict where the name is taken or there are too many."""
        _check(draft.name)
        now = self._now()
        with self._database.writing() as connection:
            _check_free(connection, project_id, draft.name)
            mine = select(func.count()).select_from(alert_rules).where(alert_rules.c.project_id == project_id)
            if connection.execute(mine).scalar_one() >= MAX_RULES:
                raise Conflict(f"cannot add rule {draft.name[:40]!r}: the project has {MAX_RULES}", hint="Remove some.")
            row = connection.execute(
                alert_rules.insert()
                .values(
                    project_id=project_id, **_values(draft), webhook_secret=draft.webhook_secret, created_at=now, updated_at=now
                )
                .returning(alert_rules)
            ).one()  # fmt: skip
        return _rule(row)

    def change(self, project_id: int, rule_id: int, draft: RuleDraft) -> AlertRule:
        """Replace a rule. What it found with another condition is over. Raises BadRequest, Conflict, NotFound."""
        _check(draft.name)
        with self._database.writing() as connection:
            _check_free(connection, project_id, draft.name, but=rule_id)
            before = connection.execute(select(alert_rules).where(_is(project_id, rule_id))).one_or_none()
            if before is None:
                raise _not_found(rule_id)
            values = _values(draft)
            # A secret is for the one address that it was given for.
            kept = before.webhook_secret if before.webhook_url == draft.webhook_url else None
            row = connection.execute(
                alert_rules.update()
                .where(alert_rules.c.id == rule_id)
                .values(**values, webhook_secret=draft.webhook_secret or kept, updated_at=self._now())
                .returning(alert_rules)
            ).one()
            if not draft.is_enabled or before.when_json != values["when_json"]:
                self._close(connection, rule_id)
            if before.webhook_url != draft.webhook_url:
                _forget_deliveries(connection, rule_id)
        return _rule(row)

    def remove(self, project_id: int, rule_id: int) -> str:
        """Its name. Raises NotFound. What the rule found stays in the feed."""
        mine = _is(project_id, rule_id)
        with self._database.writing() as connection:
            name: str | None = connection.execute(select(alert_rules.c.name).where(mine)).scalar()
            if name is None:
                raise _not_found(rule_id)
            connection.execute(alert_rules.delete().where(mine))
            self._close(connection, rule_id)
            _forget_deliveries(connection, rule_id)
        return name

    def _close(self, connection: Connection, rule_id: int) -> None:
        still = (alert_events.c.rule_id == rule_id) & alert_events.c.cleared_at.is_(None)
        connection.execute(alert_events.update().where(still).values(cleared_at=self._now()))


def _forget_deliveries(connection: Connection, rule_id: int) -> None:
    events = select(alert_events.c.id).where(alert_events.c.rule_id == rule_id)
    connection.execute(alert_deliveries.delete().where(alert_deliveries.c.event_id.in_(events)))
    waiting = (alert_events.c.rule_id == rule_id) & (alert_events.c.delivery_state == "waiting")
    connection.execute(alert_events.update().where(waiting).values(delivery_state="failed"))


def _values(draft: RuleDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "when_json": orjson.dumps(draft.when, option=orjson.OPT_SORT_KEYS).decode(),
        "filters_json": orjson.dumps(draft.filters).decode(),
        "is_enabled": draft.is_enabled,
        "webhook_url": draft.webhook_url,
    }


def _is(project_id: int, rule_id: int) -> Any:
    if not 0 < rule_id <= MAX_ID:
        raise _not_found(rule_id)
    return (alert_rules.c.project_id == project_id) & (alert_rules.c.id == rule_id)


def _check(name: str) -> None:
    if not 0 < len(name) <= MAX_NAME or not name.strip() or any(ord(letter) < 32 for letter in name):
        raise BadRequest(
            f"cannot use 'name': a rule's name has 1 to {MAX_NAME} characters, not only spaces, and no control characters"
        )


def _check_free(connection: Connection, project_id: int, name: str, *, but: int = 0) -> None:
    same = (alert_rules.c.project_id == project_id) & (alert_rules.c.name == name) & (alert_rules.c.id != but)
    if connection.execute(select(alert_rules.c.id).where(same)).first() is not None:
        raise Conflict(
            f"cannot use 'name': the project has a rule named {name[:40]!r} already", hint="Change that one."
        )


def _not_found(rule_id: int) -> NotFound:
    return NotFound(
        f"cannot find rule {rule_id}: this project has no such rule", hint="GET /observability/alerts/rules lists them."
    )


def _rule(row: Row[tuple[Any, ...]]) -> AlertRule:
    return AlertRule(
        row.id, row.project_id, row.name, orjson.loads(row.when_json), orjson.loads(row.filters_json), row.is_enabled,
        row.webhook_url, row.webhook_secret is not None, ns_of(row.created_at), ns_of(row.updated_at),
    )  # fmt: skip
