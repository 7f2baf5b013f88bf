"""Delivers what is due to webhooks, each alert's in order, again and again with growing pauses for a day.

A delivery is taken off its queue only after it was taken at the other end, so a crash in between repeats it under the same id:
at least once, and whoever receives it can tell.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from threadline_server.alert.webhook import Outcome, WebhookClient
from threadline_server.errors import ThreadlineError
from threadline_server.identity.alert_events import AlertEvents, Delivery
from threadline_server.model import AlertEvent
from threadline_server.query import present

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 3_600.0
GIVE_UP_AFTER: Final = timedelta(hours=24)
RETRY_S: Final = 5.0
LONGEST_WAIT_S: Final = 60.0
GRACE_S: Final = 1.0
"""What a stop leaves to those that are on their way: their answers would take ten times as long."""

_CHANCE: Final = random.Random()  # noqa: S311 (it spreads attempts over time)
"""Of its own: who draws from the program's numbers may want the same each time."""


class Deliverer:
    """One thread that looks for what is due, and a few that send it."""

    def __init__(
        self,
        events: AlertEvents,
        sender: WebhookClient,
        now: Callable[[], datetime],
        *,
        chance: Callable[[], float] = _CHANCE.random,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._events = events
        self._sender = sender
        self._now = now
        self._chance = chance
        self._first_pause_s = first_pause_s
        self._sending: set[int] = set()
        """Rules of which something is on its way."""
        self._is_told = True
        self._changed = threading.Condition()
        self._stopping = False
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="alert-delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End. What is on its way is sent again after the next start unless it is answered first."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            self._changed.wait_for(lambda: not self._sending, GRACE_S)
            self._is_over = True

    def wake(self) -> None:
        """There may be something to deliver."""
        with self._changed:
            self._is_told = True
            self._changed.notify_all()

    def test(self, rule: Mapping[str, Any], url: str, secret: str | None) -> Outcome:
        """Send an example at once."""
        now = self._now()
        time_ms = int(now.timestamp() * 1_000)
        body = present.encoded(
            {"id": f"test-{time_ms}", "type": "alert.test", "time": present.moment(time_ms), "rule": rule}
        )
        return self._sender.post(url, body, delivery_id=f"test-{time_ms}", secret=secret, time_s=int(now.timestamp()))

    def _run(self) -> None:
        wait_s = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._is_told, wait_s)
                if self._stopping:
                    return
                self._is_told = False
                sending = set(self._sending)
            try:
                if len(sending) < AT_ONCE:
                    for delivery in self._events.due(AT_ONCE - len(sending), but_rules=sending):
                        self._begin(delivery)
                wait_s = self._until_due()
            except ThreadlineError as error:
                log.warning("cannot look for alerts to deliver, trying again: %s", error)
                wait_s = RETRY_S
            except Exception:
                log.exception("BUG: cannot look for alerts to deliver, going on")
                wait_s = RETRY_S

    def _begin(self, delivery: Delivery) -> None:
        with self._changed:
            self._sending.add(delivery.rule_id)
        # Not of a pool: the interpreter waits for the threads of pools, and an address that hangs would hold up a stop.
        threading.Thread(target=self._deliver, args=(delivery,), name="webhook", daemon=True).start()

    def _until_due(self) -> float:
        due_at = self._events.next_due_at()
        if due_at is None:
            return LONGEST_WAIT_S
        # Something due of a rule that is being sent to is looked for again when that is done.
        return min(LONGEST_WAIT_S, max(0.5, (due_at - self._now()).total_seconds()))

    def _deliver(self, delivery: Delivery) -> None:
        try:
            outcome = self._sender.post(
                delivery.url, payload(delivery), delivery_id=delivery_id(delivery), secret=delivery.secret,
                time_s=int(self._now().timestamp()),
            )  # fmt: skip
            if self._is_over or (self._stopping and not outcome.is_taken):
                return
            if outcome.is_taken:
                self._events.delivered(delivery, is_done=True)
            elif self._now() - delivery.created_at >= GIVE_UP_AFTER:
                log.warning("gave up telling the webhook of rule %d: %s", delivery.rule_id, outcome.problem)
                self._events.delivered(delivery, is_done=False)
            else:
                log.info("the webhook of rule %d did not take an alert: %s", delivery.rule_id, outcome.problem)
                self._events.postpone(delivery, timedelta(seconds=self._pause_s(delivery.tries)))
        except ThreadlineError as error:
            log.warning("cannot note what became of a delivery, sending it again: %s", error)
        except Exception:
            log.exception("BUG: cannot deliver an alert")
        finally:
            with self._changed:
                self._sending.discard(delivery.rule_id)
                self._is_told = True
                self._changed.notify_all()

    def _pause_s(self, tries: int) -> float:
        """Twice as long each time, and never the same for two that failed together."""
        longest: float = min(LONGEST_PAUSE_S, self._first_pause_s * 2 ** min(tries, 20))
        return longest * (0.5 + self._chance() / 2)


def delivery_id(delivery: Delivery) -> str:
    """The same however often it is sent."""
    return f"alert-{delivery.event.id}-{delivery.kind}"


def payload(delivery: Delivery) -> bytes:
    """What a webhook is sent."""
    event = told(delivery.event)
    time = event["clearedAt"] if delivery.kind == "cleared" else event["firedAt"]
    body = {"id": delivery_id(delivery), "type": f"alert.{delivery.kind}", "time": time, "alert": event}
    return present.encoded(body)


def told(event: AlertEvent) -> dict[str, Any]:
    """An alert as the feed and webhooks tell it."""
    return {
        "id": event.id,
        "rule": {"id": event.rule_id, "name": event.rule_name},
        "sessionId": event.session_id or None,
        "metric": event.metric,
        "value": event.value,
        "threshold": event.threshold,
        "state": "cleared" if event.cleared_ns else "firing",
        "firedAt": present.moment(event.fired_ns // 1_000_000),
        "clearedAt": present.moment(event.cleared_ns // 1_000_000) if event.cleared_ns else None,
        "acknowledgedAt": present.moment(event.acknowledged_ns // 1_000_000) if event.acknowledged_ns else None,
        "delivery": event.delivery,
    }
