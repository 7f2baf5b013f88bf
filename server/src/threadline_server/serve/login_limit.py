"""How often one address may try to sign in with something wrong."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import deque
from collections.abc import Callable

from threadline_server.errors import TooManyRequests

BAD_LOGINS = 10
WINDOW_S = 60.0
MAX_ADDRESSES = 10_000


class LoginLimit:
    """Counts bad logins per address (per /64 in IPv6, which is what one household has) over the last minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._bad: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> None:
        """Raises TooManyRequests while ``address`` has used up its tries: a right key has to wait too."""
        with self._lock:
            bad = self._recent(neighbourhood(address))
            if len(bad) >= BAD_LOGINS:
                wait_s = max(1, math.ceil(bad[0] + WINDOW_S - self._monotonic()))
                raise TooManyRequests(
                    f"cannot sign in: {BAD_LOGINS} wrong keys or links came from this address within a minute",
                    hint=f"Try again in {wait_s} s.",
                    retry_after_s=wait_s,
                )

    def note_bad(self, address: str) -> None:
        with self._lock:
            where = neighbourhood(address)
            bad = self._recent(where)
            bad.append(self._monotonic())
            self._bad[where] = bad
            if len(self._bad) > MAX_ADDRESSES:
                for other in list(self._bad):
                    self._recent(other)
            while len(self._bad) > MAX_ADDRESSES:
                del self._bad[next(iter(self._bad))]

    def _recent(self, where: str) -> deque[float]:
        bad = self._bad.get(where, deque(maxlen=BAD_LOGINS))
        while bad and self._monotonic() - bad[0] >= WINDOW_S:
            bad.popleft()
        if not bad:
            self._bad.pop(where, None)
        return bad


def neighbourhood(address: str) -> str:
    """What stands for everybody who sends from there."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
