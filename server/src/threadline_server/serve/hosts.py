"""Refuses requests that are addressed to a name that is not ours.

A web page can point its own name at 127.0.0.1 (DNS rebinding) and would then be of one origin with this server.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from threadline_server.errors import Misdirected
from threadline_server.serve.problems import problem_of
from threadline_server.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_NAME = "*"
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?))\.?(?::[0-9]{1,5})?")


class HostCheck:
    """ASGI middleware: 421 unless the Host header names this server.

    That is a loopback name, the address listened on (for 0.0.0.0 and ::, any IP address: no page can forge one), the host
    of ``public_url``, or one of ``allowed_hosts``. Forwarded-Host headers are not looked at; ports do not matter.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        public = urlsplit(settings.public_url).hostname if settings.public_url else None
        self._names = LOOPBACK_NAMES | {settings.host.lower()} | set(settings.allowed_hosts) | ({public} - {None})
        self._takes_addresses = settings.host in {"0.0.0.0", "::"}  # noqa: S104 (compared, not bound)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_ours(
            [value for name, value in scope["headers"] if name == b"host"]
        ):
            error = Misdirected(
                "cannot answer: this server does not go by the name in the Host header",
                hint="Add the name to --allowed-hosts (THREADLINE_ALLOWED_HOSTS) if it should.",
            )
            await problem_of(error)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, hosts: list[bytes]) -> bool:
        if len(hosts) != 1:
            return False
        match = _HOST.fullmatch(hosts[0].decode("latin-1").lower())
        if match is None:
            return False
        name = match["six"] or match["name"]
        return name in self._names or ANY_NAME in self._names or (self._takes_addresses and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
