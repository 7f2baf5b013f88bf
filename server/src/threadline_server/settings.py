"""Every setting of the server, in one table: argument, else environment variable THREADLINE_*, else default.

The fields of ``Settings`` are the table; ``SETTINGS`` is the same table for whoever documents it or builds options from it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from threadline_server.errors import StartupError

LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")
MIB = 1024 * 1024
MOST_WORKERS = 64


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not a whole number")
    return int(text)


def _port(text: str) -> int:
    number = _whole_number(text)
    if not 1 <= number <= 65535:
        raise ValueError("not a port between 1 and 65535")
    return number


def _size(text: str) -> int:
    number = _whole_number(text)
    if number < 1:
        raise ValueError("not a number of bytes greater than 0")
    return number


def _workers(text: str) -> int:
    number = _whole_number(text)
    if number > MOST_WORKERS:
        raise ValueError(f"more than {MOST_WORKERS}")
    return number


def _switch(text: str) -> bool:
    lowered = text.lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off"}:
        return False
    raise ValueError("not one of true, false")


def _directory(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip().lower()))


def _level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"not one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _format(text: str) -> str:
    if text.lower() not in LOG_FORMATS:
        raise ValueError(f"not one of {', '.join(LOG_FORMATS)}")
    return text.lower()


def _file(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("does not start with http:// or https://")
    return text.rstrip("/")


def _postgresql(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("does not start with postgresql://")
    return text


def _setting(
    default: object, kind: str, parse: Callable[[str], object], help_text: str, *, secret: bool = False
) -> Any:
    metadata = {"kind": kind, "parse": parse, "help": help_text, "secret": secret}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server is started with; made by ``load`` (which checks) or directly (in tests)."""

    host: str = _setting("127.0.0.1", "address", str, "Address to listen on.")
    port: int = _setting(4318, "port", _port, "Port of the dashboard, the API and OTLP/HTTP.")
    grpc_port: int = _setting(4317, "port", _port, "Port of OTLP/gRPC.")
    data_dir: Path = _setting(Path("~/.threadline"), "directory", _directory, "Directory that holds all data.")
    store: str = _setting(
        "", "URL", str, "Where spans are kept: chdb:///path (embedded) or clickhouse://user:pass@host:port/db."
    )
    database: str = _setting(
        "",
        "URL",
        _postgresql,
        "Where keys, projects and people are kept if not in a file: postgresql://user:pass@host:port/name, which several "
        "servers with one store share.",
        secret=True,
    )
    api_key: str | None = _setting(
        None,
        "key",
        str,
        "API key (pk_...) that exists after start, with all scopes, instead of a random one.",
        secret=True,
    )
    insecure_no_auth: bool = _setting(
        False, "switch", _switch, "Answer without a key, as project default. Only on a loopback address."
    )
    allowed_hosts: tuple[str, ...] = _setting(
        (),
        "names, comma-separated",
        _names,
        "Further names by which clients may call this server (Host header); * for any.",
    )
    public_url: str | None = _setting(
        None, "URL", _web_address, "Address by which users reach this server, if not http://HOST:PORT (behind a proxy)."
    )
    max_body_bytes: int = _setting(20 * MIB, "bytes", _size, "Largest request body, after decompression.")
    decode_workers: int | None = _setting(
        None,
        "number",
        _workers,
        "Processes that decode what arrives; 0: the server itself does. Not set: 2, on one processor 1.",
    )
    allow_private_webhooks: bool = _setting(
        False, "switch", _switch, "Let alerts be delivered to addresses that are not on the public internet."
    )
    oidc_issuer: str | None = _setting(
        None, "URL", _web_address, "Provider of OpenID Connect with which invited people can sign in."
    )
    oidc_client_id: str | None = _setting(None, "text", str, "The id that the provider knows this server by.")
    oidc_client_secret: str | None = _setting(
        None, "secret", str, "The secret that the provider gave with the id; a public client has none.", secret=True
    )
    tls_cert: Path | None = _setting(
        None, "file", _file, "Certificate chain (PEM) with which HTTP and gRPC are served over TLS; with tls_key."
    )
    tls_key: Path | None = _setting(None, "file", _file, "Private key (PEM) of tls_cert, without a passphrase.")
    otlp_endpoint: str | None = _setting(
        None, "URL", _web_address, "Where this server sends traces of its own requests, as OTLP/HTTP JSON."
    )
    otlp_headers: str | None = _setting(
        None, "name=value,...", str, "Headers to send there, such as Authorization=Bearer ....", secret=True
    )
    log_format: str = _setting("text", "|".join(LOG_FORMATS), _format, "How messages are logged, one in each line.")
    log_level: str = _setting("info", "|".join(LOG_LEVELS), _level, "Least severe messages that are logged.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_dir", self.data_dir.expanduser().absolute())
        if not self.store:
            object.__setattr__(self, "store", f"chdb://{quote(str(self.data_dir))}/store")
        if self.insecure_no_auth and not is_loopback(self.host):
            raise StartupError(
                f"cannot listen on {self.host} without authentication: anybody on the network could read all data",
                hint="Drop --insecure-no-auth (THREADLINE_INSECURE_NO_AUTH), or listen on 127.0.0.1.",
            )

        if self.database and self.store_dir is not None:
            raise StartupError(
                "cannot keep keys and projects in PostgreSQL beside an embedded store: it has one server and one backup",
                hint="Set --store (THREADLINE_STORE) to clickhouse://..., or drop THREADLINE_DATABASE.",
            )
        if (self.tls_cert is None) != (self.tls_key is None):
            raise StartupError("cannot serve over TLS: it takes --tls-cert and --tls-key together")
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise StartupError(
                "cannot sign people in with OpenID Connect: it takes --oidc-issuer and --oidc-client-id together"
            )
        if self.oidc_issuer and not is_secure(self.oidc_issuer):
            raise StartupError(f"cannot trust the provider {self.oidc_issuer}: its address must begin with https://")

    @property
    def store_dir(self) -> Path | None:
        """Where an embedded store keeps its files; None for one on a ClickHouse server."""
        return Path(unquote(self.store.removeprefix("chdb://"))) if self.store.startswith("chdb://") else None

    @property
    def scheme(self) -> str:
        """What this server itself speaks."""
        return "https" if self.tls_cert else "http"

    @property
    def endpoint(self) -> str:
        """The address that clients call; no trailing slash."""
        return self.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """The address that answers on this machine, whatever stands in front of it; no trailing slash."""
        host = self.local_host
        return f"{self.scheme}://[{host}]:{self.port}" if ":" in host else f"{self.scheme}://{host}:{self.port}"

    @property
    def grpc_endpoint(self) -> str:
        """The address of OTLP/gRPC on this machine."""
        host = self.local_host
        address = f"[{host}]:{self.grpc_port}" if ":" in host else f"{host}:{self.grpc_port}"
        return f"{self.scheme}://{address}"

    @property
    def local_host(self) -> str:
        """Where to connect to from this machine."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)


@dataclass(frozen=True)
class Setting:
    """One row of the table."""

    name: str
    kind: str
    default: object
    help: str
    secret: bool
    parse: Callable[[str], object]

    @property
    def variable(self) -> str:
        return f"THREADLINE_{self.name.upper()}"

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}"


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        row.name: Setting(
            row.name,
            row.metadata["kind"],
            row.default,
            row.metadata["help"],
            row.metadata["secret"],
            row.metadata["parse"],
        )
        for row in fields(Settings)
    }
)


def load(arguments: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """Settings from ``arguments`` (None, "" and absent: not given), else from the environment, else the defaults.

    Raises StartupError for a value that cannot be read or a combination that is refused.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS.values():
        argument = arguments.get(setting.name)
        given = environment.get(setting.variable, "") if argument in {None, ""} else argument
        if given != "":
            values[setting.name] = _read(setting, given)
    return Settings(**values)


def _read(setting: Setting, value: object) -> object:
    if isinstance(value, (bool, tuple)):
        return value
    try:
        return setting.parse(str(value))
    except ValueError as error:
        shown = "the value" if setting.secret else ascii(str(value))
        raise StartupError(f"cannot use {shown} for {setting.option} ({setting.variable}): {error}") from error


def is_secure(address: str) -> bool:
    """Whether nobody in between can read or change what is sent to a web address."""
    return address.startswith("https://") or is_loopback(urlsplit(address).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``; a name other than localhost counts as reachable by others."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
