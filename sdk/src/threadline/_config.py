"""What the SDK is told: argument, then environment variable, then default.

A key or endpoint of its own wins over the one in the DSN from the same place.

========================  ==================================================  ===========================
argument                  environment variable                                default
========================  ==================================================  ===========================
``dsn``                   ``THREADLINE_DSN``                                  none
``api_key``               ``THREADLINE_API_KEY``                              the DSN's
``endpoint``              ``THREADLINE_ENDPOINT``                             the DSN's, or the local server
``environment``           ``THREADLINE_ENVIRONMENT``                          none
``release``               ``THREADLINE_RELEASE``                              none
``service_name``          ``THREADLINE_SERVICE_NAME``                         ``unknown_service:python``
========================  ==================================================  ===========================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SETTINGS = ("dsn", "api_key", "endpoint", "environment", "release", "service_name")
_DEFAULT_ENDPOINT = "http://127.0.0.1:4318"
_DSN_FORM = "http://pk_xxx@127.0.0.1:4318/default"


class ConfigurationError(ValueError):
    """``init_observability`` was told something that cannot work; the message says what to change."""


class Config(NamedTuple):
    """Where spans go, and what is said about the program they come from."""

    endpoint: str
    """Address of the server without a slash at its end, such as ``http://127.0.0.1:4318``."""
    api_key: str
    environment: str | None
    release: str | None
    service_name: str


_Settings = dict[str, str | None]


def resolve(arguments: Mapping[str, str | None], environ: Mapping[str, str]) -> Config:
    """Returns what to use; ``arguments`` has the keys of the table above, with None for what is not given.

    Raises:
        ConfigurationError: There is no key, or a value is malformed.
    """
    variables = {name: environ.get(f"THREADLINE_{name.upper()}", "").strip() or None for name in arguments}
    if arguments["dsn"]:
        variables["dsn"] = None
    given, inherited = _with_dsn(arguments), _with_dsn(variables)
    chosen = {name: given[name] or inherited[name] for name in arguments}
    return Config(
        endpoint=_checked_endpoint(chosen["endpoint"] or _DEFAULT_ENDPOINT),
        api_key=_checked_key(chosen["api_key"]),
        environment=chosen["environment"],
        release=chosen["release"],
        service_name=chosen["service_name"] or "unknown_service:python",
    )


def _with_dsn(settings: Mapping[str, str | None]) -> _Settings:
    """Fills in from the DSN what is not set by itself."""
    dsn = settings["dsn"]
    if not dsn:
        return dict(settings)
    endpoint, api_key = _parse_dsn(dsn)
    return {**settings, "endpoint": settings["endpoint"] or endpoint, "api_key": settings["api_key"] or api_key}


def _parse_dsn(dsn: str) -> tuple[str, str]:
    """Splits a DSN into endpoint and key.

    The last part of its path names the project, for people to read: which project it is, the key decides.
    """
    url = _split("DSN", dsn, form=f"it must look like {_DSN_FORM}")
    if not url.username:
        raise ConfigurationError(
            f"cannot read the DSN: there is no API key before the @; it must look like {_DSN_FORM}"
        )
    if url.password is not None:
        raise ConfigurationError(f"cannot read the DSN: it holds a password; it must look like {_DSN_FORM}")
    address = url.netloc.rpartition("@")[2]
    prefix = url.path.rstrip("/").rpartition("/")[0]
    return f"{url.scheme}://{address}{prefix}", url.username


def _checked_endpoint(endpoint: str) -> str:
    url = _split("endpoint", endpoint, form=f"it must look like {_DEFAULT_ENDPOINT}")
    if "@" in url.netloc:
        raise ConfigurationError("cannot read the endpoint: it holds a key; give it as api_key=... or give a dsn=...")
    return endpoint.rstrip("/")


def _checked_key(api_key: str | None) -> str:
    if not api_key:
        raise ConfigurationError("cannot start threadline: there is no API key; give dsn=... or set THREADLINE_DSN")
    # Another service's key, pasted by mistake, must not be sent to us.
    if not api_key.startswith("pk_") or not _is_plain(api_key):
        raise ConfigurationError("cannot use the API key: it must begin with pk_, without spaces or special characters")
    return api_key


def _split(what: str, text: str, *, form: str) -> SplitResult:
    """Splits an address; the messages never repeat it, since it may hold a key."""
    if not _is_plain(text):
        raise ConfigurationError(f"cannot read the {what}: it holds spaces or special characters; {form}")
    from urllib.parse import urlsplit  # not for those who only import threadline

    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ConfigurationError(f"cannot read the {what}: its host or port is malformed; {form}") from None
    if url.scheme not in {"http", "https"}:
        raise ConfigurationError(f"cannot read the {what}: it does not begin with http:// or https://; {form}")
    if not url.hostname or port == 0:
        raise ConfigurationError(f"cannot read the {what}: there is no host or no usable port in it; {form}")
    if url.query or url.fragment:
        raise ConfigurationError(f"cannot read the {what}: nothing may follow ? or #; {form}")
    return url


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
