"""How often one address may send a key that is wrong.

A program with an old key, sending all day, must not keep the right keys of its neighbours out; somebody who tries one key after
the other must not get far. So a key that was right from an address stays welcome there, the same wrong key is turned away
after ten times, and after ten different wrong keys so is every key that was not seen to be right from there.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from threadline_server.errors import TooManyRequests, Unauthenticated
from threadline_server.identity import Principal
from threadline_server.serve.login_limit import neighbourhood

BAD_KEYS: Final = 10
WINDOW_S: Final = 60.0
MAX_ADDRESSES: Final = 10_000
MAX_WELCOME: Final = 50_000

_Tries = dict[int, deque[float]]


class BadKeys:
    """Counts wrong keys of the last minute, per address (per /64 in IPv6)."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._bad: OrderedDict[str, _Tries] = OrderedDict()
        self._welcome: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._lock = threading.Lock()

    def watch(self, address: str, key: bytes, authenticate: Callable[[], Principal]) -> Principal:
        """What ``authenticate`` answers of ``key``. Raises TooManyRequests instead of asking, and what it raises."""
        # Not the key itself is kept; Python's hash of bytes is keyed with chance.
        fingerprint = hash(key)
        is_welcome = (address, fingerprint) in self._welcome
        if not is_welcome:
            self._check(address, fingerprint)
        try:
            principal = authenticate()
        except Unauthenticated:
            self._note_bad(address, fingerprint)
            raise
        if not is_welcome:
            with self._lock:
                self._welcome[address, fingerprint] = None
                if len(self._welcome) > MAX_WELCOME:
                    self._welcome.popitem(last=False)
        return principal

    def _check(self, address: str, fingerprint: int) -> None:
        now = self._monotonic()
        with self._lock:
            tries = self._recent(neighbourhood(address), now)
            same = tries.get(fingerprint, deque())
            if len(same) >= BAD_KEYS:
                until = same[0]
            elif len(tries) >= BAD_KEYS:
                until = min(times[-1] for times in tries.values())
            else:
                return
        wait_s = max(1, math.ceil(until + WINDOW_S - now))
        raise TooManyRequests(
            f"cannot look at this API key: {BAD_KEYS} wrong ones came from this address within a minute",
            hint=f"Try again in {wait_s} s.",
            retry_after_s=wait_s,
        )

    def _note_bad(self, address: str, fingerprint: int) -> None:
        with self._lock:
            self._welcome.pop((address, fingerprint), None)
            where, now = neighbourhood(address), self._monotonic()
            tries = self._recent(where, now)
            tries.setdefault(fingerprint, deque(maxlen=BAD_KEYS)).append(now)
            self._bad[where] = tries
            if len(self._bad) > MAX_ADDRESSES:
                self._bad.popitem(last=False)

    def _recent(self, where: str, now: float) -> _Tries:
        tries = self._bad.get(where, {})
        for fingerprint, times in list(tries.items()):
            while times and now - times[0] >= WINDOW_S:
                times.popleft()
            if not times:
                del tries[fingerprint]
        if not tries:
            self._bad.pop(where, None)
        return tries
