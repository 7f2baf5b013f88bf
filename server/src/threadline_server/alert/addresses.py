"""Where a webhook may go: the address is read strictly, and only addresses on the public internet are connected to.

A name is checked when the rule is saved and again at every connection, which then goes to the very address that was checked:
a name that answers differently a second later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import msgspec

from threadline_server.errors import BadRequest

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""From a host's name and port to its addresses; raises OSError."""
IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

MOST_LETTERS: Final = 2_000
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.ASCII)
_NUMBER: Final = re.compile(r"([0-9]+|0x[0-9a-f]*)\.?", re.ASCII)
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")))
"""Services of clouds at addresses that are not all private."""
_NOT_FOR_ALL: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            # What some versions of Python count as global.
            "192.0.0.0/24", "192.88.99.0/24", "fec0::/10",
            # Where these lead is for a router near us to say, which may read another IPv4 address out of them than we would.
            "2002::/16", "2001::/32", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96",
        ),
    )
)  # fmt: skip
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


class Target(msgspec.Struct, frozen=True):
    """A webhook's address, read."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


class NotAllowed(BadRequest):
    """The address is none that a webhook may go to."""


def read(url: str) -> Target:
    """Raises BadRequest for what is not plainly an address of http or https."""
    if len(url) > MOST_LETTERS or not url.isascii() or any(letter <= " " or letter in '\\\x7f"<>`' for letter in url):
        raise _not_read("it has other characters than an address has, or too many")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _not_read("its host or port cannot be read") from error
    if parts.scheme not in {"http", "https"}:
        raise _not_read("it does not begin with http:// or https://")
    if "@" in parts.netloc or "%" in parts.netloc or parts.fragment:
        raise _not_read("it has a user, an escape in its host, or a fragment")
    if port == 0 or not _is_host(host, is_bracketed="[" in parts.netloc):
        raise _not_read("its host is no name and no usual form of an IP address")
    is_secure = parts.scheme == "https"
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return Target(is_secure, host.rstrip("."), port or (443 if is_secure else 80), path)


def _is_host(host: str, *, is_bracketed: bool) -> bool:
    """A name, or an IP address in its one usual form: 127.1, 0x7f000001 and 0177.0.0.1 are read differently by different programs."""
    if is_bracketed:
        return _parsed(host) is not None
    if not _HOST.fullmatch(host) or len(host) > 253:
        return False
    last = host.rstrip(".").rpartition(".")[2]
    return not _NUMBER.fullmatch(last) or _parsed(host) is not None


def _parsed(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def addresses_of(target: Target, resolve: Resolve, *, allow_private: bool) -> list[str]:
    """IP addresses to connect to. Raises ``NotAllowed`` if any is not of the public internet, OSError if there are none."""
    given = _parsed(target.host)
    found = [target.host] if given else list(dict.fromkeys(resolve(target.host, target.port)))
    if not found:
        raise OSError("no address")
    if not allow_private and not all(is_public(one) for one in found):
        raise NotAllowed(
            "cannot use this webhook: its address is not on the public internet",
            hint="Use another, or start the server with --allow-private-webhooks.",
        )
    return found


def is_public(text: str) -> bool:
    """Whether an IP address is one that anybody on the internet could call, in whatever form it is wrapped."""
    address = _parsed(text.partition("%")[0])
    if address is None or "%" in text:
        return False
    inner = _inner(address)
    is_refused = inner in _METADATA or any(inner in network for network in _NOT_FOR_ALL)
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or is_refused)


def _inner(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def resolved(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _not_read(why: str) -> BadRequest:
    return BadRequest(f"cannot use the webhook's url: {why}", hint="For example https://example.com/hooks/threadline.")
