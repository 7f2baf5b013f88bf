"""A batch of spans on its way to the server: retried while there is hope, else counted under a reason."""

from __future__ import annotations

import gzip
import random
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from typing import Protocol

from threadline._drops import Drops
from threadline._http import Answer, ConnectionFailed
from threadline._notices import Notices, logger
from threadline._otlp import join_request, rejected_spans

GIVE_UP_AFTER_S = 600.0
"""How long one batch is retried."""
_FIRST_DELAY_S, _LONGEST_DELAY_S = 1.0, 30.0
_LONGEST_RETRY_AFTER_S = 300.0

_LATER = {429, 502, 503, 504}
_KEY_NOT_ACCEPTED = {401, 403}
_TOO_LARGE = 413


class Transport(Protocol):
    """Something that posts a body; see ``HttpTransport``."""

    def post(self, body: bytes) -> Answer:
        """Returns the answer, or raises ``ConnectionFailed``."""
        ...


class Sender:
    """Delivers batches, one at a time."""

    def __init__(
        self,
        transport: Transport,
        resource: bytes,
        drops: Drops,
        notices: Notices,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport
        self._resource = resource
        self._drops = drops
        self._notices = notices
        self._monotonic = monotonic
        self._wall = wall
        self._chance = chance
        self._is_locked_out = False

    def send(self, spans: Sequence[bytes], pause: Callable[[float], None]) -> None:
        """Delivers ``spans``, each of them JSON, or counts why not.

        Args:
            spans: At least one.
            pause: Waits so many seconds before the next attempt; it may raise to give the batch up.
        """
        if self._is_locked_out:
            self._drops.count("unauthorized", len(spans))
            return
        body = gzip.compress(join_request(self._resource, spans), compresslevel=3)
        answer = self._post_until_answered(body, pause)
        if answer is None:
            self._drops.count("unreachable", len(spans))
        elif 200 <= answer.status < 300:
            rejected, why = rejected_spans(answer.body)
            self._drops.count("rejected", min(rejected, len(spans)), detail=_one_line(why))
        elif answer.status == _TOO_LARGE and len(spans) > 1:
            middle = len(spans) // 2
            self.send(spans[:middle], pause)
            self.send(spans[middle:], pause)
        elif answer.status == _TOO_LARGE:
            self._drops.count("too_large", len(spans))
        elif answer.status in _KEY_NOT_ACCEPTED:
            self._lock_out(answer)
            self._drops.count("unauthorized", len(spans))
        else:
            self._drops.count("refused", len(spans), detail=_describe(answer))

    def _post_until_answered(self, body: bytes, pause: Callable[[float], None]) -> Answer | None:
        """Returns an answer that is final, or None when the time for retries is over."""
        deadline = self._monotonic() + GIVE_UP_AFTER_S
        attempt = 0
        while True:
            asked: float | None = None
            try:
                answer = self._transport.post(body)
            except ConnectionFailed as failure:
                problem = str(failure)
            else:
                if answer.status not in _LATER:
                    return answer
                problem = _describe(answer)
                asked = self._asked_delay(answer.retry_after)
            delay = self._backoff(attempt) if asked is None else asked
            if self._monotonic() + delay > deadline:
                return None
            self._notices.warn("retry", f"cannot deliver spans now, they wait: {_one_line(problem)}")
            pause(delay)
            attempt += 1

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
        self._is_locked_out = True
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
