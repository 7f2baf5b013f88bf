"""One attempt to deliver spans: they arrive, or are counted under a reason, or wait for a better time."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import NamedTuple, Protocol

from threadline._drops import Drops
from threadline._http import LOGS, METRICS, TRACES, Answer, ConnectionFailed
from threadline._notices import Notices, logger
from threadline._otlp import join_request, join_scores, rejected
from threadline._outbox import Parcel
from threadline._spool_format import SCORES

_FIRST_DELAY_S, _LONGEST_DELAY_S = 1.0, 30.0
_LONGEST_RETRY_AFTER_S = 300.0

_LATER = {429, 502, 503, 504}
_KEY_NOT_ACCEPTED = {401, 403}
_TOO_LARGE = 413

_CHANCE = random.SystemRandom().random
"""Not the program's own generator: what it seeded must stay what it was."""


class Transport(Protocol):
    """Something that posts a body; see ``HttpTransport``."""

    def post(self, path: str, body: bytes) -> Answer:
        """Returns the answer, or raises ``ConnectionFailed``."""
        ...


class Later(NamedTuple):
    """The server is away."""

    delay_s: float
    """How long to wait before the next attempt."""
    is_asked: bool
    """Whether the server named the time, so that nothing may come earlier."""


class Sender:
    """Knows what each answer of the server means. For one thread."""

    def __init__(
        self,
        transport: Transport,
        drops: Drops,
        notices: Notices,
        *,
        wall: Callable[[], float] = time.time,
        chance: Callable[[], float] = _CHANCE,
    ) -> None:
        self._transport = transport
        self._drops = drops
        self._notices = notices
        self._wall = wall
        self._chance = chance
        self._failures = 0
        self.is_locked_out = False
        """Whether the server does not accept the key, after which nothing more is sent."""

    def attempt(self, parcel: Parcel) -> Later | None:
        """Delivers all pieces of ``parcel``, or counts why not; returns when to try again with what is left of it."""
        if parcel.report is not None:
            return self.report(parcel.report)
        path, join = (LOGS, join_scores) if parcel.kind == SCORES else (TRACES, join_request)
        while parcel.pieces and not self.is_locked_out:
            answer = self._post(path, join(parcel.resource, parcel.pieces[0]))
            if isinstance(answer, Later):
                return answer
            self._settle(answer, parcel)
        return None

    def report(self, report: bytes) -> Later | None:
        """Tells the server of dropped spans; one that knows no such reports is not asked again with the same."""
        answer = self._post(METRICS, report)
        if isinstance(answer, Later):
            return answer
        if answer.status in _KEY_NOT_ACCEPTED:
            self._lock_out(answer)
        return None

    def _settle(self, answer: Answer, parcel: Parcel) -> None:
        """Does with the first piece what its answer asks for."""
        if answer.status in _KEY_NOT_ACCEPTED:
            self._lock_out(answer)
            return
        spans = parcel.pieces.popleft()
        if 200 <= answer.status < 300:
            count, why = rejected(answer.body)
            self._drops.count("rejected", min(count, len(spans)), detail=_one_line(why))
        elif answer.status == _TOO_LARGE and len(spans) > 1:
            middle = len(spans) // 2
            parcel.pieces.extendleft((spans[middle:], spans[:middle]))
        elif answer.status == _TOO_LARGE:
            self._drops.count("too_large")
        else:
            self._drops.count("refused", len(spans), detail=_describe(answer))

    def _post(self, path: str, body: bytes) -> Answer | Later:
        asked: float | None = None
        try:
            answer = self._transport.post(path, gzip.compress(body, compresslevel=3))
        except ConnectionFailed as failure:
            problem = str(failure)
        else:
            if answer.status not in _LATER:
                self._failures = 0
                return answer
            problem = _describe(answer)
            asked = self._asked_delay(answer.retry_after)
        self._notices.warn("retry", f"cannot deliver spans now, they wait: {_one_line(problem)}")
        # A server that asks for no pause again and again gets one.
        delay = self._backoff(self._failures) if asked is None or (self._failures and not asked) else asked
        self._failures += 1
        return Later(delay, is_asked=asked is not None)

    def _backoff(self, attempt: int) -> float:
        # Jitter keeps many processes from coming back in step.
        longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * (1 << min(attempt, 16)))
        return longest * (0.5 + self._chance() / 2)

    def _asked_delay(self, retry_after: str | None) -> float | None:
        """Reads ``Retry-After``, seconds or a date; None where there is none that makes sense."""
        if retry_after is None:
            return None
        text = retry_after.strip()
        if text.isascii() and text.isdecimal():
            delay = float(text)
        else:
            try:
                delay = parsedate_to_datetime(text).timestamp() - self._wall()
            except (ValueError, OverflowError):
                return None
        return min(max(delay, 0.0), _LONGEST_RETRY_AFTER_S)

    def _lock_out(self, answer: Answer) -> None:
        self.is_locked_out = True
        logger.error(
            "THE SERVER DOES NOT ACCEPT THE API KEY (%s). Nothing more is sent by this process. "
            "Check that the key in THREADLINE_DSN or init_observability() is complete, not revoked, and may ingest.",
            _describe(answer),
        )


def _describe(answer: Answer) -> str:
    return _one_line(f"HTTP {answer.status} {answer.body[:200].decode('utf-8', 'replace')}")


def _one_line(text: str) -> str:
    """Makes a foreign text harmless in a log line."""
    return "".join(character if character.isprintable() else " " for character in text[:300]).strip()
