"""What rules found, and what of it is still to be delivered, in the database.

That a rule holds, that it was told so, and that a delivery is due are one transaction, and one open event for each rule and
session is all that the table allows: nothing fires twice, whenever the server is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, select

from threadline_server.errors import NotFound
from threadline_server.identity.database import Database
from threadline_server.identity.goals import MAX_ID, ns_of
from threadline_server.identity.tables import alert_deliveries, alert_events, alert_rules
from threadline_server.model import AlertEvent, AlertRule, Finding

MOST_EVENTS: Final = 10_000
"""Of one project; the oldest go first, those that still hold last."""
MOST_HOLDING: Final = 20_000
"""Older ones that still hold: most numbers of a session only grow, so that most alerts never clear."""
MANY: Final = 500
_FIRST_OF_EACH_EVENT: Final = select(func.min(alert_deliveries.c.id)).group_by(alert_deliveries.c.event_id)


class Delivery(msgspec.Struct, frozen=True):
    """Something that a webhook is to be told."""

    id: int
    project_id: int
    rule_id: int
    kind: Literal["fired", "cleared"]
    event: AlertEvent
    tries: int
    created_at: datetime
    url: str
    secret: str | None = msgspec.field(default=None)


class Wanted(msgspec.Struct, frozen=True):
    """Which events a reader asks for."""

    rule_id: int | None = None
    session_id: str | None = None
    is_firing: bool | None = None
    is_acknowledged: bool | None = None
    before_id: int | None = None


class AlertEvents:
    """The tables ``alert_events`` and ``alert_deliveries``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def open_of(self, project_id: int, session_ids: Collection[str]) -> set[tuple[int, str]]:
        """(rule, session) of those events of these sessions that hold still."""
        found: set[tuple[int, str]] = set()
        ids = list(session_ids)
        with self._database.reading() as connection:
            for begin in range(0, len(ids), MANY):
                mine = select(alert_events.c.rule_id, alert_events.c.session_id).where(
                    alert_events.c.project_id == project_id,
                    alert_events.c.session_id.in_(ids[begin : begin + MANY]),
                    alert_events.c.cleared_at.is_(None),
                )
                found.update((row.rule_id, row.session_id) for row in connection.execute(mine))
        return found

    def record(self, rules: Sequence[AlertRule], findings: Sequence[Finding]) -> int:
        """Write down what began to hold and what holds no longer; answers how many events that are."""
        by_id = {rule.id: rule for rule in rules}
        with self._database.writing() as connection:
            # A rule may have been changed since it was tried: what another condition found is not this one's.
            there = select(alert_rules.c.id, alert_rules.c.when_json, alert_rules.c.updated_at).where(
                alert_rules.c.id.in_(by_id), alert_rules.c.is_enabled
            )
            same = {row.id for row in connection.execute(there) if ns_of(row.updated_at) == by_id[row.id].updated_ns}
            changed = sum(self._record(connection, by_id[one.rule_id], one) for one in findings if one.rule_id in same)
            for project_id in {rule.project_id for rule in rules} if changed else ():
                _forget_oldest(connection, project_id)
        return changed

    def _record(self, connection: Connection, rule: AlertRule, finding: Finding) -> int:
        same = (alert_events.c.rule_id == rule.id) & (alert_events.c.session_id == finding.session_id)
        still = select(alert_events.c.id).where(same & alert_events.c.cleared_at.is_(None))
        event_id = connection.execute(still).scalar_one_or_none()
        if finding.holds == (event_id is not None):
            return 0
        now = self._now()
        delivery_state = "waiting" if rule.webhook_url else "none"
        if event_id is None:
            event_id = connection.execute(
                alert_events.insert()
                .values(
                    project_id=rule.project_id, rule_id=rule.id, rule_name=rule.name, session_id=finding.session_id,
                    metric=finding.metric, value=finding.value, threshold=finding.threshold, fired_at=now,
                    delivery_state=delivery_state,
                )
                .returning(alert_events.c.id)
            ).scalar_one()  # fmt: skip
        else:
            closed = alert_events.update().where(alert_events.c.id == event_id)
            connection.execute(closed.values(cleared_at=now, delivery_state=delivery_state))
        if rule.webhook_url:
            kind = "fired" if finding.holds else "cleared"
            row = {"event_id": event_id, "kind": kind, "tries": 0, "created_at": now, "due_at": now}
            connection.execute(alert_deliveries.insert().values(**row))
        return 1

    def page(self, project_id: int, wanted: Wanted, limit: int) -> list[AlertEvent]:
        """Events, the newest first."""
        c = alert_events.c
        mine = select(alert_events).where(c.project_id == project_id).order_by(c.id.desc()).limit(limit)
        if wanted.rule_id is not None:
            mine = mine.where(c.rule_id == wanted.rule_id)
        if wanted.session_id is not None:
            mine = mine.where(c.session_id == wanted.session_id)
        if wanted.is_firing is not None:
            mine = mine.where(c.cleared_at.is_(None) if wanted.is_firing else c.cleared_at.is_not(None))
        if wanted.is_acknowledged is not None:
            mine = mine.where(c.acknowledged_at.is_not(None) if wanted.is_acknowledged else c.acknowledged_at.is_(None))
        if wanted.before_id is not None:
            mine = mine.where(c.id < wanted.before_id)
        with self._database.reading() as connection:
            return [_event(row) for row in connection.execute(mine)]

    def tried(self, events: Sequence[AlertEvent]) -> dict[int, tuple[int, datetime]]:
        """How often the webhook was told in vain, and when it is told next, of those of these events that it does not know of."""
        waiting = [event.id for event in events if event.delivery == "waiting"]
        c = alert_deliveries.c
        asked = select(c.event_id, c.tries, c.due_at).where(c.event_id.in_(waiting), c.id.in_(_FIRST_OF_EACH_EVENT))
        with self._database.reading() as connection:
            return {row.event_id: (row.tries, row.due_at) for row in connection.execute(asked)} if waiting else {}

    def acknowledge(self, project_id: int, event_id: int) -> AlertEvent:
        """Somebody has seen it; the first time counts. Raises NotFound."""
        mine = (alert_events.c.project_id == project_id) & (alert_events.c.id == event_id)
        with self._database.writing() as connection:
            unseen = alert_events.update().where(mine & alert_events.c.acknowledged_at.is_(None))
            connection.execute(unseen.values(acknowledged_at=self._now()))
            row = connection.execute(select(alert_events).where(mine)).one_or_none() if event_id <= MAX_ID else None
        if row is None:
            raise NotFound(
                "cannot find this alert: this project has none of this id", hint="GET /observability/alerts."
            )
        return _event(row)

    def sessions(self, project_id: int) -> list[str]:
        """Sessions that events name."""
        mine = select(alert_events.c.session_id).where(alert_events.c.project_id == project_id).distinct()
        with self._database.reading() as connection:
            return [name for name in connection.execute(mine).scalars() if name]

    def erase(self, project_id: int, session_ids: Collection[str]) -> None:
        """Forget these sessions, on the disk too."""
        erased = 0
        ids = [session_id for session_id in session_ids if session_id]
        with self._database.writing() as connection:
            for begin in range(0, len(ids), MANY):
                c = alert_events.c
                mine = (c.project_id == project_id) & c.session_id.in_(ids[begin : begin + MANY])
                some = select(c.id).where(mine)
                connection.execute(alert_deliveries.delete().where(alert_deliveries.c.event_id.in_(some)))
                erased += connection.execute(alert_events.delete().where(mine)).rowcount
        if erased:
            self._database.scrub()

    def due(self, limit: int, *, but_rules: Collection[int] = ()) -> list[Delivery]:
        """Deliveries whose time has come, one of each rule: of each event the first, so that it clears after it fired.

        One that is not taken holds up none of another event, though a rule's webhook is never called twice at a time.
        """
        place = func.row_number().over(
            partition_by=alert_events.c.rule_id, order_by=(alert_deliveries.c.due_at, alert_deliveries.c.id)
        )
        due = (
            select(alert_deliveries.c.id, place.label("place"))
            .join(alert_events, alert_events.c.id == alert_deliveries.c.event_id)
            .where(
                alert_deliveries.c.id.in_(_FIRST_OF_EACH_EVENT),
                alert_deliveries.c.due_at <= self._now(),
                alert_events.c.rule_id.not_in(but_rules),
            )
            .subquery()
        )
        asked = (
            select(
                alert_events, alert_deliveries.c.id.label("delivery_id"), alert_deliveries.c.kind, alert_deliveries.c.tries,
                alert_deliveries.c.created_at, alert_rules.c.webhook_url, alert_rules.c.webhook_secret,
            )
            .join(alert_events, alert_events.c.id == alert_deliveries.c.event_id)
            .join(alert_rules, alert_rules.c.id == alert_events.c.rule_id)
            .where(alert_deliveries.c.id.in_(select(due.c.id).where(due.c.place == 1)), alert_rules.c.webhook_url.is_not(None))
            .order_by(alert_deliveries.c.due_at)
            .limit(limit)
        )  # fmt: skip
        with self._database.reading() as connection:
            return [_delivery(row) for row in connection.execute(asked)]

    def next_due_at(self) -> datetime | None:
        next_due = select(func.min(alert_deliveries.c.due_at)).where(alert_deliveries.c.id.in_(_FIRST_OF_EACH_EVENT))
        with self._database.reading() as connection:
            due_at: datetime | None = connection.execute(next_due).scalar_one()
        return due_at

    def delivered(self, delivery: Delivery, *, is_done: bool) -> None:
        """Take it off: it was taken, or (``is_done`` False) is given up."""
        state = "delivered" if is_done else "failed"
        with self._database.writing() as connection:
            connection.execute(alert_deliveries.delete().where(alert_deliveries.c.id == delivery.id))
            left = select(alert_deliveries.c.id).where(alert_deliveries.c.event_id == delivery.event.id)
            if connection.execute(left).first() is None:
                event = alert_events.update().where(alert_events.c.id == delivery.event.id)
                connection.execute(event.values(delivery_state=state))

    def postpone(self, delivery: Delivery, by: timedelta) -> None:
        """It was not taken: try again later."""
        later = {"tries": delivery.tries + 1, "due_at": self._now() + by}
        with self._database.writing() as connection:
            connection.execute(alert_deliveries.update().where(alert_deliveries.c.id == delivery.id).values(**later))


