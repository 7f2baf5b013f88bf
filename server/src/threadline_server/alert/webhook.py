"""One signed POST to a webhook: to the address that was checked, within ten seconds, and nothing of the answer but its status."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from typing import Final

import msgspec

from threadline_server import __version__
from threadline_server.alert.addresses import NotAllowed, Resolve, Target, addresses_of, read, resolved
from threadline_server.errors import BadRequest

TIMEOUT_S: Final = 10.0
MOST_HEAD_BYTES: Final = 16 * 1024
SIGNATURE: Final = "Threadline-Signature"
DELIVERY: Final = "Threadline-Delivery"


class Outcome(msgspec.Struct, frozen=True):
    """What came of it. ``problem`` is a word or two that tells nothing of the network that the server is in."""

    status: int | None
    problem: str | None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signature(secret: str, time_s: int, body: bytes) -> str:
    """The header's value: ``t=<seconds since 1970>,v1=<hex of HMAC-SHA256 over "<t>." and the body>``."""
    digest = hmac.new(secret.encode(), f"{time_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={digest}"


class WebhookClient:
    """Sends. ``tls`` are the authorities that are trusted; the system's unless given."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._tls = tls
        self._timeout_s = timeout_s

    def check(self, url: str) -> None:
        """Raises BadRequest for an address that is not allowed. A name that is not known now may be later."""
        target = read(url)
        try:
            addresses_of(target, self._resolve, allow_private=self._allow_private)
        except (OSError, UnicodeError):
            return

    def post(self, url: str, body: bytes, *, delivery_id: str, secret: str | None, time_s: int) -> Outcome:
        """One try. Never raises."""
        try:
            target = read(url)
            addresses = addresses_of(target, self._resolve, allow_private=self._allow_private)
        except NotAllowed:
            return Outcome(None, "address not allowed")
        except (BadRequest, OSError, UnicodeError):
            return Outcome(None, "name not found")
        head = {
            "Host": target.host_header,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "User-Agent": f"threadline/{__version__}",
            "Connection": "close",
            DELIVERY: delivery_id,
        }
        if secret is not None:
            head[SIGNATURE] = signature(secret, time_s, body)
        lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        request = "\r\n".join(lines).encode() + body
        try:
            status = asyncio.run(self._exchange(target, addresses, request))
        except TimeoutError:
            return Outcome(None, "no answer in time")
        except ssl.SSLError:
            return Outcome(None, "certificate not accepted")
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            return Outcome(None, "no connection or no HTTP answer")
        return Outcome(status, None if 200 <= status < 300 else f"HTTP status {status}")

    async def _exchange(self, target: Target, addresses: list[str], request: bytes) -> int:
        async with asyncio.timeout(self._timeout_s):
            reader, writer = await self._connected(target, addresses)
            try:
                writer.write(request)
                await writer.drain()
                status = 100
                while 100 <= status < 200:
                    status = _status(await reader.readuntil(b"\r\n\r\n"))
                return status
            finally:
                writer.transport.abort()

    async def _connected(
        self, target: Target, addresses: list[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = (self._tls or ssl.create_default_context()) if target.is_secure else None
        for place, address in enumerate(addresses):
            try:
                return await asyncio.open_connection(
                    address, target.port, ssl=tls, server_hostname=target.host if tls else None, limit=MOST_HEAD_BYTES
                )
            except ssl.SSLError:
                raise
            except OSError:
                if place == len(addresses) - 1:
                    raise
        raise OSError("no address")


def _status(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise ValueError("no HTTP")
    return int(rest[:3])
