"""Fills a server with two weeks of sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from threadline_server.demo.clocks import SECOND_NS, DrawnIds, PastClock
from threadline_server.demo.performance import Performance
from threadline_server.demo.plan import SESSIONS, Part, plan
from threadline_server.demo.recording import record_for
from threadline_server.demo.script import load_scripts

SEED = 20_26
_SPANS_IN_FLIGHT = 500
"""After so many spans the SDK may catch up: it drops what its queue cannot hold."""
_DELIVERY_S = 60.0


@dataclass(frozen=True)
class Filled:
    """What was sent."""

    sessions: int
    spans: int
    dropped: int
    """Spans that the server did not get or take."""


def fill(
    dsn: str,
    *,
    now: datetime,
    seed: int = SEED,
    sessions: int = SESSIONS,
    on_session: Callable[[], None] = lambda: None,
) -> Filled:
    """Sends the sessions of the two weeks before ``now`` through the SDK and waits until the server has them.

    The same ``now`` and ``seed`` give the same spans with the same ids, so doing it again changes nothing.

    Args:
        dsn: The server and the key.
        now: The end of the two weeks; with a time zone.
        seed: Another one gives other conversations.
        sessions: How many; the first ones are the same however many there are.
        on_session: Called after each.
    """
    parts = plan(load_scripts(), now=now, seed=seed, sessions=sessions)
    spans = dropped = 0
    for deployment in _deployments(parts):
        stage = _Stage(dsn, deployment[0])
        for part in deployment:
            stage.play(part, _nanoseconds(now))
            on_session()
        dropped += stage.close()
        spans += stage.ids.spans
    return Filled(len(parts), spans, dropped)


def _deployments(parts: Iterable[Part]) -> Iterable[list[Part]]:
    """The sessions by program, release and environment, which the SDK is told once for a whole process."""
    groups: defaultdict[tuple[str, str, str], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.script.program.service, part.release, part.environment].append(part)
    return groups.values()


class _Stage:
    """One program in the past."""

    def __init__(self, dsn: str, part: Part) -> None:
        self.ids = DrawnIds()
        self._clock = PastClock(0)
        self._observability = record_for(dsn, part, self._clock, self.ids)
        self._settled_at = 0

    def play(self, part: Part, ends_at_ns: int) -> None:
        self.ids.restart(part.seed)
        self._clock.move_to(_nanoseconds(part.starts_at))
        for _turn in Performance(part, self._observability, self._clock, ends_at_ns).turns():
            if self.ids.spans - self._settled_at > _SPANS_IN_FLIGHT:
                self._observability.flush(_DELIVERY_S)
                self._settled_at = self.ids.spans

    def close(self) -> int:
        self._observability.shutdown(_DELIVERY_S)
        return sum(self._observability.dropped.values())


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * (SECOND_NS // 1_000_000)