def _forget_oldest(connection: Connection, project_id: int) -> None:
    """Keep the newest, and of the older those that still hold, or they would fire again; of these too the newest."""
    c = alert_events.c
    mine = c.project_id == project_id
    last = _nth(connection, mine, MOST_EVENTS)
    if last is None:
        return
    older = mine & (c.id <= last)
    last_holding = _nth(connection, older & c.cleared_at.is_(None), MOST_HOLDING)
    gone = older & (c.cleared_at.is_not(None) | (c.id <= (last_holding or 0)))
    some = select(c.id).where(gone)
    connection.execute(alert_deliveries.delete().where(alert_deliveries.c.event_id.in_(some)))
    connection.execute(alert_events.delete().where(gone))


def _nth(connection: Connection, which: ColumnElement[bool], offset: int) -> int | None:
    """The id of the newest of these events after so many."""
    ids = select(alert_events.c.id).where(which).order_by(alert_events.c.id.desc()).offset(offset).limit(1)
    found: int | None = connection.execute(ids).scalar_one_or_none()
    return found


def _event(row: Row[tuple[Any, ...]]) -> AlertEvent:
    return AlertEvent(
        row.id, row.rule_id, row.rule_name, row.session_id, row.metric, row.value, row.threshold, ns_of(row.fired_at),
        ns_of(row.cleared_at) if row.cleared_at else 0, ns_of(row.acknowledged_at) if row.acknowledged_at else 0,
        row.delivery_state,
    )  # fmt: skip


def _delivery(row: Row[tuple[Any, ...]]) -> Delivery:
    return Delivery(
        row.delivery_id, row.project_id, row.rule_id, row.kind, _event(row), row.tries, row.created_at, row.webhook_url,
        row.webhook_secret,
    )  # fmt: skip
